//! The last lines that a process has logged, for its page.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;

/// Lines that are remembered, and letters of each.
const LINES: usize = 200;
const LETTERS: usize = 500;

/// The last lines of a log. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct LogTail(Arc<Mutex<VecDeque<String>>>);

impl LogTail {
    /// Adds a line.
    pub fn push(&self, line: &str) {
        let mut lines = self.0.lock();
        if lines.len() == LINES {
            lines.pop_front();
        }
        lines.push_back(line.chars().take(LETTERS).collect());
    }

    /// The lines, the oldest first.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.lock().iter().cloned().collect()
    }
}
