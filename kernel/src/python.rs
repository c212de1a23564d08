//! The Python that JupyterLab runs on: one that the user names, or a private environment that is made once.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::console::{self, Complaint};
use crate::settings;

/// What the private environment holds.
const REQUIREMENTS: &str = include_str!("../../kernelspec/requirements.txt");
/// The oldest Python that JupyterLab's pinned release runs on.
const OLDEST: (u32, u32) = (3, 10);

/// A Python with JupyterLab: the named one, or the private one, made or renewed where needed.
pub(crate) fn with_lab(named: Option<&Path>) -> Result<PathBuf, Complaint> {
    match named {
        Some(python) => {
            check_lab(python)?;
            Ok(python.to_owned())
        }
        None => private(),
    }
}

fn check_lab(python: &Path) -> Result<(), Complaint> {
    let found = Command::new(python).args(["-c", "import jupyterlab"]).stderr(Stdio::null()).status();
    match found {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(Complaint::new(format!("{} has no JupyterLab", python.display()))
            .remedy(format!("{} -m pip install jupyterlab, or leave FRAM_PYTHON and --python away", python.display()))),
        Err(error) => Err(Complaint::new(format!("{} does not run: {error}", python.display()))),
    }
}

/// The private environment, whole: a mark inside it says which requirements it was made from.
fn private() -> Result<PathBuf, Complaint> {
    let home = settings::home().ok_or_else(|| Complaint::new("the home folder is not known").remedy("set FRAM_HOME"))?;
    let folder = home.join("lab");
    let python = folder.join("bin/python");
    let mark = folder.join("requirements.txt");
    if fs::read_to_string(&mark).is_ok_and(|made| made == REQUIREMENTS) && python.exists() {
        return Ok(python);
    }
    console::note("Making a private Python environment with JupyterLab, once; this takes a minute or two.");
    let base = base_python()?;
    fs::create_dir_all(&home).map_err(|error| {
        Complaint::new(format!("{} cannot be made: {error}", home.display())).remedy("set FRAM_HOME to another folder")
    })?;
    step(Command::new(base).args(["-m", "venv", "--clear"]).arg(&folder), "making the environment").map_err(|complaint| {
        complaint.remedy("Debian and Ubuntu have venv in a package of its own: apt-get install python3-venv")
    })?;
    let wanted = folder.join("wanted.txt");
    fs::write(&wanted, REQUIREMENTS).map_err(|error| Complaint::new(format!("{}: {error}", wanted.display())))?;
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"];
    step(Command::new(&python).args(pip).arg(&wanted), "installing JupyterLab").map_err(|complaint| {
        complaint.remedy("a package index must be reachable (pip's own settings apply), and the disk needs 500 MB")
    })?;
    fs::rename(&wanted, &mark).map_err(|error| Complaint::new(format!("{}: {error}", mark.display())))?;
    Ok(python)
}

fn step(command: &mut Command, what: &str) -> Result<(), Complaint> {
    match command.stdin(Stdio::null()).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Complaint::new(format!("{what} failed ({status})"))),
        Err(error) => Err(Complaint::new(format!("{what} failed: {error}"))),
    }
}

/// A Python on the path that is new enough.
fn base_python() -> Result<&'static str, Complaint> {
    const NAMES: &[&str] = &["python3", "python3.13", "python3.12", "python3.11", "python"];
    let version = |name: &&&str| {
        let asked = Command::new(**name).args(["-c", "import sys; print(*sys.version_info[:2])"]).output().ok()?;
        let text = String::from_utf8(asked.stdout).ok()?;
        let (major, minor) = text.trim().split_once(' ')?;
        Some((major.parse::<u32>().ok()?, minor.parse::<u32>().ok()?))
    };
    NAMES.iter().find(|name| version(name).is_some_and(|found| found >= OLDEST)).copied().ok_or_else(|| {
        Complaint::new("no Python 3.10 or newer was found")
            .remedy("install python3, or name one with JupyterLab by --python")
    })
}
