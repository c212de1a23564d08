//! Waits for a run on another thread and stops it when the user or the memory limit says so. What runs, and how it
//! is stopped, is left to the sibling files.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::allocator::{allocated_bytes, settle};
use crate::local::panic_filter;
use crate::spill::{spill_folder, spilled_bytes};
use crate::threads::let_go;
use crate::{Progress, RunError, Watch};

/// How often the wish to stop and the memory in use are looked at.
const TICK: Duration = Duration::from_millis(20);
/// How often progress is reported.
const REPORT_EVERY: Duration = Duration::from_millis(250);
/// How long a stopped run may take to come back before the user gets the prompt again without it.
const PATIENCE: Duration = Duration::from_millis(700);
/// Stack of the thread that a plan is optimised and run on: long chains of verbs make deep plans.
const STACK_BYTES: usize = 64 << 20;

/// Runs that were stopped but have not come back; a new run waits for them, because Polars' abort is process-wide.
static ABANDONED: Mutex<usize> = Mutex::new(0);
static ABANDONED_CHANGED: Condvar = Condvar::new();

/// The watches over the queries that run in this process.
static WATCHES: Mutex<Vec<Watch>> = Mutex::new(Vec::new());

/// Whether work may run Polars, whose abort hits all that runs in the process.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Work {
    /// It waits for queries that were abandoned, and others wait for it.
    Query,
    /// It goes on beside anything.
    Other,
}

/// Runs `work` on a thread of its own until it is done, or until `watch` wants it stopped; then calls `stop`, again
/// and again, and waits a little. `sample` tells how far the work has come.
pub(crate) fn supervise<T: Send + 'static>(
    kind: Work,
    watch: &Watch,
    sample: impl Fn() -> Progress,
    stop: impl Fn(),
    work: impl FnOnce() -> Result<T, RunError> + Send + 'static,
) -> Result<T, RunError> {
    if kind == Work::Query {
        wait_for_abandoned(watch)?;
    }
    let _watched = Watched::by(watch);
    let (done_tx, done_rx) = mpsc::sync_channel(1);
    let thread = thread::Builder::new()
        .name("fram-query".into())
        .stack_size(STACK_BYTES)
        .spawn(move || {
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work))
                .unwrap_or_else(|payload| Err(panic_filter::error(&*payload)));
            // Nobody listens any more where the run was abandoned.
            if done_tx.send(result).is_err() && kind == Work::Query {
                abandoned_changed(|count| count.saturating_sub(1));
            }
            settle();
        })
        .map_err(|error| RunError::System { what: "starting a thread".into(), reason: error.to_string() })?;
    let_go(thread);
    wait(kind, watch, &sample, &stop, &done_rx)
}

/// Does work that is no query, and that cannot be stopped, until it is done or `watch` wants it stopped; then it goes
/// on unheeded.
pub fn watched<T: Send + 'static>(
    watch: &Watch,
    work: impl FnOnce() -> Result<T, RunError> + Send + 'static,
) -> Result<T, RunError> {
    supervise(Work::Other, watch, Progress::default, || (), work)
}

/// What watches over the query of which the caller is a part, and to which nobody has handed a watch: Polars calls it.
/// Only where one query runs in this process, as in a notebook's, is it known which that is.
pub fn watch_of_query() -> Watch {
    let watches = watches();
    match watches.split_first() {
        Some((first, others)) if others.iter().all(|other| other.is_same(first)) => first.clone().quiet(),
        _ => Watch::new(),
    }
}

/// A watch that is known until this is dropped.
struct Watched(Watch);

impl Watched {
    fn by(watch: &Watch) -> Self {
        watches().push(watch.clone());
        Self(watch.clone())
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let mut watches = watches();
        if let Some(at) = watches.iter().position(|watch| watch.is_same(&self.0)) {
            watches.swap_remove(at);
        }
    }
}

fn watches() -> MutexGuard<'static, Vec<Watch>> {
    WATCHES.lock().unwrap_or_else(PoisonError::into_inner)
}

fn wait<T>(
    kind: Work,
    watch: &Watch,
    sample: &impl Fn() -> Progress,
    stop: &impl Fn(),
    done_rx: &mpsc::Receiver<Result<T, RunError>>,
) -> Result<T, RunError> {
    // Asked for before anything is written.
    let spill_limit = watch.spill_limit();
    let begun = Instant::now();
    let mut reported = begun;
    let mut stopped: Option<(Instant, RunError)> = None;
    loop {
        match done_rx.recv_timeout(TICK) {
            // A part of the query may have seen the wish to stop first.
            Ok(Err(_)) if watch.is_interrupted() => return Err(RunError::Interrupted),
            Ok(result) => return stopped.map_or(result, |(_, reason)| Err(reason)),
            Err(RecvTimeoutError::Disconnected) => {
                return Err(RunError::Panicked {
                    message: "the query's thread ended without a result".into(),
                });
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
        if stopped.is_none() {
            stopped = watch.reason_to_stop().map(|reason| (Instant::now(), reason));
        }
        if let Some((since, reason)) = &stopped {
            stop();
            if since.elapsed() > PATIENCE {
                if kind == Work::Query {
                    abandoned_changed(|count| count + 1);
                }
                return Err(reason.clone());
            }
        } else if reported.elapsed() >= REPORT_EVERY {
            reported = Instant::now();
            let spilled = spilled_bytes();
            stopped = too_much_spilled(spill_limit, spilled).map(|reason| (Instant::now(), reason));
            let (elapsed, memory) = (begun.elapsed(), allocated_bytes());
            watch.report(&Progress { elapsed, memory, spilled, ..sample() });
        }
    }
}

/// DataFusion keeps the limit by itself; Polars knows none.
fn too_much_spilled(limit: Option<u64>, spilled: u64) -> Option<RunError> {
    let limit = limit.filter(|limit| spilled > *limit)?;
    Some(RunError::OutOfSpill { folder: spill_folder().display().to_string(), limit })
}

fn wait_for_abandoned(watch: &Watch) -> Result<(), RunError> {
    let mut count = ABANDONED.lock().unwrap_or_else(PoisonError::into_inner);
    let begun = Instant::now();
    while *count > 0 {
        if watch.is_interrupted() {
            return Err(RunError::Interrupted);
        }
        watch.report(&Progress {
            elapsed: begun.elapsed(),
            stage: "waiting for an interrupted query to end".into(),
            memory: allocated_bytes(),
            ..Progress::default()
        });
        let waited = ABANDONED_CHANGED.wait_timeout(count, REPORT_EVERY);
        count = waited.unwrap_or_else(PoisonError::into_inner).0;
    }
    Ok(())
}

fn abandoned_changed(change: impl FnOnce(usize) -> usize) {
    let mut count = ABANDONED.lock().unwrap_or_else(PoisonError::into_inner);
    *count = change(*count);
    ABANDONED_CHANGED.notify_all();
}
