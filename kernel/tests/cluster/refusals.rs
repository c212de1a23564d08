//! What a cluster refuses: strangers, other builds, garbage, and files that workers cannot see.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::processes::{Cluster, PATIENCE, Printed, exit_of, tables};

#[test]
fn a_wrong_token_is_refused_with_what_to_do() {
    let cluster = Cluster::start(1);
    let file = cluster.folder.path().join("other-token");
    std::fs::write(&file, "0123456789abcdef0123").unwrap();
    let told = cluster.run(&format!("{} --token-file {}", cluster.join(), file.display()), "1").failed();
    assert!(told.contains("does not accept this token") && told.contains("--token-file"), "{told}");
    let missing = cluster.run(&format!("{} --token-file /nowhere/token", cluster.join()), "1").failed();
    assert!(missing.contains("/nowhere/token"), "{missing}");
    let wrong = cluster.run("%cluster host:7077", "1").failed();
    assert!(wrong.contains("fram://127.0.0.1:7077"), "{wrong}");
    let nobody = cluster.run("%cluster fram://127.0.0.1:9", "1").failed();
    assert!(nobody.contains("no master answers at fram://127.0.0.1:9"), "{nobody}");
}

/// How the program ends that is called with these words, and what it complains of; none where it goes on.
fn ended(cluster: &Cluster, words: &[&str]) -> Option<(Option<i32>, String)> {
    let mut process = cluster.program(words).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let begun = Instant::now();
    while process.try_wait().unwrap().is_none() {
        if begun.elapsed() > PATIENCE {
            process.kill().unwrap();
            process.wait().unwrap();
            return None;
        }
        sleep(Duration::from_millis(20));
    }
    let output = process.wait_with_output().unwrap();
    Some((output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned()))
}

#[test]
fn what_cannot_come_right_ends_with_what_to_do() {
    let cluster = Cluster::start(0);
    let (address, folder) = (cluster.address.as_str(), cluster.folder.path());
    let text = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let (other_token, records) = (text("other-token"), text("master"));
    std::fs::write(&other_token, "0123456789abcdef0123").unwrap();
    for (words, wanted) in [
        (&["worker", address, "--token-file", &other_token][..], "does not accept this token"),
        (&["worker", address, "--token-file", &other_token], "--token-file FILE"),
        (&["worker", address, "--allow-path", "/nowhere"], "no folder /nowhere, which --allow-path names"),
        (&["worker", address, "--allow-path", "nowhere"], "a relative path begins where"),
        (&["worker", address, "--bind", "0.0.0.0", "--port", "0"], "must be told what queries may read"),
        // Its queries are those of whoever uses that master, and would find all that this machine's user may read.
        (&["worker", "fram://192.0.2.1:7077"], "would not reach this worker, which listens at 127.0.0.1"),
        (&["worker", "fram://192.0.2.1:7077"], "--bind 0.0.0.0"),
        (
            &["cluster", "start", "--bind", "0.0.0.0", "--port", "0", "--ui-port", "0"],
            "must be told what queries may read",
        ),
        // An address of no machine.
        (
            &["master", "--bind", "198.51.100.7", "--port", "0", "--data-dir", &text("far")],
            "an address that this machine has with --bind",
        ),
        (
            &["worker", "fram://192.0.2.1:7077", "--bind", "198.51.100.7", "--allow-path", "/"],
            "an address that this machine has with --bind",
        ),
        (&["cluster", "start", "--memory", "much", "--port", "0"], "`much` is no amount of memory"),
        (&["master", "--port", "0", "--ui-port", "0"], "another master that runs keeps its records there"),
        (&["master", "--port", "0", "--ui-port", "0"], "--data-dir"),
        (&["cluster", "start", "--port", "0", "--ui-port", "0", "--data-dir", &records], "another master"),
        (
            &[
                "cluster",
                "start",
                "-n",
                "1",
                "--port",
                "0",
                "--ui-port",
                "0",
                "--data-dir",
                &text("more"),
                "--work-dir",
                "/proc/nowhere",
            ],
            "a worker has ended at once: ",
        ),
    ] {
        let (code, told) = ended(&cluster, words).unwrap_or_else(|| panic!("{words:?} goes on"));
        assert!(code == Some(2) && told.contains(wanted), "{words:?} {code:?}: {told}");
    }
}

