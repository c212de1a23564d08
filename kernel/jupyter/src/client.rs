//! The client half: finds a kernelspec, starts its kernel, runs cells and passes its messages on. Works with any
//! Jupyter kernel, and without a runtime of the caller's. What is done with outputs is left to the caller.
//!
//! ```no_run
//! use std::time::Duration;
//! use fram_jupyter::client::{Event, ExecuteOptions, Kernel, KernelSpec, LaunchOptions};
//!
//! let spec = KernelSpec::find("python3")?;
//! let kernel = Kernel::start(&spec, LaunchOptions::default())?;
//! let mut cell = kernel.execute("1 + 1", &ExecuteOptions::default())?;
//! while let Some(event) = cell.next(Duration::from_secs(10))? {
//!     if let Event::Result { data, .. } = event {
//!         assert_eq!(data["text/plain"], "2");
//!     }
//! }
//! drop(cell);
//! kernel.shutdown(Duration::from_secs(5))?;
//! # Ok::<(), fram_jupyter::client::ClientError>(())
//! ```
//!
//! Everything blocks, up to the time that each call is given. Messages are sorted by the request that they belong to
//! as they come; those that belong to none that is waited for are kept apart, and [`KernelClient::assert_drained`]
//! tells a test about them.

mod event;
mod execution;
mod inbox;
mod kernelspec;
mod launch;
mod process;
mod session;

pub use crate::error::ClientError;
pub use event::{Event, RawMessage};
pub use execution::{ExecuteOptions, Execution};
pub use kernelspec::{InterruptMode, KernelSpec};
pub use launch::{Kernel, LaunchOptions};
pub use process::KernelProcess;
pub use session::{Answer, KernelClient};
