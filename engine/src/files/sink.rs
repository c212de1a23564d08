//! A frame as a file: written on the streaming engine under a private name beside the target, and renamed when it is
//! whole, so that a target is the old file or the new one and never a part. Formats' options are left to `verbs`.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use fram_frame::{Limit, Plan, RunError, Runner, Watch};
use polars::error::PolarsError;
use polars::prelude::{Expr, LazyFrame, OptFlags};
use polars_plan::dsl::FileWriteFormat;
use polars_plan::dsl::file_provider::{FileProviderType, HivePathProvider};
use polars_plan::dsl::sink::{PartitionStrategy, SinkDestination, SinkTarget, UnifiedSinkArgs};

use super::fault;
use crate::fault::Fault;

/// Rows and bytes of each file of a partitioned folder at most; Polars' own bounds.
const MOST_ROWS: u32 = u32::MAX;
const MOST_BYTES: u64 = 4 << 30;

/// What is written where.
pub(crate) struct Sink {
    /// The file, or the folder where rows are parted.
    pub(crate) target: PathBuf,
    /// The format and its options.
    pub(crate) format: FileWriteFormat,
    /// Columns whose values become folders.
    pub(crate) partition_by: Vec<Expr>,
    /// Whether missing folders are made.
    pub(crate) mkdir: bool,
}

/// What was written.
pub(crate) struct Written {
    /// Rows.
    pub(crate) rows: u64,
    /// Bytes of all files.
    pub(crate) bytes: u64,
}

impl Sink {
    /// Runs the plan into the target.
    pub(crate) fn write(self, lazy: LazyFrame, runner: &dyn Runner, watch: &Watch) -> Result<Written, Fault> {
        let target = self.checked_target()?;
        let folder = parent(&target);
        let failed = |error: &std::io::Error| fault::of_io(&target, error);
        let mut builder = tempfile::Builder::new();
        builder.prefix(".fram-").suffix(".part");
        let rows = Arc::new(AtomicU64::new(0));
        let lazy = counted(lazy, rows.clone());
        if self.partition_by.is_empty() {
            // A private file would be readable for its owner alone.
            let mode = fs::metadata(&target).map_or(0o666, |about| about.permissions().mode() & 0o777);
            let file = builder
                .permissions(Permissions::from_mode(mode))
                .tempfile_in(folder)
                .map_err(|error| failed(&error))?;
            let part = file.into_temp_path();
            self.run(lazy, &part, &target, runner, watch)?;
            part.persist(&target).map_err(|error| failed(&error.error))?;
        } else {
            let part = builder.tempdir_in(folder).map_err(|error| failed(&error))?;
            self.run(lazy, part.path(), &target, runner, watch)?;
            let open = Permissions::from_mode(0o755);
            fs::set_permissions(part.path(), open)
                .and_then(|()| fs::rename(part.path(), &target))
                .map_err(|error| failed(&error))?;
        }
        Ok(Written { rows: rows.load(Ordering::Relaxed), bytes: size(&target) })
    }

    /// The target as the file system knows it: behind links, in a folder that is there.
    fn checked_target(&self) -> Result<PathBuf, Fault> {
        let name = self.target.display().to_string();
        let wrong = |message: String| Fault::new("FileError", message).at(name.clone());
        let folder = parent(&self.target);
        if !folder.is_dir() {
            if !self.mkdir {
                return Err(wrong(format!("there is no folder {}", folder.display()))
                    .hint("`#{ mkdir: true }` makes it"));
            }
            fs::create_dir_all(folder).map_err(|error| fault::of_io(folder, &error))?;
        }
        let Ok(about) = fs::metadata(&self.target) else { return Ok(self.target.clone()) };
        if about.is_dir() {
            let is_empty = fs::read_dir(&self.target).is_ok_and(|mut entries| entries.next().is_none());
            return match (self.partition_by.is_empty(), is_empty) {
                (true, _) => {
                    Err(wrong(format!("{name} is a folder, not a file")).hint("give the file's name too"))
                }
                (false, true) => Ok(self.target.clone()),
                (false, false) => Err(wrong(format!("the folder {name} holds files already"))
                    .hint("give a new folder, or remove the old one first")),
            };
        }
        if !about.is_file() || !self.partition_by.is_empty() {
            return Err(wrong(format!("{name} is there already, and is not what would be written"))
                .hint("give another path"));
        }
        fs::canonicalize(&self.target).map_err(|error| fault::of_io(&self.target, &error))
    }

    fn run(
        &self,
        lazy: LazyFrame,
        part: &Path,
        target: &Path,
        runner: &dyn Runner,
        watch: &Watch,
    ) -> Result<(), Fault> {
        let text = part.to_str().ok_or_else(|| Fault::new("FileError", "the path is not UTF-8"))?;
        let destination = if self.partition_by.is_empty() {
            SinkDestination::File { target: SinkTarget::Path(text.into()) }
        } else {
            SinkDestination::Partitioned {
                base_path: text.into(),
                file_path_provider: Some(FileProviderType::Hive(HivePathProvider {
                    extension: self.format.extension().into(),
                })),
                partition_strategy: PartitionStrategy::Keyed {
                    keys: self.partition_by.clone(),
                    include_keys: false,
                    keys_pre_grouped: false,
                },
                max_rows_per_file: MOST_ROWS,
                approximate_bytes_per_file: MOST_BYTES,
            }
        };
        let arguments =
            UnifiedSinkArgs { mkdir: !self.partition_by.is_empty(), ..UnifiedSinkArgs::default() };
        let plan = Plan::Polars(lazy.sink(destination, self.format.clone(), arguments)?);
        runner.run(&plan, Limit::All, watch).map_err(|error| write_fault(target, error))?;
        Ok(())
    }
}

/// The plan, counting its rows as they pass.
fn counted(lazy: LazyFrame, rows: Arc<AtomicU64>) -> LazyFrame {
    let count = move |data: polars::prelude::DataFrame| {
        rows.fetch_add(data.height() as u64, Ordering::Relaxed);
        Ok(data)
    };
    lazy.map(count, OptFlags::default() | OptFlags::STREAMING, None, Some("count"))
}

fn write_fault(target: &Path, error: RunError) -> Fault {
    if let RunError::Polars(polars) = &error {
        if let PolarsError::IO { error, .. } = polars {
            return fault::of_io(target, error);
        }
        if polars.to_string().contains("No space left") {
            return fault::full(target);
        }
    }
    error.into()
}

fn parent(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Bytes of a file, or of all files of a folder.
fn size(path: &Path) -> u64 {
    let Ok(about) = fs::metadata(path) else { return 0 };
    if !about.is_dir() {
        return about.len();
    }
    fs::read_dir(path).into_iter().flatten().flatten().map(|entry| size(&entry.path())).sum()
}
