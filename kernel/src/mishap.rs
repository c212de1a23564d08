//! Remembers which cell runs, so that a kernel that ended in the middle of one can say so at its next start. Why it
//! ended is mostly the machine's memory, which no process can be told about in time.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// Characters of a cell that are remembered.
const REMEMBERED: usize = 300;

/// The note on the running cell of one kernel.
pub(crate) struct Mishap {
    file: Option<PathBuf>,
    last: Mutex<Option<String>>,
}

impl Mishap {
    /// The note of the kernel with this connection file. Jupyter starts a kernel that ended again with the same file.
    pub(crate) fn of(connection: &Path) -> Self {
        // `fram run` names its files alike, in folders of their own.
        let folder = connection.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
        let stem = connection.file_stem().unwrap_or_default().to_string_lossy();
        let file =
            fram_engine::home_folder().map(|home| home.join("running").join(format!("{folder}-{stem}")));
        let last = file.as_deref().and_then(left_behind);
        Self { file, last: Mutex::new(last) }
    }

    /// What happened to the kernel before this one, told once.
    pub(crate) fn told(&self) -> Option<String> {
        let cell = self.last.lock().ok()?.take()?;
        Some(format!(
            "The kernel before this one ended while it ran this cell; its names are lost:\n    {}\n\
             Most likely the machine ran out of memory: select fewer columns or rows, or lower the limit at which \
             queries are stopped, as `%config memory_limit 60%`.\n",
            cell.replace('\n', "\n    ")
        ))
    }

    /// A cell begins. Where no note can be written none is: the cell matters more.
    pub(crate) fn begin(&self, cell: &str) {
        let Some(file) = &self.file else { return };
        let begin: String = cell.chars().take(REMEMBERED).collect();
        let note = format!("{}\n{begin}", std::process::id());
        if fs::write(file, &note).is_err()
            && let Some(folder) = file.parent()
            && fs::create_dir_all(folder).is_ok()
        {
            drop(fs::write(file, &note));
        }
    }

    /// The cell has ended.
    pub(crate) fn end(&self) {
        if let Some(file) = &self.file {
            drop(fs::remove_file(file));
        }
    }
}

/// The cell of a note whose process is gone.
fn left_behind(file: &Path) -> Option<String> {
    let note = fs::read_to_string(file).ok()?;
    let (process, cell) = note.split_once('\n')?;
    let is_alive = Path::new("/proc").join(process).exists();
    drop(fs::remove_file(file));
    (!is_alive && process.chars().all(|digit| digit.is_ascii_digit())).then(|| cell.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_that_a_kernel_died_of_is_told_once() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("kernel-1");
        fs::write(&file, "999999999\nlet a = everything()").unwrap();
        let mishap = Mishap { last: Mutex::new(left_behind(&file)), file: Some(file.clone()) };
        assert!(mishap.told().unwrap().contains("let a = everything()"));
        assert!(mishap.told().is_none());
        mishap.begin("1 + 1");
        assert!(file.exists());
        mishap.end();
        assert!(!file.exists());
        assert!(left_behind(&file).is_none());
    }

    #[test]
    fn a_note_of_a_living_process_is_no_mishap() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("kernel-1");
        fs::write(&file, format!("{}\n1", std::process::id())).unwrap();
        assert!(left_behind(&file).is_none());
    }
}
