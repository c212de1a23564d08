"""TPC-H in PySpark over the same files, without its web pages: `local[2]`, or its own cluster with `--workers`."""

import os
import tempfile
import time
from pathlib import Path

from measure import SMALL, TABLES, Peer, arguments, ask, ask_small, say, sql
from processes import Processes, family, peak_mib
from pyspark.sql import SparkSession
from spark_standalone import Standalone

# What one worker may use.
MEMORY = "4g"

options = arguments("folder")
peer = "spark cluster" if options.workers else "pyspark"


def session_on(cluster, home):
    """A session; how it splits work on a cluster is left to adaptive execution as it is by default."""
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    builder = (
        SparkSession.builder.config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.local.dir", str(home))
        .config("spark.driver.extraJavaOptions", f"-Djava.io.tmpdir={home}")
    )
    if cluster:
        builder = builder.master(cluster.address).config("spark.driver.memory", "2g")
        builder = builder.config("spark.executor.memory", MEMORY).config("spark.executor.cores", options.cores)
    else:
        builder = builder.master("local[2]").config("spark.driver.memory", "8g")
        builder = builder.config("spark.sql.shuffle.partitions", "4")
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session


def name_tables(session, tables=TABLES):
    for table in tables:
        session.read.parquet(f"{options.folder}/{table}.parquet").createOrReplaceTempView(table)


def main(processes, home):
    cluster = Standalone(processes, home, options.workers, options.cores, MEMORY) if options.workers else None
    begun = time.perf_counter()
    session = session_on(cluster, home)
    rows_of = lambda text: [tuple(row) for row in session.sql(text).collect()]
    name_tables(session, ["nation"])
    rows_of(SMALL)
    say(peer, "sql", "session", s=time.perf_counter() - begun)
    ask_small(peer, "sql", rows_of)
    name_tables(session)
    answer = lambda question: rows_of(sql(question))
    ask("sql", options, Peer(peer, answer, lambda: family(os.getpid()).keys() - families(processes), answer))
    for number, worker in enumerate(cluster.workers if cluster else [], 1):
        say(peer, "sql", f"worker {number}", peak_mib=peak_mib(family(worker.pid)))
    session.stop()


def families(processes):
    """What is the cluster's and not the session's own."""
    return {pid for process in processes.begun for pid in family(process.pid)}


with tempfile.TemporaryDirectory() as home, Processes() as processes:
    main(processes, Path(home))
