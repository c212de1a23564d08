//! Joins of which one side runs first: few rows are copied to the tasks of the other, or say which of its rows are
//! wanted.

use fram_cluster::CutOptions;
use fram_frame::{Limit, LocalRunner, Plan, Runner, Watch};
use polars::prelude::*;

use crate::compare::assert_same;
use crate::probes::{Probe, SMALL_SIDE, nothing_small};
use crate::rehearsal::{self, Defect};
use crate::samples::Samples;

/// A few of the rows, of which nobody knows before they are read how few they are.
fn few(samples: &Samples) -> LazyFrame {
    samples.large().filter(col("id").gt(lit(20)).and(col("id").lt(lit(60)))).select([
        col("id"),
        col("n"),
        col("host"),
        col("line").alias("found"),
    ])
}

fn joined(left: LazyFrame, right: LazyFrame, on: &str, how: JoinType) -> LazyFrame {
    left.join(right, [col(on)], [col(on)], JoinArgs::new(how))
}

/// Joins whose few rows are copied.
pub(crate) const COPIED: &[Probe] = &[
    ("few on the right", false, |s| joined(s.events(), few(s), "n", JoinType::Inner)),
    ("few on the left", false, |s| joined(few(s), s.events(), "n", JoinType::Inner)),
    ("few on the right of a left join", false, |s| joined(s.events(), few(s), "n", JoinType::Left)),
    ("few on the left of a right join", false, |s| joined(few(s), s.events(), "n", JoinType::Right)),
    ("rows that few have", false, |s| joined(s.events(), few(s), "id", JoinType::Semi)),
    ("rows that few have not", false, |s| joined(s.events(), few(s), "host", JoinType::Anti)),
    ("few on the right, in order", true, |s| {
        let mut how = JoinArgs::new(JoinType::Left);
        how.maintain_order = MaintainOrderJoin::Left;
        s.events().join(few(s), [col("id")], [col("id")], how)
    }),
    ("few of a join", false, |s| {
        let found = joined(few(s), s.large().select([col("n"), col("x")]), "n", JoinType::Inner);
        joined(s.events(), found.filter(col("id").lt(lit(24))), "id", JoinType::Inner)
    }),
];

/// Joins whose few rows may not be copied.
pub(crate) const THINNED: &[Probe] = &[
    ("few on the left of a left join", false, |s| joined(few(s), s.events(), "n", JoinType::Left)),
    ("few on the right of a right join", false, |s| joined(s.events(), few(s), "n", JoinType::Right)),
    ("few that others have", false, |s| {
        joined(few(s).select([col("id"), col("n")]), s.events(), "id", JoinType::Semi)
    }),
    ("few that others have not", false, |s| {
        let some = s.events().with_columns([col("id") * lit(2)]);
        joined(few(s).select([col("id"), col("n")]), some, "id", JoinType::Anti)
    }),
    ("few on the left, in order", true, |s| {
        let mut how = JoinArgs::new(JoinType::Inner);
        how.maintain_order = MaintainOrderJoin::Left;
        few(s).join(s.events(), [col("id")], [col("id")], how)
    }),
    ("few with nulls that are equal", false, |s| {
        let mut how = JoinArgs::new(JoinType::Left);
        how.nulls_equal = true;
        few(s).join(s.events().filter(col("n").is_null()), [col("host")], [col("host")], how)
    }),
    ("few with keys that are worked out", false, |s| {
        let (key, other) = (col("n") % lit(7), col("id") % lit(50));
        few(s).join(s.events(), [key], [other], JoinArgs::new(JoinType::Left))
    }),
];

/// The steps of the plan's last job; its rows were compared with those of the whole.
fn steps(samples: &Samples, probe: &Probe, partitions: usize, broadcast_bytes: u64) -> Vec<String> {
    let (name, in_order, plan) = probe;
    let plan = plan(samples);
    let whole = LocalRunner.run(&Plan::Polars(plan.clone()), Limit::All, &Watch::new()).unwrap();
    assert!(whole.height() > 0, "{name} has no rows");
    let options = CutOptions {
        broadcast_bytes: Some(broadcast_bytes),
        skew_bytes: u64::MAX,
        sort_bytes: u64::MAX,
        ..nothing_small(partitions)
    };
    let found = rehearsal::run(plan, &options, Defect::None).unwrap();
    assert_same(&format!("{name}, {partitions} partitions"), &whole, &found.data, *in_order);
    assert!(found.kept > 0, "{name}: nothing ran first");
    found.steps
}

/// Each of the joins has this step where a few rows are known to be few.
fn assert_step(probes: &[Probe], wanted: &str) {
    let samples = Samples::new();
    for probe in probes {
        for partitions in [2, 7] {
            let steps = steps(&samples, probe, partitions, SMALL_SIDE);
            assert!(steps.iter().any(|step| step == wanted), "{}: {steps:?}", probe.0);
        }
    }
}

#[test]
fn few_rows_are_copied() {
    assert_step(COPIED, "join with a copy");
}

#[test]
fn tasks_with_a_copy_are_no_more_than_are_worth_it() {
    let samples = Samples::new();
    let options = CutOptions {
        task_bytes: 1 << 10,
        broadcast_bytes: Some(SMALL_SIDE),
        skew_bytes: u64::MAX,
        sort_bytes: u64::MAX,
        ..nothing_small(2)
    };
    let alone = rehearsal::run(samples.events().filter(col("n").gt(lit(3))), &options, Defect::None).unwrap();
    let mut fewer = 0;
    for (name, in_order, plan) in COPIED {
        let plan = plan(&samples);
        let whole = LocalRunner.run(&Plan::Polars(plan.clone()), Limit::All, &Watch::new()).unwrap();
        let found = rehearsal::run(plan, &options, Defect::None).unwrap();
        assert_same(name, &whole, &found.data, *in_order);
        assert!((2..=alone.tasks).contains(&found.tasks), "{name}: {} and {}", found.tasks, alone.tasks);
        fewer += usize::from(found.tasks < alone.tasks);
    }
    // Of one the copy is so small that all its tasks are worth it.
    assert_eq!(fewer, COPIED.len() - 1);
}

