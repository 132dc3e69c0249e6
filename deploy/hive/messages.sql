-- A row for each message of a room. Set the folder before: SET hivevar:lake=file:///var/lib/gala/lake;
CREATE EXTERNAL TABLE IF NOT EXISTS messages (
  at_ms BIGINT,
  dc STRING,
  id STRING,
  event_id STRING,
  lane STRING,
  kind STRING,
  viewer STRING,
  outcome STRING
)
PARTITIONED BY (dt STRING, hour STRING)
STORED AS PARQUET
LOCATION '${hivevar:lake}/messages';

-- Hours that have come since.
MSCK REPAIR TABLE messages;
