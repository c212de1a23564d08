//! Runs a Polars plan on the streaming engine, the only place where Polars runs in this process.

use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use polars::prelude::{DataFrame, LazyFrame};
use polars_config::config;
use polars_error::PolarsResult;
use polars_error::abort::{catch_polars_abort, polars_abort_ooc_out_of_disk};
use polars_plan::plans::IRPlan;
use polars_stream::{GraphMetrics, GraphNodeKey, StreamingQuery};

use crate::local::outline::Outline;
use crate::local::overflow::guard_integers;
use crate::local::slices;
use crate::local::supervisor::{Work, supervise};
use crate::spill::spill_folder;
use crate::{Progress, RunError, Step, Watch};

/// Runs the plan to its end, under the watch.
pub(crate) fn run(lazy: LazyFrame, watch: &Watch) -> Result<DataFrame, RunError> {
    run_measured(move || optimized(lazy.clone()), Arc::default(), watch)
}

/// Runs a plan that is optimised already, to its end, under the watch. It is made anew for each try.
pub fn run_optimized(
    plan: impl Fn() -> PolarsResult<IRPlan> + Send + 'static,
    watch: &Watch,
) -> Result<DataFrame, RunError> {
    run_measured(plan, Arc::default(), watch)
}

/// The steps of the plan; run to its end, under the watch, where they are to be measured.
pub(crate) fn steps(lazy: LazyFrame, analyze: bool, watch: &Watch) -> Result<Step, RunError> {
    let mut plan = optimized(lazy.clone())?;
    if !analyze {
        return Ok(Outline::of(&plan)?.steps(None));
    }
    // The same plan gets the same steps when it runs.
    guard_integers(&mut plan)?;
    let outline = Outline::of(&plan)?;
    let gauge: Arc<OnceLock<Gauge>> = Arc::default();
    run_measured(move || optimized(lazy.clone()), gauge.clone(), watch)?;
    Ok(outline.steps(gauge.get().map(Gauge::now).as_ref()))
}

fn run_measured(
    plan: impl Fn() -> PolarsResult<IRPlan> + Send + 'static,
    gauge: Arc<OnceLock<Gauge>>,
    watch: &Watch,
) -> Result<DataFrame, RunError> {
    let sampled = gauge.clone();
    let sample = move || sampled.get().map(Gauge::progress).unwrap_or_default();
    let stopping = Arc::new(AtomicBool::new(false));
    let stopped = stopping.clone();
    let stop = move || {
        stopped.store(true, Ordering::Release);
        abort();
    };
    supervise(Work::Query, watch, sample, stop, move || undisturbed(&plan, &gauge, &stopping))
}

/// Runs the plan, again where somebody else's abort has hit it: Polars knows only one for the whole process.
fn undisturbed(
    plan: &dyn Fn() -> PolarsResult<IRPlan>,
    gauge: &OnceLock<Gauge>,
    stopping: &AtomicBool,
) -> Result<DataFrame, RunError> {
    loop {
        let outcome = execute(plan, gauge);
        let is_aborted = matches!(outcome, Err(RunError::OutOfSpill { .. }));
        if !is_aborted || stopping.load(Ordering::Acquire) || !aborted_lately() {
            return outcome;
        }
        std::thread::sleep(PAUSE);
    }
}

/// When queries were aborted last.
static ABORTED: Mutex<Option<Instant>> = Mutex::new(None);
/// How long an abort may take until all that it hit have ended.
const LATELY: Duration = Duration::from_secs(5);
/// Time between two tries.
const PAUSE: Duration = Duration::from_millis(5);

fn aborted_lately() -> bool {
    ABORTED.lock().is_some_and(|when| when.elapsed() < LATELY)
}

/// Makes every Polars query of the process stop at its next step.
pub(super) fn abort() {
    *ABORTED.lock() = Some(Instant::now());
    // The one setter of Polars' abort flag that needs no signal; it sets the flag for queries that run now, and then
    // panics, here on purpose for nobody.
    let raised = std::panic::catch_unwind(|| polars_abort_ooc_out_of_disk());
    debug_assert!(raised.is_err(), "the call above only ever panics");
}

pub(super) fn execute(
    plan: &dyn Fn() -> PolarsResult<IRPlan>,
    gauge: &OnceLock<Gauge>,
) -> Result<DataFrame, RunError> {
    let caught = catch_polars_abort(AssertUnwindSafe(|| {
        let mut plan = plan()?;
        guard_integers(&mut plan)?;
        let mut query = StreamingQuery::build(plan.lp_top, &mut plan.lp_arena, &mut plan.expr_arena)?;
        gauge.get_or_init(|| Gauge::attach(&mut query));
        Ok(query.execute()?.unwrap_single())
    }));
    caught.unwrap_or_else(|_| {
        let (folder, limit) = (spill_folder().display().to_string(), config().ooc_disk_budget_bytes());
        Err(RunError::OutOfSpill { folder, limit })
    })
}

/// The plan as the streaming engine takes it.
pub(super) fn optimized(lazy: LazyFrame) -> PolarsResult<IRPlan> {
    let mut plan = slices::optimized(lazy.with_streaming(true))?;
    plan.ensure_root_node_is_sink();
    Ok(plan)
}

/// Reads how far a running query has come.
pub(super) struct Gauge {
    metrics: Box<dyn Fn() -> GraphMetrics + Send + Sync>,
    read: Box<dyn Fn() -> Progress + Send + Sync>,
}

impl Gauge {
    /// Switches the query's measurements on.
    fn attach(query: &mut StreamingQuery) -> Self {
        polars_async::executor::track_task_metrics(true);
        let metrics: Arc<Mutex<GraphMetrics>> = Arc::default();
        query.metrics = Some(metrics.clone());
        let pipes = query.graph.pipes.clone();
        let nodes: Vec<(GraphNodeKey, String)> =
            query.graph.nodes.iter().map(|(key, node)| (key, node.compute.name().to_owned())).collect();
        let now = move || {
            let mut now = metrics.lock().clone();
            now.flush(&pipes);
            now
        };
        let (metrics, read_metrics) = (now.clone(), now);
        let read = move || {
            let now = read_metrics();
            let known = |key: &GraphNodeKey| now.get(*key);
            let is_done = |key: &GraphNodeKey| known(key).is_some_and(|node| node.done);
            let is_source = |name: &str| name.contains("scan") || name.contains("source");
            let sources = nodes.iter().filter(|(_, name)| is_source(name)).filter_map(|(key, _)| known(key));
            let (rows, bytes) = sources.fold((0, 0), |(rows, bytes), node| {
                (rows + node.rows_sent, bytes + node.io_total_bytes_received)
            });
            let busy = nodes
                .iter()
                .find(|(key, _)| known(key).is_some_and(|node| !node.done && node.num_running_tasks > 0));
            Progress {
                stage: busy.map(|(_, name)| name.clone()).unwrap_or_default(),
                steps_done: nodes.iter().filter(|(key, _)| is_done(key)).count(),
                steps: nodes.len(),
                rows,
                bytes,
                ..Progress::default()
            }
        };
        Self { metrics: Box::new(metrics), read: Box::new(read) }
    }

    /// What has been measured so far.
    fn now(&self) -> GraphMetrics {
        (self.metrics)()
    }

    fn progress(&self) -> Progress {
        (self.read)()
    }
}
