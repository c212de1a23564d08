//! Completion, inspection, completeness and kernel_info, also while a cell runs.

use std::time::{Duration, Instant};

use fram_jupyter::Channel;
use fram_jupyter::client::ExecuteOptions;
use serde_json::json;

use crate::frontend::{Frontend, PATIENCE, told};

#[test]
fn completions_count_code_points() {
    let frontend = Frontend::start();
    let found = frontend.complete("é😀 pri rest", 6, PATIENCE).unwrap();
    assert_eq!(found["matches"], json!(["print"]));
    assert_eq!((&found["cursor_start"], &found["cursor_end"]), (&json!(3), &json!(6)));
    assert_eq!(
        found["metadata"]["_jupyter_types_experimental"],
        json!([{ "start": 3, "end": 6, "text": "print", "type": "verb", "signature": "" }])
    );
}

#[test]
fn a_cursor_beyond_the_code_or_missing_is_at_its_end() {
    let frontend = Frontend::start();
    for content in [
        json!({ "code": "pa", "cursor_pos": 99 }),
        json!({ "code": "pa" }),
        json!({ "code": "pa", "cursor_pos": null }),
    ] {
        let found = frontend.ask(Channel::Shell, "complete_request", &content, PATIENCE).unwrap().content;
        assert_eq!(found["matches"], json!(["panic", "page"]), "{content}");
    }
}

#[test]
fn inspection_and_completeness_answer() {
    let frontend = Frontend::start();
    let found = frontend.inspect("print", 0, 1, PATIENCE).unwrap();
    assert_eq!(
        found,
        json!({ "status": "ok", "found": true, "data": { "text/plain": "print N: N lines" }, "metadata": {} })
    );
    assert_eq!(frontend.inspect("what", 0, 0, PATIENCE).unwrap()["found"], false);
    let complete = |code: &str| frontend.is_complete(code, PATIENCE).unwrap();
    assert_eq!(complete("x"), json!({ "status": "complete" }));
    assert_eq!(complete("x\\"), json!({ "status": "incomplete", "indent": "  " }));
    assert_eq!(complete("\0"), json!({ "status": "invalid" }));
}

#[test]
fn kernel_info_says_who_and_which_protocol() {
    let frontend = Frontend::start();
    let info = frontend.kernel_info(PATIENCE).unwrap();
    assert_eq!(info["protocol_version"], "5.4");
    assert_eq!(info["implementation"], "echo");
    assert_eq!(info["language_info"]["file_extension"], ".echo");
}

#[test]
fn everything_but_cells_answers_while_a_cell_runs() {
    let frontend = Frontend::start();
    let mut cell = frontend.execute("sleep", &ExecuteOptions::default()).unwrap();
    while told(&[cell.next(PATIENCE).unwrap().unwrap()])[0] != "in[1] sleep" {}
    let began = Instant::now();
    assert_eq!(frontend.complete("pri", 3, PATIENCE).unwrap()["matches"], json!(["print"]));
    assert_eq!(frontend.inspect("print", 0, 0, PATIENCE).unwrap()["found"], true);
    assert_eq!(frontend.is_complete("x", PATIENCE).unwrap()["status"], "complete");
    assert_eq!(frontend.kernel_info(PATIENCE).unwrap()["status"], "ok");
    let tail = json!({ "hist_access_type": "tail", "n": 1 });
    assert_eq!(frontend.history(&tail, PATIENCE).unwrap()["history"][0][2], "sleep");
    assert_eq!(frontend.comm_info(PATIENCE).unwrap()["comms"], json!({}));
    frontend.comm("comm_open", &json!({ "comm_id": "c", "target_name": "t", "data": {} }), PATIENCE).unwrap();
    let control = frontend.ask(Channel::Control, "kernel_info_request", &json!({}), PATIENCE).unwrap();
    assert_eq!(control.content["status"], "ok");
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    frontend.interrupt(PATIENCE).unwrap();
    cell.finish(PATIENCE).unwrap();
}
