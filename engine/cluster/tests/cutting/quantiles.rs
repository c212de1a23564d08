//! Medians and quantiles of all rows, and other values of all rows that expressions of single rows are made of.

use polars::prelude::*;

use crate::probes::Probe;
use crate::samples::Samples;

const METHODS: [QuantileMethod; 6] = [
    QuantileMethod::Nearest,
    QuantileMethod::Lower,
    QuantileMethod::Higher,
    QuantileMethod::Midpoint,
    QuantileMethod::Linear,
    QuantileMethod::Equiprobable,
];

/// Quantiles of these columns by each method, under names of their own.
fn by_all_methods(columns: &[&'static str], shares: &[f64]) -> Vec<Expr> {
    let mut made = Vec::new();
    for (column, share) in columns.iter().flat_map(|column| shares.iter().map(move |share| (column, share))) {
        for method in METHODS {
            let name = format!("{column} {share} {method:?}");
            made.push(col(*column).quantile(lit(*share), method).alias(name));
        }
    }
    made
}

fn no_rows(samples: &Samples) -> LazyFrame {
    samples.events().filter(col("n").gt(lit(1_000)))
}

/// What needs the values of all rows, put in ranges.
pub(crate) const PROBES: &[Probe] = &[
    ("quantiles of numbers", true, |s| {
        s.events().select(by_all_methods(&["n", "x", "small"], &[0.0, 0.25, 0.333, 0.5, 0.9, 1.0]))
    }),
    ("quantiles of other types", true, |s| {
        let made = by_all_methods(&["single", "price"], &[0.1, 0.77]);
        s.large().select(made).with_columns([lit(1).alias("one")])
    }),
    ("medians of every type", true, |s| {
        let columns = ["n", "x", "small", "single", "price", "time", "zoned"];
        let mut medians: Vec<Expr> = columns.into_iter().map(|name| col(name).median()).collect();
        let since = col("time") - lit(1_000_000_i64).cast(DataType::Datetime(TimeUnit::Microseconds, None));
        medians.push(since.median().alias("since"));
        medians.push(col("time").cast(DataType::Date).median().alias("day"));
        s.events().select(medians)
    }),
    ("quantiles of one value", true, |s| {
        s.events().filter(col("id").eq(lit(77))).select(by_all_methods(&["id", "x"], &[0.0, 0.5, 1.0]))
    }),
    ("quantiles of two values", true, |s| {
        let few = s.events().filter(col("id").lt(lit(2)));
        few.select(by_all_methods(&["id"], &[0.0, 0.2, 0.5, 0.7, 1.0]))
    }),
    ("quantiles of no rows", true, |s| no_rows(s).select(by_all_methods(&["n", "x", "time"], &[0.5]))),
    ("quantiles of nulls alone", true, |s| {
        s.events().filter(col("n").is_null()).select([col("n").median(), col("id").median(), len()])
    }),
    ("quantiles of a frequent value", true, |s| {
        let uneven = when((col("id") % lit(20)).neq(lit(3))).then(lit(7)).otherwise(col("n"));
        s.events().select([uneven.alias("n")]).select(by_all_methods(&["n"], &[0.01, 0.04, 0.5, 0.99]))
    }),
    ("quantiles of expressions", true, |s| {
        s.events().select([
            (col("n") * lit(3) - lit(2)).median().alias("tripled"),
            col("n").filter(col("flag")).quantile(lit(0.75), QuantileMethod::Linear).alias("flagged"),
            (col("x").median() - col("x").drop_nans().median()).alias("without"),
            (col("n").quantile(lit(0.9), QuantileMethod::Linear) / col("n").sum()).alias("share"),
            col("line").n_unique(),
        ])
    }),
    ("about how many of every type", true, |s| {
        let columns = ["id", "n", "x", "small", "price", "single", "flag", "line", "time"];
        let about = columns.map(|name| col(name).approx_n_unique());
        let other = [DataType::Int128, DataType::UInt128, DataType::Int8]
            .map(|dtype| (col("n") % lit(9)).cast(dtype.clone()).approx_n_unique().alias(format!("{dtype}")));
        let bytes = col("line").cast(DataType::Binary).approx_n_unique().alias("bytes");
        let day = col("time").cast(DataType::Date).approx_n_unique().alias("day");
        s.events().select([&about[..], &other, &[bytes, day]].concat()).with_columns([lit(1).alias("one")])
    }),
    ("about how many beside other values", true, |s| {
        s.events().select([
            (col("id") * lit(3)).approx_n_unique().alias("about"),
            col("n").filter(col("flag")).max().alias("flagged"),
            (col("n").approx_n_unique().cast(DataType::Int64) - col("n").max()).alias("off"),
            col("id").n_unique().alias("exact"),
            col("x").median(),
            len(),
        ])
    }),
    ("about how many of some rows", true, |s| {
        let some = s.events().filter(col("n").gt(lit(20)));
        some.select([col("line").filter(col("flag")).approx_n_unique(), len()])
    }),
    ("about how many of no rows", true, |s| {
        no_rows(s).select([col("n"), col("line")].map(Expr::approx_n_unique))
    }),
    ("about how many beside rows", true, |s| {
        s.events().with_columns([col("id").approx_n_unique().alias("about")])
    }),
    ("more than the median", true, |s| {
        let far = col("n").gt(col("n").quantile(lit(0.9), QuantileMethod::Higher));
        s.events().filter(far.and(col("x").gt_eq(col("x").median())))
    }),
    ("distance from the median", true, |s| {
        let zero = lit(0_i64).cast(DataType::Datetime(TimeUnit::Microseconds, None));
        s.events().with_columns([
            (col("n") - col("n").median()).alias("off"),
            (col("time").median() - zero).alias("late"),
        ])
    }),
    ("median of groups' sizes", false, |s| {
        let groups = s.events().group_by([col("line"), col("n")]).agg([len().alias("rows")]);
        groups.filter(col("rows").gt_eq(col("rows").median()))
    }),
    ("nulls, any and all", true, |s| {
        let flags =
            [col("flag").any(true), col("flag").any(false), col("flag").all(true), col("flag").all(false)];
        let mut made: Vec<Expr> =
            flags.into_iter().enumerate().map(|(place, flag)| flag.alias(format!("flag {place}"))).collect();
        made.extend(["n", "words", "host", "id"].map(|name| col(name).null_count()));
        made.push(col("n").median().alias("middle"));
        s.events().select(made)
    }),
    ("any and all of no rows", true, |s| {
        no_rows(s).select([
            col("flag").any(true),
            col("flag").all(false).alias("all"),
            col("n").null_count().alias("nulls"),
            col("n").has_nulls().alias("some"),
        ])
    }),
    ("any and all of groups", false, |s| {
        s.events().group_by([col("host")]).agg([
            col("flag").any(true).alias("any"),
            col("flag").all(false).alias("all"),
            col("n").null_count(),
            col("x").has_nulls(),
        ])
    }),
    ("described", true, |s| {
        let columns = ["id", "n", "x", "small", "price"];
        let figures = columns.into_iter().flat_map(|name| {
            let figures = [
                col(name).count(),
                col(name).null_count(),
                col(name).mean(),
                col(name).std(1),
                col(name).min(),
                col(name).quantile(lit(0.25), QuantileMethod::Nearest),
                col(name).quantile(lit(0.5), QuantileMethod::Nearest),
                col(name).max(),
            ];
            figures.into_iter().enumerate().map(move |(row, figure)| figure.alias(format!("{name} {row}")))
        });
        let mut figures: Vec<Expr> = figures.collect();
        let time = col("time").to_physical().quantile(lit(0.75), QuantileMethod::Nearest);
        figures.push(time.cast(DataType::Datetime(TimeUnit::Microseconds, None)).alias("time"));
        figures.push(lit(NULL).alias("nothing"));
        s.events().select(figures)
    }),
];
