//! One request on its way: who asked, when, how it is answered, and the busy and idle around it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use tokio::sync::mpsc::UnboundedSender;

use super::Shared;
use super::lane::panic_text;
use crate::interpreter::CellError;
use crate::iopub::IopubHandle;
use crate::media::{error_fields, parse_lenient};
use crate::wire::{Draft, Message};

/// The content of a reply, or why there is none.
pub(super) type Answer = Result<Value, CellError>;

/// A request from shell or control.
pub(super) struct Request {
    pub(super) message: Message,
    pub(super) arrived: Instant,
    pub(super) replies: UnboundedSender<Draft>,
}

impl Request {
    /// The header that everything in answer to this carries as its parent.
    pub(super) fn parent(&self) -> &Bytes {
        &self.message.header_frame
    }

    /// The content; fields that a client omits have their defaults.
    pub(super) fn content<T: DeserializeOwned>(&self) -> Result<T, CellError> {
        parse_lenient(&self.message.content).map_err(|error| {
            let kind = &self.message.header.msg_type;
            CellError::new("MalformedRequest", format!("the content of this {kind} is not valid: {error}"))
        })
    }

    /// Sends the reply: its content with `status: ok` unless it has a status, or the error.
    pub(super) fn reply(&self, answer: Answer) {
        let content = match answer {
            Ok(Value::Object(mut fields)) => {
                fields.entry("status").or_insert_with(|| "ok".into());
                fields
            }
            Ok(_no_fields) => Map::from_iter([("status".to_owned(), "ok".into())]),
            Err(error) => {
                let mut fields = error_fields(&error);
                fields.insert("status".to_owned(), "error".into());
                fields
            }
        };
        self.send(Draft::new(self.reply_type(), &content));
    }

    /// Sends a message back to who asked.
    pub(super) fn send(&self, draft: Draft) {
        // The receiver goes when the server ends; then there is nobody to reply to.
        drop(self.replies.send(draft.reply_to(&self.message)));
    }

    fn reply_type(&self) -> String {
        let asked = &self.message.header.msg_type;
        format!("{}_reply", asked.strip_suffix("_request").unwrap_or(asked))
    }

    /// Answers between busy and idle; a panic becomes an error reply.
    pub(super) fn answer(&self, shared: &Arc<Shared>, handle: impl FnOnce(&Arc<Shared>, &Self) -> Answer) {
        let _busy = Busy::new(&shared.iopub, self.parent());
        let answer = catch_unwind(AssertUnwindSafe(|| handle(shared, self)));
        self.reply(answer.unwrap_or_else(|panic| Err(panic_error(&*panic))));
    }
}

/// Says busy when made and idle when dropped, so idle follows on every path.
pub(super) struct Busy<'a> {
    iopub: &'a IopubHandle,
    parent: &'a Bytes,
}

impl<'a> Busy<'a> {
    pub(super) fn new(iopub: &'a IopubHandle, parent: &'a Bytes) -> Self {
        iopub.tell(status("busy").child_of(parent));
        Self { iopub, parent }
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.iopub.tell(status("idle").child_of(self.parent));
    }
}

/// A `status` message.
pub(super) fn status(state: &str) -> Draft {
    Draft::new("status", &json!({ "execution_state": state }))
}

/// A panic as the error of the cell or request that it cost.
pub(super) fn panic_error(panic: &(dyn std::any::Any + Send)) -> CellError {
    let text = panic_text(panic);
    CellError {
        name: "InternalError".to_owned(),
        traceback: vec![
            format!("InternalError: {text}"),
            "This is a defect of the kernel; all names are kept.".into(),
        ],
        message: text,
    }
}
