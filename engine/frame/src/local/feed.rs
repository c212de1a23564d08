//! Hands the rows of a Polars plan on while it runs, to SQL that reads them. What is read, and how the rows cross,
//! is left to the reader; that no plan outlives the query that reads it, to `sql`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use futures::Stream;
use futures::stream::{self, StreamExt};
use polars::prelude::{DataFrame, LazyFrame, PlanCallback};
use tokio::sync::mpsc;

use crate::RunError;
use crate::allocator::settle;
use crate::local::{panic_filter, streaming};
use crate::threads::let_go;

/// Morsels that may wait for the reader. Few, since each holds up to 100,000 rows.
const WAITING: usize = 2;
/// Stack of the thread that a plan is optimised and run on.
const STACK_BYTES: usize = 64 << 20;

/// How long a plan may take to see that its reader is gone, at its next batch, before it is aborted.
const GRACE: Duration = Duration::from_millis(100);

/// The Polars plans that run for one query. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Feeds {
    running: Arc<AtomicUsize>,
}

/// The rows of the plan, in order, as the streaming engine makes them. The plan starts at the first poll and stops
/// when the stream is dropped. `feeds` is the query's, found in its session configuration; where there is none, the
/// plan may run on for a while after the query.
pub fn feed(
    lazy: LazyFrame,
    feeds: Option<Arc<Feeds>>,
) -> impl Stream<Item = Result<DataFrame, RunError>> + Send {
    let feeds = feeds.as_deref().cloned().unwrap_or_default();
    stream::once(async move { start(lazy, feeds) }).flat_map(|started| match started {
        Ok(batches) => stream::unfold(batches, async |mut batches: mpsc::Receiver<_>| {
            batches.recv().await.map(|batch| (batch, batches))
        })
        .boxed(),
        Err(error) => stream::once(async { Err(error) }).boxed(),
    })
}

impl Feeds {
    /// Stops what still runs though its reader is gone, and waits until it has stopped: Polars' abort is process-wide,
    /// so no other plan may start before.
    pub(super) fn finish(&self) {
        let begun = Instant::now();
        while self.running.load(Ordering::Acquire) > 0 {
            if begun.elapsed() > GRACE {
                streaming::abort();
            }
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// Stops every plan of the query, at its next step.
    pub(super) fn abort(&self) {
        if self.running.load(Ordering::Acquire) > 0 {
            streaming::abort();
        }
    }
}

fn start(lazy: LazyFrame, feeds: Feeds) -> Result<mpsc::Receiver<Result<DataFrame, RunError>>, RunError> {
    let (batch_tx, batch_rx) = mpsc::channel(WAITING);
    feeds.running.fetch_add(1, Ordering::AcqRel);
    let counted = Counted(feeds);
    let thread = thread::Builder::new()
        .name("fram-feed".into())
        .stack_size(STACK_BYTES)
        .spawn(move || {
            let _counted = counted;
            let result = catch_unwind(AssertUnwindSafe(|| send_batches(lazy, &batch_tx)));
            let result = result.unwrap_or_else(|payload| Err(panic_filter::error(&*payload)));
            if let Err(error) = result
                && batch_tx.blocking_send(Err(error)).is_err()
            {
                // The reader has all it wants; how the rest of the plan ended is no news to anybody.
            }
            settle();
        })
        .map_err(|error| RunError::System { what: "starting a thread".into(), reason: error.to_string() })?;
    let_go(thread);
    Ok(batch_rx)
}

fn send_batches(
    lazy: LazyFrame,
    batch_tx: &mpsc::Sender<Result<DataFrame, RunError>>,
) -> Result<(), RunError> {
    let sender = batch_tx.clone();
    // Polars calls this on a thread that may block, so a slow reader never holds up another plan.
    let callback = PlanCallback::new(move |batch: DataFrame| Ok(sender.blocking_send(Ok(batch)).is_err()));
    let lazy = lazy.sink_batches(callback, true, None)?;
    streaming::execute(&|| streaming::optimized(lazy.clone()), &OnceLock::new())?;
    Ok(())
}

/// Counts a running plan until it is dropped.
struct Counted(Feeds);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::AcqRel);
    }
}
