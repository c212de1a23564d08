//! The history's file: a JSON record a line, appended under a lock, cut to its newer half when it grows too large.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::Entry;

/// Bytes that the file may have; above, its older half is cut off.
const LARGEST: u64 = 8 << 20;
/// How long another kernel may hold the lock; it needs it for less than a millisecond unless it was stopped.
const PATIENCE: Duration = Duration::from_millis(500);

/// One line of the file: a cell's source when it starts, its result when it has one.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) session: i64,
    pub(super) line: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) input: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) output: Option<String>,
}

/// The file, and the lock beside it.
pub(super) struct HistoryFile {
    path: PathBuf,
}

impl HistoryFile {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Takes the next session number.
    pub(super) fn begin_session(&self) -> io::Result<i64> {
        if let Some(directory) = self.path.parent() {
            std::fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
        }
        let mut lock = self.lock()?;
        let mut text = String::new();
        // What is no number (a crash while it was written) is found again from the records.
        let last = match lock.read_to_string(&mut text).ok().and_then(|_length| text.trim().parse().ok()) {
            Some(last) => last,
            None => self.read().iter().map(|entry| entry.session).max().unwrap_or(0),
        };
        let session: i64 = last + 1;
        lock.seek(SeekFrom::Start(0))?;
        lock.set_len(0)?;
        lock.write_all(session.to_string().as_bytes())?;
        drop(OpenOptions::new().append(true).create(true).mode(0o600).open(&self.path)?);
        Ok(session)
    }

    /// Appends a record.
    pub(super) fn append(&self, record: &Record) -> io::Result<()> {
        let mut line = serde_json::to_vec(record)?;
        line.push(b'\n');
        let _lock = self.lock()?;
        let mut file =
            OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(&self.path)?;
        let length = file.metadata()?.len();
        // A line that a crash left without its end must not swallow this one.
        if length > 0 && !ends_with_newline(&mut file)? {
            line.insert(0, b'\n');
        }
        file.write_all(&line)?;
        if length + line.len() as u64 > LARGEST { self.cut() } else { Ok(()) }
    }

    /// All that is in the file; lines that are no records are passed over.
    pub(super) fn read(&self) -> Vec<Entry> {
        let Ok(bytes) = std::fs::read(&self.path) else { return Vec::new() };
        let mut entries = BTreeMap::new();
        for line in bytes.split(|byte| *byte == b'\n') {
            let Ok(record) = serde_json::from_slice::<Record>(line) else { continue };
            let key = (record.session, record.line);
            match (record.input, record.output) {
                (Some(input), output) => {
                    entries.insert(key, Entry { session: key.0, line: key.1, input, output });
                }
                (None, Some(output)) => {
                    if let Some(entry) = entries.get_mut(&key) {
                        entry.output = Some(output);
                    }
                }
                (None, None) => {}
            }
        }
        entries.into_values().collect()
    }

    /// Keeps the newer half. The new file takes the old one's place whole, under the lock.
    fn cut(&self) -> io::Result<()> {
        let bytes = std::fs::read(&self.path)?;
        let half = bytes.len() / 2;
        let from =
            bytes[half..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |end| half + end + 1);
        let fresh = self.path.with_extension("new");
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
        file.write_all(&bytes[from..])?;
        std::fs::rename(fresh, &self.path)
    }

    /// Held until the file is dropped.
    fn lock(&self) -> io::Result<File> {
        let path = self.path.with_extension("lock");
        let file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                    std::thread::sleep(Duration::from_millis(1));
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}

fn ends_with_newline(file: &mut File) -> io::Result<bool> {
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}
