//! Files: which task reads which of them, in the order in which Polars would. A large Parquet file is read in parts.

use std::fs::File;
use std::path::Path;

use polars::prelude::{DataFrame, DataType, ParquetReader, PlSmallStr, PolarsResult, SchemaRef, SerReader};
use polars_plan::dsl::{FileScanIR, ScanSources, UnifiedScanArgs};
use polars_plan::plans::IR;
use polars_plan::plans::hive::HivePartitionsDf;
use polars_utils::arena::Node;
use polars_utils::pl_serialize;

use crate::cut::Cutter;
use crate::cut::open::{Open, Order};
use crate::cut::selectivity::selectivity;
use crate::cut::size::Size;
use crate::error::CutError;
use crate::piece::{Part, Stamp, Ticket};
use crate::read_files;

/// A file as the driver sees it.
#[derive(Clone)]
pub(super) struct Source {
    path: String,
    stamp: Stamp,
}

impl Cutter<'_> {
    /// A scan of files.
    pub(super) fn scan(&mut self, node: Node) -> Result<Open, CutError> {
        let read = self.schema(node);
        let mut ir = self.nodes.get(node).clone();
        let IR::Scan { sources, hive_parts, unified_scan_args, scan_type, file_info, predicate, .. } =
            &mut ir
        else {
            return self.gathered(node);
        };
        if unified_scan_args.include_file_paths.is_some() {
            // Workers have other folders that names of files are relative to.
            return Err(CutError::NotShippable { what: "the names of files as they were written".into() });
        }
        let files = self.files_seen(sources)?;
        let bytes = match &**scan_type {
            FileScanIR::Parquet { .. } => bytes_of_columns(&files, &read),
            _ => files.iter().map(|file| file.stamp.size).sum(),
        };
        let size = match predicate {
            Some(predicate) => Size::of(bytes).narrowed(selectivity(predicate.node(), &self.exprs)),
            None => Size::of(bytes),
        };
        let label = scan_label(scan_type);
        let is_small = bytes <= self.options.one_task_bytes() && files.len() <= FOOTERS_READ;
        let is_parquet = matches!(**scan_type, FileScanIR::Parquet { .. });
        let is_whole = is_small || is_indivisible(unified_scan_args);
        let is_numbered = unified_scan_args.row_index.is_some() && !is_whole;
        let rows = if is_numbered && is_parquet { rows_of(&files) } else { None };
        if is_numbered
            && rows.is_none()
            && !self.is_few(Some(bytes))
            && let Some(open) = self.numbered_scan(node)?
        {
            return Ok(open);
        }
        let groups = if is_whole || (is_numbered && rows.is_none()) {
            vec![Group { files: 0..files.len(), rows: None }]
        } else {
            let known = |place: usize| rows.as_ref().and_then(|rows| rows.get(place).copied());
            let asked = |place: usize| is_parquet.then(|| parquet_rows(&files[place].path)).flatten();
            self.groups(&files, |place| known(place).or_else(|| asked(place)))
        };
        let hive = hive_parts.take();
        let tickets = tickets(&files, groups, hive.as_ref(), rows.map(|rows| before(&rows)).as_deref())?;
        if let FileScanIR::Parquet { first_metadata, metadata_per_source, .. } = &mut **scan_type {
            (*first_metadata, *metadata_per_source) = (None, None);
        }
        // The estimate is of all files; each task reads a part of them.
        file_info.row_estimation.0 = None;
        let mark = self.mark_for(sources);
        let top = self.nodes.add(ir);
        Ok(Open {
            scans: vec![mark],
            partitions: tickets.len(),
            tickets,
            order: Order::Kept,
            size,
            ..Open::single(top, label)
        })
    }

    /// The files, of which it is noted how the driver sees them.
    pub(super) fn files_seen(&mut self, sources: &ScanSources) -> Result<Vec<Source>, CutError> {
        let files = files(sources)?;
        files.iter().for_each(|file| self.files.add(&file.path, file.stamp));
        Ok(files)
    }

    /// A mark in the place of the files, where each task puts its own.
    pub(super) fn mark_for(&mut self, sources: &mut ScanSources) -> PlSmallStr {
        let mark = self.mark();
        *sources = ScanSources::Paths([mark.as_str().into()].into_iter().collect());
        mark
    }

    /// Neighbouring files together, so that tasks are alike and none reads too much; large files in parts where it is known
    /// how many rows they have.
    pub(super) fn groups(&self, files: &[Source], rows: impl Fn(usize) -> Option<usize>) -> Vec<Group> {
        let total: u64 = files.iter().map(|file| file.stamp.size).sum();
        let wanted = (total / self.options.task_bytes.max(1)).max(self.options.partitions as u64).max(1);
        let share = total.div_ceil(wanted).max(1);
        let (mut groups, mut begun, mut held) = (Vec::new(), 0, 0);
        for (index, file) in files.iter().enumerate() {
            let parts = file.stamp.size.div_ceil(share);
            if parts > 1
                && let Some(rows) = rows(index)
            {
                close_group(&mut groups, begun..index);
                groups.extend(row_ranges(index, rows, usize::try_from(parts).unwrap_or(1)));
                (begun, held) = (index + 1, 0);
                continue;
            }
            held += file.stamp.size;
            if held >= share {
                close_group(&mut groups, begun..index + 1);
                (begun, held) = (index + 1, 0);
            }
        }
        close_group(&mut groups, begun..files.len());
        if groups.is_empty() { vec![Group { files: 0..files.len(), rows: None }] } else { groups }
    }
}

