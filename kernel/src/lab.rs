//! `fram lab`: JupyterLab with the kernel in it, in one step.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::cli::LabOptions;
use crate::console::{self, Complaint};
use crate::{kernelspec, python};

/// What keeps JupyterLab quiet: no news, no update checks, and no kernels but those that are named.
const QUIET: &[&str] = &["--LabApp.news_url=None", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"];

/// Opens JupyterLab; comes back when it ends.
pub(crate) fn lab(options: &LabOptions) -> Result<ExitCode, Complaint> {
    let folder = options.folder.canonicalize().map_err(|error| {
        Complaint::new(format!("{}: {error}", options.folder.display())).remedy("name a folder that is there")
    })?;
    let python = python::with_lab(options.python.as_deref())?;
    let prefix = prefix(&python)?;
    kernelspec::write(&prefix.join("share/jupyter/kernels/fram"), "Fram")?;
    if options.prepare {
        console::say(&format!("ready: {} -m jupyterlab", python.display()));
        return Ok(ExitCode::SUCCESS);
    }
    let mut command = Command::new(&python);
    command.args(["-m", "jupyterlab"]).arg(format!("--ServerApp.root_dir={}", folder.display())).args(QUIET);
    if options.no_browser {
        command.arg("--no-browser");
    }
    if let Some(port) = options.port {
        command.arg(format!("--ServerApp.port={port}"));
    }
    if is_root() {
        console::note("Running as root: JupyterLab is told to allow it.");
        command.arg("--allow-root");
    }
    console::note("Pick the kernel Fram. Ctrl-C here ends JupyterLab and its kernels.");
    // JupyterLab takes this process's place: signals and exit code are its own, and nothing is left behind.
    let error = command.exec();
    Err(Complaint::new(format!("JupyterLab did not start: {error}")))
}

fn prefix(python: &Path) -> Result<PathBuf, Complaint> {
    let asked = Command::new(python).args(["-c", "import sys; print(sys.prefix)"]).output();
    let text = asked.ok().filter(|answer| answer.status.success()).and_then(|answer| String::from_utf8(answer.stdout).ok());
    text.map(|text| PathBuf::from(text.trim()))
        .ok_or_else(|| Complaint::new(format!("{} does not tell its prefix", python.display())))
}

fn is_root() -> bool {
    std::env::var_os("USER").is_some_and(|user| user == "root")
        || std::fs::metadata("/proc/self").is_ok_and(|about| std::os::unix::fs::MetadataExt::uid(&about) == 0)
}
