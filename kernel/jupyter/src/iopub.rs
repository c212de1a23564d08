//! Everything a kernel tells everybody, in one ordered queue: text is joined and paced, a cell that outruns the queue
//! waits, and nothing overtakes. What is told is left to the server; sending to the [`publisher`].
//!
//! A Jupyter server drops iopub messages above 1000 a second or 1 MB of stream text a second, and a fast kernel would
//! lose output. So text of the same cell and stream is joined while it waits ([`queue`]), and messages leave at a rate
//! that a server takes ([`pace`]). There is one queue, so `idle` can not overtake the output before it.

mod pace;
mod publisher;
mod queue;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::Notify;

pub(crate) use publisher::publish;
pub(crate) use queue::{Item, Queue};

use crate::interpreter::Stream;
use crate::wire::Draft;

/// Appends to the queue; cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct IopubHandle {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    queue: Mutex<Queue>,
    /// Cells wait here for room.
    room: Condvar,
    /// The publisher waits here for work.
    work: Notify,
    closed: AtomicBool,
}

/// Set when a cell shall wait no longer, because it was interrupted.
#[derive(Clone, Default)]
pub(crate) struct Release(Arc<AtomicBool>);

impl Release {
    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

impl IopubHandle {
    /// Appends text of a stream. Waits while the queue is full; returns false, and appends nothing, when it was
    /// released from waiting before there was room.
    pub(crate) fn text(&self, parent: &Bytes, stream: Stream, text: &str, release: &Release) -> bool {
        let (mut queue, fits) = self.wait_for_room(release);
        if fits {
            queue.push_text(parent, stream, text);
            drop(queue);
            self.shared.work.notify_one();
        }
        fits
    }

    /// Appends a message of a cell. Waits while the queue is full; gives the message back when released before there
    /// was room.
    pub(crate) fn output(&self, draft: Draft, release: &Release) -> Option<Draft> {
        let (mut queue, fits) = self.wait_for_room(release);
        if !fits {
            return Some(draft);
        }
        queue.push(draft);
        drop(queue);
        self.shared.work.notify_one();
        None
    }

    /// Appends a message of the server, as a status; never waits.
    pub(crate) fn tell(&self, draft: Draft) {
        self.lock().push(draft);
        self.shared.work.notify_one();
    }

    /// Appends text of the server; never waits.
    pub(crate) fn tell_text(&self, parent: &Bytes, stream: Stream, text: &str) {
        self.lock().push_text(parent, stream, text);
        self.shared.work.notify_one();
    }

    /// Lets the cell go that waits with this release.
    pub(crate) fn release(&self, release: &Release) {
        let _queue = self.lock();
        release.0.store(true, Ordering::Release);
        self.shared.room.notify_all();
    }

    /// Nobody will wait any more, and the publisher ends when it has sent what is queued.
    pub(crate) fn close(&self) {
        let _queue = self.lock();
        self.shared.closed.store(true, Ordering::Release);
        self.shared.room.notify_all();
        self.shared.work.notify_one();
    }

    fn is_closed(&self) -> bool {
        self.shared.closed.load(Ordering::Acquire)
    }

    fn wait_for_room(&self, release: &Release) -> (MutexGuard<'_, Queue>, bool) {
        let full = |queue: &mut Queue| queue.is_full() && !release.is_set() && !self.is_closed();
        let queue = self.shared.room.wait_while(self.lock(), full).unwrap_or_else(PoisonError::into_inner);
        let fits = !queue.is_full();
        (queue, fits)
    }

    /// The queue is consistent after each of its calls, so a panic elsewhere does not spoil it.
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.shared.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CELL: Bytes = Bytes::from_static(b"cell");

    fn full() -> IopubHandle {
        let iopub = IopubHandle::default();
        let text = "x".repeat(1 << 20);
        let release = Release::default();
        (0..4).for_each(|_| assert!(iopub.text(&CELL, Stream::Stdout, &text, &release)));
        iopub
    }

    #[test]
    fn a_full_queue_lets_a_cell_go_when_it_is_interrupted() {
        let iopub = full();
        let release = Release::default();
        std::thread::scope(|scope| {
            let texts = scope.spawn(|| iopub.text(&CELL, Stream::Stdout, "more", &release));
            let outputs = scope.spawn(|| iopub.output(Draft::new("display_data", &"more"), &release));
            // Neither status nor notices wait.
            iopub.tell(Draft::new("status", &"idle"));
            iopub.tell_text(&CELL, Stream::Stderr, "notice");
            iopub.release(&release);
            assert!(!texts.join().unwrap());
            assert!(outputs.join().unwrap().is_some());
        });
    }

    #[test]
    fn a_cell_goes_on_when_there_is_room() {
        let iopub = full();
        let release = Release::default();
        std::thread::scope(|scope| {
            let texts = scope.spawn(|| iopub.text(&CELL, Stream::Stdout, "more", &release));
            iopub.lock().pop();
            iopub.shared.room.notify_all();
            assert!(texts.join().unwrap());
        });
    }
}
