//! A cut plan as steps for people: segments, the exchanges between them, what is gathered and why, and what is left to
//! the driver.

use fram_frame::Step;

use crate::piece::{CutPlan, Exchange, Input, Piece, Segment};

/// The steps of the plan, the last one at the root.
pub(crate) fn steps(plan: &CutPlan) -> Step {
    let root = piece_step(&plan.root);
    let rest = if plan.finish.is_some() { "put in order, and cut to what is wanted" } else { "put together" };
    Step { name: "notebook".into(), detail: vec![rest.to_owned()], inputs: vec![root], ..Step::default() }
}

/// The steps as lines of text, each below the step that reads it.
pub(crate) fn text(plan: &CutPlan) -> String {
    let mut lines = String::new();
    write(&steps(plan), 0, &mut lines);
    lines.trim_end().to_owned()
}

fn write(step: &Step, depth: usize, lines: &mut String) {
    let detail = step.detail.join(", ");
    let parted = if detail.is_empty() { "" } else { ": " };
    lines.push_str(&format!("{}{}{parted}{detail}\n", "  ".repeat(depth), step.name));
    step.inputs.iter().for_each(|input| write(input, depth + 1, lines));
}

fn piece_step(piece: &Piece) -> Step {
    match piece {
        Piece::Segment(segment) => segment_step(segment),
        Piece::Union(pieces) => {
            let inputs = pieces.iter().map(piece_step).collect();
            Step { name: "union".into(), inputs, ..Step::default() }
        }
    }
}

fn segment_step(segment: &Segment) -> Step {
    let tasks = match segment.partitions() {
        1 => "1 task".to_owned(),
        count => format!("{count} tasks"),
    };
    Step {
        name: segment.label.join(" · "),
        detail: vec![tasks],
        inputs: segment.inputs.iter().map(|input| input_step(input, segment)).collect(),
        ..Step::default()
    }
}

fn input_step(input: &Input, reader: &Segment) -> Step {
    let from = piece_step(&input.piece);
    let (name, detail) = match input.exchange {
        Exchange::Aligned => return from,
        Exchange::Hash(count) => ("shuffle", format!("by key, to {count} tasks")),
        Exchange::Broadcast => ("copy", "to each task".to_owned()),
        Exchange::Gather => match &reader.reason {
            Some(reason) => ("gather", format!("to one task, for {reason}")),
            None => ("gather", "what the tasks worked out".to_owned()),
        },
    };
    Step { name: name.into(), detail: vec![detail], inputs: vec![from], ..Step::default() }
}
