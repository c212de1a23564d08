//! The folder that tasks write in, each in one of its own, and the commit: what those tasks wrote whose word counts is
//! moved up, and all the rest is removed. A task that runs twice, or wakes up when all is over, finds no folder.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use fram_frame::{RunError, Written, part_name, remove_whole};
use polars::error::{PolarsError, PolarsResult};
use polars::prelude::DataFrame;
use polars_plan::dsl::FileWriteFormat;

use crate::segment::{ATTEMPT, BYTES, FILES, ROWS};
use crate::words::counted;

/// Readers of folders take no notice of such a name.
const NAME: &str = "_tasks";

/// The folder of the tasks of one job. It is removed when this is dropped.
pub(super) struct Attempts {
    folder: PathBuf,
    path: PathBuf,
}

/// What a task says that it wrote.
struct Said {
    attempt: String,
    rows: u64,
    bytes: u64,
    files: usize,
}

impl Attempts {
    /// A new one in the folder that is written.
    pub(super) fn begin(folder: &Path) -> io::Result<Self> {
        let path = folder.join(NAME);
        remove_whole(&path)?;
        fs::DirBuilder::new().mode(0o777).create(&path)?;
        Ok(Self { folder: folder.to_owned(), path })
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Moves what these tasks wrote into the folder, in their order. Each of so many tasks must have had its say.
    pub(super) fn commit(
        self,
        said: &DataFrame,
        tasks: usize,
        format: &FileWriteFormat,
    ) -> Result<Written, RunError> {
        let said = read(said)?;
        if said.len() != tasks {
            return Err(RunError::System {
                what: "writing files".into(),
                reason: format!("{} of {} said what they wrote", said.len(), counted(tasks, "task")),
            });
        }
        let rows = said.iter().map(|task| task.rows).sum();
        let mut written = Written { rows, ..Written::default() };
        let mut numbers: HashMap<PathBuf, u64> = HashMap::new();
        for (place, task) in said.iter().enumerate() {
            let files = self.files_of(task)?;
            // Files without rows say what the columns are, for which one is enough.
            if task.rows == 0 && (rows > 0 || place > 0) {
                continue;
            }
            for (file, bytes) in files {
                let folder = self.folder.join(file.parent().unwrap_or(Path::new("")));
                let number = numbers.entry(folder.clone()).or_default();
                let moved = fs::create_dir_all(&folder).and_then(|()| {
                    let target = folder.join(part_name(*number, format));
                    fs::rename(self.path.join(&task.attempt).join(&file), target)
                });
                moved.map_err(PolarsError::from)?;
                *number += 1;
                written.files += 1;
                written.bytes += bytes;
            }
        }
        // From here on no task can write below the folder any more.
        remove_whole(&self.path).map_err(PolarsError::from)?;
        Ok(written)
    }

    /// The files of a task by their paths below its folder, with their bytes.
    fn files_of(&self, task: &Said) -> Result<Vec<(PathBuf, u64)>, RunError> {
        let mut files = Vec::new();
        let folder = self.path.join(&task.attempt);
        let is_plain = Path::new(&task.attempt).file_name() == Some(task.attempt.as_ref());
        let seen = is_plain && collect(&folder, Path::new(""), &mut files).is_ok();
        let bytes: u64 = files.iter().map(|(_, bytes)| bytes).sum();
        if !seen || files.len() != task.files || bytes != task.bytes {
            return Err(RunError::Cluster {
                reason: "a task has written files that are not seen on the notebook's machine".into(),
                remedy: "write to a folder that all machines of the cluster share, or name one file: it is written on the notebook's machine".into(),
            });
        }
        files.sort();
        Ok(files)
    }
}

impl Drop for Attempts {
    fn drop(&mut self) {
        if let Err(error) = remove_whole(&self.path) {
            log::warn!("{} could not be removed: {error}", self.path.display());
        }
    }
}

fn collect(root: &Path, below: &Path, files: &mut Vec<(PathBuf, u64)>) -> io::Result<()> {
    for entry in fs::read_dir(root.join(below))? {
        let entry = entry?;
        let (path, about) = (below.join(entry.file_name()), entry.metadata()?);
        if about.is_dir() {
            collect(root, &path, files)?;
        } else {
            files.push((path, about.len()));
        }
    }
    Ok(())
}

fn read(said: &DataFrame) -> PolarsResult<Vec<Said>> {
    let (attempts, rows) = (said.column(ATTEMPT)?.str()?, said.column(ROWS)?.u64()?);
    let (bytes, files) = (said.column(BYTES)?.u64()?, said.column(FILES)?.u64()?);
    let one = |place| {
        Some(Said {
            attempt: attempts.get(place)?.to_owned(),
            rows: rows.get(place)?,
            bytes: bytes.get(place)?,
            files: usize::try_from(files.get(place)?).ok()?,
        })
    };
    Ok((0..said.height()).filter_map(one).collect())
}
