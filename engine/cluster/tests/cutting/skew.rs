//! Joins of which one key has most of the rows: its partition is read by several tasks.

use fram_cluster::CutOptions;
use fram_frame::{Limit, LocalRunner, Plan, Runner, Watch};
use polars::prelude::*;

use crate::compare::assert_same;
use crate::probes::{Probe, nothing_small};
use crate::rehearsal::{self, Defect, Outcome};
use crate::samples::Samples;

/// The step of a side whose heavy partitions are read by several tasks.
pub(crate) const SPREAD: &str = "spread over tasks";

/// Rows of which nine in ten have the same key, and some have none.
fn uneven(samples: &Samples) -> LazyFrame {
    let key = when((col("id") % lit(10)).lt(lit(9))).then(lit(3)).otherwise(col("n"));
    samples.events().select([col("id"), key.cast(DataType::Int64).alias("key"), col("line")])
}

/// A few rows for each key, and for keys that no other row has.
fn even(samples: &Samples) -> LazyFrame {
    let key = (col("id") % lit(60)).cast(DataType::Int64).alias("key");
    samples.events().filter(col("id").lt(lit(150))).select([key, col("host"), col("id").alias("found")])
}

fn joined(left: LazyFrame, right: LazyFrame, how: JoinType) -> LazyFrame {
    left.join(right, [col("key")], [col("key")], JoinArgs::new(how))
}

fn in_order(samples: &Samples, how: JoinType) -> LazyFrame {
    let mut args = JoinArgs::new(how);
    args.maintain_order = MaintainOrderJoin::Left;
    // One row at most for each: their order among themselves is not kept.
    let others = even(samples).filter(col("found").lt(lit(60)));
    uneven(samples).join(others, [col("key")], [col("key")], args)
}

/// Joins whose heavy side is spread.
pub(crate) const SPREADING: &[Probe] = &[
    ("heavy on the left", false, |s| joined(uneven(s), even(s), JoinType::Inner)),
    ("heavy on the right", false, |s| joined(even(s), uneven(s), JoinType::Inner)),
    ("heavy on the left of a left join", false, |s| joined(uneven(s), even(s), JoinType::Left)),
    ("heavy on the right of a right join", false, |s| joined(even(s), uneven(s), JoinType::Right)),
    ("heavy rows that others have", false, |s| joined(uneven(s), even(s), JoinType::Semi)),
    ("heavy rows that others have not", false, |s| joined(uneven(s), even(s), JoinType::Anti)),
    ("heavy on the left, in order", true, |s| in_order(s, JoinType::Left)),
    ("heavy on the left, in order, of an inner join", true, |s| in_order(s, JoinType::Inner)),
    ("heavy, and nulls that are equal", false, |s| {
        let mut args = JoinArgs::new(JoinType::Inner);
        args.nulls_equal = true;
        uneven(s).join(even(s), [col("key")], [col("key")], args)
    }),
    ("groups by the key of a heavy join", false, |s| {
        let rows = joined(uneven(s), even(s), JoinType::Inner);
        rows.group_by([col("key")]).agg([len().alias("rows"), col("line").n_unique(), col("id").sum()])
    }),
    ("a heavy join of a heavy join", false, |s| {
        let rows = joined(uneven(s), even(s), JoinType::Left).select([col("key"), col("id"), col("host")]);
        joined(rows, even(s).filter(col("found").lt(lit(20))), JoinType::Inner)
    }),
];

/// Joins of which no row may be joined by itself, and one whose keys have as many rows each.
const WHOLE: &[Probe] = &[
    ("heavy on the right of a left join", false, |s| joined(even(s), uneven(s), JoinType::Left)),
    ("heavy in a full join", false, |s| joined(uneven(s), even(s), JoinType::Full)),
    ("heavy, and keys must be unique on the right", false, |s| {
        let mut args = JoinArgs::new(JoinType::Inner);
        args.validation = JoinValidation::ManyToOne;
        let unique = even(s).unique(Some(by_name(["key"], true, false)), UniqueKeepStrategy::Any);
        uneven(s).join(unique.select([col("key")]), [col("key")], [col("key")], args)
    }),
    ("no key is heavy", false, |s| {
        let rows = uneven(s).select([col("id").cast(DataType::Int64).alias("key"), col("line")]);
        joined(rows, even(s), JoinType::Inner)
    }),
];

/// What comes of the plan where each side of a join counts as large; its rows were compared with those of the whole.
fn outcome((name, in_order, plan): &Probe, samples: &Samples, skew_bytes: u64) -> Outcome {
    let plan = plan(samples);
    let whole = LocalRunner.run(&Plan::Polars(plan.clone()), Limit::All, &Watch::new()).unwrap();
    assert!(whole.height() > 0, "{name} has no rows");
    let options = CutOptions {
        task_bytes: 1 << 12,
        look_bytes: u64::MAX,
        sort_bytes: u64::MAX,
        skew_bytes,
        ..nothing_small(5)
    };
    let found = rehearsal::run(plan, &options, Defect::None).unwrap();
    assert_same(name, &whole, &found.data, *in_order);
    found
}

#[test]
fn a_heavy_partition_is_read_by_several_tasks() {
    let samples = Samples::new();
    for probe in SPREADING {
        let found = outcome(probe, &samples, 0);
        assert!(found.steps.iter().any(|step| step == SPREAD), "{}: {:?}", probe.0, found.steps);
        assert!(found.tasks > 5, "{}: {} tasks", probe.0, found.tasks);
        let found = outcome(probe, &samples, 1 << 40);
        assert!(!found.steps.iter().any(|step| step == SPREAD), "{}: {:?}", probe.0, found.steps);
    }
}

#[test]
fn what_may_not_or_need_not_be_spread_is_not() {
    let samples = Samples::new();
    for probe in WHOLE {
        let found = outcome(probe, &samples, 0);
        assert!(!found.steps.iter().any(|step| step == SPREAD), "{}: {:?}", probe.0, found.steps);
    }
}
