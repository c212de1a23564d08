//! What was run, in this session and before: kept in memory for this session, and in a bounded file that kernels
//! share. What a request asks of it is left to the server.
//!
//! The file holds one JSON record a line, so it can be read, searched and mended with ordinary tools, and needs no
//! database in the kernel. Each append takes a lock file, in which the number of the last session stands as well, so
//! kernels that run at once neither mix their lines nor share a number. A cell is recorded before it runs, so one that
//! kills the kernel is there afterwards.

mod file;
mod glob;

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use file::{HistoryFile, Record};

pub(crate) use glob::matches_glob;

/// One line of history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) session: i64,
    pub(crate) line: usize,
    pub(crate) input: String,
    /// The result as plain text, if there was one.
    pub(crate) output: Option<String>,
}

/// The history of this session and of those before; safe to share.
pub(crate) struct History {
    state: Mutex<State>,
}

struct State {
    file: Option<HistoryFile>,
    /// Number of this session; 1 when it is not kept on disk, `None` before the first use.
    session: Option<i64>,
    entries: Vec<Entry>,
    warning: Option<String>,
}

/// Bytes of a cell that are kept.
const INPUT: usize = 256 << 10;
/// Bytes of a result that are kept.
const OUTPUT: usize = 4096;

impl History {
    /// A history in this file, or in memory alone. The file is touched at the first use, not now.
    pub(crate) fn new(path: Option<PathBuf>) -> Self {
        let file = path.map(HistoryFile::new);
        Self { state: Mutex::new(State { file, session: None, entries: Vec::new(), warning: None }) }
    }

    /// Records a cell that is about to run.
    pub(crate) fn record_input(&self, line: usize, input: &str) {
        let input = &input[..input.floor_char_boundary(INPUT)];
        let mut state = self.lock();
        let session = state.session();
        let entry = Entry { session, line, input: input.to_owned(), output: None };
        state.append(&Record { session, line, input: Some(input.to_owned()), output: None });
        state.entries.push(entry);
    }

    /// Records the result of that cell.
    pub(crate) fn record_output(&self, line: usize, output: &str) {
        let output = &output[..output.floor_char_boundary(OUTPUT)];
        let mut state = self.lock();
        let session = state.session();
        state.append(&Record { session, line, input: None, output: Some(output.to_owned()) });
        if let Some(entry) = state.entries.iter_mut().rfind(|entry| entry.line == line) {
            entry.output = Some(output.to_owned());
        }
    }

    /// Why the history is not kept, told once.
    pub(crate) fn take_warning(&self) -> Option<String> {
        self.lock().warning.take()
    }

    /// The last lines of this session.
    pub(crate) fn last(&self, count: usize) -> Vec<Entry> {
        let state = self.lock();
        state.entries[state.entries.len().saturating_sub(count)..].to_vec()
    }

    /// All that is known, oldest session first.
    pub(crate) fn all(&self) -> Vec<Entry> {
        let mut state = self.lock();
        let session = state.session();
        let mut entries = state.file.as_ref().map(HistoryFile::read).unwrap_or_default();
        entries.retain(|entry| entry.session != session);
        entries.sort_by_key(|entry| (entry.session, entry.line));
        entries.extend_from_slice(&state.entries);
        entries
    }

    /// Lines `start..stop` of a session; 0 is this one, -1 the one before. No `stop` means to the end.
    pub(crate) fn range(&self, session: i64, start: usize, stop: Option<usize>) -> Vec<Entry> {
        let wanted = |line: usize| line >= start && stop.is_none_or(|stop| line < stop);
        if session == 0 {
            let state = self.lock();
            return state.entries.iter().filter(|entry| wanted(entry.line)).cloned().collect();
        }
        let session = if session > 0 { session } else { self.lock().session() + session };
        self.all().into_iter().filter(|entry| entry.session == session && wanted(entry.line)).collect()
    }

    /// A panic elsewhere leaves at worst a line unrecorded.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn session(&mut self) -> i64 {
        if let Some(session) = self.session {
            return session;
        }
        let session = match self.file.as_ref().map(HistoryFile::begin_session) {
            Some(Ok(session)) => session,
            Some(Err(error)) => {
                self.give_up(&error);
                1
            }
            None => 1,
        };
        self.session = Some(session);
        session
    }

    fn append(&mut self, record: &Record) {
        if let Some(Err(error)) = self.file.as_ref().map(|file| file.append(record)) {
            self.give_up(&error);
        }
    }

    fn give_up(&mut self, error: &std::io::Error) {
        if let Some(file) = self.file.take() {
            self.warning = Some(format!("history is not kept: {}: {error}", file.path().display()));
        }
    }
}

#[cfg(test)]
mod tests;
