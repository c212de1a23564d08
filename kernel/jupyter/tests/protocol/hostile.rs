//! Whatever comes: bytes that are no ZMTP, frames that claim too much, messages that are none, requests that are wrong.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use fram_jupyter::Channel;
use serde_json::{Value, json};
use zeromq::{DealerSocket, Socket, SocketSend, ZmqMessage};

use crate::frontend::{Frontend, PATIENCE, eventually, published};

/// The 64 bytes that begin a connection.
pub(crate) fn greeting() -> Vec<u8> {
    let mut bytes = vec![0; 64];
    bytes[0] = 0xff;
    bytes[9] = 0x7f;
    bytes[10] = 3;
    bytes[12..16].copy_from_slice(b"NULL");
    bytes
}

/// A READY command of this socket type.
pub(crate) fn ready(socket: &str) -> Vec<u8> {
    let mut body = b"\x05READY\x0bSocket-Type".to_vec();
    body.extend(u32::try_from(socket.len()).unwrap().to_be_bytes());
    body.extend(socket.as_bytes());
    let mut frame = vec![4, u8::try_from(body.len()).unwrap()];
    frame.extend(body);
    frame
}

fn ports(frontend: &Frontend) -> [(u16, &'static str); 5] {
    let at = frontend.connection();
    [
        (at.shell_port, "DEALER"),
        (at.control_port, "DEALER"),
        (at.stdin_port, "DEALER"),
        (at.iopub_port, "SUB"),
        (at.hb_port, "REQ"),
    ]
}

/// Sends these bytes and reads until the kernel closes the connection.
fn is_refused(port: u16, bytes: &[u8]) -> bool {
    let mut socket = TcpStream::connect(("127.0.0.1", port)).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    // The kernel may close before all is written.
    socket.write_all(bytes).ok();
    match socket.read_to_end(&mut Vec::new()) {
        Ok(_) => true,
        Err(error) => error.kind() == std::io::ErrorKind::ConnectionReset,
    }
}

fn assert_alive(frontend: &Frontend) {
    assert_eq!(published(&frontend.run("alive")).last().unwrap(), "idle");
}

#[test]
fn oversized_frames_are_refused_on_every_port() {
    let frontend = Frontend::start();
    for (port, socket) in ports(&frontend) {
        for length in [(256_u64 << 20) + 1, 64 << 30, 4 << 40, 4 << 60, u64::MAX] {
            let header = [&[2][..], &length.to_be_bytes()].concat();
            assert!(is_refused(port, &[greeting(), header.clone()].concat()), "{socket} before READY");
            assert!(is_refused(port, &[greeting(), ready(socket), header].concat()), "{socket} after READY");
        }
    }
    assert_alive(&frontend);
}

#[test]
fn what_is_no_zmtp_is_refused_on_every_port() {
    let frontend = Frontend::start();
    let mut plain = greeting();
    plain[12..17].copy_from_slice(b"PLAIN");
    let garbage: Vec<u8> = (0..10_000_u32).map(|at| u8::try_from(at * 7919 % 251).unwrap()).collect();
    for (port, socket) in ports(&frontend) {
        for bytes in [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(), plain.clone(), garbage.clone()] {
            assert!(is_refused(port, &bytes), "{socket}");
        }
        assert!(is_refused(port, &[greeting(), garbage.clone()].concat()), "{socket}");
        // A socket type that does not fit is refused by the socket behind.
        assert!(is_refused(port, &[greeting(), ready("PUSH")].concat()), "{socket}");
        // Half a greeting and then silence is not answered, and hurts nobody.
        let mut half = TcpStream::connect(("127.0.0.1", port)).unwrap();
        half.write_all(&greeting()[..30]).unwrap();
    }
    assert_alive(&frontend);
}

#[test]
fn half_open_connections_do_not_lock_others_out() {
    let frontend = Frontend::start();
    for (port, _) in ports(&frontend) {
        let held: Vec<_> = (0..200).map(|_| TcpStream::connect(("127.0.0.1", port)).unwrap()).collect();
        eventually("the oldest is dropped", || {
            held[0].set_read_timeout(Some(Duration::from_millis(20))).unwrap();
            matches!((&held[0]).read(&mut [0; 100]), Ok(0))
        });
        drop(fram_jupyter::client::KernelClient::connect(frontend.connection(), PATIENCE).unwrap());
    }
    frontend.take_unclaimed();
    assert_alive(&frontend);
}

/// Sends these frames to shell.
fn send_frames(frontend: &Frontend, messages: Vec<Vec<&str>>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut socket = DealerSocket::new();
        let address = frontend.connection().address(Channel::Shell).unwrap();
        socket.connect(&address.to_string()).await.unwrap();
        for frames in messages {
            let frames: Vec<_> = frames.iter().map(|frame| bytes::Bytes::from((*frame).to_owned())).collect();
            socket.send(ZmqMessage::try_from(frames).unwrap()).await.unwrap();
        }
        // Dropping the socket would drop what it has not sent.
        tokio::time::sleep(Duration::from_millis(100)).await;
    });
}

