//! The jobs that run, and what is known of why one will fail before Ballista says that it has.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;

use crate::failure::Failure;

/// The jobs that run.
#[derive(Default)]
pub(super) struct Jobs {
    running: Mutex<HashMap<String, Running>>,
    ended: AtomicUsize,
}

/// What is known of a job that runs.
#[derive(Default)]
struct Running {
    failure: Option<Failure>,
    rows: u64,
    bytes: u64,
}

impl Jobs {
    /// A job has begun.
    pub(super) fn begin(&self, job: &str) {
        self.running.lock().insert(job.to_owned(), Running::default());
    }

    /// A job has ended; why it failed, where a task or a lost worker said so.
    pub(super) fn end(&self, job: &str) -> Option<Failure> {
        let known = self.running.lock().remove(job);
        self.ended.fetch_add(usize::from(known.is_some()), Ordering::Relaxed);
        known.and_then(|known| known.failure)
    }

    /// Notes why the job fails; the first reason stays.
    pub(super) fn note(&self, job: &str, failure: Failure) {
        if let Some(known) = self.running.lock().get_mut(job) {
            known.failure.get_or_insert(failure);
        }
    }

    /// A task of the job has written so many rows and bytes for the next stage.
    pub(super) fn written(&self, job: &str, rows: u64, bytes: u64) {
        if let Some(known) = self.running.lock().get_mut(job) {
            known.rows += rows;
            known.bytes += bytes;
        }
    }

    /// Rows and bytes that the job's tasks have written.
    pub(super) fn output(&self, job: &str) -> (u64, u64) {
        self.running.lock().get(job).map_or((0, 0), |known| (known.rows, known.bytes))
    }

    /// Whether it is known that the job fails.
    pub(super) fn noted(&self, job: &str) -> Option<Failure> {
        self.running.lock().get(job)?.failure.clone()
    }

    /// How many have ended, well or not.
    pub(super) fn ended(&self) -> usize {
        self.ended.load(Ordering::Relaxed)
    }

    /// The names of all that run.
    pub(super) fn names(&self) -> Vec<String> {
        self.running.lock().keys().cloned().collect()
    }
}
