//! A private file or folder beside a target, which takes the target's place when it is whole: the target is the old
//! one or the new one and never a part. What a writer that was killed has left, the next one there removes.

use std::fs::{self, File, OpenOptions, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use fram_frame::remove_whole;
use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, RenameFlags, renameat2};

/// What private names begin and end with; readers of folders take no notice of names that begin so.
const BEGIN: &str = ".fram-";
const END: &str = ".part";
/// Times that one is made where others may remove it at once.
const TRIES: usize = 16;

/// A private file or folder. It is removed when this is dropped.
pub(crate) struct Private {
    path: PathBuf,
    /// Held as long as somebody writes here. The system lets go of it when the process ends, however it ends.
    _lock: File,
}

impl Private {
    /// A new file in the folder, with these permissions.
    pub(crate) fn file_in(folder: &Path, mode: u32) -> io::Result<Self> {
        Self::locked(|| {
            let made = builder().permissions(Permissions::from_mode(mode)).tempfile_in(folder)?;
            let (file, path) = made.keep().map_err(|error| error.error)?;
            Ok((path, file))
        })
    }

    /// A new folder in the folder.
    pub(crate) fn folder_in(folder: &Path) -> io::Result<Self> {
        Self::locked(|| {
            // What the process makes as a rule: others may have to write here too.
            let made = builder().permissions(Permissions::from_mode(0o777)).tempdir_in(folder)?;
            let path = made.keep();
            let file = File::open(&path)?;
            Ok((path, file))
        })
    }

    /// Makes it, until nobody has taken it for one that was left behind.
    fn locked(make: impl Fn() -> io::Result<(PathBuf, File)>) -> io::Result<Self> {
        for _ in 0..TRIES {
            let (path, file) = make()?;
            match file.try_lock() {
                Err(TryLockError::WouldBlock) => continue,
                // Where there are no locks, nothing that has none is removed.
                Err(TryLockError::Error(_)) | Ok(()) => {}
            }
            if path.exists() {
                return Ok(Self { path, _lock: file });
            }
        }
        Err(io::Error::other("others remove what is written there"))
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Puts it in the place of a folder that is there, which is removed.
    pub(crate) fn put_over(mut self, target: &Path) -> io::Result<()> {
        sync_folders(&self.path)?;
        match renameat2(AT_FDCWD, &self.path, AT_FDCWD, target, RenameFlags::RENAME_EXCHANGE) {
            // The old one has the private name now, and goes with it.
            Ok(()) => {}
            Err(Errno::EINVAL | Errno::ENOSYS | Errno::EOPNOTSUPP) => {
                // Its name is none that others remove, so that the old folder is lost in no case.
                let begin = format!("{}.old-", target.file_name().unwrap_or_default().to_string_lossy());
                let folder = target.parent().unwrap_or(Path::new("."));
                let old = tempfile::Builder::new().prefix(&begin).tempdir_in(folder)?.keep();
                fs::rename(target, &old)?;
                if let Err(error) = fs::rename(&self.path, target) {
                    fs::rename(&old, target)?;
                    return Err(error);
                }
                self.path = old;
            }
            Err(error) => return Err(error.into()),
        }
        sync_parent(target);
        Ok(())
    }

    /// Puts it in the target's place, for good.
    pub(crate) fn put_at(self, target: &Path) -> io::Result<()> {
        sync_folders(&self.path)?;
        fs::rename(&self.path, target)?;
        sync_parent(target);
        Ok(())
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        if let Err(error) = remove_whole(&self.path) {
            log::warn!("{} could not be removed: {error}", self.path.display());
        }
    }
}

/// Removes what writers have left in the folder whose process was ended before they could.
pub(crate) fn remove_left_behind(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if !(name.starts_with(BEGIN) && name.ends_with(END)) {
            continue;
        }
        let path = entry.path();
        let opened = OpenOptions::new().read(true).write(path.is_file()).open(&path);
        // One that is locked is being written; one that is not for us to open is not ours to remove.
        let Some(_lock) = opened.ok().filter(|file| file.try_lock().is_ok()) else { continue };
        if let Err(error) = remove_whole(&path) {
            log::warn!("{} was left behind, and could not be removed: {error}", path.display());
        }
    }
}

fn builder<'a>() -> tempfile::Builder<'a, 'a> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(BEGIN).suffix(END);
    builder
}

/// Writes the target's name to the disk.
fn sync_parent(target: &Path) {
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Err(error) = File::open(folder.unwrap_or(Path::new("."))).and_then(|folder| folder.sync_all()) {
        log::warn!("{} may be lost if the machine stops now: {error}", target.display());
    }
}

/// Writes the names in the folder, and in those in it, to the disk; the files have been.
fn sync_folders(path: &Path) -> io::Result<()> {
    if !path.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(path)? {
        sync_folders(&entry?.path())?;
    }
    File::open(path)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let names = fs::read_dir(folder).unwrap();
        let mut names: Vec<String> =
            names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn what_was_left_behind_is_removed_and_what_is_being_written_is_not() {
        let place = tempfile::tempdir().unwrap();
        let (file, folder) =
            (Private::file_in(place.path(), 0o600).unwrap(), Private::folder_in(place.path()).unwrap());
        fs::write(place.path().join(".fram-old.part"), "x").unwrap();
        fs::create_dir_all(place.path().join(".fram-older.part/deep")).unwrap();
        fs::write(place.path().join(".fram-older.part/deep/file"), "x").unwrap();
        fs::write(place.path().join("mine.part"), "x").unwrap();
        remove_left_behind(place.path());
        let name = |private: &Private| private.path().file_name().unwrap().to_string_lossy().into_owned();
        let mut wanted = vec![name(&file), name(&folder), "mine.part".to_owned()];
        wanted.sort();
        assert_eq!(names(place.path()), wanted);
        drop((file, folder));
        assert_eq!(names(place.path()), ["mine.part"]);
    }

    #[test]
    fn a_folder_takes_the_place_of_an_empty_one_alone() {
        let place = tempfile::tempdir().unwrap();
        let (empty, full) = (place.path().join("empty"), place.path().join("full"));
        fs::create_dir(&empty).unwrap();
        fs::create_dir(&full).unwrap();
        fs::write(full.join("old"), "x").unwrap();
        for (target, is_put) in [(&empty, true), (&full, false)] {
            let private = Private::folder_in(place.path()).unwrap();
            fs::write(private.path().join("new"), "y").unwrap();
            assert_eq!(private.put_at(target).is_ok(), is_put);
        }
        assert_eq!((names(&empty), names(&full)), (vec!["new".to_owned()], vec!["old".to_owned()]));
        assert_eq!(names(place.path()), ["empty", "full"]);
    }
}
