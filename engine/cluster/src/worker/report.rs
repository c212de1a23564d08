//! How a task ended, as Ballista and the master are told.

use ballista_core::serde::protobuf::failed_task::FailedReason;
use ballista_core::serde::protobuf::task_status::Status as TaskState;
use ballista_core::serde::protobuf::{
    ExecutionError, FailedTask, OperatorMetricsSet, ShuffleWritePartition, SuccessfulTask, TaskDefinition,
    TaskKilled, TaskStatus,
};
use prost::{DecodeError, Message};
use tokio::sync::watch;

use super::Worker;
use crate::clock::now;
use crate::failure::Failure;
use crate::message::{TaskReport, WorkerCard};
use crate::record::{STOPPED, reason_of};

/// A task that belongs to its job.
pub(super) type Entered = (TaskDefinition, watch::Receiver<bool>);

impl Worker {
    /// The task as Ballista defines it, and what tells it to stop. It belongs to its job from now on, so that nothing
    /// that is heard after it misses it.
    pub(super) fn enter(&self, task: &[u8]) -> Result<Entered, DecodeError> {
        let definition = TaskDefinition::decode(task)?;
        let stop = self.jobs.enter(&definition.job_id);
        Ok((definition, stop))
    }

    /// Runs the task, and says how it ended.
    pub(super) async fn report(
        &self,
        task: Vec<u8>,
        entered: Result<Entered, DecodeError>,
        name: String,
    ) -> TaskReport {
        let (definition, stop) = match entered {
            Ok(entered) => entered,
            Err(error) => return undecodable(&error),
        };
        let begun = now();
        let named = (definition.job_id.clone(), definition.stage_id, definition.task_id);
        self.desk.tasks.begin(named.clone());
        let outcome = self.slots.run(task, &self.desk.work_dir, stop).await;
        let outcome = outcome.map_err(|failure| self.placed(failure));
        let reason = outcome.as_ref().err().map(reason_of);
        if let Some(reason) = reason.as_ref().filter(|reason| *reason != STOPPED) {
            log::warn!("task {} of stage {} of job {} failed: {reason}", named.2, named.1, named.0);
        }
        self.desk.tasks.end(&named, reason);
        let mut failure = None;
        let (metrics, state) = match outcome {
            Ok(outcome) => {
                let measured =
                    outcome.metrics.iter().map(|bytes| OperatorMetricsSet::decode(bytes.as_slice()));
                let parts =
                    outcome.partitions.iter().map(|bytes| ShuffleWritePartition::decode(bytes.as_slice()));
                let partitions: Vec<ShuffleWritePartition> = parts.flatten().collect();
                let bytes = partitions.iter().map(|part| part.num_bytes).sum::<u64>();
                if !self.jobs.is_over(&definition.job_id) {
                    *self.desk.disk.lock().entry(definition.job_id.clone()).or_default() += bytes;
                }
                let done = SuccessfulTask { executor_id: name, partitions, ..SuccessfulTask::default() };
                (measured.flatten().collect(), TaskState::Successful(done))
            }
            Err(error) => {
                let failed = FailedTask { error: error.to_string(), ..failed_task(&error) };
                failure = Some(error);
                (Vec::new(), TaskState::Failed(failed))
            }
        };
        if self.jobs.leave(&definition.job_id) {
            self.remove(&definition.job_id).await;
        }
        let status = TaskStatus {
            task_id: definition.task_id,
            job_id: definition.job_id.clone(),
            stage_id: definition.stage_id,
            stage_attempt_num: definition.stage_attempt_num,
            launch_time: definition.launch_time,
            start_exec_time: begun,
            end_exec_time: now(),
            metrics,
            status: Some(state),
        };
        TaskReport { job: definition.job_id, status: status.encode_to_vec(), failure }
    }

    /// The failure, with where it was.
    fn placed(&self, failure: Failure) -> Failure {
        let WorkerCard { host, port, .. } = &self.desk.card;
        match failure {
            Failure::OutOfDisk { .. } => Failure::OutOfDisk {
                place: format!("worker {host}:{port} (its folder: {})", self.desk.work_dir),
            },
            other => other,
        }
    }
}

/// What Ballista is told of a failure: never that it might try again, since its second tries are not right.
fn failed_task(failure: &Failure) -> FailedTask {
    let reason = match failure {
        Failure::Cancelled => FailedReason::TaskKilled(TaskKilled {}),
        _ => FailedReason::ExecutionError(ExecutionError {}),
    };
    FailedTask { failed_reason: Some(reason), ..FailedTask::default() }
}

fn undecodable(error: &DecodeError) -> TaskReport {
    let failure = Failure::System { what: "reading a task".into(), reason: error.to_string() };
    TaskReport { job: String::new(), status: Vec::new(), failure: Some(failure) }
}
