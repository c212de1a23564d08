//! Output: joined, paced, cut, and never out of order; slow frontends.

use std::path::Path;
use std::time::{Duration, Instant};

use fram_jupyter::client::{Event, ExecuteOptions, KernelClient};
use fram_jupyter::{Channel, Transport};
use serde_json::json;

use crate::frontend::{Frontend, PATIENCE, published, reply, stdout, told};

#[test]
fn two_hundred_thousand_lines_arrive_in_few_messages_within_the_rate() {
    let frontend = Frontend::start();
    let mut cell = frontend.execute("print 200000", &ExecuteOptions::default()).unwrap();
    let (mut text, mut sent) = (String::new(), Vec::new());
    let mut last = String::new();
    while let Some(event) = cell.next(PATIENCE).unwrap() {
        if let Event::Stream { text: more, .. } = &event {
            sent.push((Instant::now(), more.len()));
            text.push_str(more);
        }
        if !matches!(event, Event::Reply(_)) {
            last = told(&[event]).remove(0);
        }
    }
    let expected: String = (0..200_000).map(|line| format!("{line}\n")).collect();
    assert!(
        text == expected,
        "lines are missing or out of order: {} of {} bytes",
        text.len(),
        expected.len()
    );
    assert_eq!(last, "idle");
    assert!(sent.len() < 400, "{} messages", sent.len());
    for (from, _) in &sent {
        let window = sent.iter().filter(|(at, _)| at >= from && *at < *from + Duration::from_secs(3));
        let bytes: usize = window.map(|(_, bytes)| bytes).sum();
        assert!(bytes < 3_000_000, "{bytes} bytes within the server's window");
    }
}

#[test]
fn several_loud_cells_stay_within_the_rate_too() {
    let frontend = Frontend::start();
    let cells: Vec<_> =
        (0..3).map(|_| frontend.execute("print 200000", &ExecuteOptions::default()).unwrap()).collect();
    let began = Instant::now();
    let lengths: Vec<_> =
        cells.into_iter().map(|cell| stdout(&cell.finish(PATIENCE).unwrap()).len()).collect();
    assert_eq!(lengths, [1_288_890; 3]);
    // 3.9 MB at 2.7 MB in each 3.1 seconds.
    assert!(began.elapsed() > Duration::from_secs(2), "{:?}", began.elapsed());
}

#[test]
fn what_a_cell_prints_beyond_two_megabytes_is_in_a_file_that_its_last_line_names() {
    let frontend = Frontend::start();
    let events = frontend.run("print 500000");
    let shown = stdout(&events);
    assert!((1_900_000..=2_000_000).contains(&shown.len()), "{}", shown.len());
    let notice = published(&events).into_iter().rev().nth(1).unwrap();
    let path = notice.trim_end_matches("]\n").rsplit_once(" kept in ").expect("a notice").1.to_owned();
    assert!(notice.starts_with("Stderr ["), "{notice}");
    assert!(Path::new(&path).starts_with(frontend.home().join("cache/echo/output")), "{path}");
    let all = shown + &std::fs::read_to_string(&path).unwrap();
    assert!(
        all == (0..500_000).map(|line| format!("{line}\n")).collect::<String>(),
        "the file goes on where the cell ends"
    );
}

#[test]
fn ten_megabytes_are_displayed() {
    let frontend = Frontend::start();
    let events = frontend.run("display 10000000");
    let shown = events.iter().find_map(|event| match event {
        Event::Display { data, .. } => data["text/plain"].as_str().map(str::len),
        _ => None,
    });
    assert_eq!(shown, Some(10_000_000));
}

#[test]
fn displays_are_updated_and_cleared_in_order() {
    let frontend = Frontend::with(Transport::Ipc);
    assert_eq!(published(&frontend.run("display 2"))[2], r#"display Some("shown") xx"#);
    assert_eq!(published(&frontend.run("update new"))[2], "update shown new");
    assert_eq!(published(&frontend.run("clear wait"))[2], "clear true");
}

/// A subscriber that speaks ZMTP, subscribes to everything, and then reads nothing.
fn stalled_subscriber(frontend: &Frontend) -> std::net::TcpStream {
    use std::io::{Read, Write};
    let address = ("127.0.0.1", frontend.connection().iopub_port);
    let mut socket = std::net::TcpStream::connect(address).unwrap();
    socket.write_all(&crate::hostile::greeting()).unwrap();
    socket.write_all(&crate::hostile::ready("SUB")).unwrap();
    socket.write_all(&[0, 1, 1]).unwrap();
    // The welcome comes when the subscription is in: greeting, READY, and the beginning of it.
    socket.read_exact(&mut [0; 200]).unwrap();
    socket
}

#[test]
fn a_stalled_frontend_stops_neither_the_others_nor_control() {
    let frontend = Frontend::start().undrained();
    let stalled = stalled_subscriber(&frontend);
    let began = Instant::now();
    // 160 MB: more than buffers and budget hold for one that does not read.
    for _ in 0..16 {
        let events = frontend.run("display 10000000");
        assert_eq!(reply(&events)["status"], "ok");
        assert_eq!(published(&events).last().unwrap(), "idle");
        let asked = Instant::now();
        frontend.ask(Channel::Control, "kernel_info_request", &json!({}), PATIENCE).unwrap();
        assert!(asked.elapsed() < Duration::from_secs(10), "control waited {:?}", asked.elapsed());
    }
    println!("16 displays of 10 MB beside a stalled frontend: {:?}", began.elapsed());
    assert_dropped(stalled);
}

#[test]
fn control_answers_at_once_while_a_stalled_frontend_is_waited_for() {
    let frontend = Frontend::start().undrained();
    let stalled = stalled_subscriber(&frontend);
    let cells: Vec<_> =
        (0..12).map(|_| frontend.execute("display 10000000", &ExecuteOptions::default()).unwrap()).collect();
    let mut slowest = Duration::ZERO;
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(3) {
        let asked = Instant::now();
        let id = frontend.send(Channel::Control, "kernel_info_request", &json!({}));
        while frontend.receive(&id, "control", Instant::now() + PATIENCE).unwrap().channel != Channel::Control
        {
        }
        slowest = slowest.max(asked.elapsed());
    }
    println!("slowest answer on control: {slowest:?}");
    assert!(slowest < Duration::from_secs(1), "{slowest:?}");
    // The stalled one is dropped, and the healthy one gets everything.
    for cell in cells {
        assert_eq!(published(&cell.finish(PATIENCE).unwrap()).last().unwrap(), "idle");
    }
    drop(stalled);
}

/// Reads what the system had buffered for it, and then the end.
fn assert_dropped(mut stalled: std::net::TcpStream) {
    stalled.set_read_timeout(Some(PATIENCE)).unwrap();
    let read = std::io::copy(&mut stalled, &mut std::io::sink());
    let dropped =
        read.as_ref().map_or_else(|error| error.kind() == std::io::ErrorKind::ConnectionReset, |_| true);
    assert!(dropped, "a frontend that reads nothing was kept: {read:?}");
}

#[test]
fn two_frontends_see_the_same() {
    let frontend = Frontend::start().undrained();
    let other = KernelClient::connect(frontend.connection(), PATIENCE).unwrap();
    let events = frontend.run("write hello");
    assert_eq!(stdout(&events), "hello");
    crate::frontend::eventually("the other frontend's copy", || {
        other
            .take_unclaimed()
            .iter()
            .any(|message| message.msg_type == "stream" && message.content["text"] == "hello")
    });
}
