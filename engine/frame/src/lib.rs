//! Frames, where their plans run, and what watches over a run. Speaks Polars, DataFusion and Arrow; what a cell
//! says is left to `fram-engine`, how a table looks to `fram-display`.

mod allocator;
pub mod bridge;
mod error;
mod frame;
mod held;
mod home;
mod local;
mod machine;
mod parquet_files;
mod progress;
mod runner;
mod scanner;
mod spill;
mod step;
mod threads;
mod watch;
mod writing;

pub use allocator::{Allocator, allocated_bytes, give_back, settle};
pub use error::RunError;
pub use frame::{Frame, Plan, SqlPlan};
pub use held::{Held, RowsElsewhere};
pub use home::{home_folder, private_folder};
pub use local::{
    Feeds, LocalRunner, check_types, feed, install_panic_filter, install_warning_filter, interruptible,
    panic_message, run_future, run_optimized, step_of, watch_of_query, watched, write_optimized,
};
pub use machine::memory_bytes;
pub use parquet_files::parquet_files;
pub use progress::Progress;
pub use runner::{Limit, Runner};
pub use scanner::{FramePart, FrameScanner};
pub use spill::{free_bytes_of, free_disk_bytes, own_spill_folder, spill_folder};
pub use step::{Measured, Step};
pub use threads::{end_runtime, let_go};
pub use watch::{ProgressSink, Watch};
pub use writing::{Destination, Writing, Written, part_name, remove_whole};
