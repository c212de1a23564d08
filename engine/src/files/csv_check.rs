//! A look at comma-separated text before Polars reads it, for errors that Polars reports without the file and the
//! line: records with too many fields, bytes that are no UTF-8, data that is cut off.

use std::path::Path;

use fram_frame::{RunError, Watch};

use super::text::Text;
use crate::fault::Fault;

/// Bytes of text that are looked at in each file.
const MOST_BYTES: usize = 64 << 20;

/// How the text is written.
pub(crate) struct Dialect {
    /// What stands between fields.
    pub(crate) separator: u8,
    /// What stands around fields, if anything does.
    pub(crate) quote: Option<u8>,
    /// Whether records may have more fields than the first.
    pub(crate) may_be_ragged: bool,
    /// Whether bytes may be no UTF-8.
    pub(crate) may_be_lossy: bool,
}

/// Looks at the first part of the file; gives what the user must know.
pub(crate) fn check(path: &Path, dialect: &Dialect, watch: &Watch) -> Result<Option<String>, Fault> {
    let mut text = Text::open(path)?;
    let mut records = Records {
        dialect,
        line: 1,
        began: 1,
        fields: 1,
        first: None,
        short: None,
        short_count: 0,
        in_quotes: false,
        is_blank: true,
    };
    let mut bytes = 0;
    while bytes < MOST_BYTES
        && let Some(block) = text.next_lines()?
    {
        if watch.is_interrupted() {
            return Err(RunError::Interrupted.into());
        }
        bytes += block.len();
        if !dialect.may_be_lossy
            && let Err(error) = std::str::from_utf8(&block)
        {
            let before = block[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
            return Err(no_utf8(path, records.line + before as u64));
        }
        records.look(&block, path)?;
    }
    // In the middle of a longer file a field may just go on.
    if bytes < MOST_BYTES && records.in_quotes {
        return Err(unclosed(path, records.began));
    }
    Ok(records.short_warning(path))
}

/// Counts the fields of each record.
struct Records<'a> {
    dialect: &'a Dialect,
    line: u64,
    /// The line in which the record began.
    began: u64,
    fields: usize,
    first: Option<usize>,
    /// Line and fields of the first record with fewer fields than the first one, and how many there are.
    short: Option<(u64, usize)>,
    short_count: usize,
    in_quotes: bool,
    is_blank: bool,
}

impl Records<'_> {
    fn look(&mut self, block: &[u8], path: &Path) -> Result<(), Fault> {
        for byte in block {
            if Some(*byte) == self.dialect.quote {
                self.in_quotes = !self.in_quotes;
            } else if *byte == self.dialect.separator && !self.in_quotes {
                self.fields += 1;
            }
            if *byte == b'\n' {
                self.line += 1;
                if !self.in_quotes {
                    self.end_record(path)?;
                }
            } else {
                self.is_blank &= byte.is_ascii_whitespace();
            }
        }
        Ok(())
    }

    fn end_record(&mut self, path: &Path) -> Result<(), Fault> {
        let (fields, began) =
            (std::mem::replace(&mut self.fields, 1), std::mem::replace(&mut self.began, self.line));
        if std::mem::replace(&mut self.is_blank, true) {
            return Ok(());
        }
        let first = *self.first.get_or_insert(fields);
        if fields > first && !self.dialect.may_be_ragged {
            return Err(ragged(path, began, fields, first));
        }
        if fields < first {
            self.short.get_or_insert((began, fields));
            self.short_count += 1;
        }
        Ok(())
    }

    fn short_warning(&self, path: &Path) -> Option<String> {
        let (line, fields) = self.short.filter(|_| !self.dialect.may_be_ragged)?;
        let (name, first) = (path.display(), self.first?);
        let more = match self.short_count {
            1 => String::new(),
            2 => ", and another line fewer too".to_owned(),
            count => format!(", and {} more lines fewer too", count - 1),
        };
        let has = if fields == 1 { "1 field".to_owned() } else { format!("{fields} fields") };
        Some(format!(
            "line {line} of {name} has {has}, its first line {first}{more}: what is missing is null"
        ))
    }
}

fn ragged(path: &Path, line: u64, fields: usize, first: usize) -> Fault {
    let name = path.display().to_string();
    let hint = match first {
        1 => {
            "is it another separator? `#{ separator: \";\" }`; or cut such lines with `#{ truncate_ragged_lines: true }`"
        }
        _ => {
            "`#{ truncate_ragged_lines: true }` cuts such lines; `#{ quote_char: … }` if fields are quoted otherwise"
        }
    };
    Fault::new("ParseError", format!("line {line} of {name} has {fields} fields, its first line {first}"))
        .hint(hint)
        .at(name)
}

fn unclosed(path: &Path, line: u64) -> Fault {
    let name = path.display().to_string();
    Fault::new(
        "ParseError",
        format!("a quote in the record that begins in line {line} of {name} is not closed"),
    )
    .hint("close it, double it if it stands for itself, or read quotes as letters with `#{ quote_char: () }`")
    .at(name)
}

fn no_utf8(path: &Path, line: u64) -> Fault {
    let name = path.display().to_string();
    Fault::new("ParseError", format!("line {line} of {name} is not UTF-8"))
        .hint("`#{ encoding: \"utf8-lossy\" }` reads it, with � for what cannot be read")
        .at(name)
}
