//! What a runner does with an engine whose jobs fail, all but those that only hand over rows.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use fram_frame::{Limit, Plan, Runner, Watch};
use futures::StreamExt;
use polars::prelude::{IntoLazy, LazyCsvReader, LazyFileListReader, UnionArgs, concat, df};

use super::*;
use crate::engine::{Job, JobEvent, RowStream};
use crate::message::{Submission, WorkerView};
use crate::record::JobProgress;

/// An engine of one worker, on which each job ends with this failure; but the first few, which end well when all of them
/// have been submitted.
struct Failing {
    address: Address,
    failure: Failure,
    first: usize,
    submitted: Arc<AtomicUsize>,
}

struct FailingJob(Failure);

/// One of the first few.
struct FirstJob {
    wanted: usize,
    submitted: Arc<AtomicUsize>,
}

/// How long one of the first waits for the others.
const PATIENCE: Duration = Duration::from_secs(20);

#[async_trait]
impl Engine for Failing {
    fn address(&self) -> &Address {
        &self.address
    }

    async fn submit(&self, submission: Submission) -> Result<Box<dyn Job>, Failure> {
        let before = self.submitted.fetch_add(1, Ordering::Relaxed);
        if before < self.first {
            return Ok(Box::new(FirstJob { wanted: self.first, submitted: self.submitted.clone() }));
        }
        assert_eq!(submission.card.tries, before - self.first, "the master is told which try it is");
        Ok(Box::new(FailingJob(self.failure.clone())))
    }

    async fn view(&self) -> Result<ClusterView, Failure> {
        let worker = WorkerView {
            address: "w:1".into(),
            cores: 2,
            memory: 1 << 30,
            tasks: 0,
            is_draining: false,
            process: 1,
        };
        let workers = vec![worker];
        Ok(ClusterView { workers, jobs: 0, jobs_ended: 0, pages: None, is_packed: false, pairs: 1 << 20 })
    }

    fn rows(&self, _: Vec<Vec<u8>>) -> RowStream<'_> {
        let failure = self.failure.clone();
        futures::stream::once(async { Err(failure) }).boxed()
    }

    async fn attend(&self, _: Application) -> Result<(), Failure> {
        std::future::pending().await
    }
}

#[async_trait]
impl Job for FailingJob {
    fn page(&self) -> Option<&str> {
        None
    }

    async fn next(&mut self) -> Result<JobEvent, Failure> {
        Err(self.0.clone())
    }

    fn is_kept(&mut self) -> bool {
        false
    }

    async fn release(self: Box<Self>) {}
}

#[async_trait]
impl Job for FirstJob {
    fn page(&self) -> Option<&str> {
        None
    }

    async fn next(&mut self) -> Result<JobEvent, Failure> {
        let all_there = async {
            while self.submitted.load(Ordering::Relaxed) < self.wanted {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        match tokio::time::timeout(PATIENCE, all_there).await {
            Ok(()) => Ok(JobEvent::Finished(Vec::new(), JobProgress::default())),
            Err(_) => {
                Err(Failure::Cluster { reason: "it was alone".into(), remedy: "run others beside it".into() })
            }
        }
    }

    fn is_kept(&mut self) -> bool {
        true
    }

    async fn release(self: Box<Self>) {}
}

/// How often a job that fails so is submitted, and what is said of it in the end.
fn submitted(failure: Failure) -> (usize, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.csv");
    std::fs::write(&file, "a\n1\n").unwrap();
    let lazy = LazyCsvReader::new(file.to_string_lossy().as_ref().into()).finish().unwrap();
    failed(lazy, CutOptions::default(), 0, failure)
}

/// How often a job is submitted for a plan, of which those after the first few fail so, and what is said in the end.
fn failed(lazy: LazyFrame, options: CutOptions, first: usize, failure: Failure) -> (usize, String) {
    let address = "fram://127.0.0.1:7077".parse().unwrap();
    let engine = Arc::new(Failing { address, failure, first, submitted: Arc::default() });
    let application = Application::named("a test");
    let begun = engine.clone();
    let runner = ClusterRunner::over(|| Ok(begun), options, Functions::default(), application).unwrap();
    let error = runner.run(&Plan::Polars(lazy), Limit::All, &Watch::new()).unwrap_err();
    (engine.submitted.load(Ordering::Relaxed), error.to_string())
}

#[test]
fn a_job_whose_workers_are_lost_each_time_is_given_up() {
    let (times, told) = submitted(Failure::Lost { what: "worker w:1 was lost".into() });
    assert_eq!(times, 4);
    assert!(told.contains("worker w:1 was lost"), "{told}");
}

#[test]
fn a_job_whose_rows_cannot_be_fetched_is_given_up_sooner() {
    let (times, told) = submitted(Failure::Unreachable { what: "w:1 does not answer".into() });
    assert_eq!(times, 3);
    assert!(told.contains("w:1 does not answer"), "{told}");
}

#[test]
fn a_task_whose_process_dies_is_run_once_more_and_an_error_never() {
    assert_eq!(submitted(Failure::Died { how: "signal 9".into() }).0, 2);
    let (times, told) = submitted(Failure::Cluster { reason: "no".into(), remedy: "yes".into() });
    assert_eq!((times, told.contains("no")), (1, true), "{told}");
}

#[test]
fn rows_in_memory_are_handed_over_by_several_jobs_at_once() {
    let rows = df!("n" => Vec::from_iter(0..1_000_i64)).unwrap().lazy();
    let options = CutOptions { shipped_bytes: 1 << 10, partitions: 3, ..CutOptions::default() };
    let enough = Failure::Cluster { reason: "enough".into(), remedy: "look at what came before".into() };
    let filtered = |rows: &LazyFrame| rows.clone().filter(polars::prelude::col("n").gt(1));
    let (times, told) = failed(filtered(&rows), options.clone(), 3, enough.clone());
    assert_eq!(times, 4, "three parts, and the plan that reads them: {told}");
    assert!(told.contains("enough"), "{told}");
    let twice = concat([filtered(&rows), rows], UnionArgs::default()).unwrap();
    let (times, _) = failed(twice, options, 3, enough);
    assert_eq!(times, 4, "they go there once");
}
