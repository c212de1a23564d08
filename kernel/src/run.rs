//! `fram run`: a notebook or a script without a browser.

use std::process::ExitCode;

use crate::cli::RunOptions;
use crate::console::Complaint;

/// Runs the file's cells.
pub(crate) fn run(options: &RunOptions) -> Result<ExitCode, Complaint> {
    Err(Complaint::new(format!("{} cannot be run yet", options.file.display())))
}
