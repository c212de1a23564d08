//! The folders that a worker may use: a task that names a file elsewhere is refused, whatever the way to it.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// The folders that a worker may read and write.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roots {
    /// Without links; none where everything may be used.
    folders: Option<Vec<PathBuf>>,
}

impl Roots {
    /// Everything.
    pub fn all() -> Self {
        Self::default()
    }

    /// These folders and what is in them. Fails where one is not there.
    pub fn of(folders: &[PathBuf]) -> std::io::Result<Self> {
        let folders = folders.iter().map(std::fs::canonicalize).collect::<Result<_, _>>()?;
        Ok(Self { folders: Some(folders) })
    }

    /// Refuses a file that is elsewhere, also where links lead there.
    pub(crate) fn check(&self, path: &Path) -> Result<(), Failure> {
        if self.hold(path) {
            return Ok(());
        }
        Err(Failure::Cluster {
            reason: format!("a worker may not read or write {}", path.display()),
            remedy: "start workers with --allow-path FOLDER for each folder that queries may read and write"
                .into(),
        })
    }

    /// Whether the path leads into one of the folders, also where links lead there.
    pub(crate) fn hold(&self, path: &Path) -> bool {
        let Some(folders) = &self.folders else { return true };
        // What is not there cannot be read either; the folder that it would be in decides what is said.
        let real = std::fs::canonicalize(path)
            .or_else(|_| std::fs::canonicalize(path.parent().unwrap_or(path)))
            .unwrap_or_else(|_| path.to_owned());
        folders.iter().any(|folder| real.starts_with(folder))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_dots_nor_links_lead_out() {
        let outside = tempfile::tempdir().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let secret = outside.path().join("secret.csv");
        std::fs::write(&secret, "a").unwrap();
        let inside = folder.path().join("data.csv");
        std::fs::write(&inside, "a").unwrap();
        std::os::unix::fs::symlink(&secret, folder.path().join("link.csv")).unwrap();
        let roots = Roots::of(&[folder.path().to_owned()]).unwrap();
        assert_eq!(roots.check(&inside), Ok(()));
        assert_eq!(roots.check(&folder.path().join("not-there.csv")), Ok(()));
        for path in [secret.clone(), folder.path().join("link.csv"), folder.path().join("..").join("x")] {
            assert!(roots.check(&path).is_err(), "{}", path.display());
        }
        assert_eq!(Roots::all().check(&secret), Ok(()));
        assert!(roots.hold(folder.path()) && !roots.hold(outside.path()));
    }
}
