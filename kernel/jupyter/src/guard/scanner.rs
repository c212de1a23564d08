//! Reads ZMTP greetings and frame headers as the bytes pass, and refuses what cannot be meant well. Payloads are
//! skipped unseen; signatures are left to the wire.
//!
//! ZMTP 3: 64 bytes of greeting, a READY command, then frames of `flags length payload`
//! (<https://rfc.zeromq.org/spec/23/>).

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What one client may send.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Bytes in a message, all frames together.
    pub(crate) message_bytes: u64,
    /// Bytes in all unfinished messages of a socket's clients: nobody has signed them yet.
    pub(crate) unfinished_bytes: u64,
    /// Frames in a message.
    pub(crate) frames: u32,
    /// Messages in a connection, if bounded: a publisher's clients say no more than what they subscribe to.
    pub(crate) messages: Option<u32>,
}

impl Limits {
    /// For shell, control and stdin, whose requests may carry data.
    pub(crate) const REQUESTS: Self =
        Self { message_bytes: 256 << 20, unfinished_bytes: 512 << 20, frames: 1024, messages: None };
    /// For iopub, where clients only subscribe.
    pub(crate) const SUBSCRIPTIONS: Self =
        Self { message_bytes: 4096, unfinished_bytes: 4 << 20, frames: 1, messages: Some(4096) };
    /// For the heartbeat.
    pub(crate) const PINGS: Self =
        Self { message_bytes: 4096, unfinished_bytes: 4 << 20, frames: 16, messages: None };
}

/// Why a client was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It does not speak ZMTP 3 with the NULL mechanism.
    Greeting,
    /// Its first frame is no READY command of moderate length, or a later one is a command.
    Command,
    /// Reserved flags are set.
    Flags,
    /// A message is above the limit.
    TooLarge,
    /// More frames or messages than allowed.
    TooMany,
}

/// The state of one connection, fed with whatever was read.
pub(crate) struct Scanner {
    limits: Limits,
    /// Bytes of unfinished messages, of all connections to the socket.
    unfinished: Arc<AtomicU64>,
    state: State,
    ready: bool,
    message_bytes: u64,
    frames: u32,
    messages: u32,
}

enum State {
    Greeting { at: usize },
    Flags,
    Length { flags: u8, missing: u8, length: u64 },
    Payload { flags: u8, left: u64 },
}

const GREETING_LENGTH: usize = 64;
const MORE: u8 = 1;
const LONG: u8 = 2;
const COMMAND: u8 = 4;
/// READY holds a socket type and an identity of at most 255 bytes.
const READY_LENGTH: u64 = 4096;

impl Scanner {
    /// At the beginning of a connection.
    pub(crate) fn new(limits: Limits, unfinished: Arc<AtomicU64>) -> Self {
        Self {
            limits,
            unfinished,
            state: State::Greeting { at: 0 },
            ready: false,
            message_bytes: 0,
            frames: 0,
            messages: 0,
        }
    }

    /// Whether the handshake is done.
    pub(crate) fn is_ready(&self) -> bool {
        self.ready
    }

    /// Looks at the next bytes; they may be passed on when this is `Ok`.
    pub(crate) fn scan(&mut self, mut bytes: &[u8]) -> Result<(), Refusal> {
        while let [first, rest @ ..] = bytes {
            match self.state {
                State::Payload { flags, left } => {
                    let passed = left.min(bytes.len() as u64);
                    bytes = bytes.get(usize::try_from(passed).unwrap_or(bytes.len())..).unwrap_or_default();
                    self.pass(flags, left - passed);
                    continue;
                }
                State::Greeting { at } => self.greet(at, *first)?,
                State::Flags => self.flag(*first)?,
                State::Length { flags, missing, length } => {
                    self.measure(flags, missing - 1, length << 8 | u64::from(*first))?;
                }
            }
            bytes = rest;
        }
        Ok(())
    }

    fn greet(&mut self, at: usize, byte: u8) -> Result<(), Refusal> {
        let fits = match at {
            0 => byte == 0xff,
            9 => byte == 0x7f,
            // The major version; 3.1 and later talk 3.0 to us.
            10 => byte >= 3,
            12..32 => byte == b"NULL".get(at - 12).copied().unwrap_or(0),
            _ => true,
        };
        if !fits {
            return Err(Refusal::Greeting);
        }
        let at = at + 1;
        self.state = if at == GREETING_LENGTH { State::Flags } else { State::Greeting { at } };
        Ok(())
    }

    fn flag(&mut self, flags: u8) -> Result<(), Refusal> {
        if flags & !(MORE | LONG | COMMAND) != 0 {
            return Err(Refusal::Flags);
        }
        let command = flags & COMMAND != 0;
        // The socket behind knows one command, READY, and only once.
        if command == self.ready || (command && flags & MORE != 0) {
            return Err(Refusal::Command);
        }
        let missing = if flags & LONG == 0 { 1 } else { 8 };
        self.state = State::Length { flags, missing, length: 0 };
        Ok(())
    }

    fn measure(&mut self, flags: u8, missing: u8, length: u64) -> Result<(), Refusal> {
        if missing > 0 {
            self.state = State::Length { flags, missing, length };
            return Ok(());
        }
        if flags & COMMAND != 0 {
            if length > READY_LENGTH {
                return Err(Refusal::Command);
            }
        } else {
            if length > self.limits.message_bytes - self.message_bytes {
                return Err(Refusal::TooLarge);
            }
            self.frames += 1;
            self.message_bytes += length;
            let all = self.unfinished.fetch_add(length, Ordering::Relaxed) + length;
            if all > self.limits.unfinished_bytes {
                return Err(Refusal::TooLarge);
            }
            if self.frames > self.limits.frames {
                return Err(Refusal::TooMany);
            }
            if self.limits.messages.is_some_and(|messages| self.messages >= messages) {
                return Err(Refusal::TooMany);
            }
        }
        self.pass(flags, length);
        Ok(())
    }

    fn pass(&mut self, flags: u8, left: u64) {
        if left > 0 {
            self.state = State::Payload { flags, left };
            return;
        }
        self.state = State::Flags;
        if flags & COMMAND != 0 {
            self.ready = true;
        } else if flags & MORE == 0 {
            self.finish_message();
            self.frames = 0;
            self.messages = self.messages.saturating_add(1);
        }
    }
}

impl Scanner {
    fn finish_message(&mut self) {
        self.unfinished.fetch_sub(std::mem::take(&mut self.message_bytes), Ordering::Relaxed);
    }
}

impl Drop for Scanner {
    fn drop(&mut self) {
        self.finish_message();
    }
}

#[cfg(test)]
mod tests;
