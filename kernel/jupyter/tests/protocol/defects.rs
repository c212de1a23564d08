//! The defects of zeromq that this crate is built around: each is shown on a bare socket, so that an upgrade which
//! mends one fails here and says what can go.

use std::io::Write;
use std::process::{Command, Stdio};

use zeromq::{Socket, SocketRecv, SocketSend, XPubSocket, ZmqMessage};

use crate::frontend::PATIENCE;
use crate::hostile::{greeting, ready};

const CHILD: &str = "FRAM_JUPYTER_DEFECT_CHILD";

/// Runs as a child of the test below: a bare socket that anybody can reach.
#[test]
fn bare_router_for_the_frame_header() {
    if std::env::var_os(CHILD).is_none() {
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let mut socket = zeromq::RouterSocket::new();
        let endpoint = socket.bind("tcp://127.0.0.1:0").await.unwrap();
        println!("\nbound {endpoint}");
        tokio::time::timeout(PATIENCE, socket.recv()).await.ok();
    });
}

#[test]
fn defect_1_a_frame_header_aborts_the_process() {
    use std::io::BufRead;
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "defects::bare_router_for_the_frame_header", "--nocapture", "--test-threads=1"])
        .env(CHILD, "1")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let output = std::io::BufReader::new(child.stdout.take().unwrap());
    let mut lines = output.lines().map_while(Result::ok);
    let bound = lines.find_map(|line| line.strip_prefix("bound tcp://").map(str::to_owned)).unwrap();
    let mut socket = std::net::TcpStream::connect(bound.trim()).unwrap();
    // 4 EiB: more than any machine can reserve, overcommit or not.
    let header = [&[2][..], &(4_u64 << 60).to_be_bytes()].concat();
    socket.write_all(&[greeting(), header].concat()).unwrap();
    let reads = std::io::Read::read_to_end(&mut socket, &mut Vec::new());
    drop(reads);
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(3);
    let status = loop {
        match child.try_wait().unwrap() {
            Some(status) => break Some(status),
            None if std::time::Instant::now() > deadline => break None,
            None => std::thread::sleep(std::time::Duration::from_millis(5)),
        }
    };
    child.kill().ok();
    child.wait().ok();
    use std::os::unix::process::ExitStatusExt;
    assert_eq!(
        status.and_then(|status| status.signal()),
        Some(6),
        "mended upstream: a bare socket survives the frame header, so the guard's length check can go"
    );
}

/// Defects 2 and 3 are of `PubSocket`: it can lose a wake-up, a race that shows in five of 600,000 tries and so is no
/// test, and its bound does not bound. It is not used, which clippy holds; this holds clippy to it, and says when to
/// look again.
#[test]
fn defects_2_and_3_are_kept_out() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let lints = std::fs::read_to_string(root.join("clippy.toml")).unwrap();
    assert!(
        lints.contains("zeromq::PubSocket"),
        "clippy.toml must keep PubSocket out; see kernel/jupyter/src/iopub.rs"
    );
    let manifest = std::fs::read_to_string(root.join("Cargo.toml")).unwrap();
    assert!(
        manifest.contains("zeromq = \"=0.7.0\""),
        "zeromq was upgraded: see whether its PubSocket still clears `wake_pending` without a fence (the last message can \
         then wait for the next one) and still clones a sender for each message (its bound then never applies); if both \
         are mended, the lint can go. Then put the new version here."
    );
}

#[test]
fn defect_4_a_publisher_waits_for_its_slowest_subscriber() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let sent = runtime.block_on(async {
        let mut socket = XPubSocket::new();
        let endpoint = socket.bind("tcp://127.0.0.1:0").await.unwrap().to_string();
        let mut stalled = std::net::TcpStream::connect(endpoint.trim_start_matches("tcp://")).unwrap();
        stalled.write_all(&[greeting(), ready("SUB"), vec![0, 1, 1]].concat()).unwrap();
        socket.recv().await.unwrap();
        let mut sent = 0;
        // 256 MB fit in no system's socket buffers.
        while sent < 256 {
            let message = ZmqMessage::from(vec![0; 1 << 20]);
            let sending = tokio::time::timeout(std::time::Duration::from_secs(1), socket.send(message));
            if sending.await.is_err() {
                break;
            }
            sent += 1;
        }
        drop(stalled);
        sent
    });
    assert!(
        sent < 256,
        "mended upstream: XPUB no longer waits for a stalled subscriber, so the guard's budget can go"
    );
}
