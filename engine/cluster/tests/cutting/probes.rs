//! A table of plans, each run whole and in pieces on 1, 2 and 7 partitions.

use fram_cluster::CutOptions;
use fram_frame::{Limit, LocalRunner, Plan, Runner, Watch};
use polars::prelude::*;

use crate::compare::assert_same;
use crate::rehearsal::{self, Defect, Outcome};
use crate::samples::Samples;
use crate::{nearest, numbers, quantiles, scans, semantics, shared, sides, skew, sorts, windows};

/// A plan, and whether Polars guarantees the order of its rows.
pub(crate) type Probe = (&'static str, bool, fn(&Samples) -> LazyFrame);

pub(crate) const PROBES: &[Probe] = &[
    ("filter and select", true, |s| {
        s.events().filter(col("n").gt(lit(25))).select([col("id"), (col("x") * lit(2)).alias("y")])
    }),
    ("new columns", true, |s| {
        s.events().with_columns([col("line").str().to_uppercase(), (col("n") + lit(1)).alias("m")])
    }),
    ("head", true, |s| s.events().limit(7)),
    ("head of a filter", true, |s| s.events().filter(col("n").eq(lit(3))).limit(5)),
    ("slice inside", true, |s| s.events().slice(100, 900).filter(col("n").gt(lit(10)))),
    ("tail", true, |s| s.events().tail(9)),
    ("row index", true, |s| s.events().with_row_index("row", None).filter(col("n").eq(lit(4)))),
    ("explode", true, |s| {
        s.events().select([col("id"), col("words")]).explode(
            by_name(["words"], true, false),
            ExplodeOptions { empty_as_null: true, keep_nulls: true },
        )
    }),
    ("top rows", false, |s| s.events().sort(["n", "id"], SortMultipleOptions::default()).limit(11)),
    ("sort", true, |s| s.events().sort(["n", "id"], SortMultipleOptions::default().with_nulls_last(true))),
    ("stable sort", true, |s| {
        s.events()
            .sort(["n"], SortMultipleOptions::default().with_maintain_order(true).with_order_descending(true))
    }),
    ("sums", false, |s| {
        s.events().group_by([col("host")]).agg([
            len().alias("rows"),
            col("n").sum(),
            col("small").sum().alias("small"),
            col("x").sum().alias("x"),
            col("price").sum(),
            col("flag").sum(),
        ])
    }),
    ("means", false, |s| {
        s.events().group_by([col("host")]).agg([
            col("n").mean().alias("mean"),
            col("single").mean(),
            col("flag").mean(),
            col("id").var(1).alias("var"),
            col("id").std(0).alias("std"),
            col("small").var(1),
        ])
    }),
    ("edges of numbers", false, |s| {
        s.events().group_by([col("n")]).agg([
            col("x").min().alias("low"),
            col("x").max().alias("high"),
            col("line").max(),
        ])
    }),
    ("expressions over aggregates", false, |s| {
        s.events().group_by([col("host")]).agg([
            (col("n").sum() / len()).alias("share"),
            (col("id").max() - col("id").min()).alias("span"),
            col("n").filter(col("flag")).sum().alias("flagged"),
        ])
    }),
    ("first and last", false, |s| {
        s.events().group_by([col("host")]).agg([col("id").first(), col("line").last()])
    }),
    ("first and last of some rows", false, |s| {
        let flagged = |name: &str| col(name).filter(col("flag"));
        s.events().group_by([col("line")]).agg([
            flagged("id").first().alias("first"),
            flagged("id").last().alias("last"),
            col("x").filter(col("n").eq(lit(7))).first(),
        ])
    }),
    ("first and last of all rows", true, |s| {
        s.events().select([
            col("id").first().alias("first"),
            col("line").last().alias("last"),
            col("n").filter(col("n").gt(lit(48))).first().alias("one"),
            col("host").filter(col("id").gt(lit(5_000))).last().alias("none"),
            len(),
        ])
    }),
    ("first and last of few rows", true, |s| {
        let few = s.events().filter(col("id").gt(lit(900)).and(col("id").lt(lit(1_000))));
        few.select([col("id").first().alias("first"), col("x").last(), (col("id").max() - col("id").first())])
    }),
    ("rows since the first", true, |s| {
        s.events()
            .filter(col("id").gt(lit(900)))
            .with_columns([(col("id") - col("id").first()).alias("since")])
    }),
    ("lists", false, |s| {
        s.events().group_by([col("n")]).agg([col("id"), col("x").head(Some(2)), col("line").first()])
    }),
    ("unlike values and medians", false, |s| {
        s.events().group_by([col("host")]).agg([
            col("n").n_unique(),
            col("x").median().alias("median"),
            col("n").quantile(lit(0.9), QuantileMethod::Nearest).alias("q"),
        ])
    }),
    ("unlike values beside other aggregates", false, |s| {
        s.events().group_by([col("host"), (col("n") % lit(3)).alias("third")]).agg([
            col("x").n_unique().alias("numbers"),
            (len() - col("x").n_unique()).alias("repeated"),
            col("id").mean().alias("mean"),
            col("id").var(1).alias("variance"),
            col("line").max(),
            col("flag").any(true),
        ])
    }),
    ("unlike values of a key, and of what is worked out", false, |s| {
        s.events().group_by([col("kind")]).agg([
            col("kind").n_unique().alias("kinds"),
            col("line").str().tail(lit(3)).n_unique().alias("ends"),
            (len() - col("line").str().tail(lit(3)).n_unique()).alias("repeated"),
        ])
    }),
    ("unlike values of several columns, and of some rows", false, |s| {
        s.events().group_by([col("host")]).agg([
            col("n").n_unique(),
            col("line").n_unique(),
            col("x").filter(col("flag")).n_unique().alias("some"),
        ])
    }),
    ("unlike values beside the first one", false, |s| {
        s.events().group_by([col("host")]).agg([col("n").n_unique(), col("line").first(), col("id").last()])
    }),
    ("unlike values of no rows", false, |s| {
        s.events().filter(col("n").gt(lit(1_000))).group_by([col("host")]).agg([col("n").n_unique()])
    }),
    ("groups in order", true, |s| {
        s.events().group_by_stable([col("host")]).agg([len().alias("rows"), col("id").first()])
    }),
    ("heads of groups in order", true, |s| {
        s.events().select([col("host"), col("id")]).group_by_stable([col("host")]).head(Some(2))
    }),
    ("float keys", false, |s| s.events().group_by([col("x")]).agg([len().alias("rows"), col("id").sum()])),
    ("category keys", false, |s| s.events().group_by([col("kind")]).agg([len().alias("rows")])),
    ("several keys", false, |s| {
        s.events().group_by([col("host"), (col("n") % lit(3)).alias("third")]).agg([col("id").sum()])
    }),
    ("two groupings", false, |s| {
        s.events()
            .group_by([col("host"), col("n")])
            .agg([col("id").sum()])
            .group_by([col("host")])
            .agg([len().alias("rows"), col("id").max()])
    }),
    ("all rows' aggregates", true, |s| {
        s.events().select([
            col("n").sum(),
            col("x").mean().alias("mean"),
            len().alias("rows"),
            col("id").var(1).alias("var"),
        ])
    }),
    ("all rows' median", true, |s| s.events().select([col("n").median(), col("host").n_unique()])),
    ("aggregates of nothing", true, |s| {
        s.events().filter(col("n").gt(lit(1_000))).select([
            col("n").sum(),
            col("x").mean().alias("mean"),
            col("id").max(),
        ])
    }),
    ("share of the whole", true, |s| {
        s.events().with_columns([(col("n").cast(DataType::Float64) / col("n").sum()).alias("share")])
    }),
    ("parts of the whole", true, |s| {
        s.events().select([
            col("id"),
            (col("x") - col("x").mean()) / col("x").std(1),
            col("price").eq(col("price").max()).alias("dearest"),
            lit(7).alias("seven"),
            (col("line").n_unique().cast(DataType::Int64) - col("n")).alias("others"),
        ])
    }),
    ("share of the whole of groups", false, |s| {
        let groups = s.events().group_by([col("line"), col("n")]).agg([len().alias("rows")]);
        groups.with_columns([(col("rows").cast(DataType::Float64) / col("rows").sum()).alias("share")])
    }),
    ("more than the mean", true, |s| {
        s.events().filter(col("n").gt(col("n").mean()).and(col("time").lt(col("time").max())))
    }),
    ("distinct values of all rows", true, |s| {
        s.events().select([
            col("line").n_unique().alias("lines"),
            col("x").n_unique().alias("numbers"),
            (col("host").n_unique() + col("n").filter(col("n").gt(lit(3))).n_unique()).alias("both"),
            col("n").sum().alias("total"),
            len().alias("rows"),
            lit(1).alias("one"),
        ])
    }),
    ("distinct values of no rows", true, |s| {
        s.events().filter(col("n").gt(lit(1_000))).select([col("line").n_unique(), col("n").max()])
    }),
    ("cumulative sum", true, |s| s.events().select([col("id"), col("n").cum_sum(false)])),
    ("unique", false, |s| s.events().select([col("host"), col("n")]).unique(None, UniqueKeepStrategy::Any)),
    ("unique, first", false, |s| {
        s.events().unique(Some(by_name(["n"], true, false)), UniqueKeepStrategy::First)
    }),
    ("unique, none", false, |s| {
        s.events().unique(Some(by_name(["n", "host"], true, false)), UniqueKeepStrategy::None)
    }),
    ("unique, in order", true, |s| {
        s.events().unique_stable(Some(by_name(["host", "n"], true, false)), UniqueKeepStrategy::Last)
    }),
    ("join with memory", false, |s| {
        s.events().join(s.hosts(), [col("host")], [col("host")], JoinArgs::new(JoinType::Left))
    }),
    ("join that keeps order", true, |s| {
        let mut how = JoinArgs::new(JoinType::Left);
        how.maintain_order = MaintainOrderJoin::Left;
        s.events().join(s.hosts(), [col("host")], [col("host")], how)
    }),
    ("nulls equal", false, |s| {
        let mut how = JoinArgs::new(JoinType::Inner);
        how.nulls_equal = true;
        s.events().join(s.hosts(), [col("host")], [col("host")], how)
    }),
    ("join of files", false, |s| {
        let totals = s.large().group_by([col("n")]).agg([col("x").sum().alias("total")]);
        s.events().join(totals, [col("n")], [col("n")], JoinArgs::new(JoinType::Inner))
    }),
    ("full join", false, |s| {
        let some = s.large().filter(col("id").gt(lit(1_500))).select([col("id"), col("line").alias("other")]);
        s.events().filter(col("id").lt(lit(1_700))).join(
            some,
            [col("id")],
            [col("id")],
            JoinArgs::new(JoinType::Full),
        )
    }),
    ("right join", false, |s| {
        s.hosts().join(s.events(), [col("host")], [col("host")], JoinArgs::new(JoinType::Right))
    }),
    ("semi and anti", false, |s| {
        let some = s.large().filter(col("n").gt(lit(40)));
        let found = s.events().join(some.clone(), [col("n")], [col("n")], JoinArgs::new(JoinType::Semi));
        found.join(some.filter(col("n").eq(lit(45))), [col("n")], [col("n")], JoinArgs::new(JoinType::Anti))
    }),
    ("float join keys", false, |s| {
        let some = s.large().select([col("x"), col("id").alias("other")]).filter(col("other").lt(lit(60)));
        s.events().filter(col("id").lt(lit(300))).join(
            some,
            [col("x")],
            [col("x")],
            JoinArgs::new(JoinType::Inner),
        )
    }),
    ("cross join", false, |s| s.events().select([col("id")]).limit(40).cross_join(s.hosts(), None)),
    ("cross join of files", false, |s| {
        let one = s.large().select([col("n").max().alias("most")]);
        s.events().select([col("id"), col("n")]).cross_join(one, None).filter(col("n").eq(col("most")))
    }),
    ("union", true, |s| {
        concat(
            [s.events().filter(col("n").gt(lit(40))), s.large().filter(col("n").lt(lit(3)))],
            UnionArgs::default(),
        )
        .unwrap()
    }),
    ("union, then groups", false, |s| {
        let whole = concat([s.events(), s.large()], UnionArgs::default()).unwrap();
        whole.group_by([col("host")]).agg([len().alias("rows"), col("id").first()])
    }),
    ("running sums after windows of a union", true, |s| {
        shared::windows(s).with_columns([col("id").cum_sum(false).alias("running")])
    }),
    ("dynamic groups", true, |s| {
        s.events()
            .group_by_dynamic(
                col("time"),
                [],
                DynamicGroupOptions {
                    every: Duration::parse("1h"),
                    period: Duration::parse("1h"),
                    offset: Duration::parse("0h"),
                    ..Default::default()
                },
            )
            .agg([len().alias("rows")])
    }),
];

/// All probes that are to be run.
pub(crate) fn chosen() -> impl Iterator<Item = Probe> {
    let tables = [
        PROBES,
        scans::PROBES,
        sorts::PROBES,
        quantiles::PROBES,
        numbers::PROBES,
        shared::PROBES,
        nearest::PROBES,
        sides::COPIED,
        sides::THINNED,
        skew::SPREADING,
        windows::PROBES,
    ];
    let all = tables.into_iter().flatten().copied().chain(semantics::probes());
    all.filter(|(name, ..)| std::env::var("FRAM_ONLY").map_or(true, |only| name.contains(&only)))
}

/// Bytes of a side of a join that is small beside the others.
pub(crate) const SMALL_SIDE: u64 = 12 << 10;

/// Plans are cut into so many partitions, and no rows are too few for it.
pub(crate) fn nothing_small(partitions: usize) -> CutOptions {
    CutOptions {
        partitions,
        task_bytes: 1 << 30,
        broadcast_bytes: Some(0),
        few_bytes: 0,
        look_bytes: 0,
        skew_bytes: 0,
        sort_bytes: 0,
        hold_bytes: 0,
        ..CutOptions::default()
    }
}

/// Runs the plan whole and in pieces, with nothing small, with something, and with everything; what came of it with nothing small.
pub(crate) fn check(name: &str, in_order: bool, plan: &LazyFrame, partitions: usize) -> Outcome {
    let whole = LocalRunner.run(&Plan::Polars(plan.clone()), Limit::All, &Watch::new()).unwrap();
    // Where a side is looked at first, some are small enough for a copy, and some are not.
    let found = [(1 << 20, 1 << 30), (SMALL_SIDE, 0), (0, 0)].map(|(small, look_bytes)| {
        let options = CutOptions {
            broadcast_bytes: Some(small),
            // Of everything, each plan would be one task.
            few_bytes: small % (1 << 20),
            look_bytes,
            skew_bytes: small,
            sort_bytes: small,
            ..nothing_small(partitions)
        };
        let found = rehearsal::run(plan.clone(), &options, Defect::None).unwrap();
        assert_eq!(&*found.promised, &**whole.schema(), "{name}: the schema that is promised");
        assert_same(&format!("{name}, {partitions} partitions, {small}"), &whole, &found.data, in_order);
        found
    });
    let [_, _, found] = found;
    found
}

#[test]
fn pieces_give_the_rows_of_the_whole() {
    let samples = Samples::new();
    for (name, in_order, plan) in chosen() {
        // On two by the test of what is gathered.
        for partitions in [1, 7] {
            check(name, in_order, &plan(&samples), partitions);
        }
    }
}