#[test]
fn messages_without_our_signature_are_passed_over() {
    let frontend = Frontend::start();
    let header = r#"{"msg_id":"evil","msg_type":"execute_request","session":"s"}"#;
    let content = r#"{"code":"write owned"}"#;
    let zeros = "0".repeat(64);
    let with = |signature| vec!["<IDS|MSG>", signature, header, "{}", "{}", content];
    send_frames(
        &frontend,
        vec![
            with(""),
            with(&zeros),
            with("not hex"),
            with("abc"),
            vec![""],
            vec!["", "", ""],
            vec!["<IDS|MSG>"],
            vec!["<IDS|MSG>", "", "{}"],
            vec!["no", "delimiter", "at", "all"],
        ],
    );
    assert_alive(&frontend);
    let unclaimed = frontend.take_unclaimed();
    assert_eq!(unclaimed, []);
}

#[test]
fn every_request_is_answered_however_wrong() {
    let frontend = Frontend::start();
    let kinds = [
        "execute_request",
        "complete_request",
        "inspect_request",
        "is_complete_request",
        "history_request",
        "comm_info_request",
        "kernel_info_request",
        "debug_request",
        "create_subshell_request",
        "nobody_knows_this_request",
    ];
    let contents = [
        json!({}),
        json!([1, 2]),
        json!("text"),
        json!(null),
        json!({ "code": 7, "cursor_pos": "x", "n": "y" }),
    ];
    for channel in [Channel::Shell, Channel::Control] {
        for kind in kinds {
            for content in &contents {
                let answer = frontend.ask(channel, kind, content, PATIENCE);
                let answer = answer.unwrap_or_else(|error| panic!("{kind} {content}: {error}"));
                let status = answer.content["status"].as_str().unwrap_or("");
                assert!(!status.is_empty(), "{kind} {content}: {:?}", answer.content);
                if kind == "debug_request" || kind.contains("subshell") || kind.contains("nobody") {
                    assert_eq!((status, &answer.content["ename"]), ("error", &Value::from("NotSupported")));
                }
            }
        }
    }
    // Not a request: nothing to reply, but busy and idle.
    assert_eq!(frontend.comm("nobody_knows_this", &json!({}), PATIENCE).unwrap(), []);
    assert_alive(&frontend);
}

#[test]
fn omitted_fields_have_their_defaults() {
    let frontend = Frontend::start();
    let answer = frontend.ask(Channel::Shell, "execute_request", &json!({ "code": "x" }), PATIENCE).unwrap();
    assert_eq!((&answer.content["status"], &answer.content["execution_count"]), (&json!("ok"), &json!(1)));
    let nulls = json!({ "code": "y", "silent": null, "store_history": null, "user_expressions": null, "allow_stdin": null, "stop_on_error": null });
    let answer = frontend.ask(Channel::Shell, "execute_request", &nulls, PATIENCE).unwrap();
    assert_eq!((&answer.content["status"], &answer.content["execution_count"]), (&json!("ok"), &json!(2)));
    let tail = frontend.ask(Channel::Shell, "history_request", &json!({ "n": 5 }), PATIENCE).unwrap();
    assert_eq!(tail.content["history"], json!([[1, 1, "x"], [1, 2, "y"]]));
}

#[test]
fn the_heartbeat_gives_back_what_it_gets() {
    let frontend = Frontend::start();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        use zeromq::SocketRecv;
        let mut socket = zeromq::ReqSocket::new();
        let address = frontend.connection().address(Channel::Heartbeat).unwrap();
        socket.connect(&address.to_string()).await.unwrap();
        for beat in ["ping", "", "x"] {
            socket.send(ZmqMessage::from(beat)).await.unwrap();
            assert_eq!(socket.recv().await.unwrap().get(0).unwrap(), beat);
        }
    });
}
