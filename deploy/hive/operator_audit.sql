-- A row for each entry of the operators’ audit. Every data centre keeps the whole of it. Set the folder before: SET hivevar:lake=file:///var/lib/gala/lake;
CREATE EXTERNAL TABLE IF NOT EXISTS operator_audit (
  at_ms BIGINT,
  dc STRING,
  id STRING,
  actor STRING,
  action STRING,
  target STRING,
  reason STRING
)
PARTITIONED BY (dt STRING, hour STRING)
STORED AS PARQUET
LOCATION '${hivevar:lake}/operator_audit';

-- Hours that have come since.
MSCK REPAIR TABLE operator_audit;
