"""TPC-H in DuckDB, over the same files, with two threads."""

import os

import duckdb
from measure import TABLES, arguments, ask, sql

options = arguments("folder")
connection = duckdb.connect()
connection.execute("SET threads = 2")
for table in TABLES:
    connection.execute(f"CREATE VIEW {table} AS SELECT * FROM '{options.folder}/{table}.parquet'")
rows_of = lambda question: connection.execute(sql(question)).fetchall()
ask("duckdb", "sql", rows_of, lambda: [os.getpid()], options, rows_of)
