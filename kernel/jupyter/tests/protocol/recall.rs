//! History over the wire.

use serde_json::{Value, json};

use crate::frontend::{Frontend, PATIENCE};

fn history(frontend: &Frontend, content: Value) -> Value {
    frontend.history(&content, PATIENCE).unwrap()["history"].clone()
}

#[test]
fn history_is_kept_across_restarts() {
    let mut frontend = Frontend::start();
    frontend.run("first");
    frontend.run("write second");
    frontend.restart();
    frontend.run("third");
    let tail = json!({ "hist_access_type": "tail", "n": 2, "output": false, "raw": true });
    assert_eq!(history(&frontend, tail), json!([[1, 2, "write second"], [2, 1, "third"]]));
    let range = json!({ "hist_access_type": "range", "session": -1, "start": 1, "stop": 2, "output": true });
    assert_eq!(history(&frontend, range), json!([[1, 1, ["first", "first"]]]));
    let this = json!({ "hist_access_type": "range", "session": 0, "start": 0, "stop": null });
    assert_eq!(history(&frontend, this), json!([[2, 1, "third"]]));
}

#[test]
fn search_takes_patterns_counts_and_unique() {
    let frontend = Frontend::start();
    for cell in ["ax", "b", "ax", "ay"] {
        frontend.run(cell);
    }
    let search = |more: Value| {
        let mut content = json!({ "hist_access_type": "search", "pattern": "a?" });
        content.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        history(&frontend, content)
    };
    assert_eq!(search(json!({})), json!([[1, 1, "ax"], [1, 3, "ax"], [1, 4, "ay"]]));
    assert_eq!(search(json!({ "unique": true })), json!([[1, 3, "ax"], [1, 4, "ay"]]));
    assert_eq!(search(json!({ "n": 1 })), json!([[1, 4, "ay"]]));
    let wrong = frontend.history(&json!({ "hist_access_type": "guess" }), PATIENCE).unwrap();
    assert_eq!(wrong["status"], "error");
}

#[test]
fn a_place_that_cannot_be_written_costs_one_warning() {
    let mut frontend = Frontend::start();
    std::fs::remove_dir_all(frontend.home().join("data")).ok();
    std::fs::write(frontend.home().join("data"), "in the way").unwrap();
    frontend.restart();
    let warnings = |cell: &str| {
        let events = crate::frontend::published(&frontend.run(cell));
        events.iter().filter(|line| line.starts_with("Stderr history is not kept: ")).count()
    };
    assert_eq!((warnings("one"), warnings("two")), (1, 0));
    let tail = json!({ "hist_access_type": "tail", "n": 9 });
    assert_eq!(history(&frontend, tail), json!([[1, 1, "one"], [1, 2, "two"]]));
}
