//! Runs DataFusion plans, and futures that plan or change tables, in this process: on one small tokio runtime, under
//! the supervisor. What a plan means is left to `fram-engine`.

mod interruptible;
mod stoppable;

pub use interruptible::interruptible;

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use datafusion::arrow::array::RecordBatch;
use datafusion::error::DataFusionError;
use datafusion::execution::memory_pool::{FairSpillPool, TrackConsumersPool};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::{SessionState, SessionStateBuilder};
use datafusion::physical_plan::display::DisplayableExecutionPlan;
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use futures::TryStreamExt;
use polars::prelude::DataFrame;
use tokio::runtime::{Builder, Runtime};
use tokio::task::{AbortHandle, JoinError};

use crate::allocator::allocated_bytes;
use crate::frame::SqlPlan;
use crate::local::feed::Feeds;
use crate::local::panic_filter;
use crate::local::supervisor::{Work, supervise};
use crate::spill::{disk_manager, spill_folder};
use crate::{Limit, Measured, Progress, RunError, Step, Watch, bridge};

/// Stack of a worker thread: plans are optimised there, and long queries make deep plans.
const STACK_BYTES: usize = 16 << 20;
/// The part of the free memory that DataFusion may account for; it doesn't account for all that it allocates.
const POOL_PERCENT: u64 = 70;
/// What a query gets even when little memory is free; the supervisor's watchdog stands behind it.
const POOL_MINIMUM: u64 = 64 << 20;
/// Consumers of memory that an error names.
const CONSUMERS_NAMED: usize = 5;
/// What DataFusion says of a query that wrote more than its limit; it has no error of its own for that.
const SPILLED_TOO_MUCH: &str = "used disk space during the spilling process has exceeded";

/// Runs the plan, no further than the limit, under the watch.
pub(crate) fn run(plan: &SqlPlan, limit: Limit, watch: &Watch) -> Result<DataFrame, RunError> {
    run_physical(plan, limit, watch, Arc::default())
}

/// The same; the plan that runs is put where it can be looked at.
fn run_physical(
    plan: &SqlPlan,
    limit: Limit,
    watch: &Watch,
    physical: Arc<OnceLock<Arc<dyn ExecutionPlan>>>,
) -> Result<DataFrame, RunError> {
    let logical = plan.limited(limit)?;
    let mut state = with_limits(plan.state.clone(), watch)?;
    let feeds = Arc::new(Feeds::default());
    state.config_mut().set_extension(feeds.clone());
    let sampled = physical.clone();
    let sample = move || sampled.get().map(progress).unwrap_or_default();
    let stopped: Arc<AtomicBool> = Arc::default();
    let heeded = stopped.clone();
    let work = async move {
        let plan = interruptible(state.create_physical_plan(&logical).await?, &heeded)?;
        let plan = physical.get_or_init(|| plan).clone();
        let schema = plan.schema();
        let batches: Vec<RecordBatch> = execute_stream(plan, state.task_ctx())?.try_collect().await?;
        Ok(bridge::to_polars(&schema, &batches))
    };
    supervised(Work::Query, watch, Stop { feeds: feeds.as_ref().clone(), stopped }, sample, work)?
}

/// Runs a future of DataFusion's on the shared runtime, under the watch: planning, or a statement that changes
/// tables.
pub fn run_future<T: Send + 'static>(
    watch: &Watch,
    work: impl Future<Output = Result<T, DataFusionError>> + Send + 'static,
) -> Result<T, RunError> {
    supervised(Work::Other, watch, Stop::default(), Progress::default, work)
}

/// What the plan becomes before it runs.
pub(crate) fn explain(plan: &SqlPlan) -> Result<String, RunError> {
    let (logical, state) = (plan.logical.clone(), plan.state.clone());
    run_future(&Watch::new(), async move {
        let optimized = state.optimize(&logical)?;
        let physical = state.create_physical_plan(&logical).await?;
        let physical = DisplayableExecutionPlan::new(physical.as_ref()).indent(false).to_string();
        Ok(format!("logical plan\n{}\n\nphysical plan\n{physical}", optimized.display_indent()))
    })
}

/// The ways to stop a query, beside the end of its task.
#[derive(Default)]
struct Stop {
    feeds: Feeds,
    stopped: Arc<AtomicBool>,
}

/// The steps of the plan; run to its end, under the watch, where they are to be measured.
pub(crate) fn steps(plan: &SqlPlan, analyze: bool, watch: &Watch) -> Result<Step, RunError> {
    if !analyze {
        let (logical, state) = (plan.logical.clone(), plan.state.clone());
        return run_future(
            watch,
            async move { Ok(step(&state.create_physical_plan(&logical).await?, false)) },
        );
    }
    let physical: Arc<OnceLock<Arc<dyn ExecutionPlan>>> = Arc::default();
    run_physical(plan, Limit::All, watch, physical.clone())?;
    Ok(physical.get().map(|plan| step(plan, true)).unwrap_or_default())
}

fn step(plan: &Arc<dyn ExecutionPlan>, is_measured: bool) -> Step {
    let metrics = plan.metrics().filter(|_| is_measured);
    Step {
        measured: metrics.and_then(|metrics| {
            // Sources count nothing.
            let rows = metrics.output_rows()? as u64;
            Some(Measured { rows, busy: Duration::from_nanos(metrics.elapsed_compute().unwrap_or(0) as u64) })
        }),
        inputs: plan.children().into_iter().map(|input| step(input, is_measured)).collect(),
        ..step_of(plan)
    }
}

