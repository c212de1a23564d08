//! Where DataFusion's SQL gives the same, some of it unexpectedly: 32 topics. Integers that Polars alone would wrap are
//! an error here.

use polars::prelude::*;

use super::values::topic;
use super::{Fails, First, Rows, Semantic, by_key, by_row, kept, over_key, partners};

pub(super) const TOPICS: &[Semantic] = &[
    topic!("sum out of range", "i64", Fails("overflow"), |s| by_row(s, col("a") + lit(i64::MAX))),
    topic!("difference out of range", "i64", Fails("overflow"), |s| by_row(s, col("a") - lit(i64::MAX))),
    topic!("product out of range", "i64", Fails("overflow"), |s| by_row(s, col("a") * lit(i64::MAX))),
    topic!("NaN equals NaN", "bool", Rows(&[("0", "true"), ("3", "false"), ("4", "null")]), |s| {
        by_row(s, col("f").eq(lit(f64::NAN)))
    }),
    topic!("NaN is greatest", "f64", First(&[("0", "NaN"), ("7", "NaN"), ("1", "inf")]), |s| {
        let rows = s.edges().select([col("id"), col("f").alias("value")]).filter(col("value").is_not_null());
        let order = SortMultipleOptions::default().with_order_descending_multi([true, false]);
        rows.sort(["value", "id"], order)
    }),
    topic!("negative zero equals zero", "bool", Rows(&[("2", "true"), ("5", "true"), ("8", "false")]), |s| {
        by_row(s, col("f").eq(lit(0.0)))
    }),
    topic!("NaN is one group", "u32", Rows(&[("NaN", "2"), ("null", "1")]), |s| {
        s.edges().group_by([col("f")]).agg([len().alias("value")])
    }),
    topic!("negative zero is in the group of zero", "i64", Rows(&[("true", "7"), ("false", "55")]), |s| {
        let groups =
            s.edges().group_by([col("f")]).agg([col("id").sum().alias("value"), len().alias("rows")]);
        let by_zero = groups.filter(col("f").is_not_null()).group_by([col("f").eq(lit(0.0)).alias("zero")]);
        by_zero.agg([col("value").sum()])
    }),
    topic!("NaN joins NaN", "u32", Rows(&[("0", "2"), ("7", "2"), ("1", "1")]), |s| partners(s, "f")),
    topic!("negative zero joins zero", "u32", Rows(&[("2", "2"), ("5", "2")]), |s| partners(s, "f")),
    topic!("null joins nothing", "u32", Rows(&[("4", "0")]), |s| partners(s, "f")),
    topic!("and of unknowns", "bool", Rows(&[("2", "null"), ("6", "false"), ("4", "false")]), |s| {
        by_row(s, col("flag").and(col("other")))
    }),
    topic!("or of unknowns", "i64", Rows(&[("p", "12"), ("q", "14"), ("null", "14")]), |s| {
        kept(s, col("flag").or(col("other")))
    }),
    topic!("equality that knows null", "bool", Rows(&[("8", "true"), ("3", "false")]), |s| {
        by_row(s, col("flag").eq_missing(col("other")))
    }),
    topic!("upper case", "str", Rows(&[("3", "ÄÄSS"), ("7", "null")]), |s| {
        by_row(s, col("s").str().to_uppercase())
    }),
    topic!("lower case", "str", Rows(&[("3", "ääß"), ("4", "axb")]), |s| {
        by_row(s, col("s").str().to_lowercase())
    }),
    topic!("group of a pattern", "str", Rows(&[("9", "22"), ("4", "null")]), |s| {
        by_row(s, col("s").str().extract(lit("k\\d=v(\\d+)"), 1))
    }),
    topic!("match of a pattern", "bool", Rows(&[("9", "true"), ("4", "false"), ("7", "null")]), |s| {
        by_row(s, col("s").str().contains(lit("^k[0-9]="), true))
    }),
    topic!("text without spaces around it", "str", Rows(&[("8", "pad"), ("0", "3")]), |s| {
        by_row(s, col("s").str().strip_chars(lit(NULL)))
    }),
    topic!("part of a text", "str", Rows(&[("3", "Ä"), ("2", "")]), |s| {
        by_row(s, col("s").str().slice(lit(1), lit(1)))
    }),
    topic!(
        "integer from a float",
        "i64",
        Rows(&[("3", "2"), ("6", "-2"), ("0", "null"), ("1", "null")]),
        |s| { by_row(s, col("f").cast(DataType::Int64)) }
    ),
    topic!("text from a float", "str", Rows(&[("3", "2.5"), ("8", "1.0"), ("0", "NaN")]), |s| {
        by_row(s, col("f").cast(DataType::String))
    }),
    topic!("text from a boolean", "str", Rows(&[("0", "true"), ("1", "false")]), |s| {
        by_row(s, col("flag").cast(DataType::String))
    }),
    topic!("week of the year", "i8", Rows(&[("0", "50"), ("2", "51")]), |s| by_row(s, col("t").dt().week())),
    topic!("begin of the week", "datetime[μs]", Rows(&[("0", "2023-12-11 00:00:00")]), |s| {
        by_row(s, col("t").dt().truncate(lit("1w")))
    }),
    topic!("text of a time by a format", "str", Rows(&[("0", "15/12/23 22h")]), |s| {
        by_row(s, col("t").dt().strftime("%d/%m/%y %Hh"))
    }),
    topic!("standard deviation", "f64", Rows(&[("null", "2.0")]), |s| by_key(s, col("a").std(1))),
    topic!("variance", "f64", Rows(&[("null", "4.0")]), |s| by_key(s, col("a").var(1))),
    topic!("median", "f64", Rows(&[("null", "5.0"), ("p", "0.0"), ("q", "-1.0")]), |s| {
        by_key(s, col("a").median())
    }),
    topic!("first of an order", "i64", Rows(&[("p", "-7"), ("q", "7"), ("null", "7")]), |s| {
        by_key(s, col("a").first())
    }),
    topic!("last of an order", "i64", Rows(&[("p", "2"), ("q", "-9"), ("null", "3")]), |s| {
        by_key(s, col("a").last())
    }),
    topic!("value before", "i64", Rows(&[("1", "null"), ("4", "7"), ("9", "-1")]), |s| {
        over_key(s, col("a").shift(lit(1)))
    }),
];
