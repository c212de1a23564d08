//! How the time of a query grows with its tasks: a grouping of the same rows by ever more tasks, of which each reads what
//! each of those before has written. The cluster is two workers of one core and a master in this process, or one of the same
//! build that runs: `fram cluster start -n 2 --cores 1`.
//!
//! `cargo run --release -p fram-cluster --example many_tasks [fram://HOST:PORT TOKEN_FILE] [TASKS]…` takes some minutes.

#![expect(clippy::print_stdout, reason = "a program whose output is its purpose")]

use std::error::Error;
use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use fram_cluster::{
    Address, Application, Caller, ClusterRunner, CutOptions, Functions, LocalCluster, LocalClusterOptions,
    Token,
};
use fram_frame::{Limit, Plan, Runner, Watch};
use polars::prelude::*;

const WORKERS: usize = 2;
const ROWS: u32 = 4_000_000;
const ROW_GROUP: usize = 1_000;
const TASKS: [usize; 5] = [50, 200, 800, 1_600, 2_048];

fn main() -> Result<(), Box<dyn Error>> {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    let running = words.first().is_some_and(|word| word.starts_with("fram:"));
    let running: Vec<String> = if running { words.drain(..2).collect() } else { Vec::new() };
    let named: Vec<usize> = words.iter().map(|word| word.parse()).collect::<Result<_, _>>()?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("rows.parquet");
    let mut rows = df!("key" => (0..ROWS).map(|row| row.wrapping_mul(2_654_435_761)).collect::<Vec<_>>())?;
    ParquetWriter::new(File::create(&path)?).with_row_group_size(Some(ROW_GROUP)).finish(&mut rows)?;
    let workers = if running.is_empty() { WORKERS } else { 0 };
    let options = LocalClusterOptions { memory: 8 << 30, ..LocalClusterOptions::in_threads(workers) };
    let own = LocalCluster::start(&options)?;
    let (address, token) = match running.as_slice() {
        [address, file] => (address.parse()?, Token::from_file(Path::new(file))?),
        _ => (own.address().clone(), own.token().clone()),
    };
    println!("tasks that write and that read | seconds | files at most | MiB of the process after it");
    for tasks in if named.is_empty() { TASKS.to_vec() } else { named } {
        let most = Arc::new(AtomicUsize::new(0));
        let (work, seen) = (own.work_dir(), Arc::downgrade(&most));
        thread::spawn(move || {
            while let Some(seen) = seen.upgrade() {
                seen.fetch_max(files_in(&work), Ordering::Relaxed);
                drop(seen);
                thread::sleep(Duration::from_millis(200));
            }
        });
        let seconds = grouped(&address, &token, &path, tasks)?;
        println!("{tasks} | {seconds:.1} | {} | {}", most.load(Ordering::Relaxed), resident_mib()?);
    }
    Ok(())
}

/// How many seconds the grouping takes.
fn grouped(address: &Address, token: &Token, path: &Path, tasks: usize) -> Result<f64, Box<dyn Error>> {
    let options = CutOptions {
        partitions: tasks,
        partition_bytes: 1,
        pairs: Some(u64::MAX),
        few_bytes: 0,
        ..CutOptions::default()
    };
    let (caller, name) = (Caller::new(token, None), Application::named("many tasks"));
    let runner = ClusterRunner::new(address.clone(), caller, options, Functions::default(), name)?;
    while runner.view(&Watch::new())?.workers.len() < WORKERS {
        thread::sleep(Duration::from_millis(20));
    }
    let path = path.to_str().ok_or("a folder has no name")?;
    let scan = LazyFrame::scan_parquet(path.into(), ScanArgsParquet::default())?;
    let plan = scan.group_by([col("key")]).agg([len()]).select([len().alias("keys"), col("len").max()]);
    let begun = Instant::now();
    let found = runner.run(&Plan::Polars(plan), Limit::All, &Watch::new())?;
    let seconds = begun.elapsed().as_secs_f64();
    assert_eq!(found, df!("keys" => [ROWS], "len" => [1_u32])?);
    Ok(seconds)
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
