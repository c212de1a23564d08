//! Cells: what is published around them, and what their replies hold.

use std::time::{Duration, Instant};

use fram_jupyter::Channel;
use fram_jupyter::client::{Event, ExecuteOptions};
use serde_json::json;

use crate::frontend::{Frontend, PATIENCE, published, reply, told};

#[test]
fn a_cell_is_counted_echoed_and_bracketed() {
    let frontend = Frontend::start();
    assert_eq!(published(&frontend.run("one")), ["busy", "in[1] one", "out[1] one", "idle"]);
    let events = frontend.run("write two");
    assert_eq!(published(&events), ["busy", "in[2] write two", "Stdout two", "idle"]);
    assert_eq!(
        reply(&events),
        json!({ "status": "ok", "execution_count": 2, "user_expressions": {}, "payload": [] })
    );
}

#[test]
fn an_error_is_published_and_replied() {
    let frontend = Frontend::start();
    let events = frontend.run("fail because");
    assert_eq!(published(&events), ["busy", "in[1] fail because", "error Failed because", "idle"]);
    let reply = reply(&events);
    assert_eq!(
        (&reply["status"], &reply["ename"], &reply["traceback"]),
        (&json!("error"), &json!("Failed"), &json!(["Failed: because"]))
    );
}

#[test]
fn a_panic_costs_the_cell_and_not_the_kernel() {
    let frontend = Frontend::start();
    let events = frontend.run("panic now");
    assert_eq!(
        published(&events),
        ["busy", "in[1] panic now", "error InternalError told to panic: now", "idle"]
    );
    assert_eq!(reply(&events)["status"], "error");
    let inspected =
        frontend.ask(Channel::Shell, "inspect_request", &json!({ "code": "panic" }), PATIENCE).unwrap();
    assert_eq!(inspected.content["ename"], "InternalError");
    assert_eq!(
        published(&frontend.run("still here")),
        ["busy", "in[2] still here", "out[2] still here", "idle"]
    );
}

#[test]
fn a_silent_cell_shows_and_counts_nothing() {
    let frontend = Frontend::start();
    let silent = ExecuteOptions { silent: true, ..ExecuteOptions::default() };
    for code in ["value", "write text", "fail x", "display 3"] {
        let events = frontend.execute(code, &silent).unwrap().finish(PATIENCE).unwrap();
        assert_eq!(published(&events), ["busy", "idle"], "{code}");
    }
    let unstored = ExecuteOptions { store_history: false, ..ExecuteOptions::default() };
    let events = frontend.execute("x", &unstored).unwrap().finish(PATIENCE).unwrap();
    assert_eq!(published(&events), ["busy", "in[0] x", "out[0] x", "idle"]);
    assert_eq!(published(&frontend.run("first"))[1], "in[1] first");
}

#[test]
fn user_expressions_are_evaluated_after_the_cell() {
    let frontend = Frontend::start();
    let mut options = ExecuteOptions::default();
    options.user_expressions.insert("a".into(), "hello".into());
    options.user_expressions.insert("b".into(), "fail no".into());
    options.user_expressions.insert("c".into(), "panic p".into());
    let reply = reply(&frontend.execute("1", &options).unwrap().finish(PATIENCE).unwrap());
    let values = &reply["user_expressions"];
    assert_eq!(reply["status"], "ok");
    assert_eq!(values["a"], json!({ "status": "ok", "data": { "text/plain": "hello" }, "metadata": {} }));
    assert_eq!(values["b"]["ename"], "Failed");
    assert_eq!(values["c"]["ename"], "InternalError");
}

#[test]
fn payloads_are_in_the_reply() {
    let frontend = Frontend::start();
    let page = reply(&frontend.run("page help"));
    assert_eq!(page["payload"], json!([{ "source": "page", "data": { "text/plain": "help" }, "start": 0 }]));
    let next = reply(&frontend.run("next code"));
    assert_eq!(next["payload"], json!([{ "source": "set_next_input", "text": "code", "replace": false }]));
}

