//! The command line: commands, options, and help that teaches by example.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::settings;

/// The command line.
#[derive(Debug, Parser)]
#[command(
    name = "fram",
    version,
    about = "Dataframes in Jupyter: script and SQL over Polars and DataFusion.",
    after_help = settings::help(),
    propagate_version = true
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What `fram` can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Open JupyterLab with the kernel Fram.
    #[command(after_help = "Examples:\n  fram lab                    the notebooks of this folder\n  fram lab notebooks          those of another\n  fram lab --no-browser       print the address, open nothing\n  FRAM_PYTHON=.venv/bin/python fram lab   use a JupyterLab of your own")]
    Lab(LabOptions),
    /// Run a notebook or a script without a browser.
    #[command(after_help = "Examples:\n  fram run hunt.ipynb                     run all cells, print what they show\n  fram run hunt.ipynb --output done.ipynb write the notebook with its outputs\n  fram run hunt.fram                      a script; `# %%` on a line of its own parts cells\n\nExit codes: 0 all cells ran, 1 a cell failed, 2 the command was wrong, 130 interrupted.")]
    Run(RunOptions),
    /// Make the kernel known to Jupyter.
    #[command(after_help = "Examples:\n  fram install                 for this user\n  fram install --sys-prefix    into the active Python environment\n  fram install --prefix /opt/jupyter\n  fram install --name fram-dev --display-name \"Fram (dev)\"")]
    Install(InstallOptions),
    /// Take the kernel out of Jupyter again.
    #[command(after_help = "Example:\n  fram uninstall --name fram-dev")]
    Uninstall(InstallOptions),
    /// Write sample data.
    #[command(after_help = "Examples:\n  fram sample winevents --seed 1 events.ndjson.gz\n  fram sample winevents --seed 7 --describe     say what is hidden in it")]
    Sample(SampleOptions),
    /// Be a Jupyter kernel; Jupyter calls this.
    #[command(after_help = "Example:\n  fram kernel -f connection.json")]
    Kernel(KernelOptions),
}

/// Options of `fram kernel`.
#[derive(Debug, Args)]
pub(crate) struct KernelOptions {
    /// The connection file that Jupyter wrote.
    #[arg(short = 'f', long = "connection-file", value_name = "FILE")]
    pub(crate) connection_file: PathBuf,
}

/// Options of `fram lab`.
#[derive(Debug, Args)]
pub(crate) struct LabOptions {
    /// The folder that JupyterLab shows.
    #[arg(default_value = ".", value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// Print the address and open no browser.
    #[arg(long)]
    pub(crate) no_browser: bool,
    /// The port; the next free one by default.
    #[arg(long, value_name = "PORT")]
    pub(crate) port: Option<u16>,
    /// A Python with JupyterLab, instead of a private one.
    #[arg(long, value_name = "PYTHON", env = "FRAM_PYTHON")]
    pub(crate) python: Option<PathBuf>,
    /// Only make everything ready, and end.
    #[arg(long)]
    pub(crate) prepare: bool,
}

/// Options of `fram run`.
#[derive(Debug, Args)]
pub(crate) struct RunOptions {
    /// A notebook (`.ipynb`), or a script.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Write the notebook with its outputs.
    #[arg(short, long, value_name = "OUT")]
    pub(crate) output: Option<PathBuf>,
    /// Seconds that one cell may take.
    #[arg(long, value_name = "SECONDS")]
    pub(crate) timeout: Option<u64>,
    /// Go on after a cell that fails.
    #[arg(long)]
    pub(crate) allow_errors: bool,
}

/// Options of `fram install` and `fram uninstall`.
#[derive(Debug, Args)]
pub(crate) struct InstallOptions {
    /// For this user (the default).
    #[arg(long, group = "place")]
    pub(crate) user: bool,
    /// Into the Python environment that is active.
    #[arg(long, group = "place")]
    pub(crate) sys_prefix: bool,
    /// Below this folder, in `share/jupyter/kernels`.
    #[arg(long, group = "place", value_name = "DIR")]
    pub(crate) prefix: Option<PathBuf>,
    /// The kernel's name.
    #[arg(long, default_value = "fram", value_name = "NAME")]
    pub(crate) name: String,
    /// The name that people see.
    #[arg(long, default_value = "Fram", value_name = "NAME")]
    pub(crate) display_name: String,
}

/// Options of `fram sample`.
#[derive(Debug, Args)]
pub(crate) struct SampleOptions {
    #[command(subcommand)]
    pub(crate) what: Sample,
}

/// The samples.
#[derive(Debug, Subcommand)]
pub(crate) enum Sample {
    /// Windows event logs of one day, Sysmon and Security, with an intrusion hidden in them.
    Winevents {
        /// The same seed gives the same events.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// How many events.
        #[arg(long, default_value_t = crate::sample::DEFAULT_EVENTS)]
        events: usize,
        /// Say what is hidden in them.
        #[arg(long)]
        describe: bool,
        /// The file to write, compressed where its name ends in `.gz`; standard output by default.
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
    },
}
