//! Windows: by one key and by several, by what is worked out of rows, and beside values of all rows.

use polars::prelude::*;

use crate::probes::Probe;

/// The expression over these keys.
fn over<const N: usize>(expr: Expr, keys: [Expr; N]) -> Expr {
    expr.over(keys).unwrap()
}

pub(crate) const PROBES: &[Probe] = &[
    ("window", true, |s| s.events().with_columns([over(col("n").sum(), [col("host")]).alias("total")])),
    ("window by two columns", true, |s| {
        let rank = col("id").rank(RankOptions::default(), None);
        s.events().with_columns([over(rank, [col("host"), col("n")]).alias("rank")])
    }),
    ("windows by different columns", true, |s| {
        s.events().with_columns([
            over(col("n").sum(), [col("host")]).alias("of_host"),
            over(col("id").cum_sum(false), [col("n")]).alias("running"),
            over(len(), [col("kind"), col("host")]).alias("alike"),
        ])
    }),
    ("windows in the place of columns", true, |s| {
        s.events()
            .with_columns([over(col("n").max(), [col("host")])])
            .with_columns([over(col("id").shift(lit(1)), [col("n")]), over(len(), [col("x")]).alias("host")])
    }),
    ("windows of two steps", true, |s| {
        s.events()
            .with_columns([over(col("n").max(), [col("host")]).alias("most")])
            .with_columns([over(col("id").max(), [col("kind")]).alias("last")])
            .filter(col("most").gt(col("n")).and(col("last").gt(col("id"))))
    }),
    ("selected windows by different columns", true, |s| {
        s.events().select([
            over(col("n").sum(), [col("host")]) * lit(2) + over(len(), [col("flag")]).cast(DataType::Int64),
            col("id"),
        ])
    }),
    ("filter by different windows", true, |s| {
        let most = over(col("n").max(), [col("host")]);
        let first = over(col("id").min(), [col("n")]);
        s.events().filter(col("n").eq(most).or(col("id").eq(first)))
    }),
    ("windows by expressions", true, |s| {
        s.events().with_columns([
            over(col("id").max(), [col("n") % lit(3)]).alias("of_rest"),
            over(len(), [col("host").str().to_uppercase(), col("n")]).alias("alike"),
            over(col("id").shift(lit(1)), [col("n") % lit(3), col("host")]).alias("before"),
        ])
    }),
    ("windows beside values of all rows", true, |s| {
        s.events().with_columns([
            (over(col("n").sum(), [col("host")]) * lit(100) / col("n").sum()).alias("share"),
            over(col("id").count(), [col("id").gt(col("id").median())]).alias("side"),
            col("x").filter(col("x").is_finite()).max().alias("most"),
        ])
    }),
    ("values of windows", true, |s| {
        // The whole of what the windows give is one value again.
        s.events().select([over(col("n").sum(), [col("host")]).sum(), over(len(), [col("n")]).max()])
    }),
    ("windows beside values of windows", true, |s| {
        let lines = over(len(), [col("host")]);
        s.events().with_columns([
            (lines.clone().cast(DataType::Float64) / lines.max().cast(DataType::Float64)).alias("share"),
            (col("id") - over(col("id").min(), [col("n")]).median().cast(DataType::Int64)).alias("since"),
        ])
    }),
    ("sort by windows", true, |s| {
        let often = over(len(), [col("host")]);
        let by = vec![often, over(col("id").max(), [col("n")]), col("id")];
        s.events().sort_by_exprs(by, SortMultipleOptions::default().with_order_descending(true))
    }),
    ("groups by windows", false, |s| {
        let often = over(len(), [col("host")]).alias("often");
        s.events().group_by([often, col("kind")]).agg([len().alias("rows"), col("id").max()])
    }),
    ("spans of windows", true, |s| {
        // No sum of them: Polars' own check of indices, which is in debug builds alone, takes repeated ones for a mistake.
        let most = over(col("id").max(), [col("host")]).first();
        let hour = Duration::parse("1h");
        let back = Duration::parse("-1h");
        let of_span = most.rolling(col("time"), hour, back, ClosedWindow::Right);
        s.events().filter(col("id").lt(lit(90))).select([col("id"), of_span.alias("most")])
    }),
    ("structs of windows", true, |s| {
        let field = |name: &'static str| Expr::Field([PlSmallStr::from_static(name)].into());
        let rest = over(field("rest").sum(), [field("place")]);
        let pair = col("pair").struct_().with_fields(vec![rest.alias("whole")]);
        s.events().select([col("id"), pair])
    }),
    ("windows that are lists", true, |s| {
        let few = |expr: Expr, name: &str| {
            let by = Some([col("flag")]);
            expr.over_with_options(by, None, WindowMapping::Join).unwrap().alias(name)
        };
        let early = s.events().filter(col("id").lt(lit(60)));
        early.with_columns([few(col("id").head(Some(2)), "first"), few(col("n").max(), "most")])
    }),
    ("windows of few rows", true, |s| {
        s.events().filter(col("id").lt(lit(3))).with_columns([
            over(col("n").sum(), [col("host")]).alias("of_host"),
            over(len(), [col("n")]).alias("alike"),
        ])
    }),
    ("windows of no rows", true, |s| {
        s.events().filter(col("id").lt(lit(0))).with_columns([
            over(col("n").sum(), [col("host")]).alias("of_host"),
            over(len(), [col("n")]).alias("alike"),
        ])
    }),
    ("windows of groups", false, |s| {
        let groups = s.events().group_by([col("host"), col("n")]).agg([col("id").max()]);
        groups.with_columns([
            over(col("id").max(), [col("host")]).alias("of_host"),
            over(col("id").rank(RankOptions::default(), None), [col("n")]).alias("rank"),
        ])
    }),
];
