//! `fram kernel`: serves one notebook. What cells mean is left to `interpreter`, how messages travel to `fram-jupyter`.

use std::process::ExitCode;
use std::sync::Arc;

use fram_jupyter::ServerOptions;

use crate::cli::KernelOptions;
use crate::console::Complaint;
use crate::interpreter;
use crate::mishap::Mishap;

/// Serves until the frontend asks for the end or is gone.
pub(crate) fn serve(options: &KernelOptions) -> Result<ExitCode, Complaint> {
    let history_file = fram_engine::home_folder().map(|home| home.join("history.jsonl"));
    let server = ServerOptions { history_file, ..ServerOptions::default() };
    let mishap = Arc::new(Mishap::of(&options.connection_file));
    let interpreter = interpreter::interpreter(Arc::clone(&mishap));
    let served = fram_jupyter::serve(options.connection_file.as_path(), interpreter, server);
    mishap.close();
    served.map_err(|error| {
        Complaint::new(error.to_string())
            .remedy("Jupyter writes the connection file and starts the kernel by itself: try `fram lab` or `fram install`")
    })?;
    Ok(ExitCode::SUCCESS)
}
