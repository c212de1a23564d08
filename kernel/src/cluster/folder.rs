//! The folder that a worker writes shuffle files in: its own, removed at its end; what a killed one left behind is
//! removed by the next.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// A worker's folder, as long as this lives.
pub(super) struct WorkFolder {
    path: PathBuf,
    _lock: File,
}

/// What a worker's folder is called, before a number.
const PREFIX: &str = "worker-";
/// The file that is locked as long as the worker runs.
const LOCK: &str = ".lock";

impl WorkFolder {
    /// A new folder below this one.
    pub(super) fn claim(below: Option<&Path>) -> io::Result<Self> {
        let below = below.map_or_else(|| std::env::temp_dir().join("fram-workers"), Path::to_owned);
        fs::create_dir_all(&below)?;
        remove_abandoned(&below)?;
        let path = below.join(format!("{PREFIX}{}", std::process::id()));
        fs::create_dir_all(&path)?;
        let lock = File::create(path.join(LOCK))?;
        lock.try_lock().map_err(io::Error::from)?;
        Ok(Self { path, _lock: lock })
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for WorkFolder {
    fn drop(&mut self) {
        // What cannot be removed now is removed by the next worker.
        drop(fs::remove_dir_all(&self.path));
    }
}

/// Removes the folders of workers that do not run any more.
fn remove_abandoned(below: &Path) -> io::Result<()> {
    for entry in fs::read_dir(below)? {
        let path = entry?.path();
        let is_ours = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(PREFIX));
        let is_abandoned = is_ours && File::open(path.join(LOCK)).is_ok_and(|lock| lock.try_lock().is_ok());
        if is_abandoned {
            drop(fs::remove_dir_all(&path));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_worker_left_is_removed_and_what_runs_is_not() {
        let below = tempfile::tempdir().unwrap();
        let abandoned = below.path().join("worker-0");
        fs::create_dir_all(abandoned.join("job")).unwrap();
        File::create(abandoned.join(LOCK)).unwrap();
        let folder = WorkFolder::claim(Some(below.path())).unwrap();
        assert!(!abandoned.exists());
        remove_abandoned(below.path()).unwrap();
        assert!(folder.path().exists());
        let path = folder.path().to_owned();
        drop(folder);
        assert!(!path.exists());
    }
}
