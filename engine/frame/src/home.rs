//! Where Fram keeps its own files.

use std::path::PathBuf;

/// The folder that Fram keeps its own files in: `FRAM_HOME`, else one below the user's data.
pub fn home_folder() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("FRAM_HOME")
        .or_else(|| set("XDG_DATA_HOME").map(|data| data.join("fram")))
        .or_else(|| set("HOME").map(|home| home.join(".local/share/fram")))
}
