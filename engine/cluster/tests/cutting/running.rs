//! The same plans on a whole cluster in this process: master, workers, shuffle files and all.

use fram_cluster::{CutOptions, LocalCluster, LocalClusterOptions};
use fram_frame::{Limit, LocalRunner, Plan, Runner, Watch};

use crate::compare::assert_same;
use crate::probes::{self, SMALL_SIDE, nothing_small};
use crate::samples::Samples;

#[test]
fn a_cluster_gives_the_rows_of_one_machine() {
    let samples = Samples::new();
    let cluster = started(2);
    let runners = [0, SMALL_SIDE, 1 << 20].map(|small| cluster.runner(up_to(small)).unwrap());
    // Each in one of the ways: in all of them they are tried without a cluster (`probes`).
    let are_few = std::env::var("FRAM_ONLY").is_ok();
    for (place, (name, in_order, plan)) in probes::chosen().enumerate() {
        let plan = Plan::Polars(plan(&samples));
        let whole = LocalRunner.run(&plan, Limit::All, &Watch::new()).unwrap();
        let ways = runners.iter().enumerate().filter(|(way, _)| are_few || *way == place % runners.len());
        for (_, runner) in ways {
            let found = runner.run(&plan, Limit::All, &Watch::new());
            let found = found.unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_same(&format!("{name} on a cluster"), &whole, &found, in_order);
        }
    }
}

/// Plans in three partitions, where so many bytes are few; a megabyte is too many to be read by each task.
pub(crate) fn up_to(small: u64) -> CutOptions {
    CutOptions {
        broadcast_bytes: Some(small),
        few_bytes: small % (1 << 20),
        skew_bytes: small,
        sort_bytes: small,
        ..nothing_small(3)
    }
}

/// A cluster with so many workers, which have come.
pub(crate) fn started(workers: usize) -> LocalCluster {
    let options = LocalClusterOptions { cores: 2, ..LocalClusterOptions::in_threads(workers) };
    LocalCluster::start(&options).unwrap()
}
