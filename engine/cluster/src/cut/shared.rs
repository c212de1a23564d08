//! Subplans that a plan uses more than once: which are worth to be run once, and to be read where they are used.

use std::collections::{HashMap, HashSet};

use polars_plan::plans::{FunctionIR, IR, IRPlan};
use polars_utils::arena::{Arena, Node};
use polars_utils::unique_id::UniqueId;

use crate::cut::open::Open;
use crate::cut::{Cutter, TABLE};
use crate::error::CutError;

impl Cutter<'_> {
    /// A subplan that may be used more than once: the first use runs it, where that is worth it.
    pub(super) fn shared(&mut self, node: Node) -> Result<Open, CutError> {
        let IR::Cache { input, id } = self.nodes.get(node) else { return self.gathered(node) };
        let (input, id) = (*input, *id);
        if !self.shared.contains(&id) || !self.may_run_parts() {
            return self.cut(input);
        }
        if let Some(kept) = self.kept.get(&id).cloned() {
            return self.reopened(&kept);
        }
        let open = self.cut(input)?;
        // A task that reads a little is run again sooner than its rows are kept.
        if open.is_single() && open.inputs.is_empty() && self.is_few(open.size.most) {
            return Ok(open);
        }
        let kept = self.keep(open)?;
        let open = self.reopened(&kept);
        self.kept.insert(id, kept);
        open
    }
}

/// Whether the plan reads the same files or kept rows more than once, so that it may have subplans that are alike.
pub(super) fn reads_twice(plan: &IRPlan) -> bool {
    let mut seen = HashMap::<String, usize>::new();
    visit(plan, |node| {
        let source = match node {
            IR::Scan { sources, .. } => {
                sources.first().map(|source| source.to_include_path_name().to_owned()).unwrap_or_default()
            }
            IR::MapFunction { function: FunctionIR::Opaque { fmt_str, .. }, .. } => fmt_str.to_string(),
            _ => return,
        };
        *seen.entry(source).or_default() += 1;
    });
    seen.values().any(|count| *count > 1)
}

/// Whether the plan has subplans that are worth to be kept.
pub(super) fn is_worth_it(plan: &IRPlan) -> bool {
    !worth_keeping(plan).is_empty()
}

/// The subplans of the plan that are used more than once and are more than files whose rows are looked at one by one:
/// to read those twice, each time with the columns that are wanted, costs less than to keep them.
pub(super) fn worth_keeping(plan: &IRPlan) -> Vec<UniqueId> {
    let mut users = HashMap::<UniqueId, (usize, Node)>::new();
    visit(plan, |node| {
        if let IR::Cache { input, id } = node {
            users.entry(*id).or_insert((0, *input)).0 += 1;
        }
    });
    let is_worth_it = |(users, input): &(usize, Node)| *users > 1 && !is_mere(*input, &plan.lp_arena);
    users.into_iter().filter(|(_, found)| is_worth_it(found)).map(|(id, _)| id).collect()
}

/// Calls for each node of the plan, as often as it is used; what is below a subplan that is used more than once is used
/// once, by that subplan.
fn visit(plan: &IRPlan, mut look: impl FnMut(&IR)) {
    let (mut waiting, mut seen) = (vec![plan.lp_top], HashSet::new());
    while let Some(node) = waiting.pop() {
        let node = plan.lp_arena.get(node);
        look(node);
        if !matches!(node, IR::Cache { id, .. } if !seen.insert(*id)) {
            node.copy_inputs(&mut waiting);
        }
    }
}

/// Whether below the node there is nothing but a source whose rows are looked at one by one.
fn is_mere(node: Node, nodes: &Arena<IR>) -> bool {
    match nodes.get(node) {
        IR::Scan { .. } | IR::DataFrameScan { .. } => true,
        IR::MapFunction { function: FunctionIR::Opaque { fmt_str, .. }, .. } => fmt_str.starts_with(TABLE),
        IR::Filter { input, .. }
        | IR::SimpleProjection { input, .. }
        | IR::Select { input, .. }
        | IR::HStack { input, .. }
        | IR::Slice { input, .. }
        | IR::Cache { input, .. } => is_mere(*input, nodes),
        _ => false,
    }
}
