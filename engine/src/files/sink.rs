//! A frame as a file, or as a folder of files: what is at the target now, and that the new one is put there when it is
//! whole. How rows come into files is left to runners, formats' options to `verbs`.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use fram_frame::{Destination, RunError, Runner, Watch, Writing, Written};
use polars::error::PolarsError;
use polars::prelude::{Expr, LazyFrame, PlSmallStr};
use polars_plan::dsl::FileWriteFormat;

use super::fault;
use super::private::{Private, remove_left_behind};
use crate::fault::Fault;

/// What is written where.
pub(crate) struct Sink {
    /// The file or the folder.
    pub(crate) target: PathBuf,
    /// Whether it is a folder in any case; one that is there is one too.
    pub(crate) is_folder: bool,
    /// The format and its options.
    pub(crate) format: FileWriteFormat,
    /// Columns whose values become folders.
    pub(crate) partition_by: Vec<Expr>,
    /// Whether missing folders are made.
    pub(crate) mkdir: bool,
    /// Whether a folder of files that is there is replaced.
    pub(crate) overwrite: bool,
}

impl Sink {
    /// Runs the plan into the target.
    pub(crate) fn write(self, lazy: LazyFrame, runner: &dyn Runner, watch: &Watch) -> Result<Written, Fault> {
        let (lazy, partition_by) = with_keys(lazy, &self.partition_by)?;
        let (target, is_folder) = self.checked_target()?;
        let failed = |error: &io::Error| fault::of_io(&target, error);
        let folder = parent(&target);
        remove_left_behind(folder);
        // A private one would be readable for its owner alone.
        let mode = fs::metadata(&target).ok().map(|about| about.permissions().mode() & 0o777);
        let made = if is_folder {
            Private::folder_in(folder)
        } else {
            Private::file_in(folder, mode.unwrap_or(0o666))
        };
        let private = made.map_err(|error| failed(&error))?;
        let path = private.path().to_owned();
        let destination =
            if is_folder { Destination::Folder { path, partition_by } } else { Destination::File(path) };
        let writing = Writing { format: self.format, destination, target: target.clone() };
        let written = runner.write(&lazy, &writing, watch).map_err(|error| write_fault(&target, error))?;
        if let (true, Some(mode)) = (is_folder, mode) {
            fs::set_permissions(private.path(), Permissions::from_mode(mode))
                .map_err(|error| failed(&error))?;
        }
        let is_there = is_folder && target.is_dir();
        let put = if is_there { private.put_over(&target) } else { private.put_at(&target) };
        put.map_err(|error| failed(&error))?;
        Ok(written)
    }

    /// The target as the file system knows it: behind links, in a folder that is there; and whether it is a folder.
    fn checked_target(&self) -> Result<(PathBuf, bool), Fault> {
        // Without a slash at the end.
        let target: PathBuf = self.target.components().collect();
        let name = target.display().to_string();
        let wrong = |message: String| Fault::new("FileError", message).at(name.clone());
        let folder = parent(&target);
        if !folder.is_dir() {
            if !self.mkdir {
                return Err(wrong(format!("there is no folder {}", folder.display()))
                    .hint("`#{ mkdir: true }` makes it"));
            }
            fs::create_dir_all(folder).map_err(|error| fault::of_io(folder, &error))?;
        }
        let is_folder = self.is_folder || !self.partition_by.is_empty();
        let Ok(about) = fs::metadata(&target) else { return Ok((target, is_folder)) };
        if about.is_dir() {
            let is_empty = fs::read_dir(&target).is_ok_and(|mut entries| entries.next().is_none());
            if !is_empty {
                self.check_replaced(&target, is_folder)?;
            }
        } else if !about.is_file() || is_folder {
            return Err(wrong(format!("{name} is there already, and is not what would be written"))
                .hint("give another path"));
        }
        let real = fs::canonicalize(&target).map_err(|error| fault::of_io(&target, &error))?;
        Ok((real, about.is_dir()))
    }

    /// Refuses to replace a folder where that is not wanted, or where other things are in it than written data.
    fn check_replaced(&self, folder: &Path, is_folder: bool) -> Result<(), Fault> {
        let name = folder.display().to_string();
        let wrong = |message: String| Fault::new("FileError", message).at(name.clone());
        if !self.overwrite {
            let other =
                if is_folder { "a new folder" } else { "the name of a file in it, or of a new folder" };
            return Err(wrong(format!("the folder {name} holds files already"))
                .hint(format!("give {other}; `#{{ overwrite: true }}` replaces what is there")));
        }
        match other_file(folder).map_err(|error| fault::of_io(folder, &error))? {
            None => Ok(()),
            Some(other) => {
                let other = other.display();
                Err(wrong(format!("the folder {name} holds more than written data: {other}"))
                    .hint("give another folder, or remove that one first"))
            }
        }
    }
}

/// The first file below the folder that is none of those that writers of data make.
fn other_file(folder: &Path) -> io::Result<Option<PathBuf>> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let other = if entry.file_type()?.is_dir() {
            other_file(&entry.path())?
        } else {
            (!(name.starts_with("part-") || name.starts_with("_SUCCESS"))).then(|| entry.path())
        };
        if other.is_some() {
            return Ok(other);
        }
    }
    Ok(None)
}

/// The plan with the columns whose values become folders, and their names.
fn with_keys(lazy: LazyFrame, keys: &[Expr]) -> Result<(LazyFrame, Vec<PlSmallStr>), Fault> {
    if keys.is_empty() {
        return Ok((lazy, Vec::new()));
    }
    let names = lazy.clone().select(keys).collect_schema()?.iter_names_cloned().collect();
    let are_columns = keys.iter().all(|key| matches!(key, Expr::Column(_)));
    Ok((if are_columns { lazy } else { lazy.with_columns(keys) }, names))
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
