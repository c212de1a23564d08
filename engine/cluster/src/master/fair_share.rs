//! Which task a free slot gets: one of the notebook that has the fewest running, so that a large job of one does not hold
//! up a small one of another. Ballista's own ways serve one job until it has no tasks left.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use ballista_core::JobId;
use ballista_core::execution_plans::{RangeShuffleReaderExec, ShuffleReaderExec, UnresolvedShuffleExec};
use ballista_core::serde::protobuf::AvailableVcores;
use ballista_core::serde::scheduler::TaskKey;
use ballista_scheduler::cluster::{BoundTask, DistributionPolicy};
use ballista_scheduler::state::execution_graph::{TaskDescription, create_task_info};
use ballista_scheduler::state::execution_stage::RunningStage;
use ballista_scheduler::state::task_manager::JobInfoCache;
use datafusion::error::Result;
use datafusion::physical_plan::ExecutionPlan;

use crate::master::spread::Spread;
use crate::master::stages::stages_of;
use crate::records::Records;

/// Gives each notebook the same share of the slots.
pub(super) struct FairShare {
    pub(super) records: Arc<Records>,
    pub(super) spread: Arc<Spread>,
}

impl std::fmt::Debug for FairShare {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FairShare")
    }
}

#[async_trait]
impl DistributionPolicy for FairShare {
    async fn bind_tasks(
        &self,
        mut budgets: Vec<&mut AvailableVcores>,
        jobs: Arc<HashMap<JobId, JobInfoCache>>,
    ) -> Result<Vec<BoundTask>> {
        let mut bound = Vec::new();
        while let Some(budget) = budgets.iter_mut().find(|budget| budget.vcores > 0) {
            let Some(task) = self.next_task(&jobs, &budget.executor_id).await else { break };
            budget.vcores -= 1;
            bound.push((budget.executor_id.clone(), task));
        }
        Ok(bound)
    }

    fn name(&self) -> &str {
        "fair share"
    }
}

impl FairShare {
    /// A task of the job whose turn it is, of those that have one.
    async fn next_task(&self, jobs: &HashMap<JobId, JobInfoCache>, worker: &str) -> Option<TaskDescription> {
        for id in self.records.in_turn() {
            let Some(job) = jobs.get(&JobId::from(id.clone())) else { continue };
            let mut graph = job.execution_graph.write().await;
            if !self.records.is_planned(&id) {
                self.records.planned(&id, stages_of(&**graph));
            }
            let session = graph.session_id().to_owned();
            let mut empty = Vec::new();
            while let Some(stage) = graph.fetch_running_stage(&empty) {
                if let Some(task) = take_task(stage, &session, &id, worker) {
                    self.spread.note(&id, stage);
                    self.records.task_begun(&id, stage.stage_id, task.key.task_id, worker);
                    return Some(task);
                }
                empty.push(stage.stage_id);
            }
        }
        None
    }
}

/// The stage's next task, for one partition; for all of them where the stage puts its input together.
fn take_task(stage: &mut RunningStage, session: &str, job: &str, worker: &str) -> Option<TaskDescription> {
    let most = if gathers(&*stage.plan) { usize::MAX } else { 1 };
    let partitions = stage.pending.next_slice(most);
    if partitions.is_empty() {
        return None;
    }
    let task_id = stage.task_infos.len();
    let tried = |partition: &usize| stage.task_failure_numbers.get(*partition).copied();
    let task_attempt = partitions.iter().filter_map(tried).max().unwrap_or(0);
    let mut info = create_task_info(worker.to_owned(), task_id);
    (info.global_input_partition_ids, info.vcores_consumed) = (partitions.clone(), 1);
    stage.task_infos.push(info);
    Some(TaskDescription {
        session_id: session.to_owned(),
        key: TaskKey { job_id: job.to_owned().into(), stage_id: stage.stage_id, task_id },
        stage_attempt_num: stage.stage_attempt_num,
        task_attempt,
        global_input_partition_ids: partitions,
        vcores_consumed: 1,
        plan: stage.plan.clone(),
        session_config: stage.session_config.clone(),
    })
}

/// Whether the stage brings its input into one partition itself, so that one task must have all of it.
pub(super) fn gathers(stage: &dyn ExecutionPlan) -> bool {
    let [top] = stage.children()[..] else { return false };
    let mut node = top;
    loop {
        let is_read = node.is::<ShuffleReaderExec>() || node.is::<RangeShuffleReaderExec>();
        if is_read || node.is::<UnresolvedShuffleExec>() {
            return false;
        }
        if node.properties().output_partitioning().partition_count() == 1 {
            return true;
        }
        match node.children()[..] {
            [child] => node = child,
            _ => return false,
        }
    }
}
