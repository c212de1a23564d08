//! A driver as the master sees it: takes its job, tells it how far the job has come and where the rows lie, and ends
//! the job when the driver goes away.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ballista_core::JobId;
use ballista_core::config::{
    BALLISTA_ADAPTIVE_JOIN_ENABLED, BALLISTA_ADAPTIVE_PLANNER_ENABLED,
    BALLISTA_SCHEDULER_MAX_PARTITIONS_PER_TASK, BALLISTA_SHUFFLE_COMPRESSION_CODEC,
    BALLISTA_SHUFFLE_SORT_BASED_MEMORY_LIMIT_PER_TASK_BYTES as BALLISTA_SHUFFLE_BUFFER,
};
use ballista_core::extension::{SessionConfigExt, SessionConfigHelperExt};
use ballista_core::serde::protobuf::job_status::Status as JobState;
use ballista_core::serde::protobuf::{JobStatus, KeyValuePair, PartitionLocation};
use datafusion::execution::context::SessionContext;
use datafusion::execution::session_state::SessionStateBuilder;
use datafusion::prelude::SessionConfig;
use datafusion_proto::physical_plan::AsExecutionPlan;
use datafusion_proto::protobuf::PhysicalPlanNode;
use prost::Message;
use serde_bytes::ByteBuf;
use tokio::sync::mpsc;
use tokio::time;
use tonic::{Status, Streaming};

use crate::failure::Failure;
use crate::master::Master;
use crate::master::watchdog::Waiting;
use crate::message::{FromDriver, Submission, ToDriver, ToWorker};
use crate::stage::StageCodec;

/// Time between two reports of progress.
const REPORT_EVERY: Duration = Duration::from_millis(250);
/// Time between two links to the job's page, in which one is still good for a while.
const LINK_EVERY: Duration = Duration::from_secs(5 * 60);

impl Master {
    /// Serves a driver's job until its rows have been fetched, or the driver goes away.
    pub(crate) async fn serve_driver(
        self: Arc<Self>,
        mut heard: Streaming<FromDriver>,
        said_tx: mpsc::Sender<Result<ToDriver, Status>>,
    ) {
        let submission = match heard.message().await {
            Ok(Some(FromDriver::Submit(submission))) => submission,
            Ok(Some(FromDriver::Look)) => {
                drop(said_tx.send(Ok(ToDriver::Cluster(self.view()))).await);
                return;
            }
            Ok(Some(FromDriver::Attend(notebook))) => {
                let _present = self.notebooks.enter(notebook);
                while heard.message().await.is_ok_and(|said| said.is_some()) {}
                return;
            }
            _ => return,
        };
        let (status_tx, status_rx) = mpsc::channel(256);
        let job = match self.submit(submission, status_tx).await {
            Ok(job) => job,
            Err(failure) => {
                drop(said_tx.send(Ok(ToDriver::Failed(failure))).await);
                return;
            }
        };
        self.accompany(&job, status_rx, &mut heard, &said_tx).await;
        self.records.end(&job);
        self.spread.end(&job);
        self.tell_workers(|| ToWorker::Clean { job: job.clone() }).await;
    }

    async fn submit(
        &self,
        submission: Submission,
        status_tx: mpsc::Sender<JobStatus>,
    ) -> Result<String, Failure> {
        let refused = |reason: String| Failure::System { what: "submitting a job".into(), reason };
        let setting = |(key, value): (String, String)| KeyValuePair { key, value: Some(value) };
        let settings: Vec<KeyValuePair> = submission.settings.iter().cloned().map(setting).collect();
        let config = SessionConfig::new_with_ballista()
            .update_from_key_value_pair(&settings)
            .set_usize(BALLISTA_SCHEDULER_MAX_PARTITIONS_PER_TASK, 1)
            // Whatever a notebook sets: it plans an empty join again and again, and hangs where a worker dies.
            .set_bool(BALLISTA_ADAPTIVE_PLANNER_ENABLED, false)
            .set_bool(BALLISTA_ADAPTIVE_JOIN_ENABLED, false)
            .set_usize(BALLISTA_SHUFFLE_BUFFER, self.shuffle_buffer())
            .set_str(BALLISTA_SHUFFLE_COMPRESSION_CODEC, self.shuffle_codec());
        let builder = SessionStateBuilder::new().with_config(config).with_default_features();
        let state = self.functions.put_into(builder).build();
        let context = Arc::new(SessionContext::new_with_state(state));
        let node =
            PhysicalPlanNode::try_decode(&submission.plan).map_err(|error| refused(error.to_string()))?;
        let plan = node.try_into_physical_plan(&context.task_ctx(), &StageCodec::default());
        let plan = plan.map_err(|error| refused(error.to_string()))?;
        let name = &submission.card.application.name;
        let job = self.scheduler.submit_physical_plan(name, context, plan, Some(status_tx)).await;
        let job = job.map_err(|error| refused(error.to_string()))?.to_string();
        self.records.begin(&job, submission.card, submission.settings);
        // The scheduler may have offered its tasks before it was known whose they are.
        self.work.send_modify(|count| *count += 1);
        Ok(job)
    }

