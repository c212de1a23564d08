//! The program `fram`: its command line. What each command does is left to a file of its own.

mod cli;
mod cluster;
mod console;
mod interpreter;
mod kernel;
mod kernelspec;
mod lab;
mod mishap;
mod python;
mod run;
mod sample;
mod settings;

use std::process::ExitCode;

use clap::Parser;

use cli::{Cli, Command};
use console::Complaint;

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Kernel(options) => kernel::serve(&options),
        Command::Lab(options) => lab::lab(&options),
        Command::Run(options) => run::run(&options),
        Command::Install(options) => kernelspec::install(&options),
        Command::Uninstall(options) => kernelspec::uninstall(&options),
        Command::Master(options) => cluster::master(&options),
        Command::Worker(options) => cluster::worker(&options),
        Command::Cluster(options) => cluster::whole(&options),
        Command::Slot => cluster::slot(),
        Command::Sample(options) => write_sample(&options.what),
    };
    outcome.unwrap_or_else(|complaint| {
        console::complain(&complaint);
        ExitCode::from(2)
    })
}

/// `fram sample`.
fn write_sample(what: &cli::Sample) -> Result<ExitCode, Complaint> {
    let cli::Sample::Winevents { seed, events, describe, file } = what;
    let summary = match file {
        Some(path) => sample::winevents_file(*seed, *events, path),
        None if *describe => sample::winevents(*seed, *events, &mut std::io::sink()),
        None => sample::winevents(*seed, *events, &mut std::io::stdout().lock()),
    };
    let summary = summary.map_err(|error| Complaint::new(error.to_string()))?;
    if *describe {
        console::say(&summary.to_string());
    }
    Ok(ExitCode::SUCCESS)
}
