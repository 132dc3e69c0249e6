-- A row for each beacon of a player.
-- Say before where the lake is: SET hivevar:lake=file:///var/lib/gala/lake;
CREATE EXTERNAL TABLE IF NOT EXISTS beacons (
  `at_ms` BIGINT,
  `received_ms` BIGINT,
  `dc` STRING,
  `session` STRING,
  `seq` BIGINT,
  `viewer` STRING,
  `verified` INT,
  `event_id` STRING,
  `kind` STRING,
  `join_ms` INT,
  `stall_ms` INT,
  `bitrate_kbps` INT,
  `code` STRING,
  `cmcd` STRING
)
PARTITIONED BY (dt STRING, hour STRING)
STORED AS PARQUET
LOCATION '${hivevar:lake}/beacons';

-- Hours that have come since.
MSCK REPAIR TABLE beacons;
