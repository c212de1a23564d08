//! What watches over a run from outside: the wish to stop, the memory limit, and who wants to see progress.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};

use crate::{Progress, RunError, allocated_bytes};

/// Who wants to see progress. Called at most four times a second, from the thread that waits for the run.
pub type ProgressSink = Arc<dyn Fn(&Progress) + Send + Sync>;

/// A limit that is found out when it is first asked for, and then stays.
type LateLimit = LazyLock<Option<u64>, Box<dyn FnOnce() -> Option<u64> + Send>>;

/// What watches over a run from outside. Cheap to clone; clones share the wish to stop.
#[derive(Clone, Default)]
pub struct Watch {
    interrupted: Arc<AtomicBool>,
    progress: Option<ProgressSink>,
    memory_limit: Option<u64>,
    spill_limit: Option<Arc<LateLimit>>,
    purpose: Arc<str>,
}

impl Watch {
    /// A watch that nobody looks at.
    pub fn new() -> Self {
        Self::default()
    }

    /// This watch, reporting progress to the sink.
    pub fn with_progress(mut self, sink: ProgressSink) -> Self {
        self.progress = Some(sink);
        self
    }

    /// This watch, stopping a run that makes the process allocate more than `bytes`.
    pub fn with_memory_limit(mut self, bytes: Option<u64>) -> Self {
        self.memory_limit = bytes;
        self
    }

    /// This watch, stopping a run that writes more than so many bytes to disk because it does not fit in memory. How
    /// many is asked once, by the first run: it may depend on what is free then, and most watches see no run.
    pub fn with_spill_limit(mut self, bytes: impl FnOnce() -> Option<u64> + Send + 'static) -> Self {
        self.spill_limit = Some(Arc::new(LazyLock::new(Box::new(bytes))));
        self
    }

    /// This watch, for runs that serve this: the cell, in the user's words.
    pub fn with_purpose(mut self, purpose: Arc<str>) -> Self {
        self.purpose = purpose;
        self
    }

    /// This watch, reporting nothing.
    pub fn quiet(mut self) -> Self {
        self.progress = None;
        self
    }

    /// Whether both share the wish to stop.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.interrupted, &other.interrupted)
    }

    /// Asks everything that this watch is handed to to stop.
    pub fn interrupt(&self) {
        self.interrupted.store(true, Ordering::Release);
    }

    /// Takes the wish to stop back, before the next cell.
    pub fn clear(&self) {
        self.interrupted.store(false, Ordering::Release);
    }

    /// Whether the user asked to stop.
    pub fn is_interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Acquire)
    }

    /// Why a run must stop now, if it must: the user wants it, or the process has allocated more than the limit.
    pub fn reason_to_stop(&self) -> Option<RunError> {
        if self.is_interrupted() {
            return Some(RunError::Interrupted);
        }
        let limit = self.memory_limit?;
        let used = allocated_bytes();
        (used > limit).then_some(RunError::OutOfMemory { used, limit })
    }

    /// The memory limit in bytes, if there is one.
    pub fn memory_limit(&self) -> Option<u64> {
        self.memory_limit
    }

    /// Bytes that a run may write to disk because it does not fit in memory, if there is a limit.
    pub fn spill_limit(&self) -> Option<u64> {
        self.spill_limit.as_ref().and_then(|limit| ***limit)
    }

    /// What the runs serve, in the user's words; empty where nobody said.
    pub fn purpose(&self) -> &str {
        &self.purpose
    }

    /// Hands progress on to whoever wants to see it.
    pub fn report(&self, progress: &Progress) {
        if let Some(sink) = &self.progress {
            sink(progress);
        }
    }
}
