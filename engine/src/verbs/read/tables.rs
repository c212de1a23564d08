//! The options of files that know their own columns: Parquet and Arrow IPC.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use polars::io::HiveOptions;
use polars::prelude::{ParallelStrategy, ParquetOptions};
use polars_plan::dsl::{FileScanDsl, UnifiedScanArgs};

use super::{common, shown, sources};
use crate::call::Call;
use crate::fault::Fault;
use crate::files::{fault, paths, scan::Scan};
use crate::value::Value;

pub(super) fn parquet(call: &Call<'_>) -> Result<Value, Fault> {
    let options = ParquetOptions {
        schema: None,
        parallel: ParallelStrategy::Auto,
        low_memory: call.boolean("low_memory")?,
        use_statistics: call.boolean("use_statistics")?,
    };
    read(call, &["parquet", "pq"], PARQUET, FileScanDsl::Parquet { options })
}

pub(super) fn ipc(call: &Call<'_>) -> Result<Value, Fault> {
    read(call, &["arrow", "ipc", "feather"], IPC, FileScanDsl::Ipc { options: Default::default() })
}

fn read(call: &Call<'_>, endings: &[&str], mark: Mark, format: FileScanDsl) -> Result<Value, Fault> {
    let files = sources(call, endings)?;
    for file in &files {
        check(file, mark)?;
    }
    let common = UnifiedScanArgs { hive_options: hive(call, &files)?, ..common(call)? };
    Ok(shown(call, Scan { format, common }.frame(&files)?))
}

/// What files of a format begin and end with, and the format's name.
type Mark = (&'static [u8], &'static str);

const PARQUET: Mark = (b"PAR1", "Parquet");
const IPC: Mark = (b"ARROW1", "Arrow IPC");

/// Polars names neither the file nor what is wrong where a file is of another format, or only a part of one.
fn check(path: &Path, (mark, name): Mark) -> Result<(), Fault> {
    let failed = |error| fault::of_io(path, &error);
    let mut file = File::open(path).map_err(failed)?;
    let mut ends = [vec![0; mark.len()], vec![0; mark.len()]];
    let [first, last] = &mut ends;
    let back = i64::try_from(mark.len()).unwrap_or(0);
    let read = file
        .read_exact(first)
        .and_then(|()| file.seek(SeekFrom::End(-back)))
        .and_then(|_| file.read_exact(last));
    let file_name = path.display().to_string();
    // An encrypted Parquet file has another mark; Polars says so.
    let is_whole = read.is_ok() && (first == mark || first == b"PARE") && (last == mark || last == b"PARE");
    if is_whole {
        return Ok(());
    }
    let fault = if first == mark {
        Fault::new("FileError", format!("{file_name} is cut off: its end is missing"))
            .hint("fetch or write the file again")
    } else {
        Fault::new("FileError", format!("{file_name} is no {name} file"))
            .hint("`read_csv` and `read_ndjson` read text")
    };
    Err(fault.at(file_name))
}

/// Columns from folders named `key=value`: where asked for, or where the one folder that was named holds such.
fn hive(call: &Call<'_>, files: &[PathBuf]) -> Result<HiveOptions, Fault> {
    let named = call.texts("source")?;
    let root = match named.as_slice() {
        [one] => paths::plain(one)?,
        _ => PathBuf::new(),
    };
    let is_hive = |file: &PathBuf| {
        let below = file.strip_prefix(&root).ok().and_then(|below| below.parent());
        below.is_some_and(|below| below.iter().any(|part| part.to_string_lossy().contains('=')))
    };
    let enabled = match call.maybe_boolean("hive_partitioning")? {
        Some(wanted) => wanted,
        None => root.is_dir() && files.iter().all(is_hive),
    };
    let start = if root.is_dir() { root.to_string_lossy().len() } else { 0 };
    Ok(HiveOptions {
        enabled: Some(enabled),
        hive_start_idx: start,
        schema: None,
        try_parse_dates: call.boolean("try_parse_dates")?,
    })
}
