//! `fram kernel`: serves one notebook. What cells mean is left to `interpreter`, how messages travel to `fram-jupyter`.

use std::process::ExitCode;

use fram_jupyter::ServerOptions;

use crate::cli::KernelOptions;
use crate::console::Complaint;
use crate::interpreter;

/// Serves until the frontend asks for the end or is gone.
pub(crate) fn serve(options: &KernelOptions) -> Result<ExitCode, Complaint> {
    let history_file = fram_engine::home_folder().map(|home| home.join("history.jsonl"));
    let server = ServerOptions { history_file, ..ServerOptions::default() };
    fram_jupyter::serve(options.connection_file.as_path(), interpreter::interpreter(&options.connection_file), server).map_err(|error| {
        Complaint::new(error.to_string())
            .remedy("Jupyter writes the connection file and starts the kernel by itself: try `fram lab` or `fram install`")
    })?;
    Ok(ExitCode::SUCCESS)
}
