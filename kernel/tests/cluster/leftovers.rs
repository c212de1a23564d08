//! What is left of processes that were ended or killed: nothing, or what the next one removes.

use std::path::Path;
use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use crate::faults::{ENDLESS, busy_with};
use crate::processes::{Cluster, PATIENCE, Process, exit_of};

/// The names in the folder that begin so.
fn names(folder: &Path, begin: &str) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.filter(|name| name.starts_with(begin)).collect()
}

fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < PATIENCE, "{what}");
        sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_run_that_is_asked_to_end_leaves_nothing() {
    let cluster = Cluster::start(0);
    let temporary = cluster.folder.path().join("temporary");
    std::fs::create_dir(&temporary).unwrap();
    let notes = cluster.folder.path().join("running");
    for (signal, code) in [(Signal::SIGTERM, 143), (Signal::SIGHUP, 129)] {
        let mut command = cluster.command("1", "let n = 0; while true { n += 1; if n > 1000 { n = 0; } }");
        command.env("TMPDIR", &temporary).stdout(Stdio::null()).stderr(Stdio::null());
        let mut run = Process(command.spawn().unwrap());
        wait_until("no cell runs", || !names(&notes, "").is_empty());
        assert_eq!(names(&temporary, "fram-client-").len(), 1);
        run.signal(signal);
        assert_eq!(exit_of(&mut run.0, "the run goes on").code(), Some(code));
        assert_eq!(names(&temporary, "fram-client-"), Vec::<String>::new());
        assert_eq!(names(&notes, ""), Vec::<String>::new());
    }
    // Its kernel, which is left alone, takes its note along.
    let mut command = cluster.command("1", "let n = 0; while true { n += 1; if n > 1000 { n = 0; } }");
    command.env("TMPDIR", &temporary).stdout(Stdio::null()).stderr(Stdio::null());
    let run = Process(command.spawn().unwrap());
    wait_until("no cell runs", || !names(&notes, "").is_empty());
    drop(run);
    wait_until("the note stays", || names(&notes, "").is_empty());
}

#[test]
fn a_killed_workers_folder_goes_though_its_tasks_outlive_it() {
    let mut cluster = Cluster::start(2);
    let work = cluster.folder.path().join("work");
    let mut running = busy_with(&cluster, ENDLESS);
    let killed = cluster.workers.remove(0);
    let folder = format!("worker-{}", killed.0.id());
    assert!(names(&work, "").contains(&folder), "{:?}", names(&work, ""));
    drop(killed);
    cluster.add_worker(&[]);
    let new = format!("worker-{}", cluster.workers.last().unwrap().0.id());
    wait_until("the new worker has no folder", || names(&work, "").contains(&new));
    // A task that was not yet ended may make it once more; then it is removed once more.
    sleep(Duration::from_secs(8));
    let mut left = names(&work, "");
    left.sort();
    let mut wanted: Vec<String> =
        cluster.workers.iter().map(|worker| format!("worker-{}", worker.0.id())).collect();
    wanted.sort();
    assert_eq!(left, wanted);
    running.kill().unwrap();
    running.wait().unwrap();
}
