//! The columns of JSON lines: one pass over the text before Polars reads it, so that a key that first comes in the
//! last row is a column, and a field of several types is a string column and no error.

use std::fs::File;
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fram_frame::{Progress, RunError, Watch};
use polars::prelude::{DataType, Schema};

use super::json_shape::{Oddity, Place, Shape};
use super::text::Text;
use super::{fault, json_array};
use crate::fault::Fault;

/// Bytes of text that are looked at in all, unless the user names a number of rows: a few seconds' work.
const MOST_BYTES: u64 = 1 << 30;
/// Bytes of each file that are looked at at least.
const LEAST_BYTES: u64 = 8 << 20;
/// What some programs put before UTF-8.
pub(crate) const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";
/// Columns that warnings name.
const MOST_NAMED: usize = 5;
/// How often progress is reported.
const REPORT_EVERY: Duration = Duration::from_millis(250);

/// How JSON lines are looked at.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Look {
    /// Rows of each file that are looked at; `None` for all, up to a bound in bytes.
    pub(crate) rows: Option<usize>,
    /// Lines that are no JSON object are left out, with a warning.
    pub(crate) skip_bad: bool,
    /// Bytes that are no UTF-8 become `�`.
    pub(crate) lossy: bool,
    /// Each file is one JSON value, an array of rows as a rule.
    pub(crate) array: bool,
}

/// What was found in files of JSON lines.
pub(crate) struct Found {
    /// The columns of all files.
    pub(crate) schema: Schema,
    /// What the user must know.
    pub(crate) warnings: Vec<String>,
    /// All rows without what Polars cannot read, in one file of lines, where that was asked for.
    pub(crate) mended: Option<File>,
}

/// Looks at the files, in their order.
pub(crate) fn look(files: &[PathBuf], look: Look, watch: &Watch) -> Result<Found, Fault> {
    let mends = look.skip_bad || look.lossy || look.array;
    let share = (MOST_BYTES / files.len().max(1) as u64).max(LEAST_BYTES);
    let mut pass = Pass {
        look,
        watch,
        most_bytes: if mends || look.rows.is_some() { u64::MAX } else { share },
        copy: if mends { Some(BufWriter::new(temporary()?)) } else { None },
        shape: Shape::default(),
        is_marked: false,
        rows: 0,
        bytes: 0,
        partly: 0,
        bad: 0,
        first_bad: None,
        begun: Instant::now(),
        reported: Instant::now(),
    };
    for (number, file) in files.iter().enumerate() {
        pass.file(number, file)?;
    }
    if pass.is_marked && !mends {
        // Polars takes a byte order mark for an error: it reads a copy without.
        return self::look(files, Look { lossy: true, ..look }, watch);
    }
    pass.finish(files)
}

/// The one pass, and what it has seen so far.
struct Pass<'a> {
    look: Look,
    watch: &'a Watch,
    most_bytes: u64,
    copy: Option<BufWriter<File>>,
    shape: Shape,
    /// Whether a file begins with a byte order mark.
    is_marked: bool,
    rows: u64,
    bytes: u64,
    /// Files that were not looked at to their ends.
    partly: usize,
    bad: u64,
    first_bad: Option<Fault>,
    begun: Instant,
    reported: Instant,
}

