//! Polars' scans over files: one scan where all files have the same columns, else the union of them.

use std::path::PathBuf;

use fram_frame::Frame;
use polars::prelude::{LazyFrame, Schema, SchemaRef, UnionArgs, concat_lf_diagonal};
use polars_plan::dsl::{DslPlan, FileScanDsl, ScanSources, UnifiedScanArgs};
use polars_utils::slice_enum::Slice;

use super::fault;
use crate::fault::Fault;

/// Files whose columns are compared before they are read; of more, Polars compares them as it reads.
const MOST_COMPARED: usize = 256;

/// How files are scanned.
pub(crate) struct Scan {
    /// The format and its options.
    pub(crate) format: FileScanDsl,
    /// What holds for every format.
    pub(crate) common: UnifiedScanArgs,
}

impl Scan {
    /// A plan that reads these.
    pub(crate) fn over(&self, sources: ScanSources) -> LazyFrame {
        LazyFrame::from(DslPlan::Scan {
            sources,
            unified_scan_args: Box::new(self.common.clone()),
            scan_type: Box::new(self.format.clone()),
            cached_ir: std::sync::Arc::default(),
        })
    }

    /// A frame of these files, one after the other, with what the user must know. Where columns differ, the frame has
    /// all of them, and nulls where a file has not.
    pub(crate) fn frame(mut self, files: &[PathBuf]) -> Result<(Frame, Vec<String>), Fault> {
        let whole = self.over(paths(files)?);
        if files.len() == 1 || files.len() > MOST_COMPARED {
            let frame = Frame::from_lazy(whole).map_err(|error| about(files.first(), error.into()))?;
            return Ok((frame, Vec::new()));
        }
        let (rows, index) = (self.common.pre_slice.take(), self.common.row_index.take());
        let mut parts = Vec::new();
        let mut schemas = Vec::new();
        for file in files {
            let mut part = self.over(paths(std::slice::from_ref(file))?);
            schemas.push(part.collect_schema().map_err(|error| about(Some(file), error.into()))?);
            parts.push(part);
        }
        let warnings = differences(files, &schemas);
        if schemas.windows(2).all(|pair| pair[0] == pair[1]) {
            return Ok((Frame::from_lazy(whole)?, Vec::new()));
        }
        let options = UnionArgs { to_supertypes: true, diagonal: true, ..UnionArgs::default() };
        let mut union = concat_lf_diagonal(parts, options)?;
        if let Some(index) = index {
            union = union.with_row_index(index.name, Some(index.offset));
        }
        if let Some(Slice::Positive { len, .. }) = rows {
            union = union.limit(u32::try_from(len).unwrap_or(u32::MAX));
        }
        Ok((Frame::from_lazy(union)?, warnings))
    }
}

/// Paths as Polars takes them.
pub(crate) fn paths(files: &[PathBuf]) -> Result<ScanSources, Fault> {
    let mut paths = Vec::new();
    for file in files {
        let text = file.to_str().ok_or_else(|| {
            Fault::new("FileError", format!("the path {} is not UTF-8", file.display()))
                .hint("rename the file")
        })?;
        paths.push(text.into());
    }
    Ok(ScanSources::Paths(paths.into()))
}

/// The fault, naming the file where it doesn't yet.
fn about(file: Option<&PathBuf>, fault: Fault) -> Fault {
    let Some(name) = file.map(|file| file.display().to_string()) else { return fault };
    if fault.name == "NoData" {
        return fault::empty(std::path::Path::new(&name));
    }
    if fault.message.contains(&name) {
        return fault.at(name);
    }
    Fault { message: format!("{name}: {}", fault.message), ..fault }.at(name)
}

fn differences(files: &[PathBuf], schemas: &[SchemaRef]) -> Vec<String> {
    const MOST_NAMED: usize = 5;
    let mut all = Schema::default();
    for (name, kind) in schemas.iter().flat_map(|schema| schema.iter()) {
        if !all.contains(name) {
            all.insert(name.clone(), kind.clone());
        }
    }
    let mut said = Vec::new();
    for (name, kind) in all.iter() {
        let without: Vec<usize> = (0..files.len()).filter(|at| !schemas[*at].contains(name)).collect();
        let other = (0..files.len()).find(|at| schemas[*at].get(name).is_some_and(|other| other != kind));
        if let Some(first) = without.first() {
            let others = if without.len() > 1 {
                format!(" and {} more files", without.len() - 1)
            } else {
                String::new()
            };
            said.push(format!("column `{name}` is not in {}{others}: null there", files[*first].display()));
        } else if let Some(other) = other {
            let there = schemas[other].get(name).map(ToString::to_string).unwrap_or_default();
            said.push(format!(
                "column `{name}` is {kind} in {}, {there} in {}: a type that holds both is used",
                files[0].display(),
                files[other].display()
            ));
        }
    }
    if said.len() > MOST_NAMED {
        let more = said.len() - MOST_NAMED;
        said.truncate(MOST_NAMED);
        said.push(format!("{more} more columns are not the same in all files"));
    }
    said
}