#[test]
fn an_interrupt_ends_a_busy_cell_within_a_second() {
    let frontend = Frontend::start();
    for (code, waits_for) in [("sleep", "in["), ("flood", "Stdout")] {
        let mut cell = frontend.execute(code, &ExecuteOptions::default()).unwrap();
        loop {
            let event = cell.next(PATIENCE).unwrap().unwrap();
            if told(&[event])[0].starts_with(waits_for) {
                break;
            }
        }
        let asked = Instant::now();
        frontend.interrupt(PATIENCE).unwrap();
        let mut replied = None;
        while let Some(event) = cell.next(PATIENCE).unwrap() {
            if let Event::Reply(content) = event {
                assert_eq!(content["ename"], "Interrupted");
                replied = Some(asked.elapsed());
            }
        }
        assert!(replied.unwrap() < Duration::from_secs(1), "{code}: {replied:?}");
    }
}

#[test]
fn a_signal_interrupts_too() {
    let frontend = Frontend::start();
    let mut cell = frontend.execute("sleep", &ExecuteOptions::default()).unwrap();
    while told(&[cell.next(PATIENCE).unwrap().unwrap()])[0] != "in[1] sleep" {}
    let kernel = nix::unistd::Pid::from_raw(i32::try_from(frontend.process().id()).unwrap());
    nix::sys::signal::kill(kernel, nix::sys::signal::Signal::SIGINT).unwrap();
    assert_eq!(reply(&cell.finish(PATIENCE).unwrap())["ename"], "Interrupted");
}

#[test]
fn cells_that_wait_are_aborted_when_one_before_them_fails() {
    let frontend = Frontend::start();
    for _ in 0..20 {
        let options = ExecuteOptions::default();
        let cells: Vec<_> =
            ["fail x", "one", "two"].iter().map(|code| frontend.execute(code, &options).unwrap()).collect();
        let events: Vec<_> = cells.into_iter().map(|cell| cell.finish(PATIENCE).unwrap()).collect();
        let states: Vec<_> = events.iter().map(|events| reply(events)["status"].clone()).collect();
        assert_eq!(states, ["error", "aborted", "aborted"]);
        assert_eq!(published(&events[1]), ["busy", "idle"]);
        // What is asked once the error is known runs.
        assert_eq!(reply(&frontend.run("three"))["status"], "ok");
    }
}

#[test]
fn cells_that_wait_run_when_errors_shall_not_stop_them() {
    let frontend = Frontend::start();
    let options = ExecuteOptions { stop_on_error: false, ..ExecuteOptions::default() };
    let cells: Vec<_> =
        ["fail x", "one"].iter().map(|code| frontend.execute(code, &options).unwrap()).collect();
    let events: Vec<_> = cells.into_iter().map(|cell| cell.finish(PATIENCE).unwrap()).collect();
    assert_eq!(reply(&events[1])["status"], "ok");
}

#[test]
fn a_cell_can_ask_the_user() {
    let frontend = Frontend::start();
    let asking = ExecuteOptions { allow_stdin: true, ..ExecuteOptions::default() };
    let mut cell = frontend.execute("input name?", &asking).unwrap();
    while told(&[cell.next(PATIENCE).unwrap().unwrap()])[0] != "asks name?" {}
    cell.answer("Ada");
    let events = cell.finish(PATIENCE).unwrap();
    assert!(published(&events).contains(&"out[1] Ada".to_owned()), "{events:?}");

    let mut cell = frontend.execute("input again?", &asking).unwrap();
    while told(&[cell.next(PATIENCE).unwrap().unwrap()])[0] != "asks again?" {}
    frontend.interrupt(PATIENCE).unwrap();
    assert_eq!(reply(&cell.finish(PATIENCE).unwrap())["evalue"], "interrupted");

    let refused = reply(&frontend.run("input no?"));
    assert_eq!(refused["evalue"], "this frontend cannot ask for input");
}

#[test]
fn twenty_thousand_cells_are_idle_each() {
    let frontend = Frontend::start();
    let began = Instant::now();
    let mut latencies: Vec<Duration> = Vec::with_capacity(20_000);
    for _ in 0..20_000 {
        let begin = Instant::now();
        let events = frontend.run("warn");
        latencies.push(begin.elapsed());
        let events = published(&events);
        assert_eq!((events.first().unwrap().as_str(), events.last().unwrap().as_str()), ("busy", "idle"));
    }
    latencies.sort();
    println!(
        "20,000 cells in {:?}; median {:?}, p99 {:?}",
        began.elapsed(),
        latencies[10_000],
        latencies[19_800]
    );
    assert!(began.elapsed() < Duration::from_secs(120), "{:?}", began.elapsed());
}
