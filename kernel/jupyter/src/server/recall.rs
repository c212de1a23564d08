//! `history_request`: which lines of the history are meant.

use std::collections::HashSet;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::Shared;
use super::request::{Answer, Request};
use crate::history::{Entry, matches_glob};
use crate::interpreter::CellError;

/// All three kinds of access in one; clients omit what their kind does not need, and some send it as null.
#[derive(Default, Deserialize)]
#[serde(default)]
struct HistoryRequest {
    output: Option<bool>,
    hist_access_type: Option<String>,
    session: Option<i64>,
    start: Option<i64>,
    stop: Option<i64>,
    n: Option<i64>,
    pattern: Option<String>,
    unique: Option<bool>,
}

pub(super) fn history(shared: &Arc<Shared>, request: &Request) -> Answer {
    let asked: HistoryRequest = request.content()?;
    let most = asked.n.map_or(usize::MAX, |n| usize::try_from(n).unwrap_or(0));
    let entries = match asked.hist_access_type.as_deref() {
        Some("range") => {
            let start = usize::try_from(asked.start.unwrap_or(0)).unwrap_or(0);
            let stop = asked.stop.map(|stop| usize::try_from(stop).unwrap_or(0));
            shared.history.range(asked.session.unwrap_or(0), start, stop)
        }
        Some("search") => {
            let pattern = asked.pattern.as_deref().unwrap_or("*");
            let unique = asked.unique.unwrap_or(false);
            last(search(shared.history.all(), pattern, unique), most)
        }
        Some("tail") | None => last(shared.history.all(), most),
        Some(other) => {
            let message = format!("history is accessed by range, tail or search, not `{other:.100}`");
            return Err(CellError::new("MalformedRequest", message));
        }
    };
    let with_output = asked.output.unwrap_or(false);
    let lines: Vec<Value> = entries
        .into_iter()
        .map(|entry| {
            if with_output {
                json!([entry.session, entry.line, [entry.input, entry.output]])
            } else {
                json!([entry.session, entry.line, entry.input])
            }
        })
        .collect();
    Ok(json!({ "history": lines }))
}

/// The entries that fit; with `unique`, of equal ones the newest.
fn search(mut entries: Vec<Entry>, pattern: &str, unique: bool) -> Vec<Entry> {
    entries.retain(|entry| matches_glob(pattern, &entry.input));
    if unique {
        let mut seen = HashSet::new();
        entries.reverse();
        entries.retain(|entry| seen.insert(entry.input.clone()));
        entries.reverse();
    }
    entries
}

fn last(mut entries: Vec<Entry>, most: usize) -> Vec<Entry> {
    entries.split_off(entries.len().saturating_sub(most))
}
