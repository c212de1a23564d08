"""TPC-H in DuckDB, over the same files, with two threads."""

import os
import sys

import duckdb
from measure import TABLES, ask, sql

connection = duckdb.connect()
connection.execute("SET threads = 2")
for table in TABLES:
    connection.execute(f"CREATE VIEW {table} AS SELECT * FROM '{sys.argv[1]}/{table}.parquet'")
ask("duckdb", "sql", lambda number: len(connection.execute(sql(number)).fetchall()), lambda: [os.getpid()])
