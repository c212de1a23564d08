//! The steps of a Polars plan, read from the drawing of its physical plan: the engine shows its own nodes in no other
//! way.

use std::collections::BTreeMap;
use std::time::Duration;

use polars_error::PolarsResult;
use polars_plan::plans::IRPlan;
use polars_stream::{GraphMetrics, GraphNodeKey, NodeMetrics, StreamingQuery, visualize_physical_plan};
use slotmap::Key;

use crate::step::{Measured, Step};

/// Steps that are drawn at most: where steps feed several others, a tree of them repeats what is below.
const MOST_STEPS: usize = 2_000;

/// The steps of a plan that has not run.
#[derive(Debug, Default)]
pub(super) struct Outline {
    /// Name and details of each step.
    labels: BTreeMap<u64, Vec<String>>,
    inputs: BTreeMap<u64, Vec<u64>>,
    /// The nodes of the graph that runs.
    nodes: BTreeMap<u64, GraphNodeKey>,
    root: u64,
}

impl Outline {
    /// The steps of this plan, whose root is a sink.
    pub(super) fn of(plan: &IRPlan) -> PolarsResult<Self> {
        // Both change the plan that they are given.
        let (mut steps, mut expressions) = (plan.lp_arena.clone(), plan.expr_arena.clone());
        let drawing = visualize_physical_plan(plan.lp_top, &mut steps, &mut expressions)?;
        let (mut steps, mut expressions) = (plan.lp_arena.clone(), plan.expr_arena.clone());
        let query = StreamingQuery::build(plan.lp_top, &mut steps, &mut expressions)?;
        let keys = query.phys_sm.keys().map(|key| (key.data().as_ffi(), key));
        let nodes = keys.filter_map(|(id, key)| Some((id, *query.phys_to_graph.get(key)?))).collect();
        Ok(Self { root: query.root_phys_node.data().as_ffi(), nodes, ..Self::read(&drawing) })
    }

    /// Reads lines of `3 [label="filter\na > 1"];` and `2 -> 3;`.
    fn read(drawing: &str) -> Self {
        let mut outline = Self::default();
        for line in drawing.lines() {
            if let Some((from, to)) = line.trim_end_matches(';').split_once(" -> ")
                && let (Ok(from), Ok(to)) = (from.parse(), to.parse())
            {
                outline.inputs.entry(to).or_default().push(from);
            } else if let Some((id, label)) = line.split_once(" [label=\"")
                && let Ok(id) = id.parse()
            {
                outline.labels.insert(id, unescaped(label));
            }
        }
        outline
    }

    /// The tree of steps; with what was measured, if anything was.
    pub(super) fn steps(&self, metrics: Option<&GraphMetrics>) -> Step {
        let mut left = MOST_STEPS;
        let step = self.step(self.root, metrics, &mut left);
        // The sink that hands the rows over is no step of the user's.
        match step {
            Step { name, mut inputs, .. } if name == "in-memory-sink" && inputs.len() == 1 => {
                inputs.pop().unwrap_or_default()
            }
            other => other,
        }
    }

    fn step(&self, id: u64, metrics: Option<&GraphMetrics>, left: &mut usize) -> Step {
        let mut lines = self.labels.get(&id).cloned().unwrap_or_default().into_iter();
        let name = lines.next().unwrap_or_default();
        let mut inputs = Vec::new();
        for input in self.inputs.get(&id).into_iter().flatten() {
            let Some(rest) = left.checked_sub(1) else { break };
            *left = rest;
            inputs.push(self.step(*input, metrics, left));
        }
        let node = metrics.and_then(|metrics| metrics.get(*self.nodes.get(&id)?));
        Step { name, detail: lines.collect(), measured: node.map(measured), inputs }
    }
}

fn measured(node: &NodeMetrics) -> Measured {
    let nanoseconds = node.total_poll_time_ns + node.total_state_update_time_ns;
    Measured { rows: node.rows_sent, busy: Duration::from_nanos(nanoseconds) }
}

/// The lines of a label, up to its closing quote.
fn unescaped(label: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut letters = label.chars();
    while let Some(letter) = letters.next() {
        let kept = match letter {
            '"' => break,
            '\\' => match letters.next() {
                Some('n') => None,
                Some(escaped) => Some(escaped),
                None => break,
            },
            other => Some(other),
        };
        match (kept, lines.last_mut()) {
            (Some(kept), Some(line)) => line.push(kept),
            _ => lines.push(String::new()),
        }
    }
    lines.iter().map(|line| line.trim_end().to_owned()).filter(|line| !line.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawing_is_read_as_a_tree() {
        let drawing = "digraph polars {\n1 [label=\"in-memory-source\\ncols: a\"];\n\
                       2 [label=\"filter\\n x = a > \\\"q\\\"\\n\",style=filled];\n1 -> 2;\n}";
        let outline = Outline { root: 2, ..Outline::read(drawing) };
        let step = outline.steps(None);
        assert_eq!(
            (step.name.as_str(), step.detail.as_slice()),
            ("filter", &[" x = a > \"q\"".to_owned()][..])
        );
        assert_eq!(step.inputs[0].name, "in-memory-source");
        assert_eq!(step.inputs[0].detail, ["cols: a"]);
    }
}
