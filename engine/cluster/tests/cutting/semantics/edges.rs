//! Rows at the edges of what operations mean: divisions by zero, halves, NaN, signed zeros, nulls in every column.

use polars::prelude::*;

/// The rows by their `id`; what each column is for, the probes say.
pub(crate) fn edges() -> LazyFrame {
    let float = |values: [Option<f64>; 12]| values.to_vec();
    let nan = Some(f64::NAN);
    let base = df!(
        "id" => (0..12_i64).collect::<Vec<_>>(),
        "key" => [Some("p"), Some("q"), Some("p"), None, Some("q"), Some("p"), None, Some("q"), Some("p"), Some("q"), Some("p"), None],
        "a" => [Some(-7_i64), Some(7), Some(-7), Some(7), None, Some(0), Some(5), Some(-1), Some(9), Some(-9), Some(2), Some(3)],
        "b" => [Some(2_i64), Some(2), Some(3), Some(-3), Some(2), Some(0), Some(0), None, Some(4), Some(4), Some(10), Some(3)],
        "f" => float([nan, Some(f64::INFINITY), Some(-0.0), Some(2.5), None, Some(0.0), Some(-2.5), nan, Some(1.0), Some(-7.0), Some(7.5), Some(3.5)]),
        "g" => float([Some(2.0), Some(2.0), Some(3.0), Some(0.0), Some(2.0), Some(0.0), Some(0.0), Some(1.0), None, Some(3.0), Some(2.0), Some(-3.0)]),
        "p" => ["2.25", "0.15", "0.25", "1.00", "-2.25", "0.05", "9.99", "0.00", "3.10", "0.35", "7.25", "0.45"],
        "q" => ["0.50", "0.50", "0.50", "3.00", "0.50", "0.10", "0.01", "2.00", "3.10", "0.10", "2.00", "9.00"],
        "i" => [1_i32, -1, 7, i32::MAX, 0, i32::MAX, 5, -2, 3, i32::MAX, 4, 1],
        "u" => [1_i64, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
        "s" => [Some(" 3"), Some("3"), Some(""), Some("äÄß"), Some("aXb"), Some(" 4.5"), Some("4.5"), None, Some("  pad "), Some("k1=v22"), Some("A"), Some("true")],
        "flag" => [Some(true), Some(false), None, Some(true), Some(true), None, Some(false), Some(false), None, Some(true), Some(true), Some(false)],
        "other" => [Some(true), Some(true), Some(true), None, Some(false), Some(false), None, Some(false), None, Some(true), Some(false), Some(true)],
        "none" => [None::<i64>; 12],
        // From Friday, 15 December 2023, 22:13:20.123, in steps of 1 day, 1 hour and 1 millisecond.
        "t" => (0..12_i64).map(|row| (row != 5).then_some(1_702_678_400_123_000 + row * 90_000_001_000)).collect::<Vec<_>>(),
    );
    let money = DataType::Decimal(10, 2);
    base.unwrap().lazy().with_columns([
        col("p").cast(money.clone()),
        col("q").cast(money),
        col("u").cast(DataType::UInt64),
        col("i").cast(DataType::Int8).alias("small"),
        col("t").cast(DataType::Datetime(TimeUnit::Microseconds, None)),
        col("t").cast(DataType::Datetime(TimeUnit::Microseconds, None)).cast(DataType::Date).alias("day"),
    ])
}
