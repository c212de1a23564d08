//! Plans whose parts run one after the other on a whole cluster: what is said of them, and that they leave nothing
//! behind, whether they end well or are stopped.

use std::collections::BTreeSet;
use std::fs::{read_dir, remove_dir_all};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant};

use fram_cluster::{ClusterRunner, CutOptions, LocalCluster};
use fram_frame::{Limit, LocalRunner, Plan, RunError, Runner, Watch};
use polars::prelude::*;

use crate::compare::assert_same;
use crate::probes::{chosen, nothing_small};
use crate::running::started;
use crate::samples::Samples;

pub(crate) fn runner(cluster: &LocalCluster, sort_bytes: u64) -> Arc<ClusterRunner> {
    let options = CutOptions { look_bytes: u64::MAX, skew_bytes: u64::MAX, sort_bytes, ..nothing_small(3) };
    cluster.runner(options).unwrap()
}

/// The jobs that have files on the workers.
pub(crate) fn jobs_on_disk(work_dir: &Path) -> BTreeSet<String> {
    let name = |folder: PathBuf| Some(folder.file_name()?.to_string_lossy().into_owned());
    folders_of_jobs(work_dir).into_iter().filter_map(name).collect()
}

/// Where the files of jobs lie, on each worker; a worker's own files are no job's.
pub(crate) fn folders_of_jobs(work_dir: &Path) -> Vec<PathBuf> {
    let entries = |folder: &Path| read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries(work_dir).flat_map(|worker| entries(&worker)).filter(|path| path.is_dir()).collect()
}

pub(crate) fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed().as_secs() < 60, "{what}");
        sleep(Duration::from_millis(10));
    }
}

fn grouped(samples: &Samples) -> LazyFrame {
    samples.events().group_by([col("host"), col("n")]).agg([col("id").sum()])
}

#[test]
fn a_plan_in_stages_leaves_nothing_behind() {
    let samples = Samples::new();
    let cluster = started(2);
    let sorted = samples.events().sort(["x", "id"], SortMultipleOptions::default());
    let twice = concat([grouped(&samples), grouped(&samples).limit(3)], UnionArgs::default()).unwrap();
    for plan in [sorted, twice] {
        let plan = Plan::Polars(plan);
        runner(&cluster, 0).run(&plan, Limit::All, &Watch::new()).unwrap();
        wait_for("files of a job stay", || jobs_on_disk(&cluster.work_dir()).is_empty());
    }
}

#[test]
fn a_plan_that_is_stopped_between_its_jobs_leaves_nothing_behind() {
    let samples = Samples::new();
    let cluster = started(2);
    let sorted = samples.events().sort(["x", "id"], SortMultipleOptions::default());
    let numbered = sorted.with_row_index("row", None).select([col("row"), col("x")]);
    let many = numbered.cross_join(samples.large().select([col("id").alias("other")]), None);
    let many = many.cross_join(samples.hosts(), None).filter((col("row") * col("other") % lit(7)).eq(lit(3)));
    let more = many.select([len(), col("x").max()]);
    let watch = Watch::new();
    let (runner, seen) = (runner(&cluster, 0), watch.clone());
    let run = spawn(move || runner.run(&Plan::Polars(more), Limit::All, &seen));
    let mut jobs = BTreeSet::new();
    wait_for("no second job begins", || {
        jobs.extend(jobs_on_disk(&cluster.work_dir()));
        jobs.len() > 1 || run.is_finished()
    });
    watch.interrupt();
    let found = run.join().unwrap();
    assert!(matches!(found, Err(RunError::Interrupted)), "{found:?}");
    wait_for("files of a job stay", || jobs_on_disk(&cluster.work_dir()).is_empty());
}

#[test]
fn rows_that_are_lost_between_jobs_cost_time_and_no_rows() {
    let samples = Samples::new();
    let cluster = started(2);
    let sorted = samples.events().sort(["x", "id"], SortMultipleOptions::default());
    let plan = Plan::Polars(sorted.with_row_index("row", None));
    let whole = LocalRunner.run(&plan, Limit::All, &Watch::new()).unwrap();
    // The rows may have been read already when they get lost; then another try is needed.
    let ran_again = (0..10).any(|_| {
        wait_for("files of a job stay", || jobs_on_disk(&cluster.work_dir()).is_empty());
        let ended = || runner(&cluster, 0).view(&Watch::new()).unwrap().jobs_ended;
        let (begun, runner, plan) = (ended(), runner(&cluster, 0), plan.clone());
        let run = spawn(move || runner.run(&plan, Limit::All, &Watch::new()));
        lose_first_job(&cluster.work_dir(), || run.is_finished());
        let found = run.join().unwrap().unwrap();
        assert_same("rows were lost", &whole, &found, true);
        ended() - begun > 3
    });
    assert!(ran_again, "the rows of the first job never got lost in time");
}

/// Removes what the first job left when the second begins, as when its workers were lost and came back.
fn lose_first_job(work_dir: &Path, mut has_ended: impl FnMut() -> bool) {
    let mut first = None;
    wait_for("no second job begins", || {
        let jobs = jobs_on_disk(work_dir);
        first = first.take().or_else(|| jobs.first().cloned());
        jobs.len() > 1 || has_ended()
    });
    let Some(first) = first else { return };
    for worker in read_dir(work_dir).unwrap() {
        drop(remove_dir_all(worker.unwrap().path().join(&first)));
    }
}

#[test]
fn every_plan_can_be_explained() {
    let samples = Samples::new();
    let cluster = started(2);
    let runner = runner(&cluster, 0);
    let failed = chosen().filter_map(|(name, _, plan)| {
        let error = runner.explain(&Plan::Polars(plan(&samples))).err()?;
        Some(format!("{name}: {error}"))
    });
    let failed: Vec<String> = failed.collect();
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn an_explanation_says_what_runs_first() {
    let samples = Samples::new();
    let cluster = started(2);
    let explained =
        |plan: LazyFrame, sort_bytes| runner(&cluster, sort_bytes).explain(&Plan::Polars(plan)).unwrap();
    let sorted = samples.events().sort(["x", "id"], SortMultipleOptions::default());
    let ranges = explained(sorted.clone(), 0);
    for part in
        ["sort by ranges: 3 tasks", "shuffle: by ranges of the sort's keys", "kept 1: this runs first"]
    {
        assert!(ranges.contains(part), "{part} in\n{ranges}");
    }
    let few = explained(sorted.clone(), 1 << 30);
    assert!(few.contains("notebook: sorted here") && !few.contains("kept"), "{few}");
    let lists = explained(samples.events().sort(["words", "id"], SortMultipleOptions::default()), 0);
    assert!(lists.contains("gather: to one task, for sort"), "{lists}");
    let other = grouped(&samples).group_by([col("host")]).agg([len()]);
    let twice = grouped(&samples).join(other, [col("host")], [col("host")], JoinArgs::new(JoinType::Left));
    let twice = explained(twice, 0);
    assert!(twice.contains("kept 1: this runs first") && twice.contains("kept 1: as above"), "{twice}");
}
