//! `fram run`: a notebook or a script without a browser. The file is left to `notebook`, what a cell's
//! messages make of its outputs to `outputs`, what is printed to `terminal`.

mod interrupts;
mod notebook;
mod outputs;
mod runner;
mod terminal;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use fram_jupyter::client::{ClientError, InterruptMode, Kernel, KernelSpec, LaunchOptions};

use crate::cli::RunOptions;
use crate::console::{self, Complaint};
use interrupts::Interrupts;
use notebook::Notebook;
use runner::{End, Runner};

/// How long a kernel may take to answer or to end.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs the file's cells; writes the notebook, where that is asked for, however the run ends.
pub(crate) fn run(options: &RunOptions) -> Result<ExitCode, Complaint> {
    if let Some(path) = &options.output {
        notebook::check_place(path)?;
    }
    let mut notebook = open(&options.file)?;
    let interrupts = Interrupts::watch().map_err(|error| {
        Complaint::new(format!("Ctrl-C cannot be watched for: {error}"))
            .remedy("free some threads, and try again")
    })?;
    let kernel = start(&options.file, options.master.as_deref())?;
    let language = kernel.kernel_info(PATIENCE).map_err(|error| unheard(&error))?;
    notebook.set_language(&language["language_info"]);
    let limit = options.timeout.map(Duration::from_secs);
    let end = Runner::new(&kernel, &interrupts, limit, options.allow_errors).run(&mut notebook);
    if let Some(path) = &options.output {
        notebook.write(path)?;
    }
    if end != End::Gone && !kernel.shutdown(Duration::from_secs(5)).unwrap_or(false) {
        console::note("fram: the kernel did not end by itself and was killed");
    }
    Ok(match end {
        End::Well => ExitCode::SUCCESS,
        End::Failed | End::Gone => ExitCode::from(1),
        End::Interrupted => ExitCode::from(interrupts.exit_code()),
    })
}

fn open(file: &Path) -> Result<Notebook, Complaint> {
    let unread = |reason: String| Complaint::new(format!("{} cannot be read: {reason}", file.display()));
    let bytes = std::fs::read(file).map_err(|error| {
        unread(error.to_string()).remedy("name a notebook (.ipynb) or a script that is there")
    })?;
    let text = String::from_utf8(bytes).map_err(|error| {
        unread(format!("byte {} is not UTF-8", error.utf8_error().valid_up_to() + 1))
            .remedy("save the file as UTF-8")
    })?;
    if is_notebook(file) {
        Notebook::parse(&text).map_err(|reason| {
            Complaint::new(format!("{} is not a notebook that can be run: {reason}", file.display()))
                .remedy("open and save it in JupyterLab with the kernel Fram; a script has another ending than .ipynb")
        })
    } else {
        let sql = file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("sql"));
        let cells = fram_engine::script_cells(&text, sql);
        Ok(Notebook::of_cells(cells.into_iter().map(|cell| cell.text).collect()))
    }
}

fn is_notebook(file: &Path) -> bool {
    file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("ipynb"))
}

/// Starts this program as a kernel: a notebook's paths begin at its own folder, a script's at ours.
fn start(file: &Path, master: Option<&str>) -> Result<Kernel, Complaint> {
    let program = std::env::current_exe()
        .map_err(|error| Complaint::new(format!("this program does not know its own path: {error}")))?;
    let words = ["kernel", "-f", "{connection_file}"].map(str::to_owned);
    let spec = KernelSpec {
        argv: std::iter::once(program.to_string_lossy().into_owned()).chain(words).collect(),
        display_name: "Fram".to_owned(),
        language: "fram".to_owned(),
        interrupt_mode: InterruptMode::Message,
        env: BTreeMap::new(),
        metadata: serde_json::Map::new(),
        name: "fram".to_owned(),
        directory: PathBuf::new(),
    };
    let own_folder = file.parent().filter(|folder| is_notebook(file) && !folder.as_os_str().is_empty());
    let named = ("JPY_SESSION_NAME".to_owned(), file.to_string_lossy().into_owned());
    let master = master.map(|master| ("FRAM_MASTER".to_owned(), master.to_owned()));
    let launch = LaunchOptions {
        working_directory: own_folder.map(Path::to_owned),
        environment: std::iter::once(named).chain(master).collect(),
        patience: PATIENCE,
        inherit_output: true,
        ..LaunchOptions::default()
    };
    Kernel::start(&spec, launch).map_err(|error| unheard(&error))
}

fn unheard(error: &ClientError) -> Complaint {
    Complaint::new(format!("the kernel did not start: {error}"))
        .remedy("it needs ports on the loopback address and a folder for temporary files (TMPDIR) that can be written to")
}
