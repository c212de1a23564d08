//! A cell that runs in a kernel: its messages, one after another, until reply and idle have both come.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::event::Event;
use super::session::KernelClient;
use crate::error::ClientError;

/// How a cell is run.
#[derive(Debug, Clone)]
pub struct ExecuteOptions {
    /// Nothing is shown or counted. Default false.
    pub silent: bool,
    /// The cell enters the history. Default true.
    pub store_history: bool,
    /// Names and expressions to evaluate afterwards; their values are in the reply.
    pub user_expressions: BTreeMap<String, String>,
    /// Whether questions will be answered. Default false.
    pub allow_stdin: bool,
    /// Whether cells that wait are dropped if this one fails. Default true.
    pub stop_on_error: bool,
}

impl Default for ExecuteOptions {
    fn default() -> Self {
        Self {
            silent: false,
            store_history: true,
            user_expressions: BTreeMap::new(),
            allow_stdin: false,
            stop_on_error: true,
        }
    }
}

impl ExecuteOptions {
    pub(super) fn content(&self, code: &str) -> Value {
        json!({
            "code": code,
            "silent": self.silent,
            "store_history": self.store_history,
            "user_expressions": self.user_expressions,
            "allow_stdin": self.allow_stdin,
            "stop_on_error": self.stop_on_error,
        })
    }
}

/// A cell that runs. What was not read of it counts as unread once this is dropped.
pub struct Execution<'a> {
    client: &'a KernelClient,
    id: String,
    replied: bool,
    idle: bool,
}

impl<'a> Execution<'a> {
    pub(super) fn new(client: &'a KernelClient, id: String) -> Self {
        Self { client, id, replied: false, idle: false }
    }

    /// The request's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The next message, `None` when the cell has ended. After a time-out it can be asked for again.
    pub fn next(&mut self, patience: Duration) -> Result<Option<Event>, ClientError> {
        if self.replied && self.idle {
            return Ok(None);
        }
        let event = Event::from(self.client.receive(&self.id, "the cell", Instant::now() + patience)?);
        match &event {
            Event::Reply(_) => self.replied = true,
            Event::Status(state) => self.idle |= state == "idle",
            _ => {}
        }
        Ok(Some(event))
    }

    /// All messages that are left, if they come in this time.
    pub fn finish(mut self, patience: Duration) -> Result<Vec<Event>, ClientError> {
        let deadline = Instant::now() + patience;
        let mut events = Vec::new();
        while let Some(event) = self.next(deadline.saturating_duration_since(Instant::now()))? {
            events.push(event);
        }
        Ok(events)
    }

    /// Answers an [`Event::InputRequest`].
    pub fn answer(&self, line: &str) {
        self.client.answer_input(line);
    }
}

impl Drop for Execution<'_> {
    fn drop(&mut self) {
        self.client.forget(&self.id);
    }
}
