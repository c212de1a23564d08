//! Where DataFusion's SQL gives the same values of another type: 10 topics.

use polars::prelude::*;

use super::values::topic;
use super::{Rows, Semantic, by_key, by_row};

pub(super) const TOPICS: &[Semantic] = &[
    topic!("number of values", "u32", Rows(&[("p", "2"), ("q", "4")]), |s| by_key(s, col("flag").count())),
    topic!("number of rows", "u32", Rows(&[("p", "5"), ("null", "3")]), |s| by_key(s, len())),
    topic!("number of characters", "u32", Rows(&[("3", "3"), ("7", "null")]), |s| {
        by_row(s, col("s").str().len_chars())
    }),
    topic!("month", "i8", Rows(&[("0", "12"), ("5", "null")]), |s| by_row(s, col("t").dt().month())),
    topic!("day of the month", "i8", Rows(&[("0", "15"), ("2", "18")]), |s| by_row(s, col("t").dt().day())),
    topic!("hour", "i8", Rows(&[("0", "22"), ("1", "23"), ("2", "0")]), |s| by_row(s, col("t").dt().hour())),
    topic!("year", "i32", Rows(&[("0", "2023"), ("5", "null")]), |s| by_row(s, col("t").dt().year())),
    topic!("sum of booleans", "u32", Rows(&[("p", "2"), ("q", "2")]), |s| by_key(s, col("flag").sum())),
    topic!("decimal and integer", "decimal[38,2]", Rows(&[("0", "-4.75"), ("3", "8.00")]), |s| {
        by_row(s, col("p") + col("a"))
    }),
    topic!("literal beside a small integer", "i8", Rows(&[("0", "2"), ("3", "null")]), |s| {
        by_row(s, col("small") + lit(1))
    }),
];
