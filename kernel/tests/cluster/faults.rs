//! Workers that are killed, stopped and lost in the middle of a job, and notebooks that stop or go away.

use std::process::{Child, Command};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use crate::processes::{Cluster, FRAM, PATIENCE, Process, exit_of, tables};

/// A job of several stages, each of them on two workers, that takes some seconds: 4 million pairs, brought together and
/// counted.
pub(crate) const LONG: &str = "\
let t = scan_parquet(\"NUMBERS\").select(\"k\", \"i\")
let all = t.join(t.select(col(\"k\"), col(\"i\").alias(\"other\")), \"k\")
let counts = all.group_by((col(\"k\") % 500).alias(\"id\")).agg(len().alias(\"n\"), col(\"other\").n_unique().alias(\"others\"))
counts.sort(\"id\").show(1000)
";

/// A query that goes on until it is stopped: 27 thousand million rows.
pub(crate) const ENDLESS: &str = "\
let t = scan_ndjson(\"EVENTS\").select(\"Hostname\")
let b = t.select(col(\"Hostname\").alias(\"b\"))
let c = t.select(col(\"Hostname\").alias(\"c\"))
t.cross_join(b).cross_join(c).group_by(\"Hostname\").agg(len())
";

/// What the child printed; it must end in time.
pub(crate) fn printed(mut child: Child) -> String {
    exit_of(&mut child, "the notebook hangs");
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text + &String::from_utf8_lossy(&output.stderr)
}

/// The processes that the workers have started.
pub(crate) fn slots(cluster: &Cluster) -> Vec<String> {
    let workers: Vec<String> = cluster.workers.iter().map(|worker| worker.0.id().to_string()).collect();
    let listed = Command::new("ps").args(["-eo", "pid,ppid"]).output().unwrap();
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    let pairs = listed.lines().filter_map(|line| line.trim().split_once(char::is_whitespace));
    let ours = pairs.filter(|(_, parent)| workers.iter().any(|worker| worker == parent.trim()));
    ours.map(|(slot, _)| slot.to_owned()).collect()
}

#[test]
fn a_worker_goes_on_when_another_program_takes_the_place_of_its_own() {
    let mut cluster = Cluster::start(0);
    let program = cluster.folder.path().join("fram");
    if std::fs::hard_link(FRAM, &program).is_err() {
        std::fs::copy(FRAM, &program).unwrap();
    }
    cluster.add_worker_of(&program, &[]);
    cluster.wait_for_workers(1);
    std::fs::remove_file(&program).unwrap();
    std::fs::write(&program, "another build").unwrap();
    let counted = "scan_ndjson(\"EVENTS\").group_by(\"Hostname\").agg(len()).sort(\"Hostname\")";
    let here = tables(&cluster.run("%cluster local", counted).succeeded());
    assert_eq!(here, tables(&cluster.run(&cluster.join(), counted).succeeded()));
    // A machine without memory ends the process of a task before its worker.
    let started = slots(&cluster);
    assert_eq!(started.len(), 1, "{started:?}");
    let ended_sooner =
        |process: &str| std::fs::read_to_string(format!("/proc/{process}/oom_score_adj")).unwrap();
    let worker = cluster.workers[0].0.id().to_string();
    assert_eq!(ended_sooner(&started[0]).trim(), "500");
    assert_ne!(ended_sooner(&worker).trim(), "500");
}

fn is_alive(slot: &str) -> bool {
    let state = Command::new("ps").args(["-o", "stat=", "-p", slot]).output().unwrap();
    let state = String::from_utf8_lossy(&state.stdout).trim().to_owned();
    !state.is_empty() && !state.starts_with('Z')
}

#[test]
fn a_worker_that_is_killed_costs_time_and_no_rows() {
    let mut cluster = Cluster::start(2);
    let here = tables(&cluster.run("%cluster local", LONG).succeeded());
    for wait in [300, 900, 1_800] {
        let running = cluster.begin(&cluster.join(), LONG);
        sleep(Duration::from_millis(wait));
        drop(cluster.workers.pop());
        assert_eq!(here, tables(&printed(running)), "killed after {wait} ms");
        cluster.add_worker(&[]);
        cluster.wait_for_workers(2);
    }
}

#[test]
fn a_task_whose_process_is_killed_or_stopped_is_run_once_more() {
    let cluster = Cluster::start(2);
    let here = tables(&cluster.run("%cluster local", LONG).succeeded());
    assert_eq!(here, tables(&cluster.run(&cluster.join(), LONG).succeeded()));
    for signal in ["-KILL", "-STOP"] {
        let running = busy_with(&cluster, LONG);
        let slot = slots(&cluster).pop().unwrap();
        assert!(Command::new("kill").args([signal, &slot]).status().unwrap().success());
        assert_eq!(here, tables(&printed(running)), "{signal}");
        // One that had no task when it was stopped is ended when it is given the next.
        let begun = Instant::now();
        while is_alive(&slot) && begun.elapsed() < PATIENCE {
            assert_eq!(here, tables(&cluster.run(&cluster.join(), LONG).succeeded()));
        }
        assert!(!is_alive(&slot), "{signal}");
    }
}

#[test]
fn a_worker_that_hangs_is_given_up_and_comes_back() {
    let mut cluster = Cluster::start(2);
    let here = tables(&cluster.run("%cluster local", LONG).succeeded());
    let running = cluster.begin(&cluster.join(), LONG);
    sleep(Duration::from_millis(700));
    let hung: Process = cluster.workers.pop().unwrap();
    hung.signal(Signal::SIGSTOP);
    let there = tables(&printed(running));
    hung.signal(Signal::SIGCONT);
    assert_eq!(here, there);
    cluster.wait_for_workers(2);
    assert_eq!(here, tables(&cluster.run(&cluster.join(), LONG).succeeded()));
}

#[test]
fn no_worker_and_no_master_are_errors_that_say_what_to_do() {
    let mut cluster = Cluster::start(1);
    let mut running = cluster.begin(&cluster.join(), LONG);
    sleep(Duration::from_millis(700));
    cluster.workers.clear();
    let told = printed(running);
    assert!(told.contains("the cluster has no workers") && told.contains("fram worker fram://"), "{told}");
    cluster.add_worker(&[]);
    cluster.wait_for_workers(1);
    running = cluster.begin(&cluster.join(), LONG);
    sleep(Duration::from_millis(700));
    drop(cluster.master.0.kill());
    let told = printed(running);
    assert!(told.contains("ClusterError") && told.contains("fram master"), "{told}");
}

#[test]
fn a_notebook_that_goes_away_leaves_no_task_behind() {
    let cluster = Cluster::start(2);
    let mut running = busy_with(&cluster, ENDLESS);
    running.kill().unwrap();
    running.wait().unwrap();
    wait_until_idle(&cluster, Duration::from_secs(5));
    cluster.run(&cluster.join(), LONG).succeeded();
    let left = slots(&cluster);
    assert!(!left.is_empty(), "no slots were started");
    drop(cluster);
    wait_until_gone(&left);
}

#[test]
fn a_stopped_slot_ends_with_its_killed_worker() {
    let mut cluster = Cluster::start(1);
    let mut running = busy_with(&cluster, ENDLESS);
    let left = slots(&cluster);
    assert!(!left.is_empty(), "no slots were started");
    for slot in &left {
        assert!(Command::new("kill").args(["-STOP", slot]).status().unwrap().success());
    }
    cluster.workers.clear();
    wait_until_gone(&left);
    running.kill().unwrap();
    running.wait().unwrap();
}

/// Waits until none of these slots, whose workers are gone, is alive.
fn wait_until_gone(slots: &[String]) {
    let begun = Instant::now();
    while slots.iter().any(|slot| is_alive(slot)) {
        assert!(begun.elapsed() < Duration::from_secs(5), "slots outlive their workers");
        sleep(Duration::from_millis(50));
    }
}

/// The notebook that runs the cells, of which a task runs.
pub(crate) fn busy_with(cluster: &Cluster, cells: &str) -> Child {
    let mut running = cluster.begin(&cluster.join(), cells);
    let begun = Instant::now();
    while busy(cluster) == 0 {
        let has_ended = running.try_wait().unwrap().is_some();
        assert!(!has_ended && begun.elapsed() < PATIENCE, "nothing runs of {cells}: {}", printed(running));
    }
    running
}

/// Waits until no task runs, for no longer than this.
pub(crate) fn wait_until_idle(cluster: &Cluster, patience: Duration) {
    let begun = Instant::now();
    while busy(cluster) > 0 {
        assert!(begun.elapsed() < patience, "tasks of nobody run on");
    }
}

/// Tasks that run on the cluster.
fn busy(cluster: &Cluster) -> usize {
    let status = cluster.run(&cluster.join(), "1").succeeded();
    let counts = status.lines().filter_map(|line| line.split(", ").last()?.strip_suffix(" running"));
    counts.filter_map(|count| count.split(' ').next()?.parse::<usize>().ok()).sum()
}
