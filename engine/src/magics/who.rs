//! `%who`: the names that this notebook holds.

use super::{Given, Magic};
use crate::screen::Shown;
use crate::session::{Desk, Outcome, Placed};
use crate::show;
use crate::value::Value;

/// Characters of a value that are shown.
const WIDTH: usize = 60;

/// `%who`.
pub(super) struct Who;

impl Magic for Who {
    fn name(&self) -> &'static str {
        "who"
    }
    fn summary(&self) -> &'static str {
        "Lists the names in this notebook: what they are, their columns and rows, their memory."
    }
    fn usage(&self) -> &'static str {
        ""
    }
    fn examples(&self) -> &'static [&'static str] {
        &["let a = frame(#{ x: [1, 2] })\nlet n = 3\n%who"]
    }
    fn run(&self, _given: &Given<'_>, desk: &mut Desk) -> Result<Outcome, Placed> {
        let mut lines: Vec<[String; 3]> = desk
            .machine
            .names()
            .iter()
            .map(|(name, value)| [name.clone(), kind(value), brief(value)])
            .collect();
        for (name, parameters) in desk.machine.functions() {
            lines.push([name, "function".into(), format!("({})", parameters.join(", "))]);
        }
        if lines.is_empty() {
            return Ok(Outcome::Shown(Shown::plain("no names yet: `let name = …` makes one")));
        }
        let widths =
            [0, 1].map(|column| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0));
        let text: Vec<String> = lines
            .iter()
            .map(|[name, kind, brief]| {
                format!("{name:<0$}  {kind:<1$}  {brief}", widths[0], widths[1]).trim_end().to_owned()
            })
            .collect();
        Ok(Outcome::Shown(Shown::plain(fram_display::visible(&text.join("\n")))))
    }
}

fn kind(value: &Value) -> String {
    value.kind().article().trim_start_matches("an ").trim_start_matches("a ").to_owned()
}

fn brief(value: &Value) -> String {
    let text = match value {
        Value::Frame(frame) => {
            let columns = frame.schema().iter().map(|(name, kind)| format!("{name}: {kind}"));
            let rows = match frame.known_rows() {
                Some(1) => "1 row".to_owned(),
                Some(rows) => format!("{rows} rows"),
                None => "rows not counted".to_owned(),
            };
            let memory = crate::help::memory(frame);
            format!("{rows} × {}{memory}  {}", frame.schema().len(), columns.collect::<Vec<_>>().join(", "))
        }
        other => show::text(other),
    };
    let cut: String = text.chars().take(WIDTH).collect();
    if cut.len() < text.len() { format!("{cut}…") } else { cut }
}
