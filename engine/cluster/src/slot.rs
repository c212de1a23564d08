//! Runs tasks of Ballista's stages: rows go through the stage's plan into shuffle files. Where a slot runs, and who
//! hands it tasks, is left to `slots`.

mod memory;
mod process;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use ballista_core::config::{BALLISTA_CLIENT_IO_RETRIES_TIMES, BALLISTA_CLIENT_IO_RETRY_WAIT_TIME_MS};
use ballista_core::error::BallistaError;
use ballista_core::execution_plans::{RangeShuffleWriterExec, ShuffleWriterExec, SortShuffleWriterExec};
use ballista_core::extension::{SessionConfigExt, SessionConfigHelperExt};
use ballista_core::serde::protobuf::{OperatorMetricsSet, TaskDefinition};
use ballista_executor::execution_engine::{DefaultExecutionEngine, ExecutionEngine};
use datafusion::common::tree_node::TreeNode;
use datafusion::common::{internal_datafusion_err, internal_err};
use datafusion::datasource::sink::DataSinkExec;
use datafusion::error::DataFusionError;
use datafusion::execution::TaskContext;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::SessionConfig;
use datafusion_proto::physical_plan::AsExecutionPlan;
use datafusion_proto::protobuf::PhysicalPlanNode;
use fram_frame::{allocated_bytes, interruptible, panic_message};
use futures::FutureExt;
use prost::Message;
use serde_bytes::ByteBuf;

use crate::connections::Connections;
use crate::failure::Failure;
use crate::functions::Functions;
use crate::message::{SlotOutcome, SlotTask};
use crate::neighbours::Neighbours;
use crate::read_files;
use crate::sql::for_each_file;
use crate::stage::{StageCodec, TaskLimits, with_inputs};

pub use process::run_slot;

/// How often rows that another worker does not hand over are asked for again, and after how many milliseconds. What
/// lasts longer is not waited for here: the driver runs the job again, on workers that are there.
const FETCH_AGAIN: usize = 1;
const FETCH_AGAIN_AFTER: usize = 500;

/// Runs tasks, each on the threads of the runtime that it is called on.
pub(crate) struct Slot {
    engine: DefaultExecutionEngine,
    codec: StageCodec,
    functions: Functions,
    neighbours: Neighbours,
}

impl Slot {
    /// A slot that knows these functions.
    pub(crate) fn new(functions: Functions) -> Self {
        let (engine, codec) = (DefaultExecutionEngine::default(), StageCodec::default());
        Self { engine, codec, functions, neighbours: Neighbours::default() }
    }

    /// The same, which uses its connections again: all its tasks run on one runtime.
    fn with_connections(functions: Functions) -> Self {
        let connections = Arc::new(Connections::default());
        Self { engine: DefaultExecutionEngine::with_client_pool(connections), ..Self::new(functions) }
    }

    /// Runs the task to its end; a panic in it is a failure like others. Who drops this to stop the task, and goes on in
    /// the same process, sets `stopped`, too.
    pub(crate) async fn run(
        &self,
        task: &SlotTask,
        stopped: Option<&Arc<AtomicBool>>,
    ) -> Result<SlotOutcome, Failure> {
        let outcome = AssertUnwindSafe(self.outcome(task, stopped)).catch_unwind();
        let outcome = tokio::select! {
            outcome = outcome => outcome,
            failure = memory::passed(task.memory) => return Err(failure),
        };
        match outcome {
            Ok(outcome) => outcome.map_err(|error| failure_of(&error, task.memory)),
            Err(payload) => Err(Failure::Panicked { message: panic_message(&*payload) }),
        }
    }

