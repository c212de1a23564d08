//! Signs of life between two reports of the cluster: while a plan is made and its files are looked at, and while rows
//! come to the notebook.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use fram_frame::{Progress, Watch};
use parking_lot::Mutex;
use tokio::runtime::Handle;
use tokio::task::AbortHandle;

/// How often it is looked whether a sign is due, and how long nothing may have been said for it to be.
const LOOK: Duration = Duration::from_millis(250);
const QUIET: Duration = Duration::from_millis(400);

/// Queries of this process so far.
static QUERIES: AtomicU64 = AtomicU64::new(1);

/// Says again what was said last, with the time that has passed, until this is dropped.
pub(super) struct Signs {
    said: Arc<Mutex<Said>>,
    ticking: AbortHandle,
}

struct Said {
    last: Progress,
    at: Instant,
    is_over: bool,
}

impl Signs {
    /// Begins with a plan; gives the watch that what follows is to report to.
    pub(super) fn begin(threads: &Handle, watch: &Watch) -> (Self, Watch) {
        let begun = Instant::now();
        let query = QUERIES.fetch_add(1, Ordering::Relaxed);
        let last = Progress { stage: "planning".into(), is_elsewhere: true, query, ..Progress::default() };
        let said = Arc::new(Mutex::new(Said { last, at: begun, is_over: false }));
        let (heard, told) = (said.clone(), watch.clone());
        let reported = watch.clone().with_progress(Arc::new(move |progress| {
            let progress = Progress { query, ..progress.clone() };
            let mut said = heard.lock();
            (said.last, said.at) = (progress.clone(), Instant::now());
            told.report(&progress);
        }));
        let (ticked, told) = (said.clone(), watch.clone());
        let ticking = threads.spawn(async move {
            loop {
                tokio::time::sleep(LOOK).await;
                let mut said = ticked.lock();
                if !said.is_over && said.at.elapsed() >= QUIET {
                    (said.last.elapsed, said.at) = (begun.elapsed(), Instant::now());
                    told.report(&said.last);
                }
            }
        });
        (Self { said, ticking: ticking.abort_handle() }, reported)
    }
}

impl Drop for Signs {
    fn drop(&mut self) {
        // Whoever sees progress may have shown the end of it by now.
        self.said.lock().is_over = true;
        self.ticking.abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn something_is_said_while_nothing_is_reported() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let sink = heard.clone();
        let watch = Watch::new().with_progress(Arc::new(move |progress: &Progress| {
            sink.lock().push(progress.clone());
        }));
        let count = |least: usize| {
            let begun = Instant::now();
            while heard.lock().len() < least {
                assert!(begun.elapsed() < Duration::from_secs(20), "nothing is said");
                std::thread::sleep(Duration::from_millis(10));
            }
        };
        let (signs, reported) = Signs::begin(runtime.handle(), &watch);
        count(1);
        assert_eq!(heard.lock()[0].stage, "planning");
        reported.report(&Progress { stage: "stage 1 of 2".into(), rows: 7, ..Progress::default() });
        count(3);
        let said = heard.lock().last().cloned().unwrap();
        assert_eq!((said.stage.as_str(), said.rows), ("stage 1 of 2", 7));
        assert!(said.elapsed >= QUIET);
        drop(signs);
        let before = heard.lock().len();
        std::thread::sleep(QUIET * 3);
        assert_eq!(heard.lock().len(), before, "something is said after the end");
    }
}
