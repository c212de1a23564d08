//! `fram lab`: JupyterLab with the kernel in it, in one step. Which Python it runs on is left to `python`.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitCode};

use crate::cli::LabOptions;
use crate::console::{self, Complaint};
use crate::{kernelspec, python};

/// What keeps JupyterLab to itself: no news, no look-ups of updates or extensions; Ctrl-C ends it without a question.
/// With less of a log, the address is what is left to read.
const QUIET: &[&str] = &[
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--LabApp.extension_manager=readonly",
    "--MultiKernelManager.default_kernel_name=fram",
    "--ServerApp.answer_yes=True",
    "--log-level=WARN",
];

/// Opens JupyterLab; comes back when it could not be started.
pub(crate) fn lab(options: &LabOptions) -> Result<ExitCode, Complaint> {
    let shown = options.folder.canonicalize().map_err(|error| {
        Complaint::new(format!("{} cannot be opened: {error}", options.folder.display()))
            .remedy("name a folder or a notebook that is there")
    })?;
    let application = if options.notebook { "notebook" } else { "jupyterlab" };
    let python = python::with(application, options.python.as_deref())?;
    kernelspec::install_into(&python::prefix(&python)?)?;
    if options.prepare {
        console::say(&format!("ready: {} -m {application}", python.display()));
        return Ok(ExitCode::SUCCESS);
    }
    let mut command = Command::new(&python);
    command.args(["-m", application]).args(QUIET).arg(place(&shown));
    if options.no_browser {
        command.arg("--no-browser");
    }
    if let Some(port) = options.port {
        command.arg(format!("--ServerApp.port={port}")).arg("--ServerApp.port_retries=0");
    }
    if nix::unistd::geteuid().is_root() {
        console::note("Running as root: JupyterLab is told to allow it, and so may its users do anything here.");
        command.arg("--allow-root");
    }
    console::note("Pick the kernel Fram. Ctrl-C here ends JupyterLab and its kernels.");
    // JupyterLab takes this process's place: signals and exit code are its own, and nothing is left behind.
    let error = command.exec();
    Err(Complaint::new(format!("JupyterLab did not start: {error}")))
}

/// A folder to show, or a file to open.
fn place(shown: &Path) -> std::ffi::OsString {
    if shown.is_file() {
        return shown.into();
    }
    let mut argument = std::ffi::OsString::from("--ServerApp.root_dir=");
    argument.push(shown);
    argument
}
