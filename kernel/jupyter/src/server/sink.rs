//! What stands behind an interpreter's output: messages of one cell or comm, in the queue to iopub, with the text
//! limit applied. Joining, pacing and waiting are the queue's.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::Shared;
use super::comms;
use super::request::Request;
use super::spill::{Part, TextBudget};
use crate::interpreter::{Bundle, CommEvent, InputError, OutputSink, Stream};
use crate::iopub::Release;
use crate::media::media;
use crate::wire::Draft;

/// The output of one cell, or of one comm message.
pub(super) struct CellSink {
    shared: Arc<Shared>,
    parent: Bytes,
    identities: Vec<Bytes>,
    allow_input: bool,
    silent: bool,
    /// Payloads go into a cell's reply; a comm message has none.
    has_reply: bool,
    release: Release,
    text: Mutex<TextBudget>,
    payload: Mutex<Vec<Value>>,
}

impl CellSink {
    /// For a cell.
    pub(super) fn for_cell(shared: &Arc<Shared>, request: &Request, allow_input: bool, silent: bool) -> Self {
        Self {
            shared: Arc::clone(shared),
            parent: request.parent().clone(),
            identities: request.message.identities.clone(),
            allow_input,
            silent,
            has_reply: true,
            release: Release::default(),
            text: Mutex::new(TextBudget::new(&shared.options)),
            payload: Mutex::default(),
        }
    }

    /// For a comm message, which has no reply and may not ask.
    pub(super) fn for_comm(shared: &Arc<Shared>, request: &Request) -> Self {
        Self { allow_input: false, has_reply: false, ..Self::for_cell(shared, request, false, false) }
    }

    /// Set when this cell shall wait no longer.
    pub(super) fn release(&self) -> &Release {
        &self.release
    }

    /// Queues a message of this cell, unless it was interrupted while there is no room.
    fn send(&self, draft: Draft) {
        if !self.silent && self.shared.iopub.output(draft.child_of(&self.parent), &self.release).is_some() {
            self.lock_text().count_lost_message();
        }
    }

    /// Queues the one message that a cell ends with: after an interrupt too.
    pub(super) fn send_last(&self, draft: Draft) {
        if !self.silent
            && let Some(draft) = self.shared.iopub.output(draft.child_of(&self.parent), &self.release)
        {
            self.shared.iopub.tell(draft);
        }
    }

    /// Shows text that counts towards no limit and waits for nothing.
    pub(super) fn notice(&self, stream: Stream, text: &str) {
        if !self.silent {
            self.shared.iopub.tell_text(&self.parent, stream, text);
        }
    }

    /// Says what was left out, if anything, once the cell has run.
    pub(super) fn end_text(&self) {
        let notice = self.lock_text().end();
        if let Some(notice) = notice {
            self.notice(Stream::Stderr, &notice);
        }
    }

    /// What goes into the cell's reply.
    pub(super) fn take_payload(&self) -> Vec<Value> {
        std::mem::take(&mut self.payload.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn add_payload(&self, payload: Value) {
        self.payload.lock().unwrap_or_else(PoisonError::into_inner).push(payload);
    }

    fn lock_text(&self) -> MutexGuard<'_, TextBudget> {
        self.text.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn send_display(&self, kind: &'static str, bundle: &Bundle, id: Option<&str>) {
        let (data, metadata) = media(bundle);
        let transient: Map<String, Value> =
            id.map(|id| ("display_id".to_owned(), Value::from(id))).into_iter().collect();
        self.send(Draft::new(kind, &json!({ "data": data, "metadata": metadata, "transient": transient })));
    }
}

impl OutputSink for CellSink {
    fn text(&self, stream: Stream, text: &str) {
        if self.silent || text.is_empty() {
            return;
        }
        let Part { shown, left_out } = self.lock_text().split(text);
        let fits = shown.is_empty() || self.shared.iopub.text(&self.parent, stream, shown, &self.release);
        if !left_out.is_empty() || !fits {
            self.lock_text().keep(if fits { left_out } else { text });
        }
    }

    fn display(&self, bundle: Bundle, id: Option<&str>) {
        self.send_display("display_data", &bundle, id);
    }

    fn update(&self, bundle: Bundle, id: &str) {
        self.send_display("update_display_data", &bundle, Some(id));
    }

    fn clear(&self, wait: bool) {
        self.send(Draft::new("clear_output", &json!({ "wait": wait })));
    }

    fn input(&self, prompt: &str, password: bool) -> Result<String, InputError> {
        if !self.allow_input {
            return Err(InputError::NotAllowed);
        }
        if self.release.is_set() {
            return Err(InputError::Interrupted);
        }
        self.shared.input.ask(prompt, password, self.identities.clone(), self.parent.clone())
    }

    fn page(&self, bundle: Bundle) {
        if self.has_reply {
            let (data, _metadata) = media(&bundle);
            self.add_payload(json!({ "source": "page", "data": data, "start": 0 }));
        } else {
            self.display(bundle, None);
        }
    }

    fn set_next_input(&self, text: &str, replace: bool) {
        if self.has_reply {
            self.add_payload(json!({ "source": "set_next_input", "text": text, "replace": replace }));
        } else {
            self.text(Stream::Stdout, text);
        }
    }

    fn comm(&self, event: CommEvent) {
        if let Some(draft) = comms::send(&self.shared, event) {
            // A comm's state must not be lost, or its other side would be wrong for good.
            if let Some(draft) = self.shared.iopub.output(draft.child_of(&self.parent), &self.release) {
                self.shared.iopub.tell(draft);
            }
        }
    }

    fn history(&self, last: usize) -> Vec<(i64, usize, String)> {
        let entries = self.shared.history.last(last);
        entries.into_iter().map(|entry| (entry.session, entry.line, entry.input)).collect()
    }
}
