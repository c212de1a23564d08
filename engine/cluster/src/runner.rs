//! Runs plans on a cluster: cuts them, has the master run the pieces, and puts the rows together again.

use std::sync::Arc;
use std::time::{Duration, Instant};

use datafusion_proto::physical_plan::AsExecutionPlan;
use datafusion_proto::protobuf::PhysicalPlanNode;
use fram_frame::{Limit, LocalRunner, Plan, Progress, RunError, Runner, Step, Watch, bridge};
use polars::prelude::{DataFrame, LazyFrame};
use tokio::runtime::Runtime;

use crate::channel::Address;
use crate::cut::{CutOptions, cut};
use crate::driver::{FetchedPartition, JobEvent, MasterLink};
use crate::error::CutError;
use crate::failure::Failure;
use crate::message::{ClusterView, JobProgress, Submission};
use crate::piece::{CutPlan, Ticket};
use crate::rows::{conform, stacked};
use crate::stage::{StageCodec, physical_plan};
use crate::token::Token;

/// How often the wish to stop is looked at.
const TICK: Duration = Duration::from_millis(20);
/// How often a job is run again because a worker was lost.
const TRIES: usize = 4;

/// Runs plans on a cluster.
pub struct ClusterRunner {
    master: MasterLink,
    session: String,
    options: CutOptions,
    runtime: Arc<Runtime>,
}

impl ClusterRunner {
    /// A runner that hands its jobs to this master.
    pub fn new(master: Address, token: Token, options: CutOptions) -> Result<Self, RunError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .worker_threads(2)
            .thread_name("fram-driver")
            .build()
            .map_err(|error| RunError::System {
                what: "starting a thread".into(),
                reason: error.to_string(),
            })?;
        let session = uuid::Uuid::new_v4().to_string();
        let master = {
            let _runtime = runtime.enter();
            MasterLink::new(master, token)?
        };
        Ok(Self { master, session, options, runtime: Arc::new(runtime) })
    }

    /// What the cluster is now.
    pub fn view(&self, watch: &Watch) -> Result<ClusterView, RunError> {
        Ok(self.runtime.block_on(unless_stopped(watch, self.master.view()))?)
    }

    fn run_frame(&self, lazy: &LazyFrame, watch: &Watch) -> Result<DataFrame, RunError> {
        let begun = Instant::now();
        for attempt in 1.. {
            let options = self.options_now(watch)?;
            let plan = cut(lazy.clone(), &options).map_err(cut_error)?;
            match self.run_cut(plan, begun, watch) {
                Err(failure) if failure.is_passing() && attempt < TRIES => {
                    log::warn!("the job is run again: {failure}");
                }
                Err(failure) => return Err(failure.into()),
                Ok(data) => return Ok(data),
            }
        }
        Err(RunError::Interrupted)
    }

    /// How plans are cut for the workers that are there now.
    fn options_now(&self, watch: &Watch) -> Result<CutOptions, RunError> {
        let slots = self.view(watch)?.slots();
        if slots == 0 {
            let remedy = format!("start one: `fram worker {}`", self.master.address());
            return Err(RunError::Cluster { reason: "the cluster has no workers".into(), remedy });
        }
        let mut options = self.options.clone();
        if options.partitions == 0 {
            options.partitions = slots;
        }
        Ok(options)
    }

    fn run_cut(&self, plan: CutPlan, begun: Instant, watch: &Watch) -> Result<DataFrame, Failure> {
        let CutPlan { root, finish, schema } = plan;
        let sent = root.schema().cloned();
        let physical = physical_plan(root)?;
        let node = PhysicalPlanNode::try_from_physical_plan(physical, &StageCodec::default());
        let mut bytes = Vec::new();
        node.and_then(|node| node.try_encode(&mut bytes)).map_err(|error| Failure::of(&error))?;
        let submission = Submission { plan: bytes, name: String::new(), session: self.session.clone() };
        let parts = self.runtime.block_on(self.follow(submission, begun, watch))?;
        let parts = parts.iter().map(|(schema, batches)| bridge::to_polars(schema, batches));
        let parts = parts.collect::<Result<Vec<_>, _>>()?;
        let data = stacked(parts, &sent.unwrap_or_else(|| schema.clone()))?;
        let data = match finish {
            Some(message) => message.run(Ticket::default(), vec![data], watch)?,
            None => data,
        };
        Ok(conform(data, &schema)?)
    }

    /// The rows of the job's partitions, when it has ended.
    async fn follow(
        &self,
        submission: Submission,
        begun: Instant,
        watch: &Watch,
    ) -> Result<Vec<FetchedPartition>, Failure> {
        let work = async {
            let mut job = self.master.submit(submission).await?;
            loop {
                match job.next().await? {
                    JobEvent::Progress(progress) => watch.report(&shown(&progress, begun)),
                    JobEvent::Finished(locations) => {
                        let rows = job.rows(locations).await;
                        job.release().await;
                        return rows;
                    }
                }
            }
        };
        unless_stopped(watch, work).await
    }
}

/// What comes of the work, unless the user asks to stop before.
async fn unless_stopped<T>(
    watch: &Watch,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let stopped = async {
        while !watch.is_interrupted() {
            tokio::time::sleep(TICK).await;
        }
    };
    tokio::select! {
        done = work => done,
        () = stopped => Err(Failure::Cancelled),
    }
}

impl Runner for ClusterRunner {
    fn describe(&self, watch: &Watch) -> Result<String, RunError> {
        let view = self.view(watch)?;
        let mut text = format!(
            "Cells run on {}: {}, {} tasks at once.",
            self.master.address(),
            counted(view.workers.len(), "worker"),
            view.slots()
        );
        for worker in &view.workers {
            let memory = worker.memory as f64 / f64::from(1 << 30);
            text.push_str(&format!(
                "\n  {:<21} {}, {memory:.1} GiB, {} running",
                worker.address,
                counted(worker.cores, "core"),
                counted(worker.tasks, "task")
            ));
        }
        if view.workers.is_empty() {
            text.push_str(&format!(" Start one: fram worker {}", self.master.address()));
        }
        Ok(text)
    }

    fn run(&self, plan: &Plan, limit: Limit, watch: &Watch) -> Result<DataFrame, RunError> {
        match plan {
            Plan::Polars(lazy) => {
                let lazy = match limit {
                    Limit::All => lazy.clone(),
                    Limit::First(rows) => lazy.clone().limit(u32::try_from(rows).unwrap_or(u32::MAX)),
                };
                self.run_frame(&lazy, watch)
            }
            Plan::Sql(_) => LocalRunner.run(plan, limit, watch),
        }
    }

    fn explain(&self, plan: &Plan) -> Result<String, RunError> {
        LocalRunner.explain(plan)
    }

    fn steps(&self, plan: &Plan, analyze: bool, watch: &Watch) -> Result<Step, RunError> {
        LocalRunner.steps(plan, analyze, watch)
    }
}

/// What a job's progress is on the progress line.
fn shown(progress: &JobProgress, begun: Instant) -> Progress {
    Progress {
        elapsed: begun.elapsed(),
        stage: format!("stage {} of {}", progress.stages_done + 1, progress.stages.max(1)),
        steps_done: progress.tasks_done,
        steps: progress.tasks,
        rows: progress.rows,
        bytes: progress.bytes,
        ..Progress::default()
    }
}

fn cut_error(error: CutError) -> RunError {
    match error {
        CutError::Polars(error) => error.into(),
        other => RunError::Cluster { reason: other.to_string(), remedy: String::new() },
    }
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
