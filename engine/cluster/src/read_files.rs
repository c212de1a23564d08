//! The files that a task reads: only in the worker's folders, and only as the driver saw them.

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
        remedy: "workers read a file at the path that the notebook knows: put it into a folder that all machines share, or copy it to each of them".into(),
    })?;
    if found == seen {
        return Ok(());
    }
    Err(Failure::Cluster {
        reason: format!("{} was changed while the query ran", path.display()),
        remedy: "run the cell again, when nothing writes to the file any more".into(),
    })
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
        assert!(told(&limits).ends_with("events.csv was changed while the query ran"));
        fs::remove_file(&path).unwrap();
        let missing = told(&limits);
        assert!(missing.starts_with("worker host:7 cannot read /"), "{missing}");
        let elsewhere = tempfile::tempdir().unwrap();
        let roots = Roots::of(&[elsewhere.path().to_owned()]).unwrap();
        assert!(told(&TaskLimits { roots, ..limits.clone() }).starts_with("a worker may not read "));
    }
}
