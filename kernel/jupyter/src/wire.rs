//! The wire: Jupyter messages to and from ZeroMQ frames, signed with HMAC-SHA256. Frames of JSON stay bytes here;
//! what they mean is left to whoever handles the message.
//!
//! A message is `identities… <IDS|MSG> signature header parent_header metadata content buffers…`; the signature covers
//! the four JSON frames and nothing else. The header of a request is kept as the bytes that came, and goes back
//! verbatim as the parent of every answer, unknown keys included.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::error::WireError;

/// Version of the protocol that is spoken: 5.4 is the newest without subshells.
pub const PROTOCOL_VERSION: &str = "5.4";

const DELIMITER: &[u8] = b"<IDS|MSG>";
const EMPTY: Bytes = Bytes::from_static(b"{}");

/// The fields of a header that are acted on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Header {
    /// Unique to the message.
    pub(crate) msg_id: String,
    /// What kind of message, as `execute_request`.
    pub(crate) msg_type: String,
    /// Unique to the sender; nteract omits it.
    #[serde(default)]
    pub(crate) session: String,
}

/// A message as it came, signature checked.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    /// Who sent it (ROUTER) or its topic (SUB); empty at a DEALER.
    pub(crate) identities: Vec<Bytes>,
    /// The header, as far as it is acted on.
    pub(crate) header: Header,
    /// The header as it came.
    pub(crate) header_frame: Bytes,
    /// The parent's header as it came.
    pub(crate) parent_frame: Bytes,
    /// Metadata, a JSON object.
    pub(crate) metadata: Bytes,
    /// Content, a JSON object.
    pub(crate) content: Bytes,
    /// Binary buffers.
    pub(crate) buffers: Vec<Bytes>,
}

impl Message {
    /// The parent's header, if there is one.
    pub(crate) fn parent(&self) -> Option<Header> {
        serde_json::from_slice(&self.parent_frame).ok()
    }
}

/// A message to be sent; header and signature are added by [`Wire::encode`].
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    /// Frames before the delimiter: whom it goes to, or its topic.
    pub(crate) identities: Vec<Bytes>,
    /// What kind of message.
    pub(crate) msg_type: Cow<'static, str>,
    /// Its own header, made by [`Wire::header`], when the id must be known before it is sent.
    pub(crate) header: Option<Bytes>,
    /// The header of the message that this one belongs to, verbatim.
    pub(crate) parent: Bytes,
    /// Metadata, a JSON object.
    pub(crate) metadata: Bytes,
    /// Content, a JSON object.
    pub(crate) content: Bytes,
    /// Binary buffers.
    pub(crate) buffers: Vec<Bytes>,
}

impl Draft {
    /// A message of this type and content, without parent, address or buffers.
    pub(crate) fn new(msg_type: impl Into<Cow<'static, str>>, content: &impl Serialize) -> Self {
        Self {
            identities: Vec::new(),
            msg_type: msg_type.into(),
            header: None,
            parent: EMPTY,
            metadata: EMPTY,
            content: json_frame(content),
            buffers: Vec::new(),
        }
    }

    /// This message as an answer to the sender of that one.
    pub(crate) fn reply_to(mut self, request: &Message) -> Self {
        self.identities.clone_from(&request.identities);
        self.parent = request.header_frame.clone();
        self
    }

    /// This message with that header as its parent.
    pub(crate) fn child_of(mut self, parent: &Bytes) -> Self {
        self.parent = parent.clone();
        self
    }
}

/// One value as a JSON frame. A value that has no JSON (a map with keys that are no text) becomes `{}`; none of ours
/// is such a value. Numbers that are not finite become `null`.
pub(crate) fn json_frame(value: &impl Serialize) -> Bytes {
    serde_json::to_vec(value).map_or(EMPTY, Bytes::from)
}

