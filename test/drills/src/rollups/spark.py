"""Asks Spark with Hive support the same questions: external tables as deploy/hive makes them, over the lake's own files."""

import json
import sys
import time
from pathlib import Path

from pyspark.sql import SparkSession

task = json.loads(Path(sys.argv[1]).read_text())
work = Path(task["work"])
spark = (
    SparkSession.builder.master("local[1]")
    .appName("gala-rollups")
    .config("spark.ui.enabled", "false")
    .config("spark.driver.memory", "1g")
    .config("spark.driver.bindAddress", "127.0.0.1")
    .config("spark.driver.host", "127.0.0.1")
    .config("spark.sql.shuffle.partitions", "2")
    .config("spark.sql.session.timeZone", "UTC")
    .config("spark.sql.warehouse.dir", str(work / "warehouse"))
    .config("spark.local.dir", str(work / "local"))
    .config("spark.hadoop.javax.jdo.option.ConnectionURL", f"jdbc:derby:;databaseName={work / 'metastore'};create=true")
    .enableHiveSupport()
    .getOrCreate()
)
spark.sparkContext.setLogLevel("ERROR")
spark.sql(f"SET hivevar:lake=file://{task['lake']}")
for file in sorted(Path(task["ddl"]).glob("*.sql")):
    lines = [line for line in file.read_text().splitlines() if not line.startswith("--")]
    for statement in "\n".join(lines).split(";"):
        if statement.strip():
            spark.sql(statement)

answers = {"version": spark.version, "rows": {}, "seconds": {}}
for table in task["tables"]:
    answers["rows"][table] = spark.sql(f"SELECT COUNT(*) FROM {table}").collect()[0][0]
answers["rollups"] = {}
for name, sql in task["rollups"].items():
    started = time.monotonic()
    answers["rollups"][name] = [list(row) for row in spark.sql(sql).collect()]
    answers["seconds"][name] = time.monotonic() - started
Path(task["answers"]).write_text(json.dumps(answers))
spark.stop()
