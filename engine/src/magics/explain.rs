//! `%explain`: the steps that a frame's plan runs in, as a picture.

use fram_display::{Medium, PlanStep};
use fram_frame::Step;

use super::{Given, Magic};
use crate::call::Host;
use crate::fault::Fault;
use crate::screen::Shown;
use crate::session::{Desk, Outcome, Placed};
use crate::value::Value;

/// `%explain x`.
pub(super) struct Explain;

impl Magic for Explain {
    fn name(&self) -> &'static str {
        "explain"
    }
    fn summary(&self) -> &'static str {
        "Shows the steps that a frame runs in; with `#{ analyze }` it is run in the notebook's process, on a cluster too, and each step has its rows and its time."
    }
    fn usage(&self) -> &'static str {
        "frame [#{ analyze }]"
    }
    fn examples(&self) -> &'static [&'static str] {
        &["let people = frame(#{ id: [1, 2] })\n%explain people.filter(col(\"id\") > 1)"]
    }
    fn run(&self, given: &Given<'_>, desk: &mut Desk) -> Result<Outcome, Placed> {
        let (code, analyze) = without_analyze(given.word("a frame", "%explain logs")?);
        let value = desk.value_of(code).map_err(|placed| placed.shifted(given.arguments_at))?;
        let Value::Frame(frame) = value else {
            let fault = Fault::argument(format!("`%explain` takes a frame, not {}", value.kind().article()));
            return Err(Placed::nowhere(fault));
        };
        let steps = desk.notebook.runner().steps(frame.plan(), analyze, &desk.notebook.watch());
        let plan = drawn(steps.map_err(|error| Placed::nowhere(error.into()))?);
        Ok(Outcome::Shown(Shown {
            media: vec![Medium::text("text/html", plan.html()), Medium::text("text/plain", plan.text())],
        }))
    }
}

/// The code without `#{ analyze }` at its end, or `--analyze`; and whether it was there.
fn without_analyze(code: &str) -> (&str, bool) {
    let code = code.trim_end();
    if let Some(code) = code.strip_suffix("--analyze") {
        return (code.trim_end(), true);
    }
    let option = code.strip_suffix('}').and_then(|rest| rest.rsplit_once("#{"));
    let said = option.map(|(code, said)| (code, said.split_whitespace().collect::<String>()));
    match said {
        Some((code, said)) if matches!(said.as_str(), "analyze" | "analyze:true") => (code.trim_end(), true),
        Some((code, said)) if said == "analyze:false" => (code.trim_end(), false),
        _ => (code, false),
    }
}

fn drawn(step: Step) -> PlanStep {
    PlanStep {
        name: step.name,
        detail: step.detail,
        measured: step.measured.map(|measured| (measured.rows, measured.busy.as_secs_f64() * 1_000.0)),
        inputs: step.inputs.into_iter().map(drawn).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wish_to_measure_is_no_part_of_the_code() {
        assert_eq!(without_analyze("logs #{ analyze }"), ("logs", true));
        assert_eq!(without_analyze("logs.head(2)  #{ analyze: true } "), ("logs.head(2)", true));
        assert_eq!(without_analyze("logs --analyze"), ("logs", true));
        assert_eq!(without_analyze("logs #{ analyze: false }"), ("logs", false));
        assert_eq!(without_analyze("frame(#{ a: [1] })"), ("frame(#{ a: [1] })", false));
    }
}
