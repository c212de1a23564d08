//! How the time of a query grows with its tasks: a grouping of the same rows by ever more tasks, of which each reads what
//! each of those before has written. Master, two workers of one core and the notebook are this one process.
//!
//! `cargo run --release -p fram-cluster --example many_tasks` (some minutes); numbers of tasks can be named.

#![expect(clippy::print_stdout, reason = "a program whose output is its purpose")]

use std::error::Error;
use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use fram_cluster::{
    Application, Caller, ClusterRunner, CutOptions, Functions, LocalCluster, LocalClusterOptions, SlotKind,
};
use fram_frame::{Limit, Plan, Runner, Watch};
use polars::prelude::*;

const WORKERS: usize = 2;
const ROWS: u32 = 4_000_000;
const ROW_GROUP: usize = 1_000;
const TASKS: [usize; 5] = [50, 200, 800, 1_600, 2_048];

fn main() -> Result<(), Box<dyn Error>> {
    let named: Vec<usize> = std::env::args().skip(1).map(|word| word.parse()).collect::<Result<_, _>>()?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("rows.parquet");
    let mut rows = df!("key" => (0..ROWS).map(|row| row.wrapping_mul(2_654_435_761)).collect::<Vec<_>>())?;
    ParquetWriter::new(File::create(&path)?).with_row_group_size(Some(ROW_GROUP)).finish(&mut rows)?;
    let cluster = LocalCluster::start(&LocalClusterOptions {
        workers: WORKERS,
        cores: 1,
        memory: 8 << 30,
        slots: SlotKind::Threads,
        functions: Functions::default(),
    })?;
    println!("tasks that write and that read | seconds | files at most | MiB of the process after it");
    for tasks in if named.is_empty() { TASKS.to_vec() } else { named } {
        let (seconds, files) = grouped(&cluster, &path, tasks)?;
        println!("{tasks} | {seconds:.1} | {files} | {}", resident_mib()?);
    }
    Ok(())
}

/// How long the grouping takes, and how many files there were at once.
fn grouped(cluster: &LocalCluster, path: &Path, tasks: usize) -> Result<(f64, usize), Box<dyn Error>> {
    let options = CutOptions { partitions: tasks, partition_bytes: 1, few_bytes: 0, ..CutOptions::default() };
    let (caller, name) = (Caller::new(cluster.token(), None), Application::named("many tasks"));
    let runner = ClusterRunner::new(cluster.address().clone(), caller, options, Functions::default(), name)?;
    while runner.view(&Watch::new())?.workers.len() < WORKERS {
        thread::sleep(Duration::from_millis(20));
    }
    let path = path.to_str().ok_or("a folder has no name")?;
    let scan = LazyFrame::scan_parquet(path.into(), ScanArgsParquet::default())?;
    let plan = scan.group_by([col("key")]).agg([len()]).select([len().alias("keys"), col("len").max()]);
    let (is_done, most) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let (work, done, seen) = (cluster.work_dir(), is_done.clone(), most.clone());
    let watching = thread::spawn(move || {
        while !done.load(Ordering::Relaxed) {
            seen.fetch_max(files_in(&work), Ordering::Relaxed);
            thread::sleep(Duration::from_millis(200));
        }
    });
    let begun = Instant::now();
    let found = runner.run(&Plan::Polars(plan), Limit::All, &Watch::new());
    let seconds = begun.elapsed().as_secs_f64();
    is_done.store(true, Ordering::Relaxed);
    watching.join().map_err(|_| "the files were not counted")?;
    assert_eq!(found?, df!("keys" => [ROWS], "len" => [1_u32])?);
    Ok((seconds, most.load(Ordering::Relaxed)))
}

fn files_in(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| if entry.path().is_dir() { files_in(&entry.path()) } else { 1 }).sum()
}

/// MiB of memory that the process has.
fn resident_mib() -> Result<u64, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? >> 10)
}
