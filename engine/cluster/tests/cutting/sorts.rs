//! Sorts of all rows: of every type, in every order, stable or not, and with what comes after a sort.

use polars::prelude::*;

use crate::probes::{Probe, check};
use crate::samples::Samples;

fn up() -> SortMultipleOptions {
    SortMultipleOptions::default()
}

fn stable() -> SortMultipleOptions {
    up().with_maintain_order(true)
}

pub(crate) const PROBES: &[Probe] = &[
    ("sort, then row index", true, |s| s.events().sort(["x", "id"], up()).with_row_index("row", None)),
    ("sort, then head", true, |s| {
        s.events().sort(["n", "id"], up()).with_columns([lit(1).alias("one")]).limit(40)
    }),
    ("sort, then slice of a selection", true, |s| {
        s.events()
            .sort(["n", "id"], up())
            .select([col("line"), (col("id") + lit(1)).alias("next")])
            .slice(3, 40)
    }),
    ("stable sort, then head of a column", true, |s| {
        s.events().sort(["n"], stable()).select([col("x")]).limit(30)
    }),
    ("groups in order, then a stable sort and head", true, |s| {
        let groups = s.events().group_by_stable([col("line")]).agg([len().alias("rows")]);
        groups.sort(["rows"], stable()).select([col("line")]).limit(25)
    }),
    ("sort, then head of a constant", true, |s| {
        s.events().sort(["n", "id"], up()).select([col("id"), lit(3).alias("three")]).limit(2)
    }),
    ("sort, then tail", true, |s| s.events().sort(["kind", "id"], up()).tail(300)),
    ("sort, then slice", true, |s| {
        s.events().sort(["line", "id"], up()).filter(col("n").gt(lit(3))).slice(200, 900)
    }),
    ("sort, then last slice", true, |s| s.events().sort(["line", "id"], up()).slice(-700, 300)),
    ("sort, then cumulative sum", true, |s| {
        s.events().sort(["price", "id"], up()).select([col("id"), col("n").cum_sum(false)])
    }),
    ("sort, then first and last", true, |s| {
        s.events().sort(["host", "id"], up()).select([
            col("id").first().alias("first"),
            col("id").last().alias("last"),
            col("line").first().alias("line"),
        ])
    }),
    ("sort, then groups in order", true, |s| {
        s.events().sort(["n"], stable()).group_by_stable([col("host")]).agg([col("id").first(), len()])
    }),
    ("sort, then unique in order", true, |s| {
        s.events()
            .sort(["x", "id"], up())
            .unique_stable(Some(by_name(["host"], true, false)), UniqueKeepStrategy::First)
    }),
    ("sort, then window", true, |s| {
        s.events().sort(["x", "id"], up()).with_columns([col("id")
            .shift(lit(1))
            .over([col("host")])
            .unwrap()
            .alias("before")])
    }),
    ("sort twice", true, |s| {
        s.events()
            .sort(["id"], up().with_order_descending(true))
            .with_row_index("row", None)
            .sort(["n"], stable())
    }),
    ("sort of groups", true, |s| {
        s.events()
            .group_by([col("host"), col("n")])
            .agg([len().alias("rows"), col("id").max()])
            .sort(["rows", "host", "n"], up().with_order_descending_multi([true, false, false]))
    }),
    ("sort of groups, with a selection after it", true, |s| {
        s.events()
            .group_by([col("host"), col("n")])
            .agg([len().alias("rows"), col("id").max()])
            .sort(["host", "n"], up().with_nulls_last(true))
            .select([col("n"), (col("id") + lit(1)).alias("next")])
            .slice(3, 50)
    }),
    ("sort below a union", true, |s| {
        let sorted = s.events().sort(["n", "id"], up());
        concat([sorted, s.large().filter(col("n").eq(lit(3)))], UnionArgs::default()).unwrap()
    }),
    ("sort below a join", true, |s| {
        let mut how = JoinArgs::new(JoinType::Left);
        how.maintain_order = MaintainOrderJoin::Left;
        s.events().sort(["x", "id"], up()).join(s.hosts(), [col("host")], [col("host")], how)
    }),
    ("sort below a join of files", true, |s| {
        let mut how = JoinArgs::new(JoinType::Left);
        how.maintain_order = MaintainOrderJoin::Left;
        let totals = s.large().group_by([col("n")]).agg([col("id").sum().alias("total")]);
        s.events().sort(["x", "id"], up()).join(totals, [col("n")], [col("n")], how)
    }),
    ("sort of a join", true, |s| {
        let totals = s.large().group_by([col("n")]).agg([col("id").sum().alias("total")]);
        let joined = s.events().join(totals, [col("n")], [col("n")], JoinArgs::new(JoinType::Left));
        joined.sort(["total", "id"], up().with_nulls_last(true))
    }),
    ("stable sort of groups in order", true, |s| {
        s.events()
            .group_by_stable([col("host"), col("n")])
            .agg([len().alias("rows")])
            .sort(["rows"], stable().with_order_descending(true))
    }),
    ("stable sort of rows that were one", true, |s| {
        let mut how = JoinArgs::new(JoinType::Left);
        how.maintain_order = MaintainOrderJoin::Left;
        let totals = s.large().group_by([col("n")]).agg([col("id").sum().alias("total")]);
        let options = ExplodeOptions { empty_as_null: true, keep_nulls: true };
        let joined = s.events().join(totals, [col("n")], [col("n")], how);
        joined.explode(by_name(["words"], true, false), options).sort(["price"], stable())
    }),
    ("sort by expressions", true, |s| {
        s.events().sort_by_exprs([lit(0) - col("n") % lit(7), col("line").str().len_chars(), col("id")], up())
    }),
    ("sort of rows that are alike", true, |s| {
        s.events().with_columns([lit(5).alias("same")]).sort(["same"], stable())
    }),
    ("sort of no rows", true, |s| s.events().filter(col("n").gt(lit(1_000))).sort(["host", "id"], up())),
    ("sort of one file", true, |s| s.events().filter(col("id").lt(lit(10))).sort(["line", "id"], up())),
    ("sort by lists", true, |s| s.events().sort(["words", "id"], up())),
];

