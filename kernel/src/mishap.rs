//! Remembers which cell runs, so that a kernel that ended in the middle of one can say so at its next start. Why it
//! ended is mostly the machine's memory, which no process can be told about in time.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Characters of a cell that are remembered.
const REMEMBERED: usize = 300;
/// How long a note waits for its kernel to be started again.
const WAITING: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// What notes of `fram run` begin with: nobody starts its kernels again.
const RUN: &str = "fram-client-";

/// The note on the running cell of one kernel.
pub(crate) struct Mishap {
    file: Option<PathBuf>,
    last: Mutex<Option<String>>,
    is_closed: AtomicBool,
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
        if let Some(folder) = file.as_deref().and_then(Path::parent) {
            sweep(folder);
        }
        Self { file, last: Mutex::new(last), is_closed: AtomicBool::new(false) }
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
        let Some(file) = self.file.as_ref().filter(|_| !self.is_closed.load(Ordering::SeqCst)) else {
            return;
        };
        let begin: String = cell.chars().take(REMEMBERED).collect();
        let process = std::process::id().to_string();
        let note = format!("{process} {}\n{begin}", begun(&process).unwrap_or_default());
        if write(file, &note).is_err()
            && let Some(folder) = file.parent()
            && fram_engine::private_folder(folder).is_ok()
        {
            drop(write(file, &note));
        }
    }

    /// The cell has ended.
    pub(crate) fn end(&self) {
        if let Some(file) = &self.file {
            drop(fs::remove_file(file));
        }
    }

    /// The kernel ends as it was asked to, in the middle of a cell or not: that is no mishap.
    pub(crate) fn close(&self) {
        self.is_closed.store(true, Ordering::SeqCst);
        self.end();
    }
}

/// Writes a note, for the user's eyes only: cells may hold anything.
fn write(file: &Path, note: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    options.open(file)?.write_all(note.as_bytes())
}

/// The cell of a note whose process is gone.
fn left_behind(file: &Path) -> Option<String> {
    let note = fs::read_to_string(file).ok()?;
    drop(fs::remove_file(file));
    let (process, cell) = note.split_once('\n')?;
    is_gone(process)?.then(|| cell.to_owned())
}

/// Removes notes that nobody will read.
fn sweep(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let is_of_run = entry.file_name().to_string_lossy().starts_with(RUN);
        let age =
            entry.metadata().and_then(|about| about.modified()).ok().and_then(|time| time.elapsed().ok());
        let note = fs::read_to_string(entry.path()).unwrap_or_default();
        let is_of_the_dead = is_gone(note.lines().next().unwrap_or_default()).unwrap_or_default();
        if is_of_the_dead && (is_of_run || age.is_some_and(|age| age > WAITING)) {
            drop(fs::remove_file(entry.path()));
        }
    }
}

/// Whether the process of a note's first line is gone: its number, and when it began, since numbers come again. None
/// where the line is no such thing.
fn is_gone(line: &str) -> Option<bool> {
    let (process, since) = line.split_once(' ').unwrap_or((line, ""));
    let is_number = !process.is_empty() && process.chars().all(|digit| digit.is_ascii_digit());
    is_number.then(|| begun(process).is_none_or(|begun| !since.is_empty() && begun != since))
}

/// When the process began, as the system counts; none where there is no such process.
fn begun(process: &str) -> Option<String> {
    let about = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // What stands before is the program's name, which may hold anything.
    about.rsplit_once(')')?.1.split_whitespace().nth(19).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_that_a_kernel_died_of_is_told_once() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("kernel-1");
        fs::write(&file, "999999999\nlet a = everything()").unwrap();
        let last = Mutex::new(left_behind(&file));
        let mishap = Mishap { last, file: Some(file.clone()), is_closed: AtomicBool::new(false) };
        assert!(mishap.told().unwrap().contains("let a = everything()"));
        assert!(mishap.told().is_none());
        mishap.begin("1 + 1");
        assert!(file.exists());
        assert_eq!(is_gone(fs::read_to_string(&file).unwrap().lines().next().unwrap()), Some(false));
        mishap.end();
        assert!(!file.exists());
        assert!(left_behind(&file).is_none());
        // Whoever asks the kernel to end in the middle of a cell knows why it ended.
        mishap.begin("1 + 1");
        mishap.close();
        mishap.begin("2 + 2");
        assert!(!file.exists());
    }

    #[test]
    fn a_note_of_a_living_process_is_no_mishap() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("kernel-1");
        fs::write(&file, format!("{}\n1", std::process::id())).unwrap();
        assert!(left_behind(&file).is_none());
        // Another process with its number is another.
        fs::write(&file, format!("{} 1\n1", std::process::id())).unwrap();
        assert_eq!(left_behind(&file).as_deref(), Some("1"));
    }

    #[test]
    fn notes_that_nobody_will_read_are_removed() {
        let place = tempfile::tempdir().unwrap();
        let note =
            |name: &str, process: u32| fs::write(place.path().join(name), format!("{process}\n1")).unwrap();
        note("fram-client-1-connection", 999_999_999);
        note("fram-client-2-connection", std::process::id());
        note("runtime-kernel-3", 999_999_999);
        note("runtime-kernel-4", 999_999_999);
        let old = fs::File::options().write(true).open(place.path().join("runtime-kernel-4")).unwrap();
        old.set_modified(std::time::SystemTime::now() - 2 * WAITING).unwrap();
        sweep(place.path());
        let mut names: Vec<_> =
            fs::read_dir(place.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["fram-client-2-connection", "runtime-kernel-3"]);
    }
}
