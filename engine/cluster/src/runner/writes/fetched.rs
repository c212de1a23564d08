//! The rows of a job on their way into one file: in memory where they are few, else in files of this process, so that
//! no more than a file's worth of them is in memory at once.

use std::fs::File;
use std::path::{Path, PathBuf};

use fram_frame::{Watch, own_spill_folder};
use futures::TryStreamExt;
use polars::error::{PolarsResult, polars_bail};
use polars::prelude::{
    DataFrame, IpcScanOptions, IpcWriter, LazyFrame, SchemaRef, SerWriter, UnifiedScanArgs,
};
use polars_plan::dsl::ScanSources;
use polars_plan::plans::IR;
use tempfile::TempDir;

use super::io_trouble;
use crate::piece::Piece;
use crate::rows::stacked;
use crate::runner::ClusterRunner;
use crate::runner::jobs::{frame, unless_stopped};
use crate::runner::stages::ClusterStages;
use crate::runner::trouble::Trouble;

/// The rows of a job.
pub(super) enum Fetched {
    /// In memory.
    Held(DataFrame),
    /// In Arrow IPC files in this folder, in the order of their names.
    Files(TempDir),
}

impl ClusterRunner {
    /// The rows of the piece, which is run as a job where its rows are not there yet.
    pub(super) fn fetched_to_write(
        &self,
        piece: Piece,
        stages: &mut ClusterStages<'_>,
        watch: &Watch,
    ) -> Result<Fetched, Trouble> {
        let schema = piece.schema().cloned().unwrap_or_default();
        let stored = match piece {
            Piece::Stored(stored) => stored,
            piece => stages.stored(piece)?,
        };
        let locations = stored.files().map(|file| file.location.clone()).collect();
        if stored.bytes().is_some_and(|bytes| bytes <= self.options.fetched_bytes) {
            return Ok(Fetched::Held(stacked(self.fetched(locations, watch)?, &schema)?));
        }
        let mut spool = Spool::new(schema, self.options.fetched_bytes)?;
        let work = async {
            let mut rows = self.master.rows(locations);
            while let Some(batch) = rows.try_next().await? {
                spool.add(frame(&batch)?)?;
            }
            Ok::<_, Trouble>(())
        };
        self.block_on(unless_stopped(watch, work))?;
        Ok(Fetched::Files(spool.finish()?))
    }
}

/// Files that rows are written into as they come.
struct Spool {
    folder: TempDir,
    schema: SchemaRef,
    most: usize,
    waiting: Vec<DataFrame>,
    bytes: usize,
    files: usize,
}

impl Spool {
    /// Files of so many bytes of rows in memory, and a batch.
    fn new(schema: SchemaRef, most: u64) -> Result<Self, Trouble> {
        let folder = own_spill_folder().and_then(TempDir::new_in).map_err(io_trouble)?;
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        Ok(Self { folder, schema, most, waiting: Vec::new(), bytes: 0, files: 0 })
    }

    fn add(&mut self, rows: DataFrame) -> Result<(), Trouble> {
        self.bytes += rows.estimated_size();
        self.waiting.push(rows);
        if self.bytes < self.most { Ok(()) } else { self.write() }
    }

    fn write(&mut self) -> Result<(), Trouble> {
        let mut rows = stacked(std::mem::take(&mut self.waiting), &self.schema)?;
        // Categories are written once a file, which holds for one chunk alone.
        rows.rechunk_mut();
        let path = self.folder.path().join(format!("{:08}.arrow", self.files));
        IpcWriter::new(File::create(&path).map_err(io_trouble)?).finish(&mut rows)?;
        (self.bytes, self.files) = (0, self.files + 1);
        Ok(())
    }

    /// The folder of the files, of which there is one at least.
    fn finish(mut self) -> Result<TempDir, Trouble> {
        if !self.waiting.is_empty() || self.files == 0 {
            self.write()?;
        }
        Ok(self.folder)
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
