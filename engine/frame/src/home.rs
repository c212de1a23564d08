//! Where Fram keeps its own files.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// The folder that Fram keeps its own files in: `FRAM_HOME`, else one below the user's data.
pub fn home_folder() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("FRAM_HOME")
        .or_else(|| set("XDG_DATA_HOME").map(|data| data.join("fram")))
        .or_else(|| set("HOME").map(|home| home.join(".local/share/fram")))
}

/// Makes the folder, and those above it, where they are missing: for this user's eyes only. What is there stays as it is.
pub fn private_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}