/// Joins with small files, and with few rows in memory.
const IN_EACH_TASK: &[Probe] = &[
    ("a small file on the right", false, |s| joined(s.events(), one_file(s), "id", JoinType::Left)),
    ("a small file on the left", false, |s| joined(one_file(s), s.events(), "id", JoinType::Right)),
    ("a small file twice", true, |s| {
        let mut how = JoinArgs::new(JoinType::Left);
        how.maintain_order = MaintainOrderJoin::Left;
        let once = s.events().join(one_file(s), [col("id")], [col("id")], how.clone());
        once.join(one_file(s).select([col("id"), lit(1).alias("one")]), [col("id")], [col("id")], how)
    }),
    ("few rows in memory", false, |s| joined(s.events(), s.hosts(), "host", JoinType::Inner)),
    ("few rows that are joined themselves", false, |s| {
        let other = df!("host" => ["a", "b"], "floor" => [1, 2]).unwrap().lazy();
        joined(s.events(), joined(s.hosts(), other, "host", JoinType::Left), "host", JoinType::Inner)
    }),
    ("a small file after a shuffle", false, |s| {
        let groups = s.events().group_by([col("id")]).agg([col("n").median(), col("host").first()]);
        joined(groups, one_file(s), "id", JoinType::Inner)
    }),
];

/// A column of one of the files.
fn one_file(samples: &Samples) -> LazyFrame {
    samples.part().select([col("id"), (col("n") * lit(2)).alias("double")])
}

#[test]
fn few_rows_are_read_by_each_task() {
    let samples = Samples::new();
    for (name, in_order, plan) in IN_EACH_TASK {
        let plan = plan(&samples);
        let whole = LocalRunner.run(&Plan::Polars(plan.clone()), Limit::All, &Watch::new()).unwrap();
        assert!(whole.height() > 0, "{name} has no rows");
        let steps = |few_bytes| {
            let options = CutOptions { broadcast_bytes: Some(SMALL_SIDE), few_bytes, ..nothing_small(7) };
            let found = rehearsal::run(plan.clone(), &options, Defect::None).unwrap();
            assert_same(&format!("{name}, {few_bytes}"), &whole, &found.data, *in_order);
            assert!(found.tasks > 1, "{name}: {:?}", found.steps);
            found.steps.into_iter().filter(|step| step.ends_with("in each task")).count()
        };
        assert_eq!(steps(0), 0, "{name}");
        assert!(steps(SMALL_SIDE) > 0, "{name}");
    }
}

#[test]
fn few_rows_that_may_not_be_copied_say_which_others_are_wanted() {
    assert_step(THINNED, "wanted keys");
}

#[test]
fn rows_that_turn_out_to_be_many_are_shuffled() {
    let samples = Samples::new();
    for probe in COPIED.iter().chain(THINNED) {
        let steps = steps(&samples, probe, 3, 0);
        let expected = |step: &String| step == "join" || step == "gather";
        assert!(steps.iter().any(expected), "{}: {steps:?}", probe.0);
        assert!(!steps.iter().any(|step| step == "wanted keys"), "{}: {steps:?}", probe.0);
    }
}

/// Plans over rows in memory and files.
const HANDED: &[Probe] = &[
    ("many rows in memory", false, |s| joined(s.events(), in_memory(s), "n", JoinType::Left)),
    ("many rows in memory, in order", true, |s| {
        concat([in_memory(s), s.large().select([col("n"), col("line")])], UnionArgs::default()).unwrap()
    }),
    ("numbered rows in memory", true, |s| {
        let numbered = in_memory(s).with_row_index("row", None);
        numbered.join(s.hosts().limit(0), [col("line")], [col("host")], left_in_order())
    }),
];

fn left_in_order() -> JoinArgs {
    let mut how = JoinArgs::new(JoinType::Left);
    how.maintain_order = MaintainOrderJoin::Left;
    how
}

fn in_memory(samples: &Samples) -> LazyFrame {
    let data = samples.large().select([col("n"), col("line")]);
    LocalRunner.run(&Plan::Polars(data), Limit::All, &Watch::new()).unwrap().lazy()
}

#[test]
fn many_rows_in_memory_are_handed_to_the_workers_in_parts() {
    let samples = Samples::new();
    for (name, in_order, plan) in HANDED {
        let plan = plan(&samples);
        let whole = LocalRunner.run(&Plan::Polars(plan.clone()), Limit::All, &Watch::new()).unwrap();
        for (shipped_bytes, parts) in [(1 << 30, 0), (1 << 10, 5), (20 << 10, 2)] {
            let options = CutOptions { shipped_bytes, few_bytes: 0, partitions: 5, ..CutOptions::default() };
            let found = rehearsal::run(plan.clone(), &options, Defect::None).unwrap();
            assert_same(&format!("{name}, {shipped_bytes}"), &whole, &found.data, *in_order);
            assert_eq!(found.kept, parts, "{name}, {shipped_bytes}");
            let is_handed = found.steps.iter().any(|step| step == "handed rows");
            assert_eq!(is_handed, parts > 0, "{name}, {shipped_bytes}: {:?}", found.steps);
        }
    }
}
