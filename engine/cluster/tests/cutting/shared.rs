//! Subplans that a plan uses more than once: they run once, where that is worth it.

use fram_cluster::CutOptions;
use polars::prelude::*;

use crate::probes::{Probe, check, nothing_small};
use crate::rehearsal::{self, Defect};
use crate::samples::Samples;

fn totals(samples: &Samples) -> LazyFrame {
    samples
        .events()
        .group_by([col("host"), col("n")])
        .agg([col("id").sum().alias("total"), len().alias("rows")])
}

fn in_order(samples: &Samples) -> LazyFrame {
    samples.events().group_by_stable([col("host"), col("n")]).agg([col("id").first(), len().alias("rows")])
}

/// Windows over more partitions than there are tasks for.
pub(crate) fn windows(samples: &Samples) -> LazyFrame {
    let both = concat([samples.events(), samples.large()], UnionArgs::default()).unwrap();
    both.with_columns([len().over([col("host")]).unwrap().alias("rows")])
}

pub(crate) const PROBES: &[Probe] = &[
    ("join with itself", false, |s| {
        let most = totals(s).group_by([col("host")]).agg([col("total").max().alias("most")]);
        totals(s).join(most, [col("host")], [col("host")], JoinArgs::new(JoinType::Inner))
    }),
    ("join with itself by its keys", false, |s| {
        let on = [col("host"), col("n")];
        let more =
            totals(s).filter(col("rows").gt(lit(2))).select([col("host"), col("n"), col("rows").alias("r")]);
        totals(s).join(more, on.clone(), on, JoinArgs::new(JoinType::Left))
    }),
    ("union of the same", false, |s| {
        let (many, few) =
            (totals(s).filter(col("rows").gt(lit(4))), totals(s).filter(col("rows").lt(lit(3))));
        concat([many, few], UnionArgs::default()).unwrap()
    }),
    ("union of the same in order", true, |s| {
        concat([in_order(s), in_order(s).filter(col("rows").gt(lit(4)))], UnionArgs::default()).unwrap()
    }),
    ("union of the same windows of a union", true, |s| {
        concat([windows(s), windows(s).filter(col("n").gt(lit(40)))], UnionArgs::default()).unwrap()
    }),
    ("union of the same sort", true, |s| {
        let sorted = s.events().sort(["x", "id"], SortMultipleOptions::default());
        concat([sorted.clone(), sorted.filter(col("n").gt(lit(40)))], UnionArgs::default()).unwrap()
    }),
    ("sort of the same twice", true, |s| {
        let by = |name: &str| totals(s).sort([name, "host", "n"], SortMultipleOptions::default());
        concat([by("total"), by("rows")], UnionArgs::default()).unwrap()
    }),
    ("share of a whole that is grouped", false, |s| {
        let whole = totals(s).select([col("total").sum().alias("whole")]);
        totals(s).cross_join(whole, None).filter((col("total") * lit(100)).gt(col("whole")))
    }),
    ("cache of a user", false, |s| {
        let kept = totals(s).cache();
        kept.clone().join(kept, [col("host")], [col("host")], JoinArgs::new(JoinType::Semi))
    }),
];

#[test]
fn subplans_that_are_used_twice_run_once() {
    let samples = Samples::new();
    for (name, in_order, plan) in PROBES {
        let found = check(name, *in_order, &plan(&samples), 3);
        assert!(found.kept > 0, "{name}: nothing is kept");
    }
}

#[test]
fn files_are_read_twice_rather_than_kept() {
    let samples = Samples::new();
    let some = samples.events().filter(col("n").gt(lit(40))).select([col("id"), col("n").alias("m")]);
    let plan = samples.events().join(some, [col("id")], [col("id")], JoinArgs::new(JoinType::Left));
    let options = CutOptions { look_bytes: u64::MAX, skew_bytes: u64::MAX, ..nothing_small(3) };
    let found = rehearsal::run(plan, &options, Defect::None).unwrap();
    assert!(found.data.height() > 0);
    assert_eq!(found.kept, 0);
}