/// Files that one task reads.
pub(super) struct Group {
    files: std::ops::Range<usize>,
    rows: Option<(usize, usize)>,
}

fn close_group(groups: &mut Vec<Group>, files: std::ops::Range<usize>) {
    if !files.is_empty() {
        groups.push(Group { files, rows: None });
    }
}

/// The rows of one file in so many parts.
fn row_ranges(file: usize, rows: usize, parts: usize) -> impl Iterator<Item = Group> {
    let share = rows.div_ceil(parts).max(1);
    (0..rows.max(1))
        .step_by(share)
        .map(move |offset| Group { files: file..file + 1, rows: Some((offset, share.min(rows - offset))) })
}

/// The number of rows in a Parquet file, from its footer; `None` where it cannot be read, which the scan then says.
fn parquet_rows(path: &str) -> Option<usize> {
    ParquetReader::new(File::open(path).ok()?).num_rows().ok()
}

/// How many rows each of the Parquet files has; `None` where that is too much to ask.
fn rows_of(files: &[Source]) -> Option<Vec<usize>> {
    let rows = files.iter().map(|file| parquet_rows(&file.path));
    if files.len() > FOOTERS_COUNTED { None } else { rows.collect() }
}

/// For each file how many rows there are in those before it.
fn before(rows: &[usize]) -> Vec<u64> {
    let starts = rows.iter().scan(0, |next, rows| {
        let start = *next;
        *next += *rows as u64;
        Some(start)
    });
    starts.collect()
}

/// Files whose footers are read to know how many rows they have.
const FOOTERS_COUNTED: usize = 4_096;

/// Bytes of these columns in the Parquet files, unpacked. What is not looked into counts whole: there may be a
/// million files.
fn bytes_of_columns(files: &[Source], columns: &SchemaRef) -> u64 {
    let size = |(place, file): (usize, &Source)| {
        let known = if place < FOOTERS_READ { column_bytes(&file.path, columns) } else { None };
        known.unwrap_or(file.stamp.size)
    };
    files.iter().enumerate().map(size).sum()
}

/// Files whose footers are read to know how large the columns are that a plan reads.
const FOOTERS_READ: usize = 16;

