//! What master, workers and slots say of what they do: a line each on standard error.

use std::sync::LazyLock;

use chrono::Utc;
use fram_cluster::LogTail;
use log::{LevelFilter, Log, Metadata, Record};

use crate::console;

struct Lines;

/// What was said last, for the pages.
static TAIL: LazyLock<LogTail> = LazyLock::new(LogTail::default);

/// The last lines.
pub(super) fn tail() -> LogTail {
    TAIL.clone()
}

/// Begins to say what happens: warnings and what went wrong, or all of it.
pub(super) fn start(verbose: bool) {
    // Somebody else may have begun in this process: then that goes on.
    if log::set_logger(&Lines).is_ok() {
        log::set_max_level(if verbose { LevelFilter::Debug } else { LevelFilter::Info });
    }
}

impl Log for Lines {
    fn enabled(&self, about: &Metadata<'_>) -> bool {
        // Other libraries speak of what concerns nobody here, and of settings that may hold secrets.
        about.target().starts_with("fram")
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            let now = Utc::now().format("%Y-%m-%dT%H:%M:%SZ");
            let text: String = record.args().to_string().chars().map(visible).collect();
            let line = format!("{now} {:<5} {text}", record.level());
            TAIL.push(&line);
            console::note(&line);
        }
    }

    fn flush(&self) {}
}

/// A character as it may stand in a line on a terminal.
fn visible(letter: char) -> char {
    if letter.is_control() { '·' } else { letter }
}
