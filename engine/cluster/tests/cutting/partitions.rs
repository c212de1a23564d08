//! Exchanges by keys: of rows that tasks have no memory for they have more partitions than tasks run at once.

use fram_cluster::CutOptions;
use fram_frame::{Limit, LocalRunner, Plan, Runner, Watch};
use polars::prelude::*;

use crate::compare::assert_same;
use crate::probes::{Probe, nothing_small};
use crate::rehearsal::{self, Defect, Outcome};
use crate::samples::Samples;

/// Tasks that run at once.
const SLOTS: usize = 3;

/// Plans with an exchange by keys.
const KEYED: &[Probe] = &[
    ("values of groups", false, |s| {
        s.events().group_by([col("host")]).agg([col("line").n_unique(), col("id").sum()])
    }),
    ("first of groups", true, |s| s.events().group_by_stable([col("id")]).agg([col("line").first()])),
    ("unique", false, |s| {
        s.events().unique(Some(by_name(["id", "n"], true, false)), UniqueKeepStrategy::Any)
    }),
    ("over", true, |s| s.events().with_columns([col("id").max().over([col("n")]).unwrap().alias("most")])),
    ("join", false, |s| with_large(s, "id", JoinType::Inner)),
    ("join that keeps the left side", false, |s| with_large(s, "n", JoinType::Left)),
    // What comes of the groups is by its key already, in more or fewer partitions than the join needs.
    ("join of groups", false, |s| {
        let groups = s.large().group_by([col("id")]).agg([col("line").n_unique().alias("lines")]);
        s.events().join(groups, [col("id")], [col("id")], JoinArgs::new(JoinType::Full))
    }),
];

fn with_large(samples: &Samples, key: &str, how: JoinType) -> LazyFrame {
    let others = samples
        .large()
        .select([col("id").alias("other"), col(key).alias("key")])
        .filter(col("other").lt(lit(500)));
    samples.events().join(others, [col(key)], [col("key")], JoinArgs::new(how))
}

/// What comes of the plan where tasks have so much memory for a partition; its rows were compared with those of the whole.
fn outcome((name, in_order, plan): &Probe, samples: &Samples, partition_memory: u64) -> Outcome {
    let plan = plan(samples);
    let whole = LocalRunner.run(&Plan::Polars(plan.clone()), Limit::All, &Watch::new()).unwrap();
    assert!(whole.height() > 0, "{name} has no rows");
    let options =
        CutOptions { partition_memory: Some(partition_memory), skew_bytes: 1 << 40, ..nothing_small(SLOTS) };
    let found = rehearsal::run(plan, &options, Defect::None).unwrap();
    assert_same(name, &whole, &found.data, *in_order);
    found
}

#[test]
fn partitions_hold_no_more_rows_than_tasks_have_memory_for() {
    let samples = Samples::new();
    for probe in KEYED {
        let found = outcome(probe, &samples, 1 << 13);
        assert!(
            found.tasks > SLOTS && found.tasks.is_multiple_of(SLOTS),
            "{}: {} tasks",
            probe.0,
            found.tasks
        );
        let found = outcome(probe, &samples, 1 << 40);
        assert_eq!(found.tasks, SLOTS, "{}", probe.0);
    }
}
