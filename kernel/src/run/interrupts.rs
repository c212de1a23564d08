//! Counts the user's interrupts (Ctrl-C) and the system's requests to end, so that a run can end in order. What is done
//! about them is left to the run.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};

use tokio::signal::unix::{SignalKind, signal};

/// How often a run was asked to stop, and by what first.
pub(super) struct Interrupts {
    count: Arc<AtomicUsize>,
    /// The number of the signal.
    first: Arc<AtomicU8>,
}

/// What asks a run to stop, with its number: each leaves nothing behind, and has an exit code of its own.
const SIGNALS: [(SignalKind, u8); 3] =
    [(SignalKind::interrupt(), 2), (SignalKind::terminate(), 15), (SignalKind::hangup(), 1)];

impl Interrupts {
    /// Watches from now on, until the process ends: an interrupt does not end it any more.
    pub(super) fn watch() -> io::Result<Self> {
        let (count, first) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicU8::new(0)));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
        for (kind, number) in SIGNALS {
            let mut signals = {
                let _inside = runtime.enter();
                signal(kind)?
            };
            let (count, first) = (Arc::clone(&count), Arc::clone(&first));
            runtime.spawn(async move {
                while signals.recv().await.is_some() {
                    if count.load(Ordering::SeqCst) == 0 {
                        first.store(number, Ordering::SeqCst);
                    }
                    count.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        std::thread::Builder::new()
            .name("interrupts".to_owned())
            .spawn(move || runtime.block_on(std::future::pending::<()>()))?;
        Ok(Self { count, first })
    }

    /// How often, so far.
    pub(super) fn count(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }

    /// The exit code of a run that was stopped, as shells give it.
    pub(super) fn exit_code(&self) -> u8 {
        128 + self.first.load(Ordering::SeqCst)
    }
}