/// The events with a column of each type that rows can be sorted by.
fn typed(samples: &Samples) -> LazyFrame {
    let hosts = FrozenCategories::new(["d", "Ä", "a", "c", "b"]).unwrap();
    samples.events().with_columns([
        col("host").cast(DataType::from_frozen_categories(hosts)).alias("enum"),
        col("time").cast(DataType::Date).alias("date"),
        col("time").cast(DataType::Time).alias("of day"),
        (col("n") * lit(1_000)).cast(DataType::Duration(TimeUnit::Milliseconds)).alias("duration"),
        col("line").cast(DataType::Binary).alias("bytes"),
        col("n").cast(DataType::UInt64).alias("unsigned"),
        col("n").cast(DataType::UInt16).alias("short"),
        (col("n") - lit(25)).alias("signed"),
    ])
}

const TYPES: [&str; 18] = [
    "host", "n", "x", "line", "flag", "time", "kind", "price", "small", "single", "enum", "date", "of day",
    "duration", "bytes", "unsigned", "short", "signed",
];

#[test]
fn sorts_of_every_type_go_by_ranges() {
    let samples = Samples::new();
    for (place, name) in TYPES.into_iter().enumerate() {
        for way in 0..4 {
            let options = stable().with_order_descending(way & 1 == 1).with_nulls_last(way & 2 == 2);
            let plan = typed(&samples).sort([name], options);
            let found = check(&format!("stable sort by {name}, {way}"), true, &plan, 2 + place % 3);
            assert_eq!(found.ranges, 1, "sort by {name} goes by ranges");
        }
        let other = TYPES[(place + 5) % TYPES.len()];
        let options = up()
            .with_order_descending_multi([place % 2 == 0, place % 3 == 0, true])
            .with_nulls_last_multi([place % 5 > 2, place % 2 == 1, false]);
        let plan = typed(&samples).sort([name, other, "id"], options);
        let found = check(&format!("sort by {name} and {other}"), true, &plan, 7);
        assert_eq!(found.ranges, 1, "sort by {name} and {other} goes by ranges");
    }
}

#[test]
fn sorts_that_have_no_ranges_are_gathered() {
    let samples = Samples::new();
    let by_lists = check("lists", true, &samples.events().sort(["words", "id"], up()), 3);
    let in_one = check("one partition", true, &samples.events().sort(["id"], up()), 1);
    assert_eq!([by_lists.ranges, in_one.ranges], [0; 2]);
}
