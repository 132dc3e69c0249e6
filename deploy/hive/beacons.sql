-- A row for each beacon of a player. Set the folder before: SET hivevar:lake=file:///var/lib/gala/lake;
CREATE EXTERNAL TABLE IF NOT EXISTS beacons (
  at_ms BIGINT,
  dc STRING,
  session STRING,
  seq INT,
  viewer STRING,
  event_id STRING,
  kind STRING,
  join_ms INT,
  stall_ms INT,
  bitrate_kbps INT,
  code STRING,
  one_in INT
)
PARTITIONED BY (dt STRING, hour STRING)
STORED AS PARQUET
LOCATION '${hivevar:lake}/beacons';

-- Hours that have come since.
MSCK REPAIR TABLE beacons;
