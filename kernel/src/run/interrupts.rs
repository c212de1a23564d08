//! Counts the user's interrupts (Ctrl-C), so that a run can end in order. What is done about them is left to the run.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How often the user has interrupted.
pub(super) struct Interrupts {
    count: Arc<AtomicUsize>,
}

impl Interrupts {
    /// Watches from now on, until the process ends: an interrupt does not end it any more.
    pub(super) fn watch() -> io::Result<Self> {
        let count = Arc::new(AtomicUsize::new(0));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
        let mut signals = {
            let _inside = runtime.enter();
            tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt())?
        };
        let counted = Arc::clone(&count);
        std::thread::Builder::new().name("interrupts".to_owned()).spawn(move || {
            runtime.block_on(async {
                while signals.recv().await.is_some() {
                    counted.fetch_add(1, Ordering::SeqCst);
                }
            });
        })?;
        Ok(Self { count })
    }

    /// How often, so far.
    pub(super) fn count(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }
}
