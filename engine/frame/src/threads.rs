//! Threads that are let go. `pthread_detach` of glibc (seen in 2.36) looks at a thread once more after it has detached
//! it, when that may have ended and its stack be gone: a process that lets a thread go while it ends dies now and then,
//! the sooner the larger the stack. So none is detached; each is joined once it has ended.

use std::sync::Arc;
use std::thread::{Builder, JoinHandle};

use parking_lot::Mutex;
use tokio::runtime::Runtime;

/// Threads that were let go, and may still run.
static LET_GO: LetGo = LetGo(Mutex::new(Vec::new()));

struct LetGo(Mutex<Vec<JoinHandle<()>>>);

/// Lets the thread go on by itself, whatever becomes of it.
pub fn let_go(thread: JoinHandle<()>) {
    LET_GO.take(thread);
}

/// Ends the runtime's tasks, each where it next waits, and does not wait for them; may be called on any thread.
#[expect(clippy::disallowed_methods, reason = "where no thread can be started, that is what is left")]
pub fn end_runtime(runtime: Runtime) {
    let runtime = Arc::new(Mutex::new(Some(runtime)));
    let ending = runtime.clone();
    // It waits for threads, which not every caller may.
    match Builder::new().name("fram-ending".into()).spawn(move || drop(ending.lock().take())) {
        Ok(thread) => let_go(thread),
        Err(_) => drop(runtime.lock().take().map(Runtime::shutdown_background)),
    }
}

impl LetGo {
    fn take(&self, thread: JoinHandle<()>) {
        self.sweep();
        self.0.lock().push(thread);
    }

    /// Joins those that have ended by now.
    fn sweep(&self) {
        for ended in self.0.lock().extract_if(.., |thread| thread.is_finished()) {
            // What it panicked with has been told by whoever waited for what it does.
            drop(ended.join());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;
    use std::time::{Duration, Instant};

    use super::*;

    /// Waits until no more than these are left.
    fn settle(threads: &LetGo, left: usize) {
        let begun = Instant::now();
        while threads.0.lock().len() > left {
            assert!(begun.elapsed() < Duration::from_secs(10), "{} are left", threads.0.lock().len());
            thread::yield_now();
            threads.sweep();
        }
        assert_eq!(threads.0.lock().len(), left);
    }

    #[test]
    fn threads_are_kept_until_they_have_ended() {
        let threads = LetGo(Mutex::new(Vec::new()));
        let (end_tx, end_rx) = mpsc::channel::<()>();
        threads.take(thread::spawn(move || assert!(end_rx.recv().is_err())));
        threads.take(thread::spawn(|| std::panic::resume_unwind(Box::new("of no interest"))));
        settle(&threads, 1);
        drop(end_tx);
        settle(&threads, 0);
    }

    #[test]
    fn a_runtime_ends_on_a_thread_of_another() {
        let build = || tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
        let (ended, outer) = (build(), build());
        let (held_tx, held_rx) = mpsc::channel::<()>();
        ended.spawn(async move {
            let _held = held_tx;
            std::future::pending::<()>().await;
        });
        outer.block_on(async move { end_runtime(ended) });
        let gone = held_rx.recv_timeout(Duration::from_secs(10));
        assert_eq!(gone, Err(mpsc::RecvTimeoutError::Disconnected));
    }
}