/// One node of DataFusion's as a step, without those that feed it.
pub fn step_of(plan: &Arc<dyn ExecutionPlan>) -> Step {
    let line = DisplayableExecutionPlan::new(plan.as_ref()).one_line().to_string();
    let (name, detail) = line.trim_end().split_once(": ").unwrap_or((line.trim_end(), ""));
    Step {
        name: name.trim_end_matches("Exec").to_owned(),
        detail: if detail.is_empty() { Vec::new() } else { vec![detail.to_owned()] },
        ..Step::default()
    }
}

fn supervised<T: Send + 'static>(
    kind: Work,
    watch: &Watch,
    means: Stop,
    sample: impl Fn() -> Progress,
    work: impl Future<Output = Result<T, DataFusionError>> + Send + 'static,
) -> Result<T, RunError> {
    let runtime = runtime()?;
    let task: Arc<OnceLock<AbortHandle>> = Arc::default();
    let (stopped_task, finished) = (task.clone(), means.feeds.clone());
    let stop = move || {
        means.stopped.store(true, Ordering::Relaxed);
        if let Some(task) = stopped_task.get() {
            task.abort();
        }
        means.feeds.abort();
    };
    let limits = watch.clone();
    supervise(kind, watch, sample, stop, move || {
        let running = runtime.spawn(work);
        task.get_or_init(|| running.abort_handle());
        let joined = runtime.block_on(running);
        finished.finish();
        joined.unwrap_or_else(|error| Err(join_error(error))).map_err(|error| run_error(error, &limits))
    })
}

/// The runtime that all SQL runs on, made at its first use.
fn runtime() -> Result<&'static Runtime, RunError> {
    static RUNTIME: OnceLock<Result<Runtime, String>> = OnceLock::new();
    let made = RUNTIME.get_or_init(|| {
        let workers = std::thread::available_parallelism().map_or(2, usize::from);
        let mut builder = Builder::new_multi_thread();
        builder.worker_threads(workers).thread_name("fram-sql").thread_stack_size(STACK_BYTES).enable_time();
        builder.build().map_err(|error| error.to_string())
    });
    made.as_ref().map_err(|reason| RunError::System {
        what: "starting threads for SQL".into(),
        reason: reason.clone(),
    })
}

/// The session with a memory pool and a disk of its own: operators that pass the pool spill to disk, or fail.
fn with_limits(state: SessionState, watch: &Watch) -> Result<SessionState, RunError> {
    let Some(limit) = watch.memory_limit() else { return Ok(state) };
    let free = limit.saturating_sub(allocated_bytes()) / 100 * POOL_PERCENT;
    let size = usize::try_from(free.max(POOL_MINIMUM)).unwrap_or(usize::MAX);
    let named = CONSUMERS_NAMED.try_into().unwrap_or(std::num::NonZeroUsize::MIN);
    let pool = Arc::new(TrackConsumersPool::new(FairSpillPool::new(size), named));
    let runtime = RuntimeEnvBuilder::from_runtime_env(state.runtime_env())
        .with_memory_pool(pool)
        .with_disk_manager_builder(disk_manager(watch.spill_limit()))
        .build_arc()?;
    Ok(SessionStateBuilder::new_from_existing(state).with_runtime_env(runtime).build())
}

fn progress(plan: &Arc<dyn ExecutionPlan>) -> Progress {
    let mut progress = Progress::default();
    add_progress(plan, &mut progress);
    progress
}

fn add_progress(plan: &Arc<dyn ExecutionPlan>, progress: &mut Progress) {
    progress.steps += 1;
    let metrics = plan.metrics().map(|metrics| metrics.aggregate_by_name());
    let rows = metrics.as_ref().and_then(|metrics| metrics.output_rows()).unwrap_or(0);
    let is_done = metrics.as_ref().is_some_and(|metrics| {
        metrics.iter().any(|metric| metric.value().name() == "end_timestamp" && metric.value().as_usize() > 0)
    });
    progress.steps_done += usize::from(is_done);
    if plan.children().is_empty() {
        progress.rows += rows as u64;
        let bytes = metrics.as_ref().and_then(|metrics| metrics.sum_by_name("bytes_scanned"));
        progress.bytes += bytes.map_or(0, |bytes| bytes.as_usize()) as u64;
    } else if progress.stage.is_empty() && rows > 0 && !is_done {
        progress.stage = plan.name().trim_end_matches("Exec").to_owned();
    }
    for child in plan.children() {
        add_progress(child, progress);
    }
}

fn join_error(error: JoinError) -> DataFusionError {
    let error = match error.try_into_panic() {
        Ok(payload) => panic_filter::error(&*payload),
        Err(_) => RunError::Interrupted,
    };
    DataFusionError::External(Box::new(error))
}

/// The error in this crate's words, where one of them fits.
fn run_error(error: DataFusionError, watch: &Watch) -> RunError {
    let error = match error {
        DataFusionError::ExecutionJoin(join) if join.is_panic() => join_error(*join),
        other => other,
    };
    match error.find_root() {
        DataFusionError::External(inner) => {
            if let Some(error) = inner.downcast_ref::<RunError>() {
                return error.clone();
            }
        }
        DataFusionError::ResourcesExhausted(_) => {
            let limit = watch.memory_limit().unwrap_or_default();
            return RunError::OutOfMemory { used: allocated_bytes(), limit };
        }
        DataFusionError::ExecutionJoin(join) if join.is_panic() => {
            return RunError::Panicked { message: join.to_string() };
        }
        _ => {}
    }
    if let Some(limit) = watch.spill_limit().filter(|_| error.to_string().contains(SPILLED_TOO_MUCH)) {
        return RunError::OutOfSpill { folder: spill_folder().display().to_string(), limit };
    }
    error.into()
}
