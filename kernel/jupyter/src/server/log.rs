//! What is told to nobody but the kernel's log: its standard error, which Jupyter shows in its terminal.

use std::io::Write;
use std::sync::atomic::{AtomicU32, Ordering};

/// Lines that are written; a hostile client must not fill a disk.
const MOST: u32 = 1000;

static WRITTEN: AtomicU32 = AtomicU32::new(0);

/// Writes one line.
pub(super) fn warn(line: &str) {
    if WRITTEN.fetch_add(1, Ordering::Relaxed) < MOST {
        // With standard error closed there is nowhere left to tell.
        drop(writeln!(std::io::stderr(), "[kernel] {line}"));
    }
}
