//! File names, for strings that name files.

use std::path::Path;

use super::Candidate;

/// Entries of one folder that are looked at.
const MOST_ENTRIES: usize = 2_000;

/// The files and folders that go on from the path that is typed.
pub(super) fn candidates(typed: &str) -> Vec<Candidate> {
    let typed = typed.trim_start_matches(['"', '\'']);
    let folder_end = typed.rfind('/').map_or(0, |at| at + 1);
    let folder = &typed[..folder_end];
    let place = match (folder.strip_prefix("~/"), std::env::var_os("HOME")) {
        (Some(rest), Some(home)) => Path::new(&home).join(rest),
        _ if folder.is_empty() => Path::new(".").to_path_buf(),
        _ => Path::new(folder).to_path_buf(),
    };
    let Ok(entries) = std::fs::read_dir(place) else { return Vec::new() };
    let hidden_wanted = typed[folder_end..].starts_with('.');
    entries
        .take(MOST_ENTRIES)
        .filter_map(Result::ok)
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let is_folder = entry.path().is_dir();
            let shown = hidden_wanted || !name.starts_with('.');
            let slash = if is_folder { "/" } else { "" };
            shown.then(|| Candidate::new(format!("{folder}{name}{slash}"), "file", ""))
        })
        .collect()
}
