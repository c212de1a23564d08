//! The rows of a job on their way into one file: in memory where they are few, else in files of this process, so that
//! no more than a partition of them is in memory at once.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Instant;

use fram_frame::{Watch, own_spill_folder};
use polars::error::{PolarsResult, polars_bail};
use polars::prelude::{IpcScanOptions, IpcWriter, LazyFrame, SerWriter, UnifiedScanArgs};
use polars_plan::dsl::ScanSources;
use polars_plan::plans::IR;
use tempfile::TempDir;

use super::io_trouble;
use crate::engine::Job;
use crate::failure::Failure;
use crate::piece::Piece;
use crate::record::JobCard;
use crate::rows::{conform, stacked};
use crate::runner::ClusterRunner;
use crate::runner::jobs::{frames, locations, unless_stopped};
use crate::runner::trouble::Trouble;
use crate::stage::physical_plan;

/// The rows of a job.
pub(super) enum Fetched {
    /// In memory.
    Held(polars::prelude::DataFrame),
    /// In Arrow IPC files in this folder, in the order of their names.
    Files(TempDir),
}

impl ClusterRunner {
    /// Runs the piece as a job, and fetches its rows.
    pub(super) fn fetched(
        &self,
        piece: Piece,
        card: JobCard,
        begun: Instant,
        watch: &Watch,
    ) -> Result<Fetched, Trouble> {
        let schema = piece.schema().cloned().unwrap_or_default();
        let submission = self.submission(physical_plan(piece)?, Vec::new(), card)?;
        let work = self.finished(submission, begun, watch);
        let (job, left) = self.block_on(unless_stopped(watch, work))?;
        let bytes = left.iter().map(|left| left.file.bytes).sum::<Option<u64>>();
        if bytes.is_some_and(|bytes| bytes <= self.options.fetched_bytes) {
            let rows = self.block_on(unless_stopped(watch, self.master.rows(locations(left))))?;
            let data = stacked(frames(&rows)?, &schema)?;
            self.released(job);
            return Ok(Fetched::Held(data));
        }
        let folder = own_spill_folder().and_then(TempDir::new_in).map_err(io_trouble)?;
        for (number, location) in locations(left).into_iter().enumerate() {
            let rows = self.block_on(unless_stopped(watch, self.master.rows(vec![location])))?;
            let path = folder.path().join(format!("{number:08}.arrow"));
            let mut data = conform(stacked(frames(&rows)?, &schema)?, &schema)?;
            // Categories are written once a file, which holds for one chunk alone.
            data.rechunk_mut();
            IpcWriter::new(File::create(&path).map_err(io_trouble)?).finish(&mut data)?;
        }
        self.released(job);
        Ok(Fetched::Files(folder))
    }

    /// The workers need not keep the rows of the job any longer.
    fn released(&self, job: Box<dyn Job>) {
        let released = self.block_on(async {
            job.release().await;
            Ok::<_, Failure>(())
        });
        if let Err(failure) = released {
            log::warn!("the rows of a job stay until the notebook ends: {failure}");
        }
    }
}

/// The rows of the files, one file after the other.
pub(super) fn rows_of_files(folder: &Path) -> PolarsResult<LazyFrame> {
    let entries = std::fs::read_dir(folder)?;
    let mut files = entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<PathBuf>>>()?;
    files.sort();
    let paths = files.iter().map(|path| path.to_string_lossy().as_ref().into()).collect();
    LazyFrame::scan_ipc_sources(
        ScanSources::Paths(paths),
        IpcScanOptions::default(),
        UnifiedScanArgs::default(),
    )
}

/// The same as a node of a plan that is optimised already.
pub(super) fn source_of_files(folder: &Path) -> PolarsResult<IR> {
    let plan = rows_of_files(folder)?.to_alp_optimized()?;
    let mut node = plan.lp_arena.get(plan.lp_top);
    while let IR::Sink { input, .. } | IR::SimpleProjection { input, .. } = node {
        node = plan.lp_arena.get(*input);
    }
    match node {
        IR::Scan { predicate: None, .. } => Ok(node.clone()),
        _ => polars_bail!(ComputeError: "a scan of files is no scan in the plan"),
    }
}
