//! The folder that a worker writes shuffle files in: its own, for its user's eyes only, removed at its end; what a
//! killed one left behind is removed by the next.

use std::fs::{self, DirBuilder, File, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use fram_engine::private_folder;
use nix::unistd::geteuid;

/// A worker's folder, as long as this lives.
pub(super) struct WorkFolder {
    path: PathBuf,
    below: PathBuf,
    _lock: File,
}

/// What a worker's folder is called, before a number; and before that, as long as it is not locked.
const PREFIX: &str = "worker-";
const UNLOCKED: &str = ".new-";
/// The file that is locked as long as the worker runs.
const LOCK: &str = ".lock";
/// Time after which tasks of a killed worker write no more: they notice within a second.
const LAST_WRITES: Duration = Duration::from_secs(5);
/// How often the own folder is removed again, while a task that is ended still writes.
const TRIES: usize = 10;
const AGAIN: Duration = Duration::from_millis(20);

impl WorkFolder {
    /// A new folder below this one.
    pub(super) fn claim(below: Option<&Path>) -> io::Result<Self> {
        let below = match below {
            Some(below) => {
                private_folder(below)?;
                below.to_owned()
            }
            None => own_folder(&std::env::temp_dir().join(format!("fram-workers-{}", geteuid())))?,
        };
        remove_abandoned(&below)?;
        // It gets its name when it is locked: another worker that starts takes it for abandoned otherwise.
        let name = format!("{PREFIX}{}", std::process::id());
        let (path, new) = (below.join(&name), below.join(format!("{UNLOCKED}{name}")));
        remove(&new)?;
        DirBuilder::new().mode(0o700).create(&new)?;
        let lock = File::create(new.join(LOCK))?;
        lock.try_lock().map_err(io::Error::from)?;
        fs::rename(&new, &path)?;
        Ok(Self { path, below, _lock: lock })
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Removes what the last tasks of a killed worker wrote after its folder had been removed. It is ended with the
    /// runtime.
    pub(super) fn sweep_later(&self) -> impl Future<Output = ()> + use<> {
        let below = self.below.clone();
        async move {
            tokio::time::sleep(LAST_WRITES).await;
            if let Err(error) = remove_abandoned(&below) {
                ::log::warn!("{} cannot be tidied up: {error}", below.display());
            }
        }
    }
}

impl Drop for WorkFolder {
    fn drop(&mut self) {
        // What cannot be removed now is removed by the next worker.
        for _ in 0..TRIES {
            if remove(&self.path).is_ok() {
                return;
            }
            thread::sleep(AGAIN);
        }
    }
}

/// A folder that is this user's own: in a place where all may write, somebody else may have made it, or a link.
fn own_folder(folder: &Path) -> io::Result<PathBuf> {
    private_folder(folder)?;
    let about = fs::symlink_metadata(folder)?;
    if !about.is_dir() || about.uid() != geteuid().as_raw() {
        let what = format!("{} is another user's, or a link", folder.display());
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, what));
    }
    if about.mode() & 0o077 != 0 {
        fs::set_permissions(folder, Permissions::from_mode(0o700))?;
    }
    Ok(folder.to_owned())
}

/// Removes the folders of workers that do not run any more.
fn remove_abandoned(below: &Path) -> io::Result<()> {
    for entry in fs::read_dir(below)? {
        let path = entry?.path();
        let is_ours = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(PREFIX));
        if !is_ours {
            continue;
        }
        // One without the file was made again by a task that outlived its worker.
        match File::open(path.join(LOCK)) {
            // Held while it is removed: no third one looks at what is half gone.
            Ok(lock) if lock.try_lock().is_ok() => drop(remove(&path)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => drop(remove(&path)),
            _ => {}
        }
    }
    Ok(())
}

fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
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
        let outlived = below.path().join("worker-1");
        fs::create_dir_all(outlived.join("job")).unwrap();
        let other = below.path().join("notes");
        fs::create_dir(&other).unwrap();
        let folder = WorkFolder::claim(Some(below.path())).unwrap();
        assert!(!abandoned.exists() && !outlived.exists() && other.exists());
        remove_abandoned(below.path()).unwrap();
        assert_eq!(fs::metadata(folder.path()).unwrap().mode() & 0o777, 0o700);
        let path = folder.path().to_owned();
        drop(folder);
        assert!(!path.exists());
        assert_eq!(fs::read_dir(below.path()).unwrap().count(), 1);
    }

    #[test]
    fn the_folder_of_all_workers_of_a_user_is_that_users_own() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("fram-workers-0");
        fs::create_dir(&folder).unwrap();
        fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
        assert_eq!(own_folder(&folder).unwrap(), folder);
        assert_eq!(fs::metadata(&folder).unwrap().mode() & 0o777, 0o700);
        let link = place.path().join("link");
        std::os::unix::fs::symlink(&folder, &link).unwrap();
        let refused = own_folder(&link).unwrap_err();
        assert!(refused.to_string().contains("another user's, or a link"), "{refused}");
    }
}
