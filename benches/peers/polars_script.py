"""TPC-H in Python Polars' streaming engine: the same plans as tests/tpch/frames."""

import os
import sys
from datetime import date

import polars as pl
from measure import TABLES, ask
from polars import col

T = {table: pl.scan_parquet(f"{sys.argv[1]}/{table}.parquet") for table in TABLES}


def f(name):
    return col(name).cast(pl.Float64)


def revenue():
    return f("l_extendedprice") * (1 - f("l_discount"))


def q1():
    price = revenue()
    return (
        T["lineitem"]
        .filter(col("l_shipdate") <= date(1998, 9, 2))
        .group_by("l_returnflag", "l_linestatus")
        .agg(
            f("l_quantity").sum().alias("sum_qty"),
            f("l_extendedprice").sum().alias("sum_base_price"),
            price.sum().alias("sum_disc_price"),
            (price * (1 + f("l_tax"))).sum().alias("sum_charge"),
            f("l_quantity").mean().alias("avg_qty"),
            f("l_extendedprice").mean().alias("avg_price"),
            f("l_discount").mean().alias("avg_disc"),
            pl.len().alias("count_order"),
        )
        .sort("l_returnflag", "l_linestatus")
    )


def q3():
    return (
        T["customer"]
        .filter(col("c_mktsegment") == "BUILDING")
        .join(T["orders"].filter(col("o_orderdate") < date(1995, 3, 15)), left_on="c_custkey", right_on="o_custkey")
        .join(T["lineitem"].filter(col("l_shipdate") > date(1995, 3, 15)), left_on="o_orderkey", right_on="l_orderkey")
        .group_by(col("o_orderkey").alias("l_orderkey"), "o_orderdate", "o_shippriority")
        .agg(revenue().sum().alias("revenue"))
        .sort(["revenue", "o_orderdate"], descending=[True, False])
        .head(10)
        .select("l_orderkey", "revenue", "o_orderdate", "o_shippriority")
    )


def q6():
    return (
        T["lineitem"]
        .filter(
            col("l_shipdate") >= date(1994, 1, 1),
            col("l_shipdate") < date(1995, 1, 1),
            f("l_discount").is_between(0.05 - 1e-9, 0.07 + 1e-9),
            f("l_quantity") < 24,
        )
        .select((f("l_extendedprice") * f("l_discount")).sum().alias("revenue"))
    )


def q9():
    profit = revenue() - f("ps_supplycost") * f("l_quantity")
    return (
        T["part"]
        .filter(col("p_name").str.contains("green", literal=True))
        .join(T["lineitem"], left_on="p_partkey", right_on="l_partkey")
        .join(T["supplier"], left_on="l_suppkey", right_on="s_suppkey")
        .join(T["partsupp"], left_on=["l_suppkey", "p_partkey"], right_on=["ps_suppkey", "ps_partkey"])
        .join(T["orders"], left_on="l_orderkey", right_on="o_orderkey")
        .join(T["nation"], left_on="s_nationkey", right_on="n_nationkey")
        .select(col("n_name").alias("nation"), col("o_orderdate").dt.year().alias("o_year"), profit.alias("amount"))
        .group_by("nation", "o_year")
        .agg(col("amount").sum().alias("sum_profit"))
        .sort(["nation", "o_year"], descending=[False, True])
    )


def q18():
    large = (
        T["lineitem"]
        .group_by("l_orderkey")
        .agg(f("l_quantity").sum().alias("sum"))
        .filter(col("sum") > 300)
        .select("l_orderkey")
    )
    return (
        T["orders"]
        .join(large, left_on="o_orderkey", right_on="l_orderkey", how="semi")
        .join(T["lineitem"], left_on="o_orderkey", right_on="l_orderkey")
        .join(T["customer"], left_on="o_custkey", right_on="c_custkey")
        .group_by("c_name", col("o_custkey").alias("c_custkey"), "o_orderkey", "o_orderdate", "o_totalprice")
        .agg(f("l_quantity").sum().alias("quantity"))
        .sort(["o_totalprice", "o_orderdate"], descending=[True, False])
        .head(100)
    )


PLANS = {1: q1, 3: q3, 6: q6, 9: q9, 18: q18}
ask("polars", "script", lambda number: PLANS[number]().collect(engine="streaming").height, lambda: [os.getpid()])
