//! The text of a cell beyond its limit: kept in a file of the user's own, whose name the cell's last line says.
//!
//! The directory is bounded: a new file drives the oldest out when there are too many or they are too large together,
//! and one file takes no more than its share.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::ServerOptions;

/// Files that are kept.
const FILES: usize = 20;
/// Bytes of all files together.
const ALL_BYTES: u64 = 1 << 30;
/// Bytes of one file.
const FILE_BYTES: u64 = 256 << 20;

/// How much text a cell has shown, and where the rest goes.
pub(super) struct TextBudget {
    left: usize,
    directory: Option<PathBuf>,
    rest: Option<Rest>,
    lost_messages: usize,
    ended: bool,
}

/// A text cut at the limit.
pub(super) struct Part<'a> {
    pub(super) shown: &'a str,
    pub(super) left_out: &'a str,
}

/// What was left out.
struct Rest {
    file: io::Result<(File, PathBuf)>,
    lines: usize,
    bytes: u64,
    kept: u64,
}

impl TextBudget {
    pub(super) fn new(options: &ServerOptions) -> Self {
        let directory = options.spill_dir.clone();
        Self { left: options.text_limit, directory, rest: None, lost_messages: 0, ended: false }
    }

    /// Cuts a text where the limit is reached, at the end of a line if there is one near.
    pub(super) fn split<'a>(&mut self, text: &'a str) -> Part<'a> {
        if text.len() <= self.left {
            self.left -= text.len();
            return Part { shown: text, left_out: "" };
        }
        let at = text.floor_char_boundary(self.left);
        let at = text[..at].rfind('\n').map_or(at, |end| end + 1);
        self.left = 0;
        let (shown, left_out) = text.split_at(at);
        Part { shown, left_out }
    }

    /// Keeps text that is not shown.
    pub(super) fn keep(&mut self, text: &str) {
        let directory = self.directory.as_deref();
        self.rest.get_or_insert_with(|| Rest::begin(directory)).append(text);
    }

    /// A message was not shown because the cell was interrupted while the queue was full.
    pub(super) fn count_lost_message(&mut self) {
        self.lost_messages += 1;
    }

    /// What the user is told when the cell has run.
    pub(super) fn end(&mut self) -> Option<String> {
        if std::mem::replace(&mut self.ended, true) {
            return None;
        }
        let lost = match self.lost_messages {
            0 => String::new(),
            count => format!(
                "[not shown: {count} outputs, as the cell was interrupted while the frontend was behind]\n"
            ),
        };
        let rest = self.rest.as_ref().map(Rest::describe).unwrap_or_default();
        Some(rest + &lost).filter(|notice| !notice.is_empty())
    }
}

impl Rest {
    fn begin(directory: Option<&Path>) -> Self {
        let file = directory.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound)).and_then(create);
        Self { file, lines: 0, bytes: 0, kept: 0 }
    }

    fn append(&mut self, text: &str) {
        self.lines += text.bytes().filter(|byte| *byte == b'\n').count();
        self.bytes += text.len() as u64;
        let Ok((file, _path)) = &mut self.file else { return };
        let room = usize::try_from(FILE_BYTES - self.kept).unwrap_or(usize::MAX);
        let text = &text[..text.floor_char_boundary(room)];
        match file.write_all(text.as_bytes()) {
            Ok(()) => self.kept += text.len() as u64,
            Err(error) => self.file = Err(error),
        }
    }

    fn describe(&self) -> String {
        let (lines, bytes, kept) = (self.lines, self.bytes, self.kept);
        let what =
            format!("not shown: {lines} {} ({bytes} bytes)", if lines == 1 { "line" } else { "lines" });
        match &self.file {
            Ok((_file, path)) if kept == bytes => format!("[{what}, kept in {}]\n", path.display()),
            Ok((_file, path)) => format!("[{what}, the first {kept} bytes kept in {}]\n", path.display()),
            Err(error) => format!("[{what}, and not kept: {error}]\n"),
        }
    }
}

fn create(directory: &Path) -> io::Result<(File, PathBuf)> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    make_room(directory)?;
    let now = chrono::Local::now().format("%Y%m%d-%H%M%S");
    let path = directory.join(format!("{now}-{}.txt", &uuid::Uuid::new_v4().simple().to_string()[..8]));
    let file = OpenOptions::new().append(true).create_new(true).mode(0o600).open(&path)?;
    Ok((file, path))
}

/// Removes the oldest files until one more may come.
fn make_room(directory: &Path) -> io::Result<()> {
    let mut files: Vec<(SystemTime, u64, PathBuf)> = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        // A file that goes meanwhile was removed by another kernel.
        let Ok(metadata) = entry.metadata() else { continue };
        let path = entry.path();
        if metadata.is_file() && path.extension().is_some_and(|extension| extension == "txt") {
            files.push((metadata.modified()?, metadata.len(), path));
        }
    }
    files.sort();
    let mut bytes: u64 = files.iter().map(|(_, length, _)| length).sum();
    let mut count = files.len();
    for (_, length, path) in files {
        if count < FILES && bytes + FILE_BYTES <= ALL_BYTES {
            break;
        }
        std::fs::remove_file(path)
            .or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })?;
        count -= 1;
        bytes -= length;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
