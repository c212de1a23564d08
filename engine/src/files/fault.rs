//! What can be wrong with a file, in the words that users read: each error names the file and what to do next.

use std::io::{Error, ErrorKind};
use std::path::Path;

use crate::fault::Fault;

/// The fault of a file that could not be opened, read or written.
pub(crate) fn of_io(path: &Path, error: &Error) -> Fault {
    let name = path.display();
    let fault = match error.kind() {
        ErrorKind::NotFound => return not_found(path),
        ErrorKind::PermissionDenied => Fault::new("PermissionDenied", format!("no permission for {name}"))
            .hint("ask its owner, or change it with `chmod`"),
        ErrorKind::IsADirectory => Fault::new("FileError", format!("{name} is a folder, not a file"))
            .hint(format!("`{name}/*` means the files in it")),
        ErrorKind::NotADirectory => {
            Fault::new("FileError", format!("part of the path {name} is a file, not a folder"))
        }
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => full(path),
        ErrorKind::ReadOnlyFilesystem => {
            Fault::new("FileError", format!("{name} lies on a disk that cannot be written to"))
        }
        ErrorKind::UnexpectedEof => truncated(path),
        ErrorKind::InvalidInput | ErrorKind::InvalidData => {
            Fault::new("FileError", format!("{name} is damaged: {error}"))
                .hint("fetch or write the file again")
        }
        _ => Fault::new("FileError", format!("{name}: {error}")),
    };
    fault.at(name.to_string())
}

/// A path that leads nowhere; names what does lie there.
pub(crate) fn not_found(path: &Path) -> Fault {
    let fault = Fault::new("FileNotFound", format!("there is no file {}", path.display()))
        .at(path.display().to_string());
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    if !folder.is_dir() {
        return fault.hint(format!(
            "there is no folder {} either; paths are relative to the notebook's folder",
            folder.display()
        ));
    }
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.retain(|name| !name.starts_with('.'));
    names.sort_unstable();
    let wanted = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    match crate::nearest::names(&wanted, names.iter().map(String::as_str)).first() {
        Some(near) => fault.hint(format!(
            "did you mean \"{}\"?",
            folder.join(near).display().to_string().trim_start_matches("./")
        )),
        None => fault.hint("paths are relative to the notebook's folder; `*` and `**` match several files"),
    }
}

/// Compressed data that ends too early.
pub(crate) fn truncated(path: &Path) -> Fault {
    let name = path.display().to_string();
    Fault::new("FileError", format!("{name} is cut off: its compressed data ends too early"))
        .hint("fetch the file again, or save what is there: `gzip -dc FILE > part.txt`")
        .at(name)
}

/// A disk without room.
pub(crate) fn full(path: &Path) -> Fault {
    Fault::new(
        "OutOfDisk",
        format!("the disk is full: {} could not be written, and nothing is left of it", path.display()),
    )
    .hint("free space there, or write to another disk")
    .at(path.display().to_string())
}

/// A file without any content.
pub(crate) fn empty(path: &Path) -> Fault {
    let name = path.display().to_string();
    Fault::new("NoData", format!("{name} is empty"))
        .hint("check what wrote it; an empty file has no columns")
        .at(name)
}
