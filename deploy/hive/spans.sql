-- A row for each span of a trace that was kept.
-- Say before where the lake is: SET hivevar:lake=file:///var/lib/gala/lake;
CREATE EXTERNAL TABLE IF NOT EXISTS spans (
  `at_ms` BIGINT,
  `dc` STRING,
  `trace_id` STRING,
  `span_id` STRING,
  `parent_id` STRING,
  `service` STRING,
  `instance` STRING,
  `name` STRING,
  `route` STRING,
  `event_id` STRING,
  `duration_us` BIGINT,
  `status` STRING,
  `kept` STRING,
  `attributes` STRING
)
PARTITIONED BY (dt STRING, hour STRING)
STORED AS PARQUET
LOCATION '${hivevar:lake}/spans';

-- Hours that have come since.
MSCK REPAIR TABLE spans;
