//! The last step of a segment whose rows are written where they are: each task has a folder of its own, under a name
//! that no other task and no other try of it has, and says what it wrote. What becomes of that is left to `runner`.

use std::fs::{self, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use fram_frame::{Destination, RunError, Watch, Writing, Written, write_optimized};
use polars::error::PolarsResult;
use polars::prelude::{Column, DataFrame, DataType, PlSmallStr, Schema};
use polars_plan::dsl::FileWriteFormat;
use polars_plan::plans::IRPlan;
use serde::{Deserialize, Serialize};

use crate::stage::TaskLimits;

/// The columns of what a task says.
pub(crate) const ATTEMPT: &str = "attempt";
pub(crate) const ROWS: &str = "rows";
pub(crate) const BYTES: &str = "bytes";
pub(crate) const FILES: &str = "files";
/// The file by which a worker knows the folder to be the notebook's.
const MARK: &str = ".mark";

/// What a task is to write, and where.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct WriteStep {
    /// The folder that tasks make theirs in.
    folder: PathBuf,
    /// What its mark says.
    mark: String,
    format: FileWriteFormat,
    partition_by: Vec<PlSmallStr>,
    /// Where people will find the files.
    target: PathBuf,
}

impl WriteStep {
    /// Tasks that write in this folder, which is marked now.
    pub fn into_folder(folder: &Path, writing: &Writing) -> io::Result<Self> {
        let mark = uuid::Uuid::new_v4().to_string();
        fs::write(folder.join(MARK), &mark)?;
        let partition_by = match &writing.destination {
            Destination::Folder { partition_by, .. } => partition_by.clone(),
            Destination::File(_) => Vec::new(),
        };
        let (format, target) = (writing.format.clone(), std::path::absolute(&writing.target)?);
        Ok(Self { folder: folder.to_owned(), mark, format, partition_by, target })
    }

    /// Names and types of what a task says.
    pub(crate) fn schema() -> Schema {
        let number = |name| (PlSmallStr::from_static(name), DataType::UInt64);
        let attempt = (PlSmallStr::from_static(ATTEMPT), DataType::String);
        Schema::from_iter([attempt, number(ROWS), number(BYTES), number(FILES)])
    }

    /// Runs the plan of one task into a new folder; one row says what came of it.
    pub(super) fn run(
        self,
        plan: impl Fn() -> PolarsResult<IRPlan> + Send + Sync + 'static,
        limits: &TaskLimits,
        watch: &Watch,
    ) -> Result<DataFrame, RunError> {
        self.check(limits)?;
        let refused = |error: io::Error| self.refused(limits, &error);
        let attempt = tempfile::Builder::new()
            .prefix("task-")
            .permissions(Permissions::from_mode(0o777))
            .tempdir_in(&self.folder)
            .map_err(refused)?;
        let destination =
            Destination::Folder { path: attempt.path().to_owned(), partition_by: self.partition_by.clone() };
        let writing = Writing { format: self.format.clone(), destination, target: self.target.clone() };
        let written = write_optimized(plan, &writing, watch).map_err(|error| match error {
            RunError::OutOfDisk => self.refused(limits, &ErrorKind::StorageFull.into()),
            other => other,
        })?;
        let path = attempt.keep();
        Ok(said(&path.file_name().unwrap_or_default().to_string_lossy(), written)?)
    }

    /// Refuses a folder that the worker may not write in, and one that is another than the notebook's.
    fn check(&self, limits: &TaskLimits) -> Result<(), RunError> {
        let folder = self.target.parent().unwrap_or(&self.target);
        if !limits.roots.hold(&self.folder) {
            return Err(RunError::Cluster {
                reason: format!("{} may not write in {}", limits.worker(), folder.display()),
                remedy:
                    "start workers with --allow-path FOLDER for each folder that queries may read and write"
                        .into(),
            });
        }
        match fs::read_to_string(self.folder.join(MARK)) {
            Ok(mark) if mark == self.mark => Ok(()),
            Err(error) if error.kind() == ErrorKind::PermissionDenied => Err(self.refused(limits, &error)),
            _ => Err(RunError::Cluster {
                reason: format!(
                    "{} does not see the folder of the notebook's machine in which {} is to be written",
                    limits.worker(),
                    self.target.display()
                ),
                remedy: "write to a folder that all machines of the cluster share, or name one file: it is written on the notebook's machine".into(),
            }),
        }
    }

    fn refused(&self, limits: &TaskLimits, error: &io::Error) -> RunError {
        let folder = self.target.parent().unwrap_or(&self.target);
        let remedy = match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "free space there, or write elsewhere",
            _ => {
                "let the user that workers run as write there, or name one file: it is written on the notebook's machine"
            }
        };
        RunError::Cluster {
            reason: format!("{} cannot write in {}: {error}", limits.worker(), folder.display()),
            remedy: remedy.into(),
        }
    }
}

fn said(attempt: &str, written: Written) -> PolarsResult<DataFrame> {
    let number = |name: &str, number: u64| Column::new(name.into(), [number]);
    let columns = vec![
        Column::new(ATTEMPT.into(), [attempt]),
        number(ROWS, written.rows),
        number(BYTES, written.bytes),
        number(FILES, written.files),
    ];
    DataFrame::new(1, columns)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roots::Roots;

    fn checked(step: &WriteStep, limits: &TaskLimits) -> String {
        step.check(limits).map_or_else(|error| error.to_string(), |()| String::new())
    }

    #[test]
    fn a_folder_that_is_not_the_notebooks_is_refused_by_the_workers_name() {
        let (place, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let writing = Writing {
            format: FileWriteFormat::Parquet(std::sync::Arc::default()),
            destination: Destination::Folder { path: place.path().to_owned(), partition_by: Vec::new() },
            target: place.path().join("out"),
        };
        let step = WriteStep::into_folder(place.path(), &writing).unwrap();
        let mut limits = TaskLimits { worker: "10.0.0.2:7078".into(), ..TaskLimits::default() };
        assert_eq!(checked(&step, &limits), "");
        // Another machine has a folder of the same name, or none.
        fs::write(place.path().join(MARK), "of another write").unwrap();
        let told = checked(&step, &limits);
        assert!(told.starts_with("worker 10.0.0.2:7078 does not see the folder"), "{told}");
        fs::remove_file(place.path().join(MARK)).unwrap();
        assert_eq!(checked(&step, &limits), told);
        limits.roots = Roots::of(&[elsewhere.path().to_owned()]).unwrap();
        let told = checked(&step, &limits);
        assert!(told.starts_with("worker 10.0.0.2:7078 may not write in"), "{told}");
    }
}
