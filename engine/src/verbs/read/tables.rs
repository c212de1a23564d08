//! The options of files that know their own columns: Parquet and Arrow IPC.

use std::path::PathBuf;

use polars::io::HiveOptions;
use polars::prelude::{ParallelStrategy, ParquetOptions};
use polars_plan::dsl::{FileScanDsl, UnifiedScanArgs};

use super::{common, shown, sources};
use crate::call::Call;
use crate::fault::Fault;
use crate::files::{paths, scan::Scan};
use crate::value::Value;

pub(super) fn parquet(call: &Call<'_>) -> Result<Value, Fault> {
    let options = ParquetOptions {
        schema: None,
        parallel: ParallelStrategy::Auto,
        low_memory: call.boolean("low_memory")?,
        use_statistics: call.boolean("use_statistics")?,
    };
    read(call, &["parquet", "pq"], FileScanDsl::Parquet { options })
}

pub(super) fn ipc(call: &Call<'_>) -> Result<Value, Fault> {
    read(call, &["arrow", "ipc", "feather"], FileScanDsl::Ipc { options: Default::default() })
}

fn read(call: &Call<'_>, endings: &[&str], format: FileScanDsl) -> Result<Value, Fault> {
    let files = sources(call, endings)?;
    let common = UnifiedScanArgs { hive_options: hive(call, &files)?, ..common(call)? };
    Ok(shown(call, Scan { format, common }.frame(&files)?))
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
