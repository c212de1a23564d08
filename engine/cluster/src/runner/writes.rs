//! Writes of a runner. One file is written in this process, for its folder may be on this machine alone: the rows come
//! from the workers. A folder is written by the tasks, and what they wrote is moved to its place here when all have
//! ended. That nobody sees the folder before is left to whoever named it.

mod attempts;
mod fetched;

use std::path::{Path, absolute};
use std::sync::Arc;

use fram_frame::{LocalRunner, RunError, Runner, Watch, Writing, Written, write_optimized};
use polars::prelude::{IntoLazy, LazyFrame};
use polars_plan::plans::prune::prune_plan;

use super::jobs::finished_here;
use super::trouble::Trouble;
use super::{ClusterRunner, cut_error};
use crate::cut::cut_for_writing;
use crate::error::CutError;
use crate::piece::CutPlan;
use crate::segment::WriteStep;
use attempts::Attempts;
use fetched::{Fetched, rows_of_files};

impl ClusterRunner {
    /// Runs the plan into a folder, each task into files of its own.
    pub(super) fn write_folder(
        &self,
        lazy: &LazyFrame,
        writing: &Writing,
        folder: &Path,
        watch: &Watch,
    ) -> Result<Written, RunError> {
        let written = self.run_stages(false, watch, |stages| {
            let attempts = Attempts::begin(&absolute(folder).map_err(io_trouble)?).map_err(io_trouble)?;
            let step = WriteStep::into_folder(attempts.path(), writing).map_err(io_trouble)?;
            let cut = match cut_for_writing(lazy.clone(), &self.options_now(watch)?, stages, step) {
                Err(CutError::NotShippable { .. }) => return Ok(None),
                cut => cut.map_err(|error| stages.trouble(cut_error(error)))?,
            };
            let tasks = cut.root.partitions();
            let said = stages.rows(cut.root)?;
            Ok(Some(attempts.commit(&said, tasks, &writing.format)?))
        })?;
        match written {
            Some(written) => Ok(written),
            None => LocalRunner.write(lazy, writing, watch),
        }
    }

    /// Runs the plan into one file, which is written here.
    pub(super) fn write_file(
        &self,
        lazy: &LazyFrame,
        writing: &Writing,
        watch: &Watch,
    ) -> Result<Written, RunError> {
        self.run_stages(false, watch, |stages| {
            let cut = self.cut_now(lazy, stages, watch);
            let Ok(CutPlan { root, finish, schema, .. }) = cut.map_err(|error| stages.trouble(error))? else {
                return Ok(LocalRunner.write(lazy, writing, watch)?);
            };
            let fetched = self.fetched_to_write(root, stages, watch)?;
            Ok(match (fetched, finish) {
                (Fetched::Held(data), finish) => {
                    let data = finished_here(data, finish, &schema, watch)?;
                    LocalRunner.write(&data.lazy(), writing, watch)?
                }
                (Fetched::Files(files), None) => {
                    LocalRunner.write(&rows_of_files(files.path())?, writing, watch)?
                }
                (Fetched::Files(files), Some(message)) => {
                    let plan = Arc::new(message.over(fetched::source_of_files(files.path())?)?);
                    write_optimized(move || Ok(prune_plan((*plan).as_ref())), writing, watch)?
                }
            })
        })
    }
}

fn io_trouble(error: std::io::Error) -> Trouble {
    Trouble::from(polars::error::PolarsError::from(error))
}
