//! Completion, inspection and completeness: cursors turned from code points into bytes and back, answers into replies.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::Shared;
use super::request::{Answer, Request};
use crate::interpreter::Completeness;
use crate::media::media;

#[derive(Default, Deserialize)]
#[serde(default)]
struct CodeRequest {
    code: String,
    /// In code points; clients that omit it (or send null) mean the end.
    cursor_pos: Option<i64>,
    detail_level: u8,
}

impl CodeRequest {
    fn cursor(&self) -> usize {
        let Some(position) = self.cursor_pos else { return self.code.len() };
        let position = usize::try_from(position).unwrap_or(0);
        self.code.char_indices().nth(position).map_or(self.code.len(), |(at, _)| at)
    }
}

/// The number of code points before this byte offset.
fn code_points(code: &str, offset: usize) -> usize {
    code[..code.floor_char_boundary(offset)].chars().count()
}

pub(super) fn complete(shared: &Arc<Shared>, request: &Request) -> Answer {
    let asked: CodeRequest = request.content()?;
    let found = shared.interpreter.complete(&asked.code, asked.cursor());
    let start = code_points(&asked.code, found.start);
    let end = code_points(&asked.code, found.end);
    let matches: Vec<&str> = found.matches.iter().map(|candidate| candidate.text.as_str()).collect();
    let typed: Vec<Value> = found
        .matches
        .iter()
        .map(|candidate| {
            json!({
                "start": start,
                "end": end,
                "text": candidate.text,
                "type": candidate.kind,
                "signature": candidate.signature,
            })
        })
        .collect();
    Ok(json!({
        "matches": matches,
        "cursor_start": start,
        "cursor_end": end,
        "metadata": { "_jupyter_types_experimental": typed },
    }))
}

pub(super) fn inspect(shared: &Arc<Shared>, request: &Request) -> Answer {
    let asked: CodeRequest = request.content()?;
    let found = shared.interpreter.inspect(&asked.code, asked.cursor(), asked.detail_level);
    let (data, metadata) = found.as_ref().map_or_else(|| (json!({}), json!({})), media);
    Ok(json!({ "found": found.is_some(), "data": data, "metadata": metadata }))
}

pub(super) fn is_complete(shared: &Arc<Shared>, request: &Request) -> Answer {
    let asked: CodeRequest = request.content()?;
    Ok(match shared.interpreter.completeness(&asked.code) {
        Completeness::Complete => json!({ "status": "complete" }),
        Completeness::Incomplete { indent } => json!({ "status": "incomplete", "indent": indent }),
        Completeness::Invalid => json!({ "status": "invalid" }),
        Completeness::Unknown => json!({ "status": "unknown" }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_count_code_points() {
        let at = |cursor_pos| CodeRequest { code: "é😀x".into(), cursor_pos, detail_level: 0 }.cursor();
        assert_eq!([0, 1, 2, 3, 9, -5].map(|position| at(Some(position))), [0, 2, 6, 7, 7, 0]);
        assert_eq!(at(None), 7);
        assert_eq!([0, 2, 3, 6, 7, 99].map(|offset| code_points("é😀x", offset)), [0, 1, 1, 2, 3, 3]);
    }
}