impl Pass<'_> {
    fn file(&mut self, number: usize, path: &Path) -> Result<(), Fault> {
        let mut text = if self.look.array { json_array::lines(path)? } else { Text::open(path)? };
        let (mut line, mut rows, mut bytes) = (0u64, 0usize, 0u64);
        while let Some(block) = text.next_lines()? {
            self.check()?;
            let ended = self.look.rows.is_some_and(|most| rows >= most) || bytes >= self.most_bytes;
            if ended && self.copy.is_none() {
                self.partly += 1;
                break;
            }
            bytes += block.len() as u64;
            self.bytes += block.len() as u64;
            for json in block.split(|byte| *byte == b'\n') {
                line += 1;
                let unmarked = if line == 1 { json.strip_prefix(BYTE_ORDER_MARK) } else { None };
                self.is_marked |= unmarked.is_some();
                let json = unmarked.unwrap_or(json);
                rows += usize::from(self.line(json, (number, line), path)?);
            }
            // What stands after the block's last line end is no line.
            line -= u64::from(block.ends_with(b"\n"));
        }
        self.rows += rows as u64;
        Ok(())
    }

    /// Looks at one line; whether it is a row.
    fn line(&mut self, json: &[u8], place: Place, path: &Path) -> Result<bool, Fault> {
        if json.trim_ascii().is_empty() {
            return Ok(false);
        }
        let lossy = if self.look.lossy { String::from_utf8_lossy(json) } else { "".into() };
        let json = if self.look.lossy { lossy.as_bytes() } else { json };
        let seen = match json.trim_ascii_start().first() {
            Some(b'{') => self.shape.see(json, place).map_err(|error| unreadable(json, place, path, &error)),
            _ => Err(no_object(json, place, path)),
        };
        if let Err(fault) = seen {
            if !self.look.skip_bad {
                return Err(fault);
            }
            self.bad += 1;
            self.first_bad.get_or_insert(fault);
            return Ok(false);
        }
        if let Some(copy) = &mut self.copy {
            let written = copy.write_all(json).and_then(|()| copy.write_all(b"\n"));
            written.map_err(|error| fault::of_io(&std::env::temp_dir(), &error))?;
        }
        Ok(true)
    }

    fn check(&mut self) -> Result<(), Fault> {
        if self.watch.is_interrupted() {
            return Err(RunError::Interrupted.into());
        }
        if self.reported.elapsed() >= REPORT_EVERY {
            self.reported = Instant::now();
            self.watch.report(&Progress {
                elapsed: self.begun.elapsed(),
                stage: "finding the columns".into(),
                rows: self.rows,
                bytes: self.bytes,
                ..Progress::default()
            });
        }
        Ok(())
    }

    fn finish(self, files: &[PathBuf]) -> Result<Found, Fault> {
        if self.rows == 0 {
            let first = files.first().map(PathBuf::as_path).unwrap_or(Path::new(""));
            return Err(self.first_bad.unwrap_or_else(|| fault::empty(first)));
        }
        // What only nulls were seen of may hold anything in rows that were not looked at; a string column takes it.
        let later = if self.partly > 0 { DataType::String } else { DataType::Null };
        let mut warnings = oddity_warnings(&self.shape.oddities(), files);
        if let Some(first) = &self.first_bad {
            let lines =
                if self.bad == 1 { "1 line is".to_owned() } else { format!("{} lines are", self.bad) };
            warnings.push(format!("{lines} left out; the first: {}", first.message));
        }
        if self.partly > 0 && self.look.rows.is_none() {
            warnings.push(format!(
                "the columns are those of the first {} rows; a key that first comes later is not read, `#{{ infer_schema_length: … }}` looks at more",
                self.rows
            ));
        }
        let schema = self.shape.columns(&later).into_iter().collect();
        let mended = self.copy.map(rewound).transpose();
        let mended = mended.map_err(|error| fault::of_io(&std::env::temp_dir(), &error))?;
        Ok(Found { schema, warnings, mended })
    }
}

fn oddity_warnings(odd: &[Oddity], files: &[PathBuf]) -> Vec<String> {
    let mut warnings: Vec<String> = odd
        .iter()
        .take(MOST_NAMED)
        .map(|Oddity { name, holds, outcome, place: (file, line) }| {
            let file = files.get(*file).map(|file| file.display().to_string()).unwrap_or_default();
            format!("column `{name}` holds {holds}, first in line {line} of {file}: {outcome}")
        })
        .collect();
    if odd.len() > MOST_NAMED {
        warnings.push(format!("{} more columns are not read as they are written", odd.len() - MOST_NAMED));
    }
    warnings
}

fn no_object(json: &[u8], (_, line): Place, path: &Path) -> Fault {
    let name = path.display().to_string();
    let fault =
        Fault::new("ParseError", format!("line {line} of {name} is no JSON object: {}", beginning(json)))
            .at(name);
    match json.trim_ascii_start().first() {
        Some(0xFF | 0xFE) => {
            fault.hint("it looks like UTF-16: convert it first, with `iconv -f UTF-16 -t UTF-8`")
        }
        Some(b'[') if line == 1 => fault.hint("a file that is one JSON array is read by `read_json`"),
        _ => fault.hint("each line must be an object `{…}`; `#{ ignore_errors: true }` leaves others out"),
    }
}

fn unreadable(json: &[u8], (_, line): Place, path: &Path, error: &serde_json::Error) -> Fault {
    let name = path.display().to_string();
    if std::str::from_utf8(json).is_err() {
        return Fault::new("ParseError", format!("line {line} of {name} is not UTF-8"))
            .hint("`#{ encoding: \"utf8-lossy\" }` reads it, with � for what cannot be read")
            .at(name);
    }
    let fault = if error.is_eof() {
        Fault::new(
            "ParseError",
            format!("line {line} of {name} ends within a JSON value: {}", beginning(json)),
        )
    } else {
        let said = error.to_string();
        let said = said.split(" at line ").next().unwrap_or_default().to_owned();
        Fault::new(
            "ParseError",
            format!("line {line} of {name} is no JSON: {said}, at character {}", error.column()),
        )
    };
    match json.trim_ascii() == b"{" {
        true => fault
            .hint("an object must stand on one line; a file that is one JSON value is read by `read_json`"),
        false => fault.hint("`#{ ignore_errors: true }` leaves such lines out"),
    }
    .at(name)
}

/// The first characters of a line, for a message.
fn beginning(json: &[u8]) -> String {
    let text = String::from_utf8_lossy(json.trim_ascii()).into_owned();
    let cut: String = text.chars().take(40).collect();
    if cut.len() < text.len() { format!("{cut}…") } else { cut }
}

/// A file that is gone as soon as nobody reads it any more.
pub(crate) fn temporary() -> Result<File, Fault> {
    tempfile::tempfile().map_err(|error| fault::of_io(&std::env::temp_dir(), &error))
}

/// The file of a writer, at its beginning.
pub(crate) fn rewound(copy: BufWriter<File>) -> std::io::Result<File> {
    let mut file = copy.into_inner().map_err(std::io::IntoInnerError::into_error)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(file)
}
