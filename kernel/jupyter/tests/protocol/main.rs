//! The protocol as a frontend sees it: a toy kernel in its own process, driven over real sockets.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod assistance;
mod cells;
mod comms;
mod defects;
mod frontend;
mod hostile;
mod life;
mod output;
mod recall;
