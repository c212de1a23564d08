//! Queries of every kind that are interrupted in their middle: the prompt is back at once, nothing of them runs on, and
//! what is asked next runs as if nothing had been.

use std::collections::HashMap;
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::faults::{busy_with, printed, slots};
use crate::pages::{bearer, get};
use crate::processes::Cluster;

/// How long it may take until the prompt is back.
pub(crate) const AT_ONCE: Duration = Duration::from_secs(2);

/// Rows enough to run for many minutes: 27,000,000,000.
const ENORMOUS: &str = "\
let t = scan_ndjson(\"EVENTS\").select(col(\"EventID\").cast(Int64).alias(\"id\"), \"Hostname\")
let three = t.cross_join(t, \"_b\").cross_join(t, \"_c\")
let all = three.with_columns((col(\"id\") * col(\"id_b\") + col(\"id_c\")).alias(\"z\"))
";
/// What is asked of them.
const KINDS: &[(&str, &str)] = &[
    ("group-by", "all.group_by(\"z\").agg(len())"),
    ("join", "all.join(t, \"id\").select(col(\"z\").sum())"),
    ("a folder that is written", "all.write_parquet(\"many/\")"),
    ("rows that are kept", "all.collect();"),
    ("SQL", "sql(\"SELECT z, count(*) FROM all GROUP BY z ORDER BY 2\")"),
];

/// Within the time since something was stopped no task runs any more, and what is left of processes does nothing.
pub(crate) fn nothing_runs_on(cluster: &Cluster, since: Instant) {
    while !get(cluster, "/metrics", &bearer(cluster)).contains("fram_tasks_running 0") {
        assert!(since.elapsed() < AT_ONCE, "tasks run on after {:?}", since.elapsed());
    }
    let before = work_of(cluster);
    sleep(Duration::from_millis(200));
    let after = work_of(cluster);
    for (slot, work) in &before {
        assert!(
            after.get(slot).is_none_or(|now| now - work <= 5),
            "a process works on: {before:?}, {after:?}"
        );
    }
}

/// How much the processes of tasks have worked, in hundredths of a second.
fn work_of(cluster: &Cluster) -> HashMap<String, u64> {
    let work = |slot: String| {
        let about = std::fs::read_to_string(format!("/proc/{slot}/stat")).ok()?;
        let numbers: Vec<&str> = about.rsplit_once(") ")?.1.split(' ').collect();
        let ticks = numbers[11].parse::<u64>().ok()? + numbers[12].parse::<u64>().ok()?;
        Some((slot, ticks))
    };
    slots(cluster).into_iter().filter_map(work).collect()
}

#[test]
fn an_interrupt_ends_every_kind_of_query_at_once() {
    let cluster = Cluster::start(2);
    for (kind, cell) in KINDS {
        let running = busy_with(&cluster, &format!("{ENORMOUS}{cell}"));
        let asked = Instant::now();
        kill(Pid::from_raw(i32::try_from(running.id()).unwrap()), Signal::SIGINT).unwrap();
        let told = printed(running);
        let waited = asked.elapsed();
        assert!(told.contains("Interrupted: "), "{kind}: {told}");
        assert!(waited < AT_ONCE, "{kind}: the prompt came back after {waited:?}");
        nothing_runs_on(&cluster, Instant::now());
        let left = std::fs::read_dir(cluster.folder.path()).unwrap().flatten();
        let left = left.filter(|entry| entry.file_name().to_string_lossy().contains("many"));
        assert_eq!(left.count(), 0, "{kind}: a part of what was to be written");
    }
    let next = cluster.run(&cluster.join(), "scan_ndjson(\"EVENTS\").select(len())").succeeded();
    assert!(next.contains("3000"), "{next}");
    assert!(!next.contains("1 task running"), "tasks of nobody run on: {next}");
}