    async fn outcome(
        &self,
        task: &SlotTask,
        stopped: Option<&Arc<AtomicBool>>,
    ) -> Result<SlotOutcome, BallistaError> {
        let definition = TaskDefinition::decode(task.task.as_slice())
            .map_err(|error| BallistaError::Internal(error.to_string()))?;
        check_job(&definition.job_id)?;
        let limits = Arc::new(TaskLimits {
            memory: task.memory,
            roots: task.roots.clone(),
            worker: task.worker.clone(),
        });
        let config = SessionConfig::new_with_ballista()
            .update_from_key_value_pair(&definition.props)
            .set_usize(BALLISTA_CLIENT_IO_RETRIES_TIMES, FETCH_AGAIN)
            .set_usize(BALLISTA_CLIENT_IO_RETRY_WAIT_TIME_MS, FETCH_AGAIN_AFTER)
            .with_ballista_use_tls(task.caller.is_encrypted())
            .with_ballista_override_create_grpc_client_endpoint(task.caller.for_ballista())
            .with_extension(limits.clone());
        let runtime = memory::runtime(task.memory, &task.work_dir, &definition.job_id)?;
        let functions = self.functions.registry();
        let context = Arc::new(TaskContext::new(
            Some(format!("{}/{}/{}", definition.job_id, definition.stage_id, definition.task_id)),
            definition.session_id,
            config,
            functions.scalar_functions.clone(),
            functions.higher_order_functions.clone(),
            functions.aggregate_functions.clone(),
            functions.window_functions.clone(),
            runtime,
        ));
        let plan =
            PhysicalPlanNode::try_decode(&definition.plan)?.try_into_physical_plan(&context, &self.codec)?;
        let plan = match stopped {
            Some(stopped) => heeding(plan, stopped)?,
            None => plan,
        };
        check_files(&plan, &limits)?;
        self.neighbours.link(&plan, &task.work_dir)?;
        let stage = self.engine.create_query_stage_exec(
            definition.job_id.into(),
            definition.stage_id as usize,
            definition.task_id as usize,
            definition.global_output_partition_ids.iter().map(|id| *id as usize).collect(),
            plan.clone(),
            &task.work_dir,
            context.session_config(),
        )?;
        let partitions = stage.execute_query_stage(definition.task_id as usize, context).await;
        // Where a file changed meanwhile, neither rows nor errors mean anything.
        check_files(&plan, &limits)?;
        let partitions = partitions?;
        let measured = stage.collect_plan_metrics().into_iter();
        let measured =
            measured.map(TryInto::<OperatorMetricsSet>::try_into).collect::<Result<Vec<_>, _>>()?;
        Ok(SlotOutcome {
            partitions: partitions.iter().map(|part| ByteBuf::from(part.encode_to_vec())).collect(),
            metrics: measured.iter().map(|one| ByteBuf::from(one.encode_to_vec())).collect(),
        })
    }
}

/// The plan of a stage, which fails as soon as `stopped` is set. Its last step, which writes, stays what it is.
fn heeding(
    plan: Arc<dyn ExecutionPlan>,
    stopped: &Arc<AtomicBool>,
) -> Result<Arc<dyn ExecutionPlan>, DataFusionError> {
    let children = plan.children().into_iter().map(|child| interruptible(child.clone(), stopped));
    let children = children.collect::<Result<Vec<_>, _>>()?;
    with_inputs(plan, children)
}

/// Why a task failed; operators that cannot even spill have no memory left.
fn failure_of(error: &BallistaError, limit: Option<u64>) -> Failure {
    let root = match error {
        BallistaError::DataFusionError(error) => Some(error.find_root()),
        _ => None,
    };
    match (root, limit) {
        (Some(DataFusionError::ResourcesExhausted(_)), Some(limit)) => {
            Failure::OutOfMemory { used: allocated_bytes(), limit }
        }
        _ => Failure::of(error),
    }
}

/// Whether a job may have this name, which is a part of paths and of addresses.
pub(crate) fn is_job_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-')
}

/// Refuses a job whose name would lead out of the worker's folder.
pub(crate) fn check_job(name: &str) -> Result<(), DataFusionError> {
    if !is_job_name(name) {
        return internal_err!("a job has a name that leads elsewhere: {name:?}");
    }
    Ok(())
}

/// Refuses a plan of DataFusion's that reads files elsewhere, or files that are not as the driver saw them, and one that
/// writes other files than those of its exchange.
fn check_files(plan: &Arc<dyn ExecutionPlan>, limits: &TaskLimits) -> Result<(), BallistaError> {
    let writes = |node: &Arc<dyn ExecutionPlan>| {
        node.is::<DataSinkExec>()
            || node.is::<ShuffleWriterExec>()
            || node.is::<SortShuffleWriterExec>()
            || node.is::<RangeShuffleWriterExec>()
    };
    // What is at the top writes into the folder of the job, whatever it says itself.
    let below = plan.children().into_iter().map(|child| child.exists(|node| Ok(writes(node))));
    if plan.is::<DataSinkExec>() || below.collect::<Result<Vec<_>, _>>()?.contains(&true) {
        return Err(internal_datafusion_err!("a task was told to write by its plan").into());
    }
    for_each_file(plan, |path, seen| {
        read_files::check(&path, seen, limits).map_err(|failure| DataFusionError::External(Box::new(failure)))
    })
    .map_err(BallistaError::from)
}

/// Stack of a thread that runs plans.
pub(crate) const STACK_BYTES: usize = 32 << 20;
