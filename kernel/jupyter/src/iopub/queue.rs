//! The waiting line of iopub: messages in order, text joined while it waits. Knows no clock, no socket and no thread.

use std::collections::VecDeque;

use bytes::Bytes;

use crate::interpreter::Stream;
use crate::wire::Draft;

/// Bytes of text in one message, at most.
const JOINED: usize = 256 << 10;
/// Bytes that may wait before a cell has to.
const WAITING_BYTES: usize = 4 << 20;
/// Messages that may wait before a cell has to: some seconds' worth at the pace a server takes.
const WAITING_ITEMS: usize = 2_000;
/// With more than this many texts waiting at the end, text joins across the other stream: order between the two
/// streams is then kept no finer than a message.
const CROWD: usize = 16;

/// One thing to be sent.
pub(crate) enum Item {
    /// A whole message.
    Message(Box<Draft>),
    /// Text, to which more may be joined.
    Text {
        /// Header of the request that it belongs to.
        parent: Bytes,
        /// Which stream.
        stream: Stream,
        /// The text.
        text: String,
    },
}

/// The waiting line.
#[derive(Default)]
pub(crate) struct Queue {
    items: VecDeque<Item>,
    bytes: usize,
    texts_at_end: usize,
}

impl Queue {
    /// Whether a cell has to wait before it may append more.
    pub(crate) fn is_full(&self) -> bool {
        self.bytes >= WAITING_BYTES || self.items.len() >= WAITING_ITEMS
    }

    /// Whether all that waits is one text, which may still grow.
    pub(crate) fn is_growing(&self) -> bool {
        self.items.len() == 1 && self.texts_at_end == 1
    }

    /// Appends a message.
    pub(crate) fn push(&mut self, draft: Draft) {
        self.bytes += weight(&draft);
        self.texts_at_end = 0;
        self.items.push_back(Item::Message(Box::new(draft)));
    }

    /// Appends text, joined to what waits at the end where it can be.
    pub(crate) fn push_text(&mut self, parent: &Bytes, stream: Stream, mut text: &str) {
        self.bytes += text.len();
        while !text.is_empty() {
            let room = self.joinable(parent, stream).map_or(0, |joined| JOINED.saturating_sub(joined.len()));
            let taken = text.floor_char_boundary(room);
            if taken > 0 {
                let (now, later) = text.split_at(taken);
                if let Some(joined) = self.joinable(parent, stream) {
                    joined.push_str(now);
                }
                text = later;
            } else {
                let (now, later) = text.split_at(text.floor_char_boundary(JOINED));
                self.items.push_back(Item::Text { parent: parent.clone(), stream, text: now.to_owned() });
                self.texts_at_end += 1;
                text = later;
            }
        }
    }

    /// Takes the first item.
    pub(crate) fn pop(&mut self) -> Option<Item> {
        let item = self.items.pop_front()?;
        self.bytes -= match &item {
            Item::Message(draft) => weight(draft),
            Item::Text { text, .. } => text.len(),
        };
        self.texts_at_end = self.texts_at_end.min(self.items.len());
        Some(item)
    }

    fn joinable(&mut self, parent: &Bytes, stream: Stream) -> Option<&mut String> {
        let reach = if self.texts_at_end > CROWD { 2 } else { 1 };
        let texts = self.items.iter_mut().rev().take(reach.min(self.texts_at_end));
        texts
            .map_while(|item| match item {
                Item::Text { parent: theirs, stream, text } if theirs == parent => Some((*stream, text)),
                _ => None,
            })
            .find_map(|(theirs, text)| (theirs == stream).then_some(text))
    }
}

/// What a message counts for in the bytes that wait.
fn weight(draft: &Draft) -> usize {
    draft.content.len() + draft.buffers.iter().map(Bytes::len).sum::<usize>()
}

#[cfg(test)]
mod tests;
