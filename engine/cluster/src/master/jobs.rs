//! The jobs that run, and what is known of why one will fail before Ballista says that it has.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;

use crate::failure::Failure;

/// The jobs that run.
#[derive(Default)]
pub(super) struct Jobs {
    running: Mutex<HashMap<String, Option<Failure>>>,
    ended: AtomicUsize,
}

impl Jobs {
    /// A job has begun.
    pub(super) fn begin(&self, job: &str) {
        self.running.lock().insert(job.to_owned(), None);
    }

    /// A job has ended; why it failed, where a task or a lost worker said so.
    pub(super) fn end(&self, job: &str) -> Option<Failure> {
        let known = self.running.lock().remove(job);
        self.ended.fetch_add(usize::from(known.is_some()), Ordering::Relaxed);
        known.flatten()
    }

    /// Notes why the job fails; the first reason stays.
    pub(super) fn note(&self, job: &str, failure: Failure) {
        if let Some(noted) = self.running.lock().get_mut(job) {
            noted.get_or_insert(failure);
        }
    }

    /// Whether it is known that the job fails.
    pub(super) fn noted(&self, job: &str) -> Option<Failure> {
        self.running.lock().get(job).cloned().flatten()
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
