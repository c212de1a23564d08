//! Where a kernel's messages wait, sorted by the request that they belong to.

use std::collections::{HashMap, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::event::RawMessage;
use super::process::KernelProcess;
use crate::error::ClientError;

/// Messages of nobody's request that are kept; older ones go.
const UNCLAIMED: usize = 1_000;
/// How often a wait looks whether the process still lives.
const LOOK: Duration = Duration::from_millis(50);

/// The messages that came and were not taken.
#[derive(Default)]
pub(super) struct Inbox {
    state: Mutex<State>,
    came: Condvar,
}

#[derive(Default)]
struct State {
    requests: HashMap<String, VecDeque<RawMessage>>,
    unclaimed: VecDeque<RawMessage>,
    welcomed: bool,
}

impl Inbox {
    /// Keeps what comes in answer to this request apart.
    pub(super) fn open(&self, id: &str) {
        self.lock().requests.entry(id.to_owned()).or_default();
    }

    /// Expects nothing more of this request; what was not taken is nobody's.
    pub(super) fn forget(&self, id: &str) {
        let mut state = self.lock();
        let left = state.requests.remove(id);
        left.into_iter().flatten().for_each(|message| state.keep_unclaimed(message));
    }

    /// A message came.
    pub(super) fn deliver(&self, message: RawMessage) {
        let mut state = self.lock();
        let request = message.parent_id.as_ref().and_then(|id| state.requests.get_mut(id));
        match (request, message.msg_type.as_str()) {
            (Some(request), _) => request.push_back(message),
            (None, "iopub_welcome") => state.welcomed = true,
            // Of other clients and of the start.
            (None, "status") => {}
            (None, _) => state.keep_unclaimed(message),
        }
        self.came.notify_all();
    }

    /// Takes the next message of this request.
    pub(super) fn take(
        &self,
        id: &str,
        what: &str,
        deadline: Instant,
        process: Option<&KernelProcess>,
    ) -> Result<RawMessage, ClientError> {
        let next = |state: &mut State| state.requests.get_mut(id).and_then(VecDeque::pop_front);
        self.wait(what, deadline, process, next)
    }

    /// Waits until iopub has welcomed us.
    pub(super) fn wait_for_welcome(&self, deadline: Instant) -> Result<(), ClientError> {
        self.wait("the subscription", deadline, None, |state| state.welcomed.then_some(()))
    }

    /// What nobody has taken, or is waiting to be taken.
    pub(super) fn unread(&self) -> Vec<RawMessage> {
        let state = self.lock();
        state.unclaimed.iter().chain(state.requests.values().flatten()).cloned().collect()
    }

    /// Messages that belong to no request, as comm traffic from another cell.
    pub(super) fn take_unclaimed(&self) -> Vec<RawMessage> {
        self.lock().unclaimed.drain(..).collect()
    }

    fn wait<T>(
        &self,
        what: &str,
        deadline: Instant,
        process: Option<&KernelProcess>,
        mut next: impl FnMut(&mut State) -> Option<T>,
    ) -> Result<T, ClientError> {
        let mut state = self.lock();
        loop {
            if let Some(found) = next(&mut state) {
                return Ok(found);
            }
            let now = Instant::now();
            if now >= deadline {
                return Err(ClientError::Timeout { what: what.to_owned() });
            }
            if let Some(process) = process {
                process.check()?;
            }
            let patience = LOOK.min(deadline - now);
            (state, _) = self.came.wait_timeout(state, patience).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn keep_unclaimed(&mut self, message: RawMessage) {
        if self.unclaimed.len() >= UNCLAIMED {
            self.unclaimed.pop_front();
        }
        self.unclaimed.push_back(message);
    }
}
