//! The folder that queries write to when they do not fit in memory, and how much of it is in use. Both engines write to
//! one folder of this process, so that one limit holds for both, and what a process that was killed has left is removed
//! by the next (Polars does that, by the process's number).

use std::fs;
use std::path::{Path, PathBuf};

use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};

use crate::home::private_folder;

/// The folder under which every process has its own: `POLARS_OOC_SPILL_DIR`, or Polars' default.
pub fn spill_folder() -> PathBuf {
    polars_config::config().ooc_spill_dir()
}

/// The folder of this process, which is made where it is missing. The next process removes what one that was killed has
/// left in its own.
pub fn own_spill_folder() -> std::io::Result<PathBuf> {
    let folder = own_folder();
    private_folder(&folder).map(|()| folder)
}

/// Bytes that are free on the disk of the folder. `None` where the system doesn't tell.
pub fn free_disk_bytes() -> Option<u64> {
    let folder = spill_folder();
    free_bytes_of(folder.ancestors().find(|folder| folder.exists())?)
}

/// Bytes that are free on the disk of this folder. `None` where the system doesn't tell.
pub fn free_bytes_of(folder: &Path) -> Option<u64> {
    let disk = nix::sys::statvfs::statvfs(folder).ok()?;
    Some(disk.blocks_available().saturating_mul(disk.fragment_size()))
}

/// Bytes that this process's queries have written and not yet removed.
pub(crate) fn spilled_bytes() -> u64 {
    bytes_under(&own_folder())
}

/// Where DataFusion writes, and how much it may.
pub(crate) fn disk_manager(limit: Option<u64>) -> DiskManagerBuilder {
    static OLD_REMOVED: std::sync::Once = std::sync::Once::new();
    OLD_REMOVED.call_once(polars_ooc::init_ooc_cleaner);
    let folder = own_folder();
    let mode = match private_folder(&folder) {
        Ok(()) => DiskManagerMode::Directories(vec![folder]),
        // Queries then have memory alone.
        Err(_) => DiskManagerMode::Disabled,
    };
    DiskManagerBuilder::default().with_mode(mode).with_max_temp_directory_size(limit.unwrap_or(u64::MAX))
}

fn own_folder() -> PathBuf {
    spill_folder().join(std::process::id().to_string())
}

fn bytes_under(folder: &Path) -> u64 {
    // Files come and go while they are counted.
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let bytes = |entry: fs::DirEntry| match entry.metadata() {
        Ok(about) if about.is_dir() => bytes_under(&entry.path()),
        Ok(about) => about.len(),
        Err(_) => 0,
    };
    entries.map(bytes).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_disk_has_room_and_what_is_written_is_counted() {
        assert!(free_disk_bytes().is_some_and(|bytes| bytes > 0));
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("a/b");
        private_folder(&folder).unwrap();
        fs::write(folder.join("one"), [0; 100]).unwrap();
        fs::write(place.path().join("two"), [0; 20]).unwrap();
        assert_eq!(bytes_under(place.path()), 120);
        assert_eq!(bytes_under(&place.path().join("nothing")), 0);
    }
}
