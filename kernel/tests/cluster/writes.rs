//! Folders that workers write, while workers and notebooks are killed and stopped: all of a folder is there, or nothing.

use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use crate::faults::wait_until_idle;
use crate::processes::{Cluster, PATIENCE, Process, exit_of, tables};

/// A write of several stages that takes some seconds: 9 million pairs of events. `OUT` is where to.
const WRITE: &str = "\
let t = scan_ndjson(\"EVENTS\").select(col(\"Hostname\"), col(\"EventID\").cast(Int64).alias(\"id\"))
let all = t.join(t.select(col(\"Hostname\"), col(\"id\").alias(\"other\")), \"Hostname\")
all.write_parquet(\"OUT\", #{ partition_by: \"Hostname\" })
";
/// What is in it.
const READ: &str = "scan_parquet(\"OUT\").group_by(\"Hostname\").agg(len().alias(\"n\"), col(\"id\").sum().alias(\"i\"), (col(\"id\") * col(\"other\")).sum().alias(\"p\")).sort(\"Hostname\").show(100)";

/// The names in the folder, those that begin with a dot too.
fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// A cluster, a folder to write into, and what is in a folder that was written here.
fn prepared() -> (Cluster, String) {
    let cluster = Cluster::start(2);
    std::fs::create_dir(cluster.folder.path().join("writes")).unwrap();
    let cells = format!("{WRITE}\n// %%\n{READ}").replace("OUT", "here");
    let here = tables(&cluster.run("%cluster local", &cells).succeeded());
    assert!(!here.is_empty());
    (cluster, here)
}

fn is_written(cluster: &Cluster) -> bool {
    let writes = cluster.folder.path().join("writes");
    let parts = names(&writes).into_iter().filter(|name| name.starts_with(".fram-"));
    let tasks = parts.map(|name| writes.join(name).join("_tasks"));
    tasks.into_iter().any(|tasks| {
        std::fs::read_dir(tasks).into_iter().flatten().flatten().any(|entry| entry.path().is_dir())
    })
}

fn wait_until_it_is_written(cluster: &Cluster) {
    let begun = Instant::now();
    while !is_written(cluster) {
        assert!(begun.elapsed() < PATIENCE, "no task writes");
        sleep(Duration::from_millis(5));
    }
}

/// Holds what was written against what was wanted, and sees that nothing else is there.
fn check(cluster: &Cluster, here: &str) {
    let cells = READ.replace("OUT", "writes/there");
    assert_eq!(here, tables(&cluster.run("%cluster local", &cells).succeeded()));
    let writes = cluster.folder.path().join("writes");
    assert_eq!(names(&writes), ["there"]);
    let hosts = names(&writes.join("there"));
    assert!(hosts.iter().all(|name| name.starts_with("Hostname=")), "{hosts:?}");
    for host in hosts {
        let mut files = names(&writes.join("there").join(host));
        files.sort();
        let wanted: Vec<_> = (0..files.len()).map(|number| format!("part-{number:05}.parquet")).collect();
        assert_eq!(files, wanted);
    }
    std::fs::remove_dir_all(writes.join("there")).unwrap();
}

#[test]
fn a_worker_that_is_lost_while_it_writes_leaves_nothing_of_its_own() {
    let (mut cluster, here) = prepared();
    let cells = WRITE.replace("OUT", "writes/there");
    for is_killed in [true, false] {
        let mut running = cluster.begin(&cluster.join(), &cells);
        wait_until_it_is_written(&cluster);
        let lost: Process = cluster.workers.pop().unwrap();
        if is_killed {
            drop(lost);
        } else {
            // It comes back when all is over.
            lost.signal(Signal::SIGSTOP);
            cluster.workers.push(lost);
        }
        assert!(exit_of(&mut running, "the notebook hangs").success());
        match is_killed {
            true => cluster.add_worker(&[]),
            false => cluster.workers.last().unwrap().signal(Signal::SIGCONT),
        }
        cluster.wait_for_workers(2);
        check(&cluster, &here);
    }
}

#[test]
fn a_notebook_that_is_killed_while_it_writes_leaves_what_the_next_removes() {
    let (cluster, here) = prepared();
    let cells = WRITE.replace("OUT", "writes/there");
    let mut running = cluster.begin(&cluster.join(), &cells);
    wait_until_it_is_written(&cluster);
    running.kill().unwrap();
    running.wait().unwrap();
    let left = names(&cluster.folder.path().join("writes"));
    assert!(left.len() == 1 && left[0].starts_with(".fram-"), "{left:?}");
    wait_until_idle(&cluster, PATIENCE);
    cluster.run(&cluster.join(), &cells).succeeded();
    check(&cluster, &here);
}

#[test]
fn a_worker_writes_only_where_it_was_allowed() {
    let mut cluster = Cluster::start(0);
    let allowed = cluster.folder.path().join("allowed");
    std::fs::create_dir(&allowed).unwrap();
    cluster.add_worker(&["--allow-path", &allowed.to_string_lossy()]);
    cluster.wait_for_workers(1);
    let frame = "frame(#{ a: [1, 2] })";
    let told = cluster.run(&cluster.join(), &format!("{frame}.write_csv(\"other/\")")).failed();
    assert!(told.contains("worker 127.0.0.1:") && told.contains("may not write in"), "{told}");
    assert!(told.contains("--allow-path"), "{told}");
    assert!(!names(cluster.folder.path()).iter().any(|name| name.contains(".part") || name == "other"));
    let told = cluster.run(&cluster.join(), &format!("{frame}.write_csv(\"allowed/other/\")")).succeeded();
    assert!(told.contains("2 rows in 1 file, 6 bytes → allowed/other/"), "{told}");
    // One file is written by the notebook, which may write where it likes.
    cluster.run(&cluster.join(), &format!("{frame}.write_csv(\"other.csv\")")).succeeded();
    assert_eq!(std::fs::read_to_string(cluster.folder.path().join("other.csv")).unwrap(), "a\n1\n2\n");
}
