//! Tasks that run in this process, each on threads of its own: it may keep these busy for seconds, and a master or a
//! worker that says nothing for so long is taken for one that is gone.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use fram_frame::{end_runtime, panic_message};
use tokio::runtime::{Builder, Runtime};
use tokio::task::spawn_blocking;

use crate::failure::Failure;
use crate::functions::Functions;
use crate::message::SlotTask;
use crate::slot::{STACK_BYTES, Slot};
use crate::slots::Outcome;

/// How long is waited for what a task has left behind: it holds memory that the next one is told of.
const ENDING: Duration = Duration::from_secs(5);

/// Threads of a task: one works, and where that works long without a look around, another sees how much memory it takes.
const THREADS: usize = 2;

/// Slots that are threads.
pub(super) struct Here(Arc<Slot>);

impl Here {
    /// Slots that know these functions.
    pub(super) fn new(functions: Functions) -> Self {
        Self(Arc::new(Slot::new(functions)))
    }

    /// Runs the task until it ends, or `stopped` does; nothing of it runs any longer then.
    pub(super) async fn run(&self, task: &SlotTask, stopped: impl Future<Output = ()>) -> Outcome {
        let (slot, task) = (self.0.clone(), task.clone());
        let runtime = runtime()?;
        let end = Arc::<AtomicBool>::default();
        let heeded = end.clone();
        let running = runtime.spawn(async move { slot.run(&task, Some(&heeded)).await });
        let threads = Threads { runtime: Some(runtime), end };
        let outcome = tokio::select! {
            ended = running => ended.unwrap_or_else(|error| match error.try_into_panic() {
                Ok(payload) => Err(Failure::Panicked { message: panic_message(&*payload) }),
                Err(_) => Err(Failure::Cancelled),
            }),
            () = stopped => Err(Failure::Cancelled),
        };
        if outcome.is_err() {
            threads.end().await;
        }
        outcome
    }
}

/// The threads of a task.
struct Threads {
    /// None when it has ended.
    runtime: Option<Runtime>,
    /// Whether the task should end.
    end: Arc<AtomicBool>,
}

fn runtime() -> Result<Runtime, Failure> {
    let runtime = Builder::new_multi_thread()
        .enable_all()
        .worker_threads(THREADS)
        .thread_name("fram-slot")
        .thread_stack_size(STACK_BYTES)
        .build();
    runtime.map_err(|error| Failure::System { what: "starting a slot".into(), reason: error.to_string() })
}

impl Threads {
    /// Waits until nothing of the task runs any longer.
    async fn end(mut self) {
        self.end.store(true, Ordering::Relaxed);
        if let Some(runtime) = self.runtime.take() {
            drop(spawn_blocking(move || runtime.shutdown_timeout(ENDING)).await);
        }
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.end.store(true, Ordering::Relaxed);
        if let Some(runtime) = self.runtime.take() {
            end_runtime(runtime);
        }
    }
}
