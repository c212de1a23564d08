//! The jobs that have tasks on a worker: how their tasks are told to stop, and when the last of them has gone, so that
//! nothing that a job wrote outlives it. What is removed then is left to the worker.

use std::collections::{HashMap, HashSet, VecDeque};

use parking_lot::Mutex;
use tokio::sync::watch;

/// Jobs that are remembered to be over: a task that was on its way may come after that.
const REMEMBERED: usize = 1024;

/// The jobs of a worker.
#[derive(Default)]
pub(super) struct WorkerJobs {
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    /// Those with tasks here.
    here: HashMap<String, JobHere>,
    /// Those that are over, the newest last.
    over: HashSet<String>,
    order: VecDeque<String>,
}

/// A job with tasks here.
struct JobHere {
    tasks: usize,
    /// Stops the tasks when it is dropped; none where they have been told.
    stop: Option<watch::Sender<bool>>,
}

impl WorkerJobs {
    /// A task of the job begins; what comes back tells it to stop, at once where the job is over.
    pub(super) fn enter(&self, job: &str) -> watch::Receiver<bool> {
        let mut known = self.known.lock();
        let is_over = known.over.contains(job);
        let new = || JobHere { tasks: 0, stop: Some(watch::channel(false).0) };
        let here = known.here.entry(job.to_owned()).or_insert_with(new);
        here.tasks += 1;
        if is_over {
            here.stop = None;
        }
        here.stop.as_ref().map_or_else(|| watch::channel(true).1, watch::Sender::subscribe)
    }

    /// A task of the job has ended; whether it was the last one of a job that is over.
    pub(super) fn leave(&self, job: &str) -> bool {
        let mut known = self.known.lock();
        let is_over = known.over.contains(job);
        let Some(here) = known.here.get_mut(job) else { return false };
        here.tasks = here.tasks.saturating_sub(1);
        if here.tasks > 0 {
            return false;
        }
        known.here.remove(job);
        is_over
    }

    /// The job is over: its tasks are told to stop. Whether none is left.
    pub(super) fn end(&self, job: &str) -> bool {
        self.known.lock().end(job)
    }

    /// All jobs are over.
    pub(super) fn end_all(&self) {
        let mut known = self.known.lock();
        let jobs: Vec<_> = known.here.keys().cloned().collect();
        for job in jobs {
            known.end(&job);
        }
    }

    /// Whether the job is over.
    pub(super) fn is_over(&self, job: &str) -> bool {
        self.known.lock().over.contains(job)
    }
}

impl Known {
    fn end(&mut self, job: &str) -> bool {
        if self.over.insert(job.to_owned()) {
            self.order.push_back(job.to_owned());
        }
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.over.remove(&oldest);
        }
        let here = self.here.get_mut(job);
        let is_here = here.is_some();
        if let Some(here) = here {
            here.stop = None;
        }
        !is_here
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_task_of_a_job_that_is_over_is_known() {
        let jobs = WorkerJobs::default();
        let (one, other) = (jobs.enter("a"), jobs.enter("a"));
        assert!(!*one.borrow() && one.has_changed().is_ok());
        assert!(!jobs.leave("a"), "another task runs");
        assert!(!jobs.end("a"), "a task is left");
        assert!(other.has_changed().is_err(), "it was not told to stop");
        assert!(jobs.leave("a") && jobs.end("a"));
        // A job that goes on keeps what it wrote when no task of it runs.
        jobs.enter("b");
        assert!(!jobs.leave("b") && !jobs.is_over("b"));
    }

    #[test]
    fn a_task_that_comes_too_late_stops_at_once() {
        let jobs = WorkerJobs::default();
        assert!(jobs.end("a"));
        assert!(*jobs.enter("a").borrow());
        assert!(!jobs.end("a"));
        assert!(jobs.leave("a"));
        for number in 0..REMEMBERED {
            jobs.end(&number.to_string());
        }
        assert!(!jobs.is_over("a") && jobs.is_over("0"));
    }
}
