//! A cut plan as steps for people: segments, the exchanges between them, what is gathered and why, and what is left to
//! the driver.

mod foreseen;
mod sql;

use std::collections::BTreeSet;

use fram_frame::Step;

pub(crate) use foreseen::Foreseen;
pub(crate) use sql::{ForeseenSides, sql_steps};

use crate::piece::{CutPlan, Exchange, Input, Piece, Segment, Stored};
use crate::words::counted;

/// The steps of the plan, the last one at the root.
pub(crate) fn steps(plan: &CutPlan, foreseen: &Foreseen) -> Step {
    let root = Outline { foreseen, shown: BTreeSet::new() }.piece(&plan.root);
    Step {
        name: "notebook".into(),
        detail: vec![plan.rest.to_owned()],
        inputs: vec![root],
        ..Step::default()
    }
}

/// The steps as lines of text, each below the step that reads it.
pub(crate) fn text(plan: &CutPlan, foreseen: &Foreseen) -> String {
    written(&steps(plan, foreseen))
}

/// The steps as lines of text, each below the step that reads it.
pub(crate) fn written(steps: &Step) -> String {
    let mut lines = String::new();
    write(steps, 0, &mut lines);
    lines.trim_end().to_owned()
}

fn write(step: &Step, depth: usize, lines: &mut String) {
    let detail = step.detail.join(", ");
    let parted = if detail.is_empty() { "" } else { ": " };
    lines.push_str(&format!("{}{}{parted}{detail}\n", "  ".repeat(depth), step.name));
    step.inputs.iter().for_each(|input| write(input, depth + 1, lines));
}

/// An outline that is being drawn.
struct Outline<'a> {
    foreseen: &'a Foreseen,
    /// The parts that have been shown already.
    shown: BTreeSet<usize>,
}

impl Outline<'_> {
    fn piece(&mut self, piece: &Piece) -> Step {
        match piece {
            Piece::Segment(segment) => self.segment(segment),
            Piece::Union(pieces) => {
                let inputs = pieces.iter().map(|piece| self.piece(piece)).collect();
                Step { name: "union".into(), inputs, ..Step::default() }
            }
            Piece::Stored(stored) => self.stored(stored),
        }
    }

    /// A part that runs first; it is shown where it is read for the first time.
    fn stored(&mut self, stored: &Stored) -> Step {
        let Some(id) = stored.id else {
            let detail = vec![format!("of an earlier cell, {}", counted(stored.parts.len(), "partition"))];
            return Step { name: "kept rows".into(), detail, ..Step::default() };
        };
        let name = format!("kept {}", id + 1);
        let foreseen = self.foreseen;
        let Some(part) = foreseen.parts.get(id).filter(|_| self.shown.insert(id)) else {
            return Step { name, detail: vec!["as above".into()], ..Step::default() };
        };
        let mut input = self.piece(&part.piece);
        let goes_by = match part.spread {
            Some(count) => {
                input = Step { inputs: vec![input], ..shuffle_by_key(count) };
                ITS_PARTITIONS
            }
            None => ITS_ROWS,
        };
        runs_first(name, goes_by, input)
    }

    fn segment(&mut self, segment: &Segment) -> Step {
        Step {
            name: segment.label.join(" · "),
            detail: vec![counted(segment.partitions(), "task")],
            inputs: segment.inputs.iter().map(|input| self.input(input, segment)).collect(),
            ..Step::default()
        }
    }

    fn input(&mut self, input: &Input, reader: &Segment) -> Step {
        let from = self.piece(&input.piece);
        let (name, detail) = match input.exchange {
            Exchange::Aligned => return from,
            Exchange::Hash(count) => return Step { inputs: vec![from], ..shuffle_by_key(count) },
            Exchange::Ranges(count) => (
                "shuffle",
                format!(
                    "by ranges of the sort's keys, to {}; a few rows are sorted in one place",
                    counted(count, "task")
                ),
            ),
            Exchange::Broadcast => ("copy", "to each task".to_owned()),
            Exchange::Gather => match &reader.reason {
                Some(reason) => ("gather", format!("to one task, for {reason}")),
                None => ("gather", "what the tasks worked out".to_owned()),
            },
        };
        Step { name: name.into(), detail: vec![detail], inputs: vec![from], ..Step::default() }
    }
}

const ITS_ROWS: &str = "how many rows it has";
const ITS_PARTITIONS: &str = "how many rows are in each of its partitions";

/// A step whose rows are there before it is settled how the rest runs.
fn runs_first(name: String, goes_by: &str, input: Step) -> Step {
    let detail = vec![format!("this runs first; how the rest runs goes by {goes_by}")];
    Step { name, detail, inputs: vec![input], ..Step::default() }
}

fn shuffle_by_key(count: usize) -> Step {
    let detail = vec![format!("by key, to {}", counted(count, "task"))];
    Step { name: "shuffle".into(), detail, ..Step::default() }
}
