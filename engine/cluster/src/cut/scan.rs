//! Files, as the driver sees them: how large they are, and what is scanned in their place.

use std::path::Path;

use polars::prelude::PlSmallStr;
use polars_plan::dsl::{FileScanIR, ScanSources, UnifiedScanArgs};
use polars_plan::plans::IR;
use polars_utils::arena::Node;

use crate::cut::Cutter;
use crate::cut::divide::{Extent, Group, before, rows_of, tickets};
use crate::cut::open::{Open, Order};
use crate::cut::paths::naming;
use crate::cut::selectivity::selectivity;
use crate::cut::size::Size;
use crate::cut::weigh::{FILES_LOOKED_INTO, bytes_of, bytes_of_columns, size_of_text};
use crate::error::CutError;
use crate::piece::Stamp;
use crate::read_files;

/// A file as the driver sees it.
#[derive(Clone)]
pub(super) struct Source {
    pub(super) path: String,
    pub(super) stamp: Stamp,
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
        let files = self.files_seen(sources)?;
        let names = unified_scan_args.include_file_paths.clone();
        let naming = if names.is_some() { naming(&files, sources)? } else { None };
        let size = match &**scan_type {
            FileScanIR::Parquet { .. } => Size::of(bytes_of_columns(&files, &read)),
            FileScanIR::Csv { .. } | FileScanIR::NDJson { .. } => size_of_text(&files),
            _ => Size::of(bytes_of(&files)),
        };
        let bytes = size.guess.unwrap_or(u64::MAX);
        let size = match predicate {
            Some(predicate) => size.narrowed(selectivity(predicate.node(), &self.exprs)),
            None => size,
        };
        let label = scan_label(scan_type);
        let is_small = bytes <= self.options.one_task_bytes() && files.len() <= FILES_LOOKED_INTO;
        let is_whole = is_small || is_indivisible(unified_scan_args);
        let is_numbered = unified_scan_args.row_index.is_some() && !is_whole;
        let counted = if is_numbered { rows_of(&files, scan_type) } else { None };
        if is_numbered
            && counted.is_none()
            && !self.is_few(Some(bytes))
            && let Some(open) = self.numbered_scan(node)?
        {
            return Ok(open);
        }
        let groups = if is_whole || (is_numbered && counted.is_none()) {
            vec![Group::of_all(&files)]
        } else if names.is_some() && is_read_as_text(scan_type) {
            // A section of it is a text in memory, without a name.
            self.groups(&files, |_| None)
        } else if let FileScanIR::Csv { options } = &**scan_type {
            self.csv_groups(node, &files, options)?
        } else {
            self.groups(&files, |place| match &counted {
                Some(extents) => extents.get(place).cloned(),
                None => Extent::of(&files[place], scan_type),
            })
        };
        let hive = hive_parts.take();
        let tickets =
            tickets(&files, groups, hive.as_ref(), counted.map(|extents| before(&extents)).as_deref())?;
        if let FileScanIR::Parquet { first_metadata, metadata_per_source, .. } = &mut **scan_type {
            (*first_metadata, *metadata_per_source) = (None, None);
        }
        // The estimate is of all files; each task reads a part of them.
        file_info.row_estimation.0 = None;
        let mark = self.mark_for(sources);
        let top = self.nodes.add(ir);
        let open = Open {
            scans: vec![mark],
            partitions: tickets.len(),
            tickets,
            order: Order::Kept,
            size,
            ..Open::single(top, label)
        };
        match (names, naming) {
            (Some(names), Some(naming)) => self.with_names(open, &names, naming),
            _ => Ok(open),
        }
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

fn is_read_as_text(kind: &FileScanIR) -> bool {
    matches!(kind, FileScanIR::Csv { .. } | FileScanIR::NDJson { .. })
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
