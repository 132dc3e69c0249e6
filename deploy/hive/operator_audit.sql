-- A row for each entry of the operators’ audit. Every data centre keeps the whole of it.
-- Say before where the lake is: SET hivevar:lake=file:///var/lib/gala/lake;
CREATE EXTERNAL TABLE IF NOT EXISTS operator_audit (
  `at_ms` BIGINT,
  `dc` STRING,
  `id` STRING,
  `actor` STRING,
  `role` STRING,
  `action` STRING,
  `target` STRING,
  `outcome` STRING,
  `code` STRING,
  `reason` STRING,
  `trace_id` STRING
)
PARTITIONED BY (dt STRING, hour STRING)
STORED AS PARQUET
LOCATION '${hivevar:lake}/operator_audit';

-- Hours that have come since.
MSCK REPAIR TABLE operator_audit;
