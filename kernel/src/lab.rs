//! `fram lab`: JupyterLab with the kernel in it, in one step. Which Python it runs on is left to `python`.

use std::ffi::OsString;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::cli::LabOptions;
use crate::console::{self, Complaint};
use crate::{kernelspec, python};

/// The variable that names places of Jupyter's settings.
const CONFIG_PATH: &str = "JUPYTER_CONFIG_PATH";
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

/// JupyterLab asks at its first start whether it may fetch news, whatever the options say; without the part that asks it
/// does not.
const PAGE: &str = r#"{ "disabledExtensions": { "@jupyterlab/apputils-extension:announcements": true } }"#;

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
    if let Some(places) = config_path() {
        command.env(CONFIG_PATH, places);
    }
    if options.no_browser {
        command.arg("--no-browser");
    }
    if let Some(port) = options.port {
        command.arg(format!("--ServerApp.port={port}")).arg("--ServerApp.port_retries=0");
    }
    if nix::unistd::geteuid().is_root() {
        console::note(
            "Running as root: JupyterLab is told to allow it, and so may its users do anything here.",
        );
        command.arg("--allow-root");
    }
    console::note("Pick the kernel Fram. Ctrl-C here ends JupyterLab and its kernels.");
    // JupyterLab takes this process's place: signals and exit code are its own, and nothing is left behind.
    let error = command.exec();
    Err(Complaint::new(format!("JupyterLab did not start: {error}")))
}

/// Where Jupyter looks for settings beside its own places: the folder that holds ours first, then the user's. Where it
/// cannot be written, JupyterLab asks its question.
fn config_path() -> Option<OsString> {
    let ours = fram_engine::home_folder()?.join("jupyter");
    let page = ours.join("labconfig/page_config.json");
    fs::create_dir_all(page.parent()?).and_then(|()| fs::write(&page, PAGE)).ok()?;
    let theirs = std::env::var_os(CONFIG_PATH).unwrap_or_default();
    let theirs: Vec<PathBuf> =
        std::env::split_paths(&theirs).filter(|path| !path.as_os_str().is_empty()).collect();
    std::env::join_paths(std::iter::once(ours).chain(theirs)).ok()
}

/// A folder to show, or a file to open.
fn place(shown: &Path) -> OsString {
    if shown.is_file() {
        return shown.into();
    }
    let mut argument = OsString::from("--ServerApp.root_dir=");
    argument.push(shown);
    argument
}
