//! How fast iopub may go: below what a Jupyter server lets pass. Pure arithmetic on given times.
//!
//! The server looks at a sliding window of 3 seconds and drops messages above 1000 a second, or stream text above
//! 1 MB a second, on average over it; `status`, `comm_open` and `execute_input` are not counted
//! (`iopub_msg_rate_limit`, `iopub_data_rate_limit`, `rate_limit_window`). Within a window all may come at once, so an
//! ordinary cell never waits here.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// The server's window, and a little for the clocks and queues between us.
const WINDOW: Duration = Duration::from_millis(3100);
/// Bytes of stream messages in a window: 0.9 of the server's 3 MB.
const BYTES: usize = 2_700_000;
/// Messages in a window: three quarters of the server's 3000.
const MESSAGES: usize = 2_250;

/// What was sent within the window.
#[derive(Default)]
pub(crate) struct Pace {
    sent: VecDeque<(Instant, usize)>,
    bytes: usize,
}

impl Pace {
    /// Counts a message if it may be sent now; otherwise says when to ask again. `bytes` is 0 unless it is text.
    pub(crate) fn admit(&mut self, now: Instant, bytes: usize) -> Result<(), Instant> {
        while let Some((at, size)) = self.sent.front()
            && now.duration_since(*at) >= WINDOW
        {
            self.bytes -= size;
            self.sent.pop_front();
        }
        let full = self.sent.len() >= MESSAGES || (self.bytes > 0 && self.bytes + bytes > BYTES);
        match self.sent.front() {
            Some((oldest, _)) if full => Err(*oldest + WINDOW),
            _ => {
                self.sent.push_back((now, bytes));
                self.bytes += bytes;
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends messages of this size as fast as allowed for 30 seconds; returns the worst window's (messages, bytes).
    fn worst_window(size: usize) -> (usize, usize) {
        let begin = Instant::now();
        let mut now = begin;
        let mut pace = Pace::default();
        let mut sent = Vec::new();
        while now < begin + Duration::from_secs(30) {
            match pace.admit(now, size) {
                Ok(()) => {
                    sent.push(now);
                    now += Duration::from_micros(10);
                }
                Err(later) => now = later,
            }
        }
        let count = |from: &Instant| {
            sent.iter().filter(|at| *at >= from && **at < *from + Duration::from_secs(3)).count()
        };
        let most = sent.iter().step_by(50).map(count).max().unwrap();
        (most, most * size)
    }

    #[test]
    fn no_window_is_above_the_servers_limits() {
        for size in [0, 100, 2_000, 256 << 10, 1_500_000] {
            let (messages, bytes) = worst_window(size);
            assert!(messages < 3_000, "{size}: {messages} messages");
            assert!(bytes < 3_000_000, "{size}: {bytes} bytes");
        }
    }

    #[test]
    fn two_megabytes_go_at_once() {
        let mut pace = Pace::default();
        let now = Instant::now();
        assert!((0..10).all(|_| pace.admit(now, 200_000).is_ok()));
    }
}
