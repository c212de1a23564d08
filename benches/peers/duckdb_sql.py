"""TPC-H in DuckDB, over the same files, with two threads."""

import os

import duckdb
from measure import TABLES, Peer, arguments, ask, sql

options = arguments("folder")
connection = duckdb.connect()
connection.execute("SET threads = 2")
for table in TABLES:
    connection.execute(f"CREATE VIEW {table} AS SELECT * FROM '{options.folder}/{table}.parquet'")
rows_of = lambda question: connection.execute(sql(question)).fetchall()
ask("sql", options, Peer("duckdb", rows_of, lambda: [os.getpid()], rows_of))
