//! Real processes: a master, two workers, and notebooks that run on them, while workers are killed, stopped and started
//! again. Each answer is compared with that of one machine.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod certificates;
mod endings;
mod faults;
mod large;
mod leftovers;
mod neighbours;
mod pages;
mod ports;
mod privacy;
mod processes;
mod refusals;
mod stopping;
mod writes;

use processes::Cluster;

/// Cells of every kind of exchange.
const CELLS: &str = "\
let t = scan_ndjson(\"EVENTS\").with_columns(col(\"EventID\").cast(Int64).alias(\"id\"))
// %%
t.group_by(\"id\").agg(len().alias(\"n\")).sort(\"id\").show(50)
// %%
let names = t.group_by(\"Hostname\").agg(len().alias(\"all\"))
t.join(names, \"Hostname\").group_by(\"Hostname\", \"all\").agg(col(\"id\").max()).sort(\"Hostname\").show(50)
// %%
t.select(\"id\", \"Hostname\").filter(col(\"id\") == 1).head(5)
// %%
%%sql
SELECT Hostname, count(*) AS n FROM t WHERE id = 1 GROUP BY Hostname ORDER BY Hostname
";

#[test]
fn cells_run_on_workers_and_say_what_they_say_here() {
    let cluster = Cluster::start(2);
    let here = cluster.run("%cluster local", CELLS).succeeded();
    let there = cluster.run(&cluster.join(), CELLS).succeeded();
    assert_eq!(processes::tables(&here), processes::tables(&there));
    assert!(there.contains("2 workers"), "{there}");
    let told = cluster.run_with(&["--master", &cluster.address], "%cluster status", "1").succeeded();
    assert!(told.contains("2 workers"), "{told}");
    let measured = "%explain scan_ndjson(\"EVENTS\").group_by(\"Hostname\").agg(len()) #{ analyze }";
    let told = cluster.run(&cluster.join(), measured).succeeded();
    assert!(told.contains("not on the cluster") && told.contains("rows"), "{told}");
    let away = cluster.run_with(&["--master", "fram://127.0.0.1:9"], "1", "2").failed();
    assert!(away.contains("no master answers"), "{away}");
}

#[test]
fn a_cluster_without_workers_says_how_to_start_one() {
    let cluster = Cluster::start(0);
    let told = cluster.run(&cluster.join(), "1").succeeded();
    let remedy = format!("Start a worker: fram worker {}", cluster.address);
    assert!(told.lines().any(|line| line == remedy), "{told}");
}

#[test]
fn a_whole_cluster_starts_with_one_command() {
    let cluster =
        Cluster::begun(&["cluster", "start", "-n", "2", "--cores", "1", "--port", "0", "--ui-port", "0"]);
    cluster.wait_for_workers(2);
    let here = cluster.run("%cluster local", CELLS).succeeded();
    let there = cluster.run(&cluster.join(), CELLS).succeeded();
    assert_eq!(processes::tables(&here), processes::tables(&there));
}

#[test]
fn a_cluster_of_a_notebooks_own_has_the_memory_and_the_folder_that_it_is_told() {
    let cluster = Cluster::start(0);
    let folder = tempfile::tempdir().unwrap();
    let begin = format!(
        "%cluster start -n 1 --cores 1 --memory 300MiB --work-dir {}",
        folder.path().join("work").display()
    );
    let told = cluster.run(&begin, CELLS).succeeded();
    assert!(told.contains("1 core, 300 MiB"), "{told}");
    let here = cluster.run("%cluster local", CELLS).succeeded();
    assert_eq!(processes::tables(&here), processes::tables(&told));
    assert!(folder.path().join("work").is_dir(), "what tasks write is elsewhere");
    let wrong = cluster.run("%cluster start --memory much", "1").failed();
    assert!(wrong.contains("`much` is no amount of memory") && wrong.contains("--memory 4GiB"), "{wrong}");
}

#[test]
fn a_whole_cluster_listens_at_an_address_of_ipv6() {
    if let Err(error) = std::net::TcpListener::bind("[::1]:0") {
        return processes::skip(&format!("this machine has no IPv6: {error}"));
    }
    let whole = ["cluster", "start", "-n", "2", "--cores", "1", "--port", "0", "--ui-port", "0"];
    let cluster = Cluster::begun(&[&whole[..], &["--bind", "::1"]].concat());
    assert!(cluster.address.starts_with("fram://[::1]:"), "{}", cluster.address);
    cluster.wait_for_workers(2);
    let here = cluster.run("%cluster local", CELLS).succeeded();
    let there = cluster.run(&cluster.join(), CELLS).succeeded();
    assert_eq!(processes::tables(&here), processes::tables(&there));
}

#[test]
fn workers_of_a_whole_cluster_listen_where_it_does_and_read_what_it_allows() {
    let folder = tempfile::tempdir().unwrap();
    let allowed = folder.path().to_str().unwrap();
    // An address of this machine's own that is not the usual one.
    let whole = ["cluster", "start", "-n", "1", "--memory", "512MiB", "--port", "0", "--ui-port", "0"];
    let cluster = Cluster::begun(&[&whole[..], &["--bind", "127.0.0.2", "--allow-path", allowed]].concat());
    cluster.wait_for_workers(1);
    assert!(cluster.address.starts_with("fram://127.0.0.2:"), "{}", cluster.address);
    let told = cluster.run(&cluster.join(), "%cluster status").succeeded();
    let worker = told.lines().find(|line| line.trim_start().starts_with("127.0.0.2:"));
    assert!(worker.is_some_and(|line| line.contains("512 MiB")), "{told}");
    let told = cluster.run(&cluster.join(), CELLS).failed();
    assert!(told.contains("may not read") && told.contains("--allow-path"), "{told}");
}
