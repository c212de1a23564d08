//! What a cluster refuses: strangers, other builds, garbage, and files that workers cannot see.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::processes::Cluster;

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
        let told = cluster.run(&cluster.join(), &format!("scan_csv(\"{path}\")")).failed();
        assert!(told.contains("may not read") && told.contains("--allow-path"), "{told}");
    }
    let write = "frame(#{ a: [1] }).write_parquet(\"c.parquet\");";
    let sql = format!(
        "%cluster local\n// %%\n{write}\n// %%\n{}\n// %%\nlet p = scan_parquet(\"c.parquet\");\n// %%\n%%sql\nSELECT a + 1 AS b FROM p",
        cluster.join()
    );
    let told = cluster.run("1", &sql).failed();
    assert!(told.contains("may not read"), "{told}");
}
