-- A row for each message of a room, and for each act of screening.
-- Say before where the lake is: SET hivevar:lake=file:///var/lib/gala/lake;
CREATE EXTERNAL TABLE IF NOT EXISTS messages (
  `at_ms` BIGINT,
  `copied_ms` BIGINT,
  `dc` STRING,
  `id` STRING,
  `what` STRING,
  `event_id` STRING,
  `lane` STRING,
  `type` STRING,
  `sender` STRING,
  `act` STRING,
  `length` INT,
  `priority` INT,
  `text` STRING,
  `gift` STRING,
  `control` STRING
)
PARTITIONED BY (dt STRING, hour STRING)
STORED AS PARQUET
LOCATION '${hivevar:lake}/messages';

-- Hours that have come since.
MSCK REPAIR TABLE messages;
