//! Comms in both directions.

use fram_jupyter::client::Event;
use serde_json::json;

use crate::frontend::{Frontend, PATIENCE};

fn raw(events: &[Event]) -> Vec<(String, serde_json::Value)> {
    let raws = events.iter().filter_map(|event| match event {
        Event::Other(raw) => Some((raw.msg_type.clone(), raw.content.clone())),
        _ => None,
    });
    raws.collect()
}

#[test]
fn a_comm_is_opened_spoken_to_and_closed() {
    let frontend = Frontend::start();
    let open = json!({ "comm_id": "c1", "target_name": "table", "data": { "page": 1 } });
    let events = frontend.comm("comm_open", &open, PATIENCE).unwrap();
    assert_eq!(raw(&events), [("comm_msg".to_owned(), json!({ "comm_id": "c1", "data": { "page": 1 } }))]);
    assert_eq!(frontend.comm_info(PATIENCE).unwrap()["comms"], json!({ "c1": { "target_name": "table" } }));
    let events = frontend.comm("comm_msg", &json!({ "comm_id": "c1", "data": [2] }), PATIENCE).unwrap();
    assert_eq!(raw(&events), [("comm_msg".to_owned(), json!({ "comm_id": "c1", "data": [2] }))]);
    frontend.comm("comm_close", &json!({ "comm_id": "c1", "data": {} }), PATIENCE).unwrap();
    assert_eq!(frontend.comm_info(PATIENCE).unwrap()["comms"], json!({}));
}

#[test]
fn a_refused_comm_is_closed_again() {
    let frontend = Frontend::start();
    let events =
        frontend.comm("comm_open", &json!({ "comm_id": "c", "target_name": "refused" }), PATIENCE).unwrap();
    assert_eq!(raw(&events).pop().unwrap(), ("comm_close".to_owned(), json!({ "comm_id": "c", "data": {} })));
    assert_eq!(frontend.comm_info(PATIENCE).unwrap()["comms"], json!({}));
}

#[test]
fn a_message_for_a_comm_that_is_not_open_is_passed_over() {
    let frontend = Frontend::start();
    for kind in ["comm_msg", "comm_close"] {
        let events = frontend.comm(kind, &json!({ "comm_id": "nobody", "data": {} }), PATIENCE).unwrap();
        assert_eq!(raw(&events), []);
    }
}

#[test]
fn a_cell_opens_comms() {
    let frontend = Frontend::start();
    let events = frontend.run("open jupyter.widget");
    let opened = events.iter().find_map(|event| match event {
        Event::Other(raw) if raw.msg_type == "comm_open" => Some(raw.clone()),
        _ => None,
    });
    let opened = opened.unwrap();
    assert_eq!(opened.content["target_name"], "jupyter.widget");
    assert_eq!(opened.metadata, json!({ "version": "2.1.0" }));
    assert_eq!(frontend.comm_info(PATIENCE).unwrap()["comms"].as_object().unwrap().len(), 1);
}
