//! Every port of every process of a cluster, asked by somebody without the token.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::processes::Cluster;

/// What a stranger says: a browser, a program that speaks HTTP/2, one that wants to speak TLS, and one that raves.
const WORDS: [&[u8]; 6] = [
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
    b"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer 0123456789abcdef0123\r\nConnection: close\r\n\r\n",
    b"POST /fram.Master/Work HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/grpc\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    // A call of Flight without a token.
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0\0\0\x18\x01\x05\0\0\0\x01\x83\x86\x04\x0e/DoGet/nothing.\x01\x09127.0.0.1",
    b"\x16\x03\x01\0\x05\x01\0\0\x01\x03",
    &[0xff; 2048],
];

/// Ports that the process listens at.
fn ports(process: u32) -> BTreeSet<u16> {
    let sockets: BTreeSet<String> = fs::read_dir(format!("/proc/{process}/fd"))
        .unwrap()
        .filter_map(|entry| Some(fs::read_link(entry.ok()?.path()).ok()?.to_string_lossy().into_owned()))
        .filter_map(|link| Some(link.strip_prefix("socket:[")?.trim_end_matches(']').to_owned()))
        .collect();
    let table =
        ["tcp", "tcp6"].map(|kind| fs::read_to_string(format!("/proc/net/{kind}")).unwrap_or_default());
    let lines = table.iter().flat_map(|table| table.lines().skip(1));
    let listening = lines.map(|line| line.split_whitespace().collect::<Vec<_>>());
    let ours = listening.filter(|words| words[3] == "0A" && sockets.contains(words[9]));
    ours.map(|words| u16::from_str_radix(words[1].rsplit(':').next().unwrap(), 16).unwrap()).collect()
}

#[test]
fn no_port_says_anything_to_strangers() {
    let cluster = Cluster::start(2);
    let cell = "scan_ndjson(\"EVENTS\").group_by(\"Hostname\").agg(len())";
    cluster.run(&cluster.join(), cell).succeeded();
    let processes = std::iter::once(&cluster.master).chain(&cluster.workers).map(|process| process.0.id());
    let ports: Vec<u16> = processes.flat_map(ports).collect();
    // Calls and pages of the master; files and pages of each worker.
    assert_eq!(ports.len(), 6, "{ports:?}");
    let token = cluster.token();
    for port in ports {
        for words in WORDS {
            let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
            stream.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
            drop(stream.write_all(words));
            let mut answer = Vec::new();
            drop(stream.read_to_end(&mut answer));
            let answer = String::from_utf8_lossy(&answer).into_owned();
            for secret in
                [token.as_str(), "Hostname", "notebook", "127.0.0.1:", "fram_workers", "/jobs/", "worker-"]
            {
                assert!(!answer.contains(secret), "port {port} says {secret}: {answer}");
            }
        }
    }
    cluster.run(&cluster.join(), cell).succeeded();
}

#[test]
fn connections_that_say_nothing_hold_nobody_up() {
    let cluster = Cluster::start(1);
    let ports = ports(cluster.master.0.id());
    let slow = |port: &u16| TcpStream::connect(("127.0.0.1", *port)).unwrap();
    let mut held: Vec<TcpStream> = (0..100).flat_map(|_| ports.iter().map(slow)).collect();
    for stream in &mut held {
        drop(stream.write_all(b"GET / HTT"));
    }
    let cell = "scan_ndjson(\"EVENTS\").group_by(\"Hostname\").agg(len())";
    cluster.run(&cluster.join(), cell).succeeded();
    let page = super::pages::asked(
        &cluster.pages,
        "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
    );
    assert!(page.contains("ok"), "{page}");
}
