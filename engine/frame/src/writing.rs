//! What a plan's rows are written into. That a file is seen when it is whole, and not before, is left to whoever names
//! it here; how rows come there, to runners.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use polars::io::ExternalCompression;
use polars::prelude::PlSmallStr;
use polars_plan::dsl::FileWriteFormat;

/// Files that the rows of a plan go to.
#[derive(Debug, Clone)]
pub struct Writing {
    /// The format and its options.
    pub format: FileWriteFormat,
    /// Where they are written. Nobody else looks there meanwhile.
    pub destination: Destination,
    /// Where people will find them, for what is said of them.
    pub target: PathBuf,
}

/// One file, or a folder of them.
#[derive(Debug, Clone)]
pub enum Destination {
    /// This file.
    File(PathBuf),
    /// Files `part-00000.…` in this folder, which is there and empty.
    Folder {
        /// The folder.
        path: PathBuf,
        /// Columns whose values become folders `key=value` instead.
        partition_by: Vec<PlSmallStr>,
    },
}

/// What was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Written {
    /// Rows.
    pub rows: u64,
    /// Bytes of all files.
    pub bytes: u64,
    /// Files.
    pub files: u64,
}

impl Writing {
    /// Where the files go.
    pub fn path(&self) -> &Path {
        match &self.destination {
            Destination::File(path) | Destination::Folder { path, .. } => path,
        }
    }
}

/// The name of a file in a folder of them.
pub fn part_name(number: u64, format: &FileWriteFormat) -> String {
    let packed = match format {
        FileWriteFormat::Csv(options) => options.compression,
        FileWriteFormat::NDJson(options) => options.compression,
        FileWriteFormat::Parquet(_) | FileWriteFormat::Ipc(_) => ExternalCompression::Uncompressed,
    };
    let packed = match packed {
        ExternalCompression::Uncompressed => "",
        ExternalCompression::Gzip { .. } => ".gz",
        ExternalCompression::Zstd { .. } => ".zst",
    };
    format!("part-{number:05}.{}{packed}", format.extension())
}

/// Times that a folder is removed while others still write in it.
const TRIES: usize = 16;

/// Removes the file or the folder, if anything is there. A folder may still get files from somebody who does not know
/// yet.
pub fn remove_whole(path: &Path) -> io::Result<()> {
    for _ in 1..TRIES {
        match remove_once(path) {
            Err(error) if error.kind() == ErrorKind::DirectoryNotEmpty => {}
            Err(error) if error.kind() == ErrorKind::NotFound && path.symlink_metadata().is_ok() => {}
            done => return done,
        }
    }
    remove_once(path)
}

fn remove_once(path: &Path) -> io::Result<()> {
    let done = match path.symlink_metadata() {
        Ok(about) if about.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match done {
        Err(error) if error.kind() == ErrorKind::NotFound && path.symlink_metadata().is_err() => Ok(()),
        done => done,
    }
}
