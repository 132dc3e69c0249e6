-- A row for each line of an edge’s access log.
-- Say before where the lake is: SET hivevar:lake=file:///var/lib/gala/lake;
CREATE EXTERNAL TABLE IF NOT EXISTS requests (
  `at_ms` BIGINT,
  `dc` STRING,
  `trace_id` STRING,
  `request_id` STRING,
  `method` STRING,
  `route` STRING,
  `event_id` STRING,
  `status` INT,
  `bytes` BIGINT,
  `duration_ms` INT,
  `upstream_ms` INT,
  `edge_cache` STRING,
  `cache` STRING,
  `degraded` STRING,
  `outcome` STRING,
  `remote` STRING
)
PARTITIONED BY (dt STRING, hour STRING)
STORED AS PARQUET
LOCATION '${hivevar:lake}/requests';

-- Hours that have come since.
MSCK REPAIR TABLE requests;
