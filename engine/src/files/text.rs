//! A file's text in blocks of whole lines, decompressed on the way: for whoever looks at text before Polars reads it.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use polars::io::utils::compression::{ByteSourceReader, SupportedCompression};

use super::fault;
use crate::fault::Fault;

/// Bytes that are read at once.
const BLOCK: usize = 1 << 20;
/// The longest line that is taken for one; beyond it the file is no text of lines.
const LONGEST_LINE: usize = 1 << 30;

/// A file's text, as it is read.
pub(crate) struct Text<'a> {
    path: &'a Path,
    reader: ByteSourceReader<BufReader<File>>,
    rest: Vec<u8>,
    ended: bool,
}

impl<'a> Text<'a> {
    /// Opens the file. Gzip (several members too), zlib and zstd are known by their first bytes.
    pub(crate) fn open(path: &'a Path) -> Result<Self, Fault> {
        let failed = |error: std::io::Error| fault::of_io(path, &error);
        Self::over(File::open(path).map_err(failed)?, path)
    }

    /// The text of an open file; `path` is what errors name.
    pub(crate) fn over(file: File, path: &'a Path) -> Result<Self, Fault> {
        let failed = |error: std::io::Error| fault::of_io(path, &error);
        if file.metadata().map_err(failed)?.is_dir() {
            return Err(fault::of_io(path, &std::io::ErrorKind::IsADirectory.into()));
        }
        let mut buffered = BufReader::with_capacity(BLOCK, file);
        let compression = SupportedCompression::check(buffered.fill_buf().map_err(failed)?);
        let reader = ByteSourceReader::try_new(buffered, compression)?;
        Ok(Self { path, reader, rest: Vec::new(), ended: false })
    }

    /// The next whole lines, at least one, with their ends; `None` after the last.
    pub(crate) fn next_lines(&mut self) -> Result<Option<Vec<u8>>, Fault> {
        while !self.ended {
            let mut block = std::mem::take(&mut self.rest);
            let searched = block.len();
            let Some(bytes) = self.next_block()? else {
                self.ended = true;
                return Ok((!block.is_empty()).then_some(block));
            };
            block.extend_from_slice(&bytes);
            match block[searched..].iter().rposition(|byte| *byte == b'\n') {
                Some(end) => {
                    self.rest = block.split_off(searched + end + 1);
                    return Ok(Some(block));
                }
                None if block.len() > LONGEST_LINE => return Err(self.no_lines()),
                None => self.rest = block,
            }
        }
        Ok(None)
    }

    /// The next bytes, wherever they end; `None` after the last.
    pub(crate) fn next_block(&mut self) -> Result<Option<Vec<u8>>, Fault> {
        let read = self.reader.read_next_slice(&Default::default(), BLOCK, Some(BLOCK));
        let (bytes, count) = read.map_err(|error| fault::of_io(self.path, &error))?;
        Ok((count > 0).then(|| bytes.to_vec()))
    }

    fn no_lines(&self) -> Fault {
        let name = self.path.display().to_string();
        Fault::new("FileError", format!("{name} has a line of more than 1 GiB"))
            .hint("is it a text file of lines?")
            .at(name)
    }
}
