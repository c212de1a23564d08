//! The Python that JupyterLab runs on: one that the user names, or a private environment that is made once. What is
//! started on it is left to `lab`.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::console::{self, Complaint};

/// What the private environment holds.
const REQUIREMENTS: &str = include_str!("../../kernelspec/requirements.txt");
/// The oldest Python that the pinned JupyterLab runs on.
const OLDEST: (u32, u32) = (3, 10);

/// A Python with this application: the named one, or the private one, made or renewed where needed.
pub(crate) fn with(application: &str, named: Option<&Path>) -> Result<PathBuf, Complaint> {
    match named {
        Some(python) => {
            check_has(application, python)?;
            Ok(python.to_owned())
        }
        None => private(),
    }
}

/// Where this Python's environment is.
pub(crate) fn prefix(python: &Path) -> Result<PathBuf, Complaint> {
    let text = ask(python, "import sys; print(sys.prefix)");
    text.map(PathBuf::from)
        .ok_or_else(|| Complaint::new(format!("{} does not tell its prefix", python.display())))
}

fn check_has(application: &str, python: &Path) -> Result<(), Complaint> {
    let found = Command::new(python).args(["-c", &format!("import {application}")]).output();
    match found {
        Ok(Output { status, .. }) if status.success() => Ok(()),
        Ok(_) => Err(Complaint::new(format!("{} has no {application}", python.display())).remedy(format!(
            "{} -m pip install {application}, or leave FRAM_PYTHON and --python away for a private one",
            python.display()
        ))),
        Err(error) => Err(Complaint::new(format!("{} does not run: {error}", python.display()))
            .remedy("--python and FRAM_PYTHON name a Python program")),
    }
}

/// The private environment, whole: a mark inside it says which requirements it was made from.
fn private() -> Result<PathBuf, Complaint> {
    let home = fram_engine::home_folder()
        .ok_or_else(|| Complaint::new("the home folder is not known").remedy("set FRAM_HOME to a folder"))?;
    let elsewhere = |error: io::Error| {
        Complaint::new(format!("{} cannot be written to: {error}", home.display()))
            .remedy("set FRAM_HOME to another folder")
    };
    fs::create_dir_all(&home).map_err(elsewhere)?;
    // Whoever comes second waits here, and finds the work done.
    let lock = File::create(home.join("lab.lock")).map_err(elsewhere)?;
    lock.lock().map_err(elsewhere)?;
    let folder = home.join("lab");
    let (python, mark) = (folder.join("bin/python"), folder.join("made-from.txt"));
    if fs::read_to_string(&mark).is_ok_and(|made| made == REQUIREMENTS) && python.exists() {
        return Ok(python);
    }
    make(&folder, &python)?;
    fs::write(&mark, REQUIREMENTS).map_err(elsewhere)?;
    Ok(python)
}

fn make(folder: &Path, python: &Path) -> Result<(), Complaint> {
    console::note(&format!(
        "Making a private Python environment with JupyterLab in {}, once; this takes a minute or two.",
        folder.display()
    ));
    let base = base_python()?;
    let made = Command::new(base).args(["-m", "venv", "--clear"]).arg(folder).stdin(Stdio::null()).output();
    check(made, "the Python environment could not be made").map_err(|complaint| {
        complaint.remedy(
            "on Debian and Ubuntu: apt-get install python3-venv; else see whether the disk is full, or set FRAM_HOME to another folder",
        )
    })?;
    let wanted = folder.join("requirements.txt");
    fs::write(&wanted, REQUIREMENTS)
        .map_err(|error| Complaint::new(format!("{} cannot be written: {error}", wanted.display())))?;
    install(python, &wanted).map_err(|complaint| {
        complaint.remedy(
            "a package index must be reachable (pip's own settings apply) and 500 MB of disk be free; then start again, or name a Python that has JupyterLab with --python",
        )
    })
}

/// Runs pip, and shows what it is busy with; its errors stand as they are.
fn install(python: &Path, wanted: &Path) -> Result<(), Complaint> {
    let failed = |reason: String| Complaint::new(format!("JupyterLab could not be installed: {reason}"));
    let mut pip = Command::new(python)
        .args(["-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off", "-r"])
        .arg(wanted)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| failed(error.to_string()))?;
    let lines = pip.stdout.take().map(|pipe| BufReader::new(pipe).lines()).into_iter().flatten();
    let mut packages = 0;
    for line in lines.map_while(Result::ok) {
        if let Some(package) = line.strip_prefix("Collecting ") {
            packages += 1;
            console::progress(&format!("  {packages}: {package}"));
        } else if line.starts_with("Installing collected packages") {
            console::progress(&format!("  installing {packages} packages"));
        }
    }
    console::progress("");
    let status = pip.wait().map_err(|error| failed(error.to_string()))?;
    if status.success() { Ok(()) } else { Err(failed(format!("pip ended with {status}"))) }
}

/// The output of a step, or why it failed in its own last words.
fn check(ended: io::Result<Output>, what: &str) -> Result<Output, Complaint> {
    match ended {
        Ok(output) if output.status.success() => Ok(output),
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
            let last = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default().trim();
            Err(Complaint::new(format!("{what} ({}): {last}", output.status)))
        }
        Err(error) => Err(Complaint::new(format!("{what}: {error}"))),
    }
}

/// A Python on the path that is new enough.
fn base_python() -> Result<&'static str, Complaint> {
    const NAMES: &[&str] = &["python3", "python3.14", "python3.13", "python3.12", "python3.11", "python"];
    let version = |name: &&&str| {
        let text = ask(Path::new(**name), "import sys; print(*sys.version_info[:2])")?;
        let (major, minor) = text.split_once(' ')?;
        Some((major.parse::<u32>().ok()?, minor.parse::<u32>().ok()?))
    };
    NAMES.iter().find(|name| version(name).is_some_and(|found| found >= OLDEST)).copied().ok_or_else(|| {
        Complaint::new(format!("no Python {}.{} or newer was found", OLDEST.0, OLDEST.1))
            .remedy("install python3 (on Debian and Ubuntu: apt-get install python3 python3-venv), or name a Python with --python")
    })
}

/// What a Python answers to a line of code.
fn ask(python: &Path, code: &str) -> Option<String> {
    let asked = Command::new(python).args(["-c", code]).stdin(Stdio::null()).output().ok()?;
    asked.status.success().then(|| String::from_utf8_lossy(&asked.stdout).trim().to_owned())
}
