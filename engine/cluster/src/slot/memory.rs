//! The memory of a task: what DataFusion's operators may account for before they write to disk, and a watch over all
//! that the process allocates, since they do not account for everything.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use datafusion::error::Result;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::execution::{DiskManager, SpillFile, TempFileFactory};
use fram_frame::allocated_bytes;

use crate::failure::Failure;

/// The part of a task's memory that operators may account for.
const POOL_PERCENT: u64 = 70;
/// What they get even when little is free.
const POOL_MINIMUM: u64 = 32 << 20;
/// Time between two looks at what is allocated.
const LOOK: Duration = Duration::from_millis(20);

/// Memory of a pool's size, and a folder for what does not fit.
pub(super) fn runtime(limit: Option<u64>, work_dir: &str, job: &str) -> Result<Arc<RuntimeEnv>> {
    let Some(limit) = limit else { return Ok(Arc::default()) };
    let free = limit.saturating_sub(allocated_bytes()) / 100 * POOL_PERCENT;
    let pool = FairSpillPool::new(usize::try_from(free.max(POOL_MINIMUM)).unwrap_or(usize::MAX));
    // Below the job's folder: what a killed process leaves there goes with the job.
    let folder = PathBuf::from(work_dir).join(job).join("spill");
    let mode = DiskManagerMode::Custom(Arc::new(Spills { folder, disk: OnceLock::new() }));
    RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(pool))
        .with_disk_manager_builder(DiskManagerBuilder::default().with_mode(mode))
        .build_arc()
}

/// Files in a folder that is made when the first is: most tasks write none.
struct Spills {
    folder: PathBuf,
    disk: OnceLock<Arc<DiskManager>>,
}

impl TempFileFactory for Spills {
    fn create_temp_file(&self, what: &str) -> Result<Arc<dyn SpillFile>> {
        let disk = match self.disk.get() {
            Some(disk) => disk,
            None => {
                std::fs::create_dir_all(&self.folder)?;
                let mode = DiskManagerMode::Directories(vec![self.folder.clone()]);
                let disk = Arc::new(DiskManagerBuilder::default().with_mode(mode).build()?);
                self.disk.get_or_init(|| disk)
            }
        };
        disk.create_tmp_file(what)
    }
}

/// Ends when the process has allocated more than the limit.
pub(super) async fn passed(limit: Option<u64>) -> Failure {
    let Some(limit) = limit else { return std::future::pending().await };
    loop {
        let used = allocated_bytes();
        if used > limit {
            return Failure::OutOfMemory { used, limit };
        }
        tokio::time::sleep(LOOK).await;
    }
}
