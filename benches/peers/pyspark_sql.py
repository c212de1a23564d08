"""TPC-H in PySpark local[2], over the same files, without its web pages."""

import os
import sys
from pathlib import Path

from measure import TABLES, ask, sql
from pyspark.sql import SparkSession

session = (
    SparkSession.builder.master("local[2]")
    .config("spark.ui.enabled", "false")
    .config("spark.ui.showConsoleProgress", "false")
    .config("spark.driver.memory", "8g")
    .config("spark.driver.bindAddress", "127.0.0.1")
    .config("spark.driver.host", "127.0.0.1")
    .config("spark.sql.shuffle.partitions", "4")
    .getOrCreate()
)
session.sparkContext.setLogLevel("ERROR")
for table in TABLES:
    session.read.parquet(f"{sys.argv[1]}/{table}.parquet").createOrReplaceTempView(table)


def processes():
    """This process and the JVM below it."""
    own = str(os.getpid())
    children = [path.name for path in Path("/proc").iterdir() if path.name.isdigit()]
    below = [pid for pid in children if parent(pid) == own]
    return [own, *below]


def parent(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1]
    except OSError:
        return ""


ask("pyspark", "sql", lambda number: len(session.sql(sql(number).strip().rstrip(";")).collect()), processes)
session.stop()
