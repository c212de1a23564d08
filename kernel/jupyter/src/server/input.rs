//! Questions to the user: a cell asks and waits, the stdin socket brings the answer, an interrupt ends the wait.

use std::sync::{Mutex, PoisonError, mpsc};

use bytes::Bytes;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::mpsc::UnboundedSender;

use crate::interpreter::InputError;
use crate::media::parse_lenient;
use crate::wire::{Draft, Message};

type Answer = Result<String, InputError>;

/// At most one question is open at a time: cells run one after another, and a second thread of a cell waits its turn.
pub(super) struct InputDesk {
    questions: UnboundedSender<Draft>,
    asking: Mutex<()>,
    open: Mutex<Option<mpsc::Sender<Answer>>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct InputReply {
    value: String,
}

impl InputDesk {
    pub(super) fn new(questions: UnboundedSender<Draft>) -> Self {
        Self { questions, asking: Mutex::default(), open: Mutex::default() }
    }

    /// Asks who sent the cell with this header, and waits.
    pub(super) fn ask(&self, prompt: &str, password: bool, who: Vec<Bytes>, parent: Bytes) -> Answer {
        let _turn = self.asking.lock().unwrap_or_else(PoisonError::into_inner);
        let (answer, answer_rx) = mpsc::channel();
        *self.open.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
        let mut draft = Draft::new("input_request", &json!({ "prompt": prompt, "password": password }));
        draft.identities = who;
        draft.parent = parent;
        if self.questions.send(draft).is_err() {
            return Err(InputError::Closed);
        }
        answer_rx.recv().unwrap_or(Err(InputError::Closed))
    }

    /// Takes a message of the stdin socket. An answer to no question (late, or after an interrupt) is dropped.
    pub(super) fn receive(&self, message: &Message) {
        if message.header.msg_type == "input_reply" {
            let reply: InputReply = parse_lenient(&message.content).unwrap_or_default();
            self.answer(Ok(reply.value));
        }
    }

    /// The user interrupted.
    pub(super) fn interrupt(&self) {
        self.answer(Err(InputError::Interrupted));
    }

    /// Nobody will answer.
    pub(super) fn close(&self) {
        self.answer(Err(InputError::Closed));
    }

    fn answer(&self, answer: Answer) {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(open) = open {
            // The cell that asked has gone away when this fails.
            drop(open.send(answer));
        }
    }
}
