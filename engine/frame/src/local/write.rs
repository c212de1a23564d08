//! Runs a plan into files on the streaming engine: the plan gets a sink, and its rows are counted on their way there.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use polars::error::{PolarsError, PolarsResult};
use polars::io::hive::HivePathFormatter;
use polars::io::utils::file::Writable;
use polars::io::utils::sync_on_close::SyncOnCloseType;
use polars::prelude::{DataFrame, PlSmallStr, PlanCallback};
use polars_plan::dsl::FileWriteFormat;
use polars_plan::dsl::file_provider::{FileProviderArgs, FileProviderReturn, FileProviderType};
use polars_plan::dsl::sink::{
    FileSinkOptions, PartitionStrategyIR, PartitionedSinkOptionsIR, SinkTarget, SinkTypeIR, UnifiedSinkArgs,
};
use polars_plan::plans::expr_ir::ExprIR;
use polars_plan::plans::{FunctionIR, IR, IRPlan};
use polars_utils::pl_path::PlRefPath;

use super::streaming::run_optimized;
use crate::writing::{Destination, Writing, Written, part_name};
use crate::{RunError, Watch};

/// Rows and bytes of a file of a parted folder at most; Polars' own bounds.
const MOST_ROWS: u32 = u32::MAX;
const MOST_BYTES: u64 = 4 << 30;

/// Runs a plan that is optimised already into files, under the watch. It is made anew for each try.
pub fn write_optimized(
    plan: impl Fn() -> PolarsResult<IRPlan> + Send + Sync + 'static,
    writing: &Writing,
    watch: &Watch,
) -> Result<Written, RunError> {
    let (rows, plan) = (Arc::new(AtomicU64::new(0)), Arc::new(plan));
    run_into(plan.clone(), writing.clone(), rows.clone(), watch)?;
    if let Destination::Folder { path, partition_by } = &writing.destination
        && !partition_by.is_empty()
        && rows.load(Ordering::Relaxed) == 0
    {
        // No value has made a folder: one file without rows says what the columns are.
        let destination = Destination::Folder { path: path.clone(), partition_by: Vec::new() };
        run_into(plan, Writing { destination, ..writing.clone() }, rows.clone(), watch)?;
    }
    let (files, bytes) = counted(writing.path()).map_err(PolarsError::from)?;
    Ok(Written { rows: rows.load(Ordering::Relaxed), bytes, files })
}

fn run_into(
    plan: Arc<impl Fn() -> PolarsResult<IRPlan> + Send + Sync + 'static>,
    writing: Writing,
    rows: Arc<AtomicU64>,
    watch: &Watch,
) -> Result<(), RunError> {
    let make = move || {
        // A try before this one may have come some way.
        rows.store(0, Ordering::Relaxed);
        if let Destination::Folder { path, .. } = &writing.destination {
            remove_entries(path)?;
        }
        let mut plan = plan()?;
        put_sink(&mut plan, &writing, rows.clone())?;
        Ok(plan)
    };
    run_optimized(make, watch).map(drop)
}

fn remove_entries(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Leads the plan's rows into files, past a count of them.
fn put_sink(plan: &mut IRPlan, writing: &Writing, rows: Arc<AtomicU64>) -> PolarsResult<()> {
    let input = match plan.lp_arena.get(plan.lp_top) {
        IR::Sink { input, payload: SinkTypeIR::Memory } => *input,
        _ => plan.lp_top,
    };
    let count = move |data: DataFrame| {
        rows.fetch_add(data.height() as u64, Ordering::Relaxed);
        Ok(data)
    };
    let function = FunctionIR::Opaque {
        function: Arc::new(count),
        schema: None,
        predicate_pd: false,
        projection_pd: false,
        streamable: true,
        fmt_str: PlSmallStr::from_static("count"),
    };
    let input = plan.lp_arena.add(IR::MapFunction { input, function });
    let file_format = writing.format.clone();
    let unified_sink_args =
        UnifiedSinkArgs { sync_on_close: SyncOnCloseType::All, ..UnifiedSinkArgs::default() };
    let payload = match &writing.destination {
        Destination::Folder { path, partition_by } if !partition_by.is_empty() => {
            let key = |name: &PlSmallStr| ExprIR::from_column_name(name.clone(), &mut plan.expr_arena);
            SinkTypeIR::Partitioned(PartitionedSinkOptionsIR {
                base_path: as_polars(path)?,
                file_path_provider: file_provider(path.clone(), file_format.clone()),
                partition_strategy: PartitionStrategyIR::Keyed {
                    keys: partition_by.iter().map(key).collect(),
                    include_keys: false,
                    keys_pre_grouped: false,
                },
                file_format,
                unified_sink_args,
                max_rows_per_file: MOST_ROWS,
                approximate_bytes_per_file: MOST_BYTES,
            })
        }
        Destination::Folder { path, .. } => {
            let target = SinkTarget::Path(as_polars(&path.join(part_name(0, &file_format)))?);
            SinkTypeIR::File(FileSinkOptions { target, file_format, unified_sink_args })
        }
        Destination::File(path) => {
            let target = SinkTarget::Path(as_polars(path)?);
            SinkTypeIR::File(FileSinkOptions { target, file_format, unified_sink_args })
        }
    };
    plan.lp_top = plan.lp_arena.add(IR::Sink { input, payload });
    Ok(())
}

fn as_polars(path: &Path) -> PolarsResult<PlRefPath> {
    let text =
        path.to_str().ok_or_else(|| io::Error::new(ErrorKind::InvalidInput, "the path is not UTF-8"))?;
    Ok(text.into())
}

/// Opens the files of a parted folder. Polars itself would make the folder again where it has been removed, which is
/// how whoever gave up the write wants it to stay.
fn file_provider(folder: PathBuf, format: FileWriteFormat) -> FileProviderType {
    let open = move |args: FileProviderArgs| {
        let mut path = folder.clone();
        let keys = HivePathFormatter::new(args.partition_keys.columns()).to_string();
        for key in keys.split('/').filter(|key| !key.is_empty()) {
            path.push(key);
            match fs::create_dir(&path) {
                Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error.into()),
                _ => {}
            }
        }
        path.push(part_name(args.index_in_partition as u64, &format));
        Ok(FileProviderReturn::Writable(Writable::Local(File::create(&path)?)))
    };
    FileProviderType::Function(PlanCallback::new(open))
}

/// Files and their bytes.
fn counted(path: &Path) -> io::Result<(u64, u64)> {
    let about = fs::metadata(path)?;
    if !about.is_dir() {
        return Ok((1, about.len()));
    }
    let (mut files, mut bytes) = (0, 0);
    for entry in fs::read_dir(path)? {
        let (more_files, more_bytes) = counted(&entry?.path())?;
        files += more_files;
        bytes += more_bytes;
    }
    Ok((files, bytes))
}
