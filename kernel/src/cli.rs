//! The command line: commands, options, and help that teaches by example. What they do is left to the commands.

pub(crate) mod cluster;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::settings;

/// The command line.
#[derive(Debug, Parser)]
#[command(
    name = "fram",
    version,
    about = "Dataframes in Jupyter: script and SQL cells over Polars and DataFusion.",
    after_help = settings::help(),
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What `fram` can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Open JupyterLab with the kernel Fram.
    #[command(after_help = help::LAB)]
    Lab(LabOptions),
    /// Run a notebook or a script without a browser.
    #[command(after_help = help::RUN)]
    Run(RunOptions),
    /// Make the kernel known to Jupyter.
    #[command(after_help = help::INSTALL)]
    Install(InstallOptions),
    /// Take the kernel out of Jupyter again.
    #[command(after_help = help::UNINSTALL)]
    Uninstall(PlaceOptions),
    /// Write sample data.
    #[command(after_help = help::SAMPLE)]
    Sample(SampleOptions),
    /// Be the master of a cluster, which workers and notebooks connect to.
    #[command(after_help = cluster::MASTER_HELP)]
    Master(cluster::MasterOptions),
    /// Run tasks for the master of a cluster.
    #[command(after_help = cluster::WORKER_HELP)]
    Worker(cluster::WorkerOptions),
    /// Run a whole cluster on this machine.
    Cluster(cluster::ClusterOptions),
    /// Be a slot of a worker; workers call this.
    #[command(hide = true)]
    Slot,
    /// Be a Jupyter kernel; Jupyter calls this.
    #[command(after_help = help::KERNEL)]
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
    /// The folder that JupyterLab shows, or a notebook to open.
    #[arg(default_value = ".", value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// Print the address and open no browser.
    #[arg(long)]
    pub(crate) no_browser: bool,
    /// The port; 8888 or the next free one by default.
    #[arg(long, value_name = "PORT")]
    pub(crate) port: Option<u16>,
    /// Open the simpler Jupyter Notebook instead of JupyterLab.
    #[arg(long)]
    pub(crate) notebook: bool,
    /// A Python with JupyterLab, instead of a private environment.
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
    /// Write the notebook with its outputs here; may be FILE itself.
    #[arg(short, long, value_name = "OUT.ipynb")]
    pub(crate) output: Option<PathBuf>,
    /// Seconds that one cell may take; no limit by default.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) timeout: Option<u64>,
    /// Run the cells on the cluster of this master, as fram://HOST:PORT; options of %cluster may follow in the same word, as
    /// "fram://HOST:PORT --token-file FILE".
    #[arg(long, value_name = "MASTER")]
    pub(crate) master: Option<String>,
    /// Go on after a cell that fails, and end with code 0.
    #[arg(long)]
    pub(crate) allow_errors: bool,
}

/// Options of `fram install`.
#[derive(Debug, Args)]
pub(crate) struct InstallOptions {
    #[command(flatten)]
    pub(crate) place: PlaceOptions,
    /// The name that people see.
    #[arg(long, default_value = "Fram", value_name = "NAME")]
    pub(crate) display_name: String,
    /// Overwrite a kernel that is not Fram's.
    #[arg(long)]
    pub(crate) force: bool,
}

/// Which kernelspec: where it is, and what it is called.
#[derive(Debug, Args)]
pub(crate) struct PlaceOptions {
    /// For this user (the default).
    #[arg(long, group = "place")]
    pub(crate) user: bool,
    /// In the Python environment that is active.
    #[arg(long, group = "place")]
    pub(crate) sys_prefix: bool,
    /// Below this folder, in `share/jupyter/kernels`.
    #[arg(long, group = "place", value_name = "DIR")]
    pub(crate) prefix: Option<PathBuf>,
    /// The kernel's name, as `jupyter --kernel NAME` wants it.
    #[arg(long, default_value = "fram", value_name = "NAME")]
    pub(crate) name: String,
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
    #[command(after_help = help::SAMPLE)]
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

/// What stands below the options: examples first, then what needs a sentence.
mod help {
    pub(super) const LAB: &str = "\
Examples:
  fram lab                                the notebooks of this folder
  fram lab notebooks                      those of another
  fram lab notebooks/01_getting_started.ipynb
  fram lab --no-browser --port 9000       print the address, open nothing
  FRAM_PYTHON=.venv/bin/python fram lab   use a JupyterLab of your own

The first start makes a private Python environment with JupyterLab, which takes a minute
or two and needs a package index. Ctrl-C ends JupyterLab and its kernels.

Exit codes: JupyterLab's own; 2 when it could not be started.";

    pub(super) const RUN: &str = "\
Examples:
  fram run hunt.ipynb                      run all cells, print what they show
  fram run hunt.ipynb --output done.ipynb  write the notebook with its outputs
  fram run hunt.fram                       run a script
  fram run report.sql                      run SQL
  fram run hunt.fram --master fram://127.0.0.1:7077

A notebook runs in its own folder, a script in the current one. In a script, a line `// %%`
(or `# %%`, `-- %%`, `%%`) begins a new cell, and so does a cell magic such as `%%sql name`;
without such lines the whole file is one cell. A cell with the tag `raises-exception` may fail.
Questions that a cell asks are answered on the terminal.

Exit codes: 0 all cells ran; 1 a cell failed, took too long or ended the kernel;
2 the command or the file was wrong; 130 interrupted (Ctrl-C; twice to end at once);
143 and 129 asked to end (SIGTERM, SIGHUP).";

    pub(super) const INSTALL: &str = "\
Examples:
  fram install                             for this user
  fram install --sys-prefix                into the active Python environment
  fram install --prefix /opt/jupyter
  fram install --name fram-dev --display-name \"Fram (dev)\"

Exit codes: 0 installed; 2 not, and nothing was changed.";

    pub(super) const UNINSTALL: &str = "\
Examples:
  fram uninstall
  fram uninstall --prefix /opt/jupyter --name fram-dev

Exit codes: 0 removed; 2 not, and nothing was changed.";

    pub(super) const SAMPLE: &str = "\
Examples:
  fram sample winevents --seed 1 events.ndjson.gz
  fram sample winevents --events 5000 | head -n 1
  fram sample winevents --seed 7 --describe      say what is hidden in it

Exit codes: 0 written; 2 not.";

    pub(super) const KERNEL: &str = "\
Example:
  fram kernel -f connection.json

Exit codes: 0 ended as asked, or with the frontend gone; 2 the connection file was refused
or its addresses could not be listened on.";
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        super::Cli::command().debug_assert();
    }
}
