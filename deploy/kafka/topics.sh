#!/bin/sh
# Makes the topics of the event log in one data centre's Kafka. What is there already stays as it is.
#   KAFKA=kafka-a:9092 sh deploy/kafka/topics.sh
# Set: KAFKA (host:port of any broker); PARTITIONS, the same number as GALA_EVENT_LOG_PARTS of the pipeline; REPLICAS;
# KAFKA_TOPICS, the program (kafka-topics.sh of the distribution); COMMAND_CONFIG, a file with the administrator's credentials.
set -eu
: "${KAFKA:?host:port of a broker}"
for topic in requests beacons spans messages; do
  ${KAFKA_TOPICS:-kafka-topics.sh} --bootstrap-server "$KAFKA" ${COMMAND_CONFIG:+--command-config "$COMMAND_CONFIG"} \
    --create --if-not-exists --topic "gala.$topic" \
    --partitions "${PARTITIONS:-8}" --replication-factor "${REPLICAS:-3}" \
    --config cleanup.policy=delete --config retention.ms=-1 --config retention.bytes=-1 \
    --config min.insync.replicas="$((${REPLICAS:-3} > 1 ? 2 : 1))"
done
