//! A thread that does one job after the other, apart from the cells; a job that panics costs that job alone.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;

use super::log;

type Job = Box<dyn FnOnce() + Send>;

/// Hands jobs to a thread; the thread ends when this is dropped.
pub(super) struct Lane {
    jobs: mpsc::Sender<Job>,
}

impl Lane {
    /// Starts the thread.
    pub(super) fn start(name: &str, stack_bytes: usize) -> std::io::Result<Self> {
        let (jobs, jobs_rx) = mpsc::channel::<Job>();
        std::thread::Builder::new().name(name.to_owned()).stack_size(stack_bytes).spawn(move || {
            for job in jobs_rx {
                if catch_unwind(AssertUnwindSafe(job)).is_err() {
                    log::warn("a request failed in a way that could not be answered");
                }
            }
        })?;
        Ok(Self { jobs })
    }

    /// Does this after what was handed in before.
    pub(super) fn run(&self, job: impl FnOnce() + Send + 'static) {
        if self.jobs.send(Box::new(job)).is_err() {
            log::warn("a request came after its thread had ended");
        }
    }
}

/// What a panic said.
pub(super) fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no reason given").to_owned()
}
