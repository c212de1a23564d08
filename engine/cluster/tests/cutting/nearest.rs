//! Joins to the nearest row, groups of spans of an index, and columns that become rows and back: by keys, and without.

use polars::prelude::*;

use crate::probes::Probe;
use crate::samples::Samples;

/// A join of every row of the events with the nearest of some others, by these columns.
fn nearest(samples: &Samples, by: &[&str], strategy: AsofStrategy, allow_eq: bool) -> LazyFrame {
    let others = samples.large().filter(col("n").gt(lit(10)));
    let others = others.select([col("time"), col("host"), col("kind"), col("id").alias("near")]);
    joined(samples.events(), others, by, strategy, allow_eq)
}

fn joined(
    left: LazyFrame,
    right: LazyFrame,
    by: &[&str],
    strategy: AsofStrategy,
    allow_eq: bool,
) -> LazyFrame {
    let by = (!by.is_empty()).then(|| by.iter().map(|name| PlSmallStr::from_str(name)).collect::<Vec<_>>());
    let options = AsOfOptions {
        strategy,
        tolerance: None,
        tolerance_str: Some("40m".into()),
        left_by: by.clone(),
        right_by: by,
        allow_eq,
        check_sortedness: true,
    };
    let how = JoinArgs::new(JoinType::AsOf(Box::new(options)));
    left.join(right, [col("time")], [col("time")], how)
}

/// Rows with some ranges, where these conditions hold.
fn ranged(rows: LazyFrame, conditions: &[Expr]) -> LazyFrame {
    let ranges =
        df!("low" => [0i64, 10, 40, 40], "high" => [5i64, 12, 60, 44], "band" => ["a", "b", "c", "z"]);
    rows.join_builder().with(ranges.unwrap().lazy()).join_where(conditions.to_vec())
}

fn hourly(samples: &Samples, keys: &[&str], include_boundaries: bool) -> LazyGroupBy {
    let options = DynamicGroupOptions {
        every: Duration::parse("1h"),
        period: Duration::parse("90m"),
        offset: Duration::parse("0h"),
        include_boundaries,
        ..Default::default()
    };
    samples.events().group_by_dynamic(
        col("time"),
        keys.iter().map(|key| col(*key)).collect::<Vec<_>>(),
        options,
    )
}

fn rolling(samples: &Samples, keys: &[&str]) -> LazyGroupBy {
    let options = RollingGroupOptions {
        index_column: "time".into(),
        period: Duration::parse("2h"),
        offset: Duration::parse("-2h"),
        closed_window: ClosedWindow::Right,
    };
    samples.events().rolling(col("time"), keys.iter().map(|key| col(*key)).collect::<Vec<_>>(), options)
}

pub(crate) const PROBES: &[Probe] = &[
    ("rows within ranges", false, |s| {
        ranged(s.events(), &[col("n").gt_eq(col("low")), col("n").lt(col("high"))])
    }),
    ("rows above a bound", false, |s| {
        ranged(s.large().filter(col("id").lt(lit(600))), &[col("n").gt(col("high"))])
    }),
    ("rows within ranges of their host", false, |s| {
        ranged(s.events(), &[col("host").eq(col("band")), col("n").gt(col("low"))])
    }),
    ("nearest before, by a column", true, |s| nearest(s, &["host"], AsofStrategy::Backward, true)),
    ("nearest after, by two columns", true, |s| nearest(s, &["host", "kind"], AsofStrategy::Forward, false)),
    ("nearest of all", true, |s| nearest(s, &[], AsofStrategy::Nearest, true)),
    ("nearest in memory, by a column", true, |s| {
        let times = col("near").cast(DataType::Datetime(TimeUnit::Microseconds, None)).alias("time");
        let rows = df!("host" => ["a", "b", "a", "Ä"], "near" => [0_i64, 9_000_000_000, 40_000_000_000, 50_000_000_000]);
        let others = rows.unwrap().lazy().with_columns([times]);
        joined(s.events(), others, &["host"], AsofStrategy::Backward, true)
    }),
    ("nearest after a sort", true, |s| {
        let sorted = s.events().sort(["time"], SortMultipleOptions::default().with_order_descending(true));
        let sorted = sorted.filter(col("n").gt(lit(5))).sort(["time"], SortMultipleOptions::default());
        let others =
            s.large().filter(col("n").lt(lit(9))).select([col("time"), col("n").alias("other"), col("host")]);
        joined(sorted, others, &["host"], AsofStrategy::Nearest, true)
    }),
    ("dynamic groups by a column", false, |s| {
        hourly(s, &["host"], false).agg([len().alias("rows"), col("id").first(), col("line").last()])
    }),
    ("dynamic groups by two columns, then a window", false, |s| {
        let groups =
            hourly(s, &["kind", "flag"], false).agg([col("id").sum(), col("x").median().alias("middle")]);
        let before = col("id").shift(lit(1)).over([col("kind"), col("flag")]).unwrap();
        groups.with_columns([before.alias("before")])
    }),
    ("dynamic groups with their bounds", false, |s| hourly(s, &["host"], true).agg([len().alias("rows")])),
    ("dynamic groups by an expression", false, |s| {
        let options = DynamicGroupOptions {
            every: Duration::parse("1d"),
            period: Duration::parse("1d"),
            offset: Duration::parse("0d"),
            start_by: StartBy::DataPoint,
            ..Default::default()
        };
        let third = (col("n") % lit(3)).alias("third");
        s.events().group_by_dynamic(col("time"), [third], options).agg([len().alias("rows")])
    }),
    ("rolling groups", true, |s| rolling(s, &[]).agg([col("id").sum()])),
    ("rolling groups by a column", false, |s| {
        rolling(s, &["host"]).agg([len().alias("rows"), col("id").first(), col("n").sum()])
    }),
    ("unpivot", false, |s| {
        s.events().unpivot(UnpivotArgsDSL {
            on: Some(by_name(["n", "small"], true, false)),
            index: by_name(["id", "host"], true, false),
            variable_name: None,
            value_name: None,
        })
    }),
    ("unpivot of a sort, then groups", false, |s| {
        let sorted = s.events().sort(["x", "id"], SortMultipleOptions::default());
        let long = sorted.unpivot(UnpivotArgsDSL {
            on: Some(by_name(["n", "small"], true, false)),
            index: by_name(["host"], true, false),
            variable_name: Some("which".into()),
            value_name: Some("what".into()),
        });
        long.group_by([col("host"), col("which")]).agg([col("what").sum()])
    }),
    ("pivot", false, |s| {
        let days = df!("flag" => [Some(true), Some(false), None]).unwrap();
        s.events().pivot(
            by_name(["flag"], true, false),
            std::sync::Arc::new(days),
            by_name(["host"], true, false),
            by_name(["n"], true, false),
            Expr::Element.sum(),
            false,
            "_".into(),
            polars::frame::PivotColumnNaming::Auto,
        )
    }),
    ("unnest", true, |s| {
        let pair = as_struct(vec![col("n").alias("first"), col("host").alias("second")]).alias("pair");
        s.events().select([col("id"), pair]).unnest(by_name(["pair"], true, false), None)
    }),
];