/// Encodes and decodes; one for each session, shared by all of its sockets.
#[derive(Clone)]
pub(crate) struct Wire {
    signer: Option<Hmac<Sha256>>,
    session: Arc<str>,
    username: Arc<str>,
    count: Arc<AtomicU64>,
}

impl Wire {
    /// A wire that signs with this key; an empty key signs nothing and checks nothing, as the protocol says.
    pub(crate) fn new(key: &str, username: &str) -> Self {
        // Any length of key is taken by HMAC, so the error never happens.
        let signer = if key.is_empty() { None } else { Hmac::new_from_slice(key.as_bytes()).ok() };
        let session = uuid::Uuid::new_v4().simple().to_string();
        Self { signer, session: session.into(), username: username.into(), count: Arc::default() }
    }

    /// The id of this session, in the header of each of its messages.
    pub(crate) fn session(&self) -> &str {
        &self.session
    }

    /// Takes a message apart and checks its signature in constant time.
    pub(crate) fn decode(&self, mut frames: Vec<Bytes>) -> Result<Message, WireError> {
        let at = frames.iter().position(|frame| frame == DELIMITER).ok_or(WireError::NoDelimiter)?;
        let mut rest = frames.split_off(at).into_iter().skip(1);
        let found = rest.len();
        let (Some(signature), Some(header_frame), Some(parent_frame), Some(metadata), Some(content)) =
            (rest.next(), rest.next(), rest.next(), rest.next(), rest.next())
        else {
            return Err(WireError::TooShort { found });
        };
        self.check(&signature, [&header_frame, &parent_frame, &metadata, &content])?;
        let header = serde_json::from_slice(&header_frame)
            .map_err(|error| WireError::Header { reason: error.to_string() })?;
        Ok(Message {
            identities: frames,
            header,
            header_frame,
            parent_frame,
            metadata,
            content,
            buffers: rest.collect(),
        })
    }

    /// A new header, and the id in it.
    pub(crate) fn header(&self, msg_type: &str) -> (Bytes, String) {
        let msg_id = format!("{}_{}", self.session, self.count.fetch_add(1, Ordering::Relaxed));
        let header = json_frame(&serde_json::json!({
            "msg_id": msg_id,
            "msg_type": msg_type,
            "session": &*self.session,
            "username": &*self.username,
            "date": chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Micros, true),
            "version": PROTOCOL_VERSION,
        }));
        (header, msg_id)
    }

    /// Puts a message together and signs it.
    pub(crate) fn encode(&self, draft: Draft) -> Vec<Bytes> {
        let header = draft.header.unwrap_or_else(|| self.header(&draft.msg_type).0);
        let signature = self.sign([&header, &draft.parent, &draft.metadata, &draft.content]);
        let mut frames = draft.identities;
        frames.reserve(6 + draft.buffers.len());
        let delimiter = Bytes::from_static(DELIMITER);
        frames.extend([delimiter, signature, header, draft.parent, draft.metadata, draft.content]);
        frames.extend(draft.buffers);
        frames
    }

    fn sign(&self, frames: [&Bytes; 4]) -> Bytes {
        let Some(mut mac) = self.signer.clone() else { return Bytes::new() };
        frames.iter().for_each(|frame| mac.update(frame));
        Bytes::from(hex_encode(&mac.finalize().into_bytes()))
    }

    fn check(&self, signature: &[u8], frames: [&Bytes; 4]) -> Result<(), WireError> {
        let Some(mut mac) = self.signer.clone() else { return Ok(()) };
        let signature = hex_decode(signature).ok_or(WireError::Signature)?;
        frames.iter().for_each(|frame| mac.update(frame));
        mac.verify_slice(&signature).map_err(|_mismatch| WireError::Signature)
    }
}

fn hex_encode(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|half| char::from(DIGITS[usize::from(half)]))
        .collect()
}

fn hex_decode(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (pairs, rest) = text.as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect()
}

#[cfg(test)]
mod tests;