    /// Tells the driver of its job until both have what they want.
    async fn accompany(
        &self,
        job: &str,
        mut status_rx: mpsc::Receiver<JobStatus>,
        heard: &mut Streaming<FromDriver>,
        said_tx: &mpsc::Sender<Result<ToDriver, Status>>,
    ) {
        let mut tick = time::interval(REPORT_EVERY);
        let mut is_running = true;
        let mut linked: Option<Instant> = None;
        loop {
            let message = tokio::select! {
                status = status_rx.recv(), if is_running => match status {
                    Some(status) => self.verdict(job, &status),
                    None => Some(ToDriver::Failed(self.reason(job, "the scheduler has forgotten the job"))),
                },
                _ = tick.tick(), if is_running => Some(self.progress_or_verdict(job).await),
                message = heard.message() => match message {
                    Ok(Some(FromDriver::Submit(_) | FromDriver::Look | FromDriver::Attend(_))) => None,
                    Ok(Some(FromDriver::Release) | None) | Err(_) => {
                        if is_running {
                            self.fail(job, Failure::Cancelled).await;
                        }
                        return;
                    }
                },
            };
            let Some(message) = message else { continue };
            match &message {
                ToDriver::Finished { .. } => self.records.finish(job, None),
                ToDriver::Failed(failure) => self.records.finish(job, Some(failure)),
                _ => {}
            }
            is_running &= matches!(message, ToDriver::Progress(_));
            if !is_running || linked.is_none_or(|linked| linked.elapsed() > LINK_EVERY) {
                linked = Some(Instant::now());
                drop(said_tx.send(Ok(self.accepted(job))).await);
            }
            if said_tx.send(Ok(message)).await.is_err() {
                if is_running {
                    self.fail(job, Failure::Cancelled).await;
                }
                return;
            }
        }
    }

    /// That the job runs, with a new link to its page.
    fn accepted(&self, job: &str) -> ToDriver {
        ToDriver::Accepted { page: self.site.as_ref().map(|site| site.link(&format!("/jobs/{job}"))) }
    }

    /// What the driver is told when the job has ended.
    fn verdict(&self, job: &str, status: &JobStatus) -> Option<ToDriver> {
        match status.status.as_ref()? {
            JobState::Queued(_) | JobState::Running(_) => None,
            JobState::Failed(failed) => Some(ToDriver::Failed(self.reason(job, &failed.error))),
            JobState::Successful(done) => Some(match self.records.noted(job) {
                // A worker was lost between the end of the job and now.
                Some(failure) => ToDriver::Failed(failure),
                None => self.finished(job, done.partition_location.clone()),
            }),
        }
    }

    /// Where the rows of the job lie, which has ended well.
    fn finished(&self, job: &str, last_stage: Vec<PartitionLocation>) -> ToDriver {
        let mut locations = match self.spread.of(job).unwrap_or(Ok(last_stage)) {
            Ok(locations) => locations,
            Err(reason) => {
                let what = "finding the rows of a job".to_owned();
                return ToDriver::Failed(Failure::System { what, reason });
            }
        };
        locations.sort_by_key(|location| location.partition_id.as_ref().map(|id| id.partition_id));
        ToDriver::Finished {
            progress: self.records.progress(job).unwrap_or_default(),
            locations: locations.iter().map(|location| ByteBuf::from(location.encode_to_vec())).collect(),
        }
    }

    /// Why the job failed: what a task or a lost worker said, else what the scheduler says.
    fn reason(&self, job: &str, scheduler: &str) -> Failure {
        let other = || Failure::System { what: "the job".into(), reason: scheduler.to_owned() };
        self.records.noted(job).unwrap_or_else(other)
    }

    /// Why the job would wait for ever, if it would.
    fn hopeless(&self, job: &str) -> Option<Failure> {
        let waiting = Waiting {
            idle: self.records.waiting(job),
            is_planned: self.records.is_planned(job),
            has_free_slots: self.has_free_slots(),
            has_workers: self.with_workers(|workers| workers.values().any(|worker| !worker.is_draining)),
        };
        waiting.hopeless()
    }

    async fn progress_or_verdict(&self, job: &str) -> ToDriver {
        let id = JobId::from(job.to_owned());
        // A status that got lost on its way must not make the driver wait for ever.
        if let Ok(Some(status)) = self.scheduler.state.task_manager.get_job_status(&id).await
            && let Some(verdict) = self.verdict(job, &status)
        {
            return verdict;
        }
        if let Some(failure) = self.hopeless(job) {
            self.fail(job, failure).await;
        }
        ToDriver::Progress(self.records.progress(job).unwrap_or_default())
    }
}
