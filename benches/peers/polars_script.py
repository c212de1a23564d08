"""TPC-H in Python Polars' streaming engine: verb by verb what tests/tpch/frames says."""

import os
from datetime import date

import polars as pl
from measure import TABLES, Peer, arguments, ask
from polars import Float64, col

options = arguments("folder")
T = {table: pl.scan_parquet(f"{options.folder}/{table}.parquet") for table in TABLES}
customer, lineitem, nation, orders, part, partsupp, _, supplier = (T[table] for table in TABLES)
price, discount = col("l_extendedprice").cast(Float64), col("l_discount").cast(Float64)


def q1():
    tax = col("l_tax").cast(Float64)
    return (
        lineitem.filter(col("l_shipdate") <= date(1998, 9, 2))
        .group_by("l_returnflag", "l_linestatus")
        .agg(
            col("l_quantity").sum().alias("sum_qty"),
            col("l_extendedprice").sum().alias("sum_base_price"),
            (price * (1 - discount)).sum().alias("sum_disc_price"),
            (price * (1 - discount) * (1 + tax)).sum().alias("sum_charge"),
            col("l_quantity").mean().alias("avg_qty"),
            col("l_extendedprice").mean().alias("avg_price"),
            col("l_discount").mean().alias("avg_disc"),
            pl.len().alias("count_order"),
        )
        .sort("l_returnflag", "l_linestatus")
    )


def q3():
    revenue = price * (1 - discount)
    return (
        customer.filter(col("c_mktsegment") == "BUILDING")
        .join(orders.filter(col("o_orderdate") < date(1995, 3, 15)), left_on="c_custkey", right_on="o_custkey")
        .join(lineitem.filter(col("l_shipdate") > date(1995, 3, 15)), left_on="o_orderkey", right_on="l_orderkey")
        .group_by(col("o_orderkey").alias("l_orderkey"), "o_orderdate", "o_shippriority")
        .agg(revenue.sum().alias("revenue"))
        .sort(["revenue", "o_orderdate"], descending=[True, False])
        .head(10)
        .select("l_orderkey", "revenue", "o_orderdate", "o_shippriority")
    )


def q6():
    return (
        lineitem.filter(col("l_shipdate") >= date(1994, 1, 1), col("l_shipdate") < date(1995, 1, 1))
        .filter(discount.is_between(0.05, 0.07), col("l_quantity").cast(Float64) < 24)
        .select((price * discount).sum().alias("revenue"))
    )


def q9():
    cost = col("ps_supplycost").cast(Float64) * col("l_quantity").cast(Float64)
    return (
        part.filter(col("p_name").str.contains("green"))
        .join(partsupp, left_on="p_partkey", right_on="ps_partkey")
        .join(lineitem, left_on=["p_partkey", "ps_suppkey"], right_on=["l_partkey", "l_suppkey"])
        .join(supplier, left_on="ps_suppkey", right_on="s_suppkey")
        .join(orders, left_on="l_orderkey", right_on="o_orderkey")
        .join(nation, left_on="s_nationkey", right_on="n_nationkey")
        .group_by(col("n_name").alias("nation"), col("o_orderdate").dt.year().alias("o_year"))
        .agg((price * (1 - discount) - cost).sum().alias("sum_profit"))
        .sort(["nation", "o_year"], descending=[False, True])
    )


def q18():
    large = lineitem.group_by("l_orderkey").agg(col("l_quantity").sum()).filter(col("l_quantity") > 300)
    return (
        orders.join(large.select("l_orderkey"), left_on="o_orderkey", right_on="l_orderkey", how="semi")
        .join(customer, left_on="o_custkey", right_on="c_custkey")
        .join(lineitem, left_on="o_orderkey", right_on="l_orderkey")
        .group_by("c_name", col("o_custkey").alias("c_custkey"), "o_orderkey", "o_orderdate", "o_totalprice")
        .agg(col("l_quantity").sum().alias("sum(l_quantity)"))
        .sort(["o_totalprice", "o_orderdate"], descending=[True, False])
        .head(100)
    )


PLANS = {1: q1, 3: q3, 6: q6, 9: q9, 18: q18}
collected = lambda question: PLANS[int(question)]().collect(engine="streaming")
rows_of = lambda question: collected(question).rows()
ask("script", options, Peer("polars", collected, lambda: [os.getpid()], rows_of))
