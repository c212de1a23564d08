//! Row numbers, over files and over what other steps have left.

use polars::prelude::*;

use crate::probes::Probe;

fn by_n() -> SortMultipleOptions {
    SortMultipleOptions::default().with_maintain_order(true)
}

/// What numbers rows.
pub(crate) const PROBES: &[Probe] = &[
    ("numbers of rows of files", true, |s| s.events().with_row_index("row", Some(10))),
    ("numbers of rows of a large file", true, |s| {
        s.large().with_row_index("row", None).select([col("row"), col("id")])
    }),
    ("numbers of rows alone", true, |s| s.events().with_row_index("row", None).select([col("row")])),
    ("numbers of rows that are filtered", true, |s| {
        let numbered = s.events().with_row_index("row", Some(3));
        numbered
            .filter((col("row") % lit(7)).eq(lit(2)).and(col("n").gt(lit(9))))
            .select([col("x"), col("row")])
    }),
    ("numbers of filtered rows", true, |s| {
        s.large().filter(col("n").gt(lit(9))).with_row_index("row", Some(5))
    }),
    ("numbers of rows in csv", true, |s| s.csv().with_row_index("row", None)),
    ("numbers of rows in csv that are filtered", true, |s| {
        let numbered = s.csv().with_row_index("row", None);
        numbered.filter(col("row").gt(lit(700)).and(col("host").eq(lit("a")))).select([col("id"), col("row")])
    }),
    ("numbers of rows in a large csv file", true, |s| {
        let numbered = s.large_csv().with_row_index("row", Some(4));
        numbered.filter(col("n").gt(lit(30)).or(col("row").lt(lit(9)))).select([col("row"), col("note")])
    }),
    ("numbers of rows in a large ipc file", true, |s| {
        let numbered = s.ipc().with_row_index("row", Some(2));
        numbered.filter(col("n").lt(lit(9)).and(col("row").gt(lit(300))))
    }),
    ("numbers of rows in ndjson", true, |s| {
        s.ndjson().with_row_index("row", Some(1)).select([col("row"), col("n")]).filter(col("n").lt(lit(4)))
    }),
    ("numbers of rows in a large ndjson file", true, |s| {
        s.large_ndjson()
            .with_row_index("row", Some(1))
            .select([col("row"), col("n")])
            .filter(col("n").lt(lit(4)))
    }),
    ("numbers of rows in ndjson alone", true, |s| {
        s.ndjson().with_row_index("row", None).select([col("row")])
    }),
    ("numbers after a sort", true, |s| s.events().sort(["n"], by_n()).with_row_index("rank", None)),
    ("numbers after numbers", true, |s| {
        let numbered = s.events().with_row_index("first", None).sort(["x"], by_n());
        numbered.with_row_index("second", Some(1)).filter(col("second").gt(col("first")))
    }),
    ("numbers of no rows", true, |s| {
        s.events().filter(col("n").gt(lit(1_000))).sort(["n"], by_n()).with_row_index("row", None)
    }),
    ("numbers of a union", true, |s| {
        let both = concat([s.events(), s.large().filter(col("n").eq(lit(3)))], UnionArgs::default()).unwrap();
        both.with_row_index("row", None).select([col("row"), col("id")])
    }),
    ("groups by numbers", false, |s| {
        let numbered = s.events().with_row_index("row", None);
        numbered.group_by([(col("row") % lit(9)).alias("ninth")]).agg([col("id").sum(), col("row").max()])
    }),
    ("slice of numbers", true, |s| s.events().with_row_index("row", None).slice(300, 900).slice(7, 20)),
    ("numbers of a slice", true, |s| s.events().slice(300, 900).with_row_index("row", None).tail(5)),
    ("join by numbers", false, |s| {
        let numbered = |rows: LazyFrame| rows.with_row_index("row", None);
        let sorted =
            numbered(s.large().sort(["x", "id"], by_n())).select([col("row"), col("id").alias("other")]);
        numbered(s.events()).join(sorted, [col("row")], [col("row")], JoinArgs::new(JoinType::Inner))
    }),
    ("count of csv", true, |s| s.csv().select([len()])),
    ("count of csv by another name", true, |s| s.csv().select([len().alias("rows")]).with_columns([lit(1)])),
    ("rows beside the count of csv", false, |s| {
        s.csv().select([col("id")]).cross_join(s.csv().select([len().alias("rows")]), None)
    }),
];
