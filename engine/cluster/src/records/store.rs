//! Records on disk: a file a job, whose first line is its summary and whose second is all of it. The oldest are
//! removed when there are too many.

use std::fs::{self, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Sender};
use std::thread;

use fram_frame::private_folder;

use crate::record::{JobRecord, JobState, JobSummary};

/// Jobs that are kept at most, and bytes of their files.
pub(super) const MOST_JOBS: usize = 10_000;
const MOST_BYTES: u64 = 1 << 30;
/// The file that is locked as long as a master keeps its records in the folder: another would take its jobs for
/// abandoned.
const LOCK: &str = "lock";

/// A folder of records. What is changed in it is changed by a thread of its own, in order: a slow disk must not hold
/// jobs up.
pub(super) struct Store {
    folder: PathBuf,
    changes: Sender<Change>,
    _lock: File,
}

enum Change {
    Write(Box<JobRecord>),
    Remove(Box<JobSummary>),
}

impl Store {
    /// The records below the folder, which is made where it is missing; with the summaries, the newest last. Nobody
    /// else can open them as long as this lives. They hold cells, names and errors: others may not look at them.
    pub(super) fn open(folder: &Path) -> io::Result<(Self, Vec<JobSummary>)> {
        private_folder(folder)?;
        let lock = locked(folder)?;
        let folder = folder.join("jobs");
        private_folder(&folder)?;
        fs::set_permissions(&folder, Permissions::from_mode(0o700))?;
        let mut names = names(&folder)?;
        remove_oldest(&mut names);
        // What cannot be read is no record: others are shown nevertheless.
        let summaries = names.iter().filter_map(|(path, _)| summary_in(path).ok()).collect();
        let (changes, wanted) = mpsc::channel();
        let below = folder.clone();
        thread::Builder::new().name("fram-records".into()).spawn(move || {
            for change in wanted {
                if let Err(error) = make(&below, &change) {
                    log::warn!("a record could not be changed: {error}");
                }
            }
        })?;
        Ok((Self { folder, changes, _lock: lock }, summaries))
    }

    /// Writes the record, over an older one of the job.
    pub(super) fn write(&self, record: JobRecord) {
        drop(self.changes.send(Change::Write(Box::new(record))));
    }

    /// Forgets the job.
    pub(super) fn remove(&self, summary: JobSummary) {
        drop(self.changes.send(Change::Remove(Box::new(summary))));
    }

    /// All that is known of the job.
    pub(super) fn read(&self, summary: &JobSummary) -> io::Result<JobRecord> {
        let mut lines = BufReader::new(File::open(path_of(&self.folder, summary))?).lines();
        let line = lines.nth(1).ok_or(io::ErrorKind::UnexpectedEof)??;
        let mut record: JobRecord = serde_json::from_str(&line)?;
        abandon(&mut record.summary);
        Ok(record)
    }
}

/// The folder's lock, which the system takes back when the process ends, however it ends.
fn locked(folder: &Path) -> io::Result<File> {
    let lock = private().truncate(false).open(folder.join(LOCK))?;
    match lock.try_lock() {
        Err(TryLockError::WouldBlock) => {
            return Err(io::Error::new(
                io::ErrorKind::ResourceBusy,
                "another master that runs keeps its records there",
            ));
        }
        // A network's folder, mostly.
        Err(TryLockError::Error(error)) => {
            log::warn!("{} cannot be locked: {error}; no other master may use it", folder.display());
        }
        Ok(()) => {}
    }
    Ok(lock)
}

/// Files that their owner alone reads.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true).mode(0o600);
    options
}

fn make(folder: &Path, change: &Change) -> io::Result<()> {
    let record = match change {
        Change::Remove(summary) => return fs::remove_file(path_of(folder, summary)),
        Change::Write(record) => record,
    };
    let path = path_of(folder, &record.summary);
    let draft = path.with_extension("draft");
    let mut file = BufWriter::new(private().truncate(true).open(&draft)?);
    serde_json::to_writer(&mut file, &record.summary)?;
    file.write_all(b"\n")?;
    serde_json::to_writer(&mut file, record)?;
    file.flush()?;
    drop(file);
    fs::rename(&draft, &path)
}

