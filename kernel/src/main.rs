//! The program `fram`: its command line. What each command does is left to a file of its own.

mod cli;
mod console;
mod interpreter;
mod kernelspec;
mod lab;
mod python;
mod run;
mod sample;
mod settings;

use std::process::ExitCode;

use clap::Parser;

use cli::{Cli, Command};

/// Counts what is allocated, so that queries can be stopped at a limit and can spill in time.
#[global_allocator]
static ALLOCATOR: fram_engine::Allocator = fram_engine::Allocator;

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Kernel(options) => interpreter::serve(&options),
        Command::Lab(options) => lab::lab(&options),
        Command::Run(options) => run::run(&options),
        Command::Install(options) => kernelspec::install(&options).map(|()| ExitCode::SUCCESS),
        Command::Uninstall(options) => kernelspec::uninstall(&options).map(|()| ExitCode::SUCCESS),
        Command::Sample(options) => sample_command(&options).map(|()| ExitCode::SUCCESS),
    };
    outcome.unwrap_or_else(|complaint| {
        console::complain(&complaint);
        ExitCode::from(2)
    })
}

/// `fram sample winevents`.
fn sample_command(options: &cli::SampleOptions) -> Result<(), console::Complaint> {
    let cli::Sample::Winevents { seed, events, describe, file } = &options.what;
    let summary = match file {
        Some(path) => sample::winevents_file(*seed, *events, path),
        None if *describe => sample::winevents(*seed, *events, &mut std::io::sink()),
        None => sample::winevents(*seed, *events, &mut std::io::stdout().lock()),
    };
    let summary = summary.map_err(|error| console::Complaint::new(error.to_string()))?;
    if *describe {
        console::say(&summary.to_string());
    }
    Ok(())
}