#[test]
fn a_worker_that_listens_everywhere_says_where_it_is_reached() {
    let mut cluster = Cluster::start(0);
    for _ in 0..2 {
        cluster.add_worker(&["--bind", "0.0.0.0", "--allow-path", "/"]);
    }
    cluster.wait_for_workers(2);
    let status = cluster.run(&cluster.join(), "%cluster status").succeeded();
    assert!(!status.contains("0.0.0.0") && status.matches("127.0.0.1:").count() >= 3, "{status}");
    // Rows go from one to the other.
    let grouped = "scan_parquet(\"NUMBERS\").group_by(\"k\").agg(len()).sort(\"k\").head(3)";
    let here = tables(&cluster.run("%cluster local", grouped).succeeded());
    assert_eq!(here, tables(&cluster.run(&cluster.join(), grouped).succeeded()));
}

#[test]
fn a_worker_goes_on_with_a_master_that_comes_back_unless_that_wants_another_token() {
    let mut cluster = Cluster::start(1);
    cluster.restart_master();
    cluster.wait_for_workers(1);
    std::fs::write(cluster.folder.path().join("token"), "0123456789abcdef0123").unwrap();
    cluster.restart_master();
    let end = exit_of(&mut cluster.workers[0].0, "the worker goes on");
    assert_eq!(end.code(), Some(2));
}

#[test]
fn pages_are_no_master() {
    let cluster = Cluster::start(0);
    let told = cluster.run(&format!("%cluster fram://{}", cluster.pages), "1").failed();
    assert!(told.contains("serves web pages") && told.contains("7077"), "{told}");
}

#[test]
fn garbage_on_the_port_harms_nobody() {
    let cluster = Cluster::start(1);
    let address = cluster.address.trim_start_matches("fram://");
    for garbage in
        [&b"GET / HTTP/1.1\r\n\r\n"[..], &[0xff; 4096], b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\xff"]
    {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
        stream.write_all(garbage).unwrap();
        let mut answer = Vec::new();
        drop(stream.read_to_end(&mut answer));
        let answer = String::from_utf8_lossy(&answer).into_owned();
        assert!(!answer.contains("worker"), "{answer}");
    }
    assert!(cluster.run(&cluster.join(), "1").succeeded().contains("1 worker"));
}

#[test]
fn a_file_that_is_not_there_is_said_as_here() {
    let cluster = Cluster::start(1);
    let told = cluster.run(&cluster.join(), "scan_csv(\"nowhere.csv\")").failed();
    assert!(told.contains("nowhere.csv"), "{told}");
}

#[test]
fn names_of_files_are_those_of_the_notebooks_folder() {
    let cluster = Cluster::start(1);
    let own = cluster.folder.path().join("own");
    std::fs::create_dir(&own).unwrap();
    std::fs::write(cluster.folder.path().join("a.csv"), "a\n1\n").unwrap();
    std::fs::write(own.join("a.csv"), "a\n2\n3\n4\n").unwrap();
    for cell in ["scan_csv(\"a.csv\").select(col(\"a\").sum())", "scan_csv(\"a.csv\").select(len())"] {
        let here = tables(&Printed::of(cluster.command("1", cell).current_dir(&own)).succeeded());
        assert!(here.contains(if cell.contains("sum") { "9" } else { "3" }), "{here}");
        let there =
            tables(&Printed::of(cluster.command(&cluster.join(), cell).current_dir(&own)).succeeded());
        assert_eq!(there, here);
    }
}

#[test]
fn a_worker_reads_only_where_it_was_allowed() {
    let mut cluster = Cluster::start(0);
    let allowed = cluster.folder.path().join("allowed");
    std::fs::create_dir(&allowed).unwrap();
    std::fs::write(allowed.join("a.csv"), "a\n1\n").unwrap();
    std::fs::write(cluster.folder.path().join("b.csv"), "a\n2\n").unwrap();
    cluster.add_worker(&["--allow-path", &allowed.to_string_lossy()]);
    cluster.wait_for_workers(1);
    let cells = "scan_csv(\"allowed/a.csv\")\n// %%\nlet t = scan_csv(\"allowed/a.csv\");\n// %%\n%%sql\nSELECT a + 1 AS b FROM t";
    cluster.run(&cluster.join(), cells).succeeded();
    for path in ["b.csv", "allowed/../b.csv"] {
        for rest in ["", ".select(len())"] {
            let told = cluster.run(&cluster.join(), &format!("scan_csv(\"{path}\"){rest}")).failed();
            assert!(told.contains("may not read") && told.contains("--allow-path"), "{told}");
        }
    }
    let write = "frame(#{ a: [1] }).write_parquet(\"c.parquet\");";
    let sql = format!(
        "%cluster local\n// %%\n{write}\n// %%\n{}\n// %%\nlet p = scan_parquet(\"c.parquet\");\n// %%\n%%sql\nSELECT a + 1 AS b FROM p",
        cluster.join()
    );
    let told = cluster.run("1", &sql).failed();
    assert!(told.contains("may not read"), "{told}");
}