/// Files of records with their sizes, the oldest first.
fn names(folder: &Path) -> io::Result<Vec<(PathBuf, u64)>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.path().extension().is_some_and(|ending| ending == "json") {
            names.push((entry.path(), entry.metadata()?.len()));
        }
    }
    names.sort();
    Ok(names)
}

fn remove_oldest(names: &mut Vec<(PathBuf, u64)>) {
    let (mut bytes, mut kept) = (0, 0);
    for (_, size) in names.iter().rev() {
        bytes += size;
        if bytes > MOST_BYTES || kept >= MOST_JOBS {
            break;
        }
        kept += 1;
    }
    for (path, _) in names.drain(..names.len() - kept) {
        if let Err(error) = fs::remove_file(&path) {
            log::warn!("an old record could not be removed: {error}");
        }
    }
}

/// The record's file. An id from elsewhere must not lead out of the folder.
fn path_of(folder: &Path, summary: &JobSummary) -> PathBuf {
    let plain = |letter: &char| letter.is_ascii_alphanumeric() || *letter == '-';
    let id: String = summary.id.chars().filter(plain).collect();
    folder.join(format!("{:015}-{id}.json", summary.begun))
}

fn summary_in(path: &Path) -> io::Result<JobSummary> {
    let mut line = String::new();
    BufReader::new(File::open(path)?).read_line(&mut line)?;
    let mut summary: JobSummary = serde_json::from_str(&line)?;
    abandon(&mut summary);
    Ok(summary)
}

/// What is said to run in a file that is read runs no more.
fn abandon(summary: &mut JobSummary) {
    if summary.state == JobState::Running {
        summary.state = JobState::Abandoned;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::JobCard;

    #[test]
    fn records_come_back_and_what_ran_is_abandoned() {
        let folder = tempfile::tempdir().unwrap();
        let (store, found) = Store::open(folder.path()).unwrap();
        assert!(found.is_empty());
        let card = JobCard { cell: "a\n<script>".into(), ..JobCard::default() };
        let mut record = JobRecord::new("../x7", card, vec![("a".into(), "b".into())], 12);
        let at = |record: &JobRecord| Change::Write(Box::new(record.clone()));
        make(&store.folder, &at(&record)).unwrap();
        fs::write(store.folder.join("000-broken.json"), "{").unwrap();
        drop(store);
        let (store, found) = Store::open(folder.path()).unwrap();
        assert_eq!(found.iter().map(|one| &one.state).collect::<Vec<_>>(), [&JobState::Abandoned]);
        record.summary.state = JobState::Succeeded;
        make(&store.folder, &at(&record)).unwrap();
        drop(store);
        let (store, found) = Store::open(folder.path()).unwrap();
        assert_eq!(found, [record.summary.clone()]);
        assert_eq!(store.read(&found[0]).unwrap(), record);
        make(&store.folder, &Change::Remove(Box::new(found[0].clone()))).unwrap();
        assert!(store.read(&found[0]).is_err());
    }

    #[test]
    fn a_folder_belongs_to_one_master_and_its_files_to_their_owner() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("master");
        fs::create_dir_all(folder.join("jobs")).unwrap();
        fs::set_permissions(folder.join("jobs"), Permissions::from_mode(0o755)).unwrap();
        let (store, _) = Store::open(&folder).unwrap();
        let refused = Store::open(&folder).err().unwrap();
        assert!(refused.to_string().contains("another master"), "{refused}");
        let record = JobRecord::new("x7", JobCard::default(), Vec::new(), 12);
        make(&store.folder, &Change::Write(Box::new(record.clone()))).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&store.folder), 0o700);
        assert_eq!(mode(&path_of(&store.folder, &record.summary)), 0o600);
        drop(store);
        assert_eq!(Store::open(&folder).unwrap().1.len(), 1);
    }
}