/// Bytes of these columns in a Parquet file, unpacked; `None` where its footer cannot be read, which the scan then says.
/// What a file says of itself is the size of encoded values: numbers are larger in memory.
fn column_bytes(path: &str, columns: &SchemaRef) -> Option<u64> {
    let mut reader = ParquetReader::new(File::open(path).ok()?);
    let groups = &reader.get_metadata().ok()?.row_groups;
    let chunks = columns.iter().flat_map(|(name, dtype)| {
        let chunks = groups.iter().filter_map(move |group| group.columns_under_root_iter(name.as_str()));
        let count = |number: i64| u64::try_from(number).unwrap_or(0);
        chunks.flatten().map(move |chunk| {
            count(chunk.uncompressed_size()).max(count(chunk.num_values()) * least_width(dtype))
        })
    });
    Some(chunks.sum())
}

/// Bytes that a value of the type takes at least in memory, as far as that is the same for all.
fn least_width(dtype: &DataType) -> u64 {
    match dtype.to_physical() {
        DataType::Int8 | DataType::UInt8 => 1,
        DataType::Int16 | DataType::UInt16 => 2,
        DataType::Int32 | DataType::UInt32 | DataType::Float32 => 4,
        DataType::Int64 | DataType::UInt64 | DataType::Float64 => 8,
        DataType::Int128 | DataType::String | DataType::Binary => 16,
        _ => 0,
    }
}

/// The files with what the driver sees of them.
fn files(sources: &ScanSources) -> Result<Vec<Source>, CutError> {
    let ScanSources::Paths(paths) = sources else {
        return Err(CutError::NotShippable { what: "a file that is open in the notebook's process".into() });
    };
    paths.iter().map(|path| source(path.as_str())).collect()
}

fn source(path: &str) -> Result<Source, CutError> {
    if path.contains("://") {
        return Err(CutError::NotShared { address: path.to_owned() });
    }
    let failed = |error: std::io::Error| CutError::File {
        path: path.to_owned(),
        kind: error.kind(),
        reason: error.to_string(),
    };
    let absolute = std::path::absolute(path).map_err(failed)?;
    let path = absolute.to_string_lossy().into_owned();
    let stamp = read_files::stamp_of(Path::new(&path)).map_err(failed)?;
    Ok(Source { path, stamp })
}

/// Whether one task must read all files: rows are counted over all of them.
fn is_indivisible(arguments: &UnifiedScanArgs) -> bool {
    arguments.pre_slice.is_some() || arguments.deletion_files.is_some()
}

pub(super) fn tickets(
    files: &[Source],
    groups: Vec<Group>,
    hive: Option<&HivePartitionsDf>,
    rows_before: Option<&[u64]>,
) -> Result<Vec<Ticket>, CutError> {
    let ticket = |(place, group): (usize, Group)| {
        let chosen = &files[group.files.clone()];
        Ok(Ticket {
            place: u32::try_from(place).unwrap_or(u32::MAX),
            parts: vec![Part {
                paths: chosen.iter().map(|file| file.path.clone()).collect(),
                stamps: chosen.iter().map(|file| file.stamp).collect(),
                rows: group.rows,
                rows_before: rows_before
                    .and_then(|rows| rows.get(group.files.start))
                    .copied()
                    .unwrap_or_default(),
                hive: hive_rows(hive, &group.files)?,
            }],
        })
    };
    groups.into_iter().enumerate().map(ticket).collect()
}

/// The values of the hive partition columns for these files.
fn hive_rows(hive: Option<&HivePartitionsDf>, files: &std::ops::Range<usize>) -> PolarsResult<Vec<u8>> {
    let Some(hive) = hive else { return Ok(Vec::new()) };
    let offset = i64::try_from(files.start).unwrap_or(i64::MAX);
    let rows: DataFrame = hive.df().slice(offset, files.len());
    pl_serialize::serialize_to_bytes::<_, false>(&HivePartitionsDf::from(rows))
}

fn scan_label(scan_type: &FileScanIR) -> &'static str {
    match scan_type {
        FileScanIR::Csv { .. } => "scan csv",
        FileScanIR::NDJson { .. } => "scan ndjson",
        FileScanIR::Parquet { .. } => "scan parquet",
        FileScanIR::Ipc { .. } => "scan ipc",
        _ => "scan",
    }
}
