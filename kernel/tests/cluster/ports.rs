//! Every port of every process of a cluster, asked by somebody without the token.

use std::collections::BTreeSet;
use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::faults::slots;
use crate::processes::{Cluster, FRAM, Process};

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

/// What those begin with who hold a connection: nothing, half a request, the greeting of HTTP/2 without a call, and a part
/// of that of TLS.
const BEGINNINGS: [&[u8]; 4] = [
    b"",
    b"GET / HTT",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0",
    b"\x16\x03\x01\0\xc8\x01\0\0\xc4\x03\x03",
];
/// How long they may hold it, and what a slow machine takes.
const IN_TIME: Duration = Duration::from_secs(30);

/// This machine's own address, as the system writes it.
const LOOPBACK: &str = "0100007F";

/// Ports that the process listens at, all of them for this machine alone.
fn listens(process: u32) -> BTreeSet<u16> {
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
    let places = ours.map(|words| words[1].rsplit_once(':').unwrap());
    let own = |(address, port): (&str, &str)| {
        assert_eq!(address, LOOPBACK, "others reach port {port}");
        u16::from_str_radix(port, 16).unwrap()
    };
    places.map(own).collect()
}

/// The ports of the master, and those of its workers.
fn ports_of(cluster: &Cluster) -> Vec<u16> {
    let processes = std::iter::once(&cluster.master).chain(&cluster.workers);
    processes.flat_map(|process| listens(process.0.id())).collect()
}

#[test]
fn no_port_says_anything_to_strangers() {
    let cluster = Cluster::start(2);
    let cell = "scan_ndjson(\"EVENTS\").group_by(\"Hostname\").agg(len())";
    cluster.run(&cluster.join(), cell).succeeded();
    let ports = ports_of(&cluster);
    // Calls and pages of the master; files and pages of each worker.
    assert_eq!(ports.len(), 6, "{ports:?}");
    let slots = slots(&cluster);
    assert!(!slots.is_empty(), "no task has run");
    for slot in slots {
        assert_eq!(listens(slot.parse().unwrap()), BTreeSet::new(), "the process of a task listens");
    }
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
    let told = cluster.run(&cluster.join(), cell).succeeded();
    assert!(told.contains("2 workers,"), "{told}");
}

#[test]
fn connections_that_say_nothing_hold_nobody_up() {
    let cluster = Cluster::start(1);
    let ports = listens(cluster.master.0.id());
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

/// Each port of a cluster of one worker closes connections on which nothing is asked, in time.
pub(crate) fn assert_nothing_is_held(cluster: &Cluster) {
    let ports = ports_of(cluster);
    // Calls and pages of the master; files and page of the worker.
    assert_eq!(ports.len(), 4, "{ports:?}");
    let begun = Instant::now();
    let mut held = Vec::new();
    for port in ports {
        for beginning in BEGINNINGS {
            let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
            stream.set_read_timeout(Some(IN_TIME)).unwrap();
            stream.write_all(beginning).unwrap();
            held.push((port, beginning, stream));
        }
    }
    for (port, beginning, mut stream) in held {
        let ended = stream.read_to_end(&mut Vec::new());
        let is_open = ended.is_err_and(|error| error.kind() == ErrorKind::WouldBlock);
        assert!(!is_open && begun.elapsed() < IN_TIME, "port {port} is held by {beginning:?}");
    }
}

#[test]
fn every_port_closes_connections_that_ask_for_nothing() {
    let cluster = Cluster::start(1);
    assert_nothing_is_held(&cluster);
    // Those that have shown the token stay: the worker was not lost.
    let told = cluster.run(&cluster.join(), "1").succeeded();
    assert!(told.contains("1 worker,"), "{told}");
}

#[test]
fn every_port_closes_connections_that_ask_slowly() {
    let cluster = Cluster::start(1);
    let begun = Instant::now();
    let mut held = Vec::new();
    for port in ports_of(&cluster) {
        // The head of a request, the form of the token, and a frame of HTTP/2 that are never whole.
        let head = format!("GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nX-Long: ").into_bytes();
        let form = format!(
            "POST /login HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\ntoken="
        );
        let frame = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0\0\x3f\xff\xfa\0\0\0\0\0".to_vec();
        for beginning in [head, form.into_bytes(), frame] {
            let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
            stream.write_all(&beginning).unwrap();
            held.push((port, String::from_utf8_lossy(&beginning).into_owned(), stream));
        }
    }
    assert_eq!(held.len(), 12);
    let mut rounds = 0;
    while !held.is_empty() && begun.elapsed() < IN_TIME {
        std::thread::sleep(Duration::from_millis(300));
        held.retain_mut(|(_, _, stream)| stream.write_all(b"a").is_ok());
        rounds += 1;
    }
    assert!(rounds > 20, "all are closed before their time");
    let held: Vec<_> = held.iter().map(|(port, beginning, _)| (port, beginning)).collect();
    assert!(held.is_empty(), "{held:?}");
    let told = cluster.run(&cluster.join(), "1").succeeded();
    assert!(told.contains("1 worker,"), "{told}");
}

#[test]
fn strangers_to_the_pages_hold_no_connection() {
    let cluster = Cluster::start(0);
    let bearer = format!("Authorization: Bearer {}\r\n", cluster.token());
    // It ends after the first answer, though two were asked for.
    for (headers, answers) in [("", 1), (bearer.as_str(), 2)] {
        let request = format!("GET /healthz HTTP/1.1\r\nHost: {}\r\n{headers}\r\n", cluster.pages);
        let last = request.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
        let answer = super::pages::asked(&cluster.pages, &(request + &last));
        assert_eq!(answer.matches("HTTP/1.1 200").count(), answers, "{answer}");
    }
}

/// How many files the process may have open, and how many it could ask for.
fn open_files(process: u32) -> (String, String) {
    let limits = fs::read_to_string(format!("/proc/{process}/limits")).unwrap();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files")).unwrap();
    let mut numbers = line.split_whitespace().map(str::to_owned);
    (numbers.next().unwrap(), numbers.next().unwrap())
}

#[test]
fn masters_and_workers_may_open_all_files_that_the_system_allows() {
    let mut cluster = Cluster::start(0);
    let mut few = Command::new("sh");
    few.args([
        "-c",
        "ulimit -S -n 200 && exec \"$0\" \"$@\"",
        FRAM,
        "worker",
        &cluster.address,
        "--cores",
        "1",
    ]);
    few.args(["--memory", "1GiB", "--work-dir"]).arg(cluster.folder.path().join("work"));
    few.env("FRAM_HOME", cluster.folder.path()).stdin(Stdio::null()).stdout(Stdio::null());
    cluster.workers.push(Process(few.spawn().unwrap()));
    cluster.wait_for_workers(1);
    for process in [&cluster.master, &cluster.workers[0]] {
        let (now, most) = open_files(process.0.id());
        assert_eq!(now, most);
    }
}
