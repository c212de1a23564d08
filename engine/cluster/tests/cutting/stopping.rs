//! Plans that are stopped before they begin, and plans that fail inside: what is asked next runs as if nothing had been.
//! Plans that are stopped in their middle are left to `kernel/tests/cluster`, where tasks are processes.

use fram_cluster::ClusterRunner;
use fram_frame::{Limit, Plan, RunError, Runner, Watch, install_panic_filter};
use polars::prelude::*;

use crate::running::started;
use crate::samples::Samples;
use crate::staged::runner;

fn runs_on(runner: &ClusterRunner, samples: &Samples) {
    let plan =
        samples.events().group_by([col("host")]).agg([len().alias("rows")]).select([col("rows").sum()]);
    let data = runner.run(&Plan::Polars(plan), Limit::All, &Watch::new()).unwrap();
    let rows: u32 = data.column("rows").unwrap().get(0).unwrap().try_extract().unwrap();
    assert_eq!(rows, 2_000);
}

#[test]
fn an_interrupt_before_the_run_is_kept() {
    let (samples, cluster) = (Samples::new(), started(1));
    let (runner, watch) = (runner(&cluster, 0), Watch::new());
    watch.interrupt();
    let outcome = runner.run(&Plan::Polars(samples.events()), Limit::All, &watch);
    assert!(matches!(outcome, Err(RunError::Interrupted)), "{outcome:?}");
    watch.clear();
    runs_on(&runner, &samples);
}

#[test]
fn a_panic_in_a_task_is_an_error_of_its_plan_alone() {
    install_panic_filter();
    let (samples, cluster) = (Samples::new(), started(2));
    let runner = runner(&cluster, 0);
    let date = (col("id") * lit(0) + lit(i64::MAX)).cast(DataType::Datetime(TimeUnit::Microseconds, None));
    let plan = samples.events().select([date.dt().truncate(lit("1mo")).max()]);
    match runner.run(&Plan::Polars(plan), Limit::All, &Watch::new()) {
        Err(RunError::Panicked { message }) => assert!(!message.is_empty()),
        other => panic!("{other:?}"),
    }
    runs_on(&runner, &samples);
}
