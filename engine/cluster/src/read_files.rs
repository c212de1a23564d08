//! The files that a task reads: only in the worker's folders, and only as the driver saw them. And the files that rows
//! came of which stay on the workers: where these were lost, they come again only of the same files.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::Path;
use std::time::UNIX_EPOCH;

use crate::failure::Failure;
use crate::piece::Stamp;
use crate::stage::TaskLimits;

/// The state that a file is in now.
pub(crate) fn stamp_of(path: &Path) -> io::Result<Stamp> {
    let found = std::fs::metadata(path)?;
    let modified = found.modified()?.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos());
    Ok(Stamp { size: found.len(), modified })
}

/// Refuses a file that is elsewhere, not there, or not as the driver saw it.
pub(crate) fn check(path: &Path, seen: Stamp, limits: &TaskLimits) -> Result<(), Failure> {
    limits.roots.check(path)?;
    let found = stamp_of(path).map_err(|error| Failure::Cluster {
        reason: format!("{} cannot read {}: {error}", limits.worker(), path.display()),
        remedy: "workers read a file at the path that the notebook knows: put it into a folder that all machines share, or copy it to each of them with its time (`cp -p`, `rsync -t`)".into(),
    })?;
    if found == seen {
        return Ok(());
    }
    Err(Failure::Cluster {
        reason: format!("{} was changed while the query ran, or {} has another", path.display(), limits.worker()),
        remedy: "run the cell again, when nothing writes to the file any more; a copy needs the size and the time of the notebook's (`cp -p`, `rsync -t`)".into(),
    })
}

/// The files of a plan, as they were when it was made. Hashes, since there may be a million of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SeenFiles {
    hashes: HashSet<u64>,
    bytes: u64,
    /// The one that was changed last, and when.
    newest: Option<(u128, String)>,
}

impl SeenFiles {
    /// One more.
    pub(crate) fn add(&mut self, path: &str, stamp: Stamp) {
        let mut hasher = DefaultHasher::new();
        (path, stamp.size, stamp.modified).hash(&mut hasher);
        if self.hashes.insert(hasher.finish()) {
            self.bytes = self.bytes.saturating_add(stamp.size);
        }
        if self.newest.as_ref().is_none_or(|(when, _)| *when < stamp.modified) {
            self.newest = Some((stamp.modified, path.to_owned()));
        }
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    /// Their bytes; what several parts of the plan read may count as often.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// And those of another part of the plan.
    pub(crate) fn add_all(&mut self, others: Self) {
        self.bytes = self.bytes.saturating_add(others.bytes);
        self.hashes.extend(others.hashes);
        self.newest = self.newest.take().max(others.newest);
    }

    /// Refuses rows that would come of other files than these: those of the same plan now.
    pub(crate) fn check(&self, now: &Self) -> Result<(), Failure> {
        if self.hashes == now.hashes {
            return Ok(());
        }
        let changed = match (&self.newest, &now.newest) {
            (then, Some((when, path))) if then.as_ref().is_none_or(|(then, _)| then < when) => {
                format!("{path} was changed")
            }
            _ => "the files that it read have become others".to_owned(),
        };
        Err(Failure::Cluster {
            reason: format!("the rows of an earlier cell were lost with their workers, and {changed} since"),
            remedy: "run that cell again: it reads the files as they are now".into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::roots::Roots;

    #[test]
    fn a_file_is_read_as_it_was_seen_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.csv");
        fs::write(&path, "a").unwrap();
        let limits = TaskLimits { worker: "host:7".into(), ..TaskLimits::default() };
        let seen = stamp_of(&path).unwrap();
        assert_eq!(check(&path, seen, &limits), Ok(()));
        let told = |limits: &TaskLimits| match check(&path, seen, limits) {
            Err(Failure::Cluster { reason, .. }) => reason,
            other => panic!("{other:?}"),
        };
        // As long as before, and the other way round.
        let later = SystemTime::now() + Duration::from_secs(5);
        fs::File::options().write(true).open(&path).unwrap().set_modified(later).unwrap();
        assert!(told(&limits).contains("events.csv was changed while the query ran, or "));
        fs::remove_file(&path).unwrap();
        let missing = told(&limits);
        assert!(missing.starts_with("worker host:7 cannot read /"), "{missing}");
        let elsewhere = tempfile::tempdir().unwrap();
        let roots = Roots::of(&[elsewhere.path().to_owned()]).unwrap();
        assert!(told(&TaskLimits { roots, ..limits.clone() }).starts_with("a worker may not read "));
    }

    #[test]
    fn rows_come_again_of_the_same_files_alone() {
        let stamp = |modified| Stamp { size: 7, modified };
        let seen = |files: &[(&str, u128)]| {
            let mut seen = SeenFiles::default();
            files.iter().for_each(|(path, modified)| seen.add(path, stamp(*modified)));
            seen
        };
        let then = seen(&[("/a", 1), ("/b", 5)]);
        // In another order, and one of them by two tasks.
        assert_eq!(then.check(&seen(&[("/b", 5), ("/a", 1), ("/b", 5)])), Ok(()));
        let mut parts = seen(&[("/a", 1)]);
        parts.add_all(seen(&[("/b", 5)]));
        assert_eq!(then.check(&parts), Ok(()));
        let told = |now: &SeenFiles| match then.check(now) {
            Err(Failure::Cluster { reason, .. }) => reason,
            other => panic!("{other:?}"),
        };
        assert!(told(&seen(&[("/a", 6), ("/b", 5)])).ends_with("and /a was changed since"));
        assert!(told(&seen(&[("/a", 1), ("/b", 5), ("/c", 9)])).ends_with("and /c was changed since"));
        // Gone, or put back as it was long ago.
        assert!(told(&seen(&[("/b", 5)])).ends_with("have become others since"));
        assert!(told(&seen(&[("/a", 0), ("/b", 5)])).ends_with("have become others since"));
        assert!(told(&seen(&[])).ends_with("have become others since"));
    }
}
