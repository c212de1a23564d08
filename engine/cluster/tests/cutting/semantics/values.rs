//! Where DataFusion's SQL gives other values, or an error: 31 topics.

use polars::prelude::*;

use super::{Fails, First, Rows, Semantic, by_key, by_row, over_key};

/// A row of the table.
macro_rules! topic {
    ($topic:literal, $dtype:literal, $stated:expr, $plan:expr) => {
        Semantic { topic: $topic, dtype: $dtype, stated: $stated, plan: $plan }
    };
}
pub(super) use topic;

pub(super) const TOPICS: &[Semantic] = &[
    topic!("division of integers", "i64", Rows(&[("0", "-4"), ("1", "3"), ("3", "-3")]), |s| {
        by_row(s, col("a") / col("b"))
    }),
    topic!("floor division of integers", "i64", Rows(&[("0", "-4"), ("2", "-3"), ("3", "-3")]), |s| {
        by_row(s, col("a").floor_div(col("b")))
    }),
    topic!("division by zero", "i64", Rows(&[("5", "null"), ("6", "null")]), |s| {
        by_row(s, col("a") / col("b"))
    }),
    topic!("remainder of integers", "i64", Rows(&[("2", "2"), ("3", "-2"), ("9", "3")]), |s| {
        by_row(s, col("a") % col("b"))
    }),
    topic!("remainder by zero", "i64", Rows(&[("5", "null"), ("6", "null")]), |s| {
        by_row(s, col("a") % col("b"))
    }),
    topic!("remainder of floats", "f64", Rows(&[("9", "2.0"), ("11", "-2.5"), ("3", "NaN")]), |s| {
        by_row(s, col("f") % col("g"))
    }),
    topic!(
        "product of decimals",
        "decimal[38,2]",
        Rows(&[("0", "1.12"), ("1", "0.08"), ("2", "0.12")]),
        |s| { by_row(s, col("p") * col("q")) }
    ),
    topic!("quotient of decimals", "decimal[38,2]", Rows(&[("0", "4.50"), ("3", "0.33")]), |s| {
        by_row(s, col("p") / col("q"))
    }),
    topic!("sum of decimals", "decimal[38,2]", Rows(&[("p", "12.90")]), |s| by_key(s, col("p").sum())),
    topic!("mean of decimals", "f64", Rows(&[("p", "2.58")]), |s| by_key(s, col("p").mean())),
    topic!("unsigned and signed integers", "f64", Rows(&[("1", "1.0")]), |s| by_row(s, col("u") + col("i"))),
    topic!("sum that is too large for its type", "i32", Fails("overflow"), |s| by_key(s, col("i").sum())),
    topic!("sum of nulls alone", "i64", Rows(&[("p", "0"), ("null", "0")]), |s| by_key(s, col("none").sum())),
    topic!("number of values that differ", "u32", Rows(&[("p", "2")]), |s| by_key(s, col("flag").n_unique())),
    topic!("greatest beside NaN", "f64", Rows(&[("q", "inf"), ("p", "7.5")]), |s| by_key(s, col("f").max())),
    topic!("least beside NaN", "f64", Rows(&[("q", "-7.0"), ("null", "-2.5")]), |s| by_key(
        s,
        col("f").min()
    )),
    topic!("sort with nulls", "i64", First(&[("4", "null"), ("9", "-9"), ("0", "-7")]), |s| {
        let rows = s.edges().select([col("id"), col("a").alias("value")]);
        rows.sort(["value", "id"], SortMultipleOptions::default())
    }),
    topic!("quantile of the nearest", "f64", Rows(&[("p", "1.0"), ("null", "2.5")]), |s| {
        by_key(s, col("f").quantile(lit(0.4), QuantileMethod::Nearest))
    }),
    topic!("membership beside a null", "bool", Rows(&[("0", "false"), ("1", "true"), ("4", "null")]), |s| {
        let list = Series::new("".into(), [Some(7_i64), None]);
        by_row(s, col("a").is_in(lit(list).implode(true), false))
    }),
    topic!("rounding of halves", "f64", Rows(&[("3", "2.0"), ("11", "4.0"), ("6", "-2.0")]), |s| {
        by_row(s, col("f").round(0, RoundMode::default()))
    }),
    topic!("power of integers", "i64", Rows(&[("0", "49"), ("5", "0")]), |s| by_row(
        s,
        col("a").pow(lit(2_i64))
    )),
    topic!("integer from text with a space", "i64", Rows(&[("0", "null"), ("1", "3")]), |s| {
        by_row(s, col("s").cast(DataType::Int64))
    }),
    topic!("float from text with a space", "f64", Rows(&[("5", "null"), ("6", "4.5")]), |s| {
        by_row(s, col("s").cast(DataType::Float64))
    }),
    topic!("text from a time", "str", Rows(&[("0", "2023-12-15 22:13:20.123000"), ("5", "null")]), |s| {
        by_row(s, col("t").cast(DataType::String))
    }),
    topic!("parts of an empty text", "list[str]", Rows(&[("2", "[\"\"]")]), |s| {
        by_row(s, col("s").str().split(lit("X")))
    }),
    topic!("day of the week", "i8", Rows(&[("0", "5"), ("8", "7"), ("2", "1")]), |s| {
        by_row(s, col("t").dt().weekday())
    }),
    topic!("millisecond", "i32", Rows(&[("0", "123"), ("1", "124")]), |s| by_row(
        s,
        col("t").dt().millisecond()
    )),
    topic!("difference of dates", "duration[μs]", Rows(&[("1", "1d")]), |s| {
        by_row(s, col("day") - lit(19_706).cast(DataType::Date))
    }),
    topic!("rank of equals", "f64", Rows(&[("0", "1.5"), ("2", "1.5"), ("8", "5.0")]), |s| {
        let options = RankOptions { method: RankMethod::Average, descending: false };
        over_key(s, col("a").rank(options, None))
    }),
    topic!("cumulative sum at a null", "i64", Rows(&[("4", "null"), ("7", "6"), ("9", "-3")]), |s| {
        over_key(s, col("a").cum_sum(false))
    }),
    topic!("value before, or another", "i64", Rows(&[("1", "0"), ("4", "7"), ("7", "null")]), |s| {
        over_key(s, col("a").shift_and_fill(lit(1), lit(0_i64)))
    }),
];
