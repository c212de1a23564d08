//! A segment that is still growing: nodes at the top of a plan that all run on the same partitions.

use std::collections::HashMap;

use polars::prelude::PlSmallStr;
use polars_plan::plans::{IR, IRPlan};
use polars_utils::arena::Node;

use crate::cut::size::Size;
use crate::piece::{Input, Ticket};
use crate::segment::sources_of;

/// A segment that is still growing.
pub(super) struct Open {
    /// Its topmost node.
    pub(super) top: Node,
    /// What stands below it, each in the place with the mark.
    pub(super) inputs: Vec<(PlSmallStr, Input)>,
    /// The marks of its scans.
    pub(super) scans: Vec<PlSmallStr>,
    /// What each partition reads; none where the inputs say how many partitions there are.
    pub(super) tickets: Vec<Ticket>,
    /// How many partitions it has.
    pub(super) partitions: usize,
    /// Columns whose equal values are all in one partition.
    pub(super) keys: Option<Vec<PlSmallStr>>,
    /// What is known of the order of its rows.
    pub(super) order: Order,
    /// What is known of the bytes of its rows.
    pub(super) size: Size,
    /// The names of its steps.
    pub(super) label: Vec<String>,
    /// Why it has one partition, where it was made so.
    pub(super) reason: Option<String>,
}

/// What is known of the order of rows that Polars guarantees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Order {
    /// The partitions one after the other are in it.
    Kept,
    /// A hidden column has each row's place in it.
    By(PlSmallStr),
    /// Polars guarantees none.
    Free,
}

impl Open {
    /// A segment of one node that reads nothing, on one partition.
    pub(super) fn single(top: Node, label: &str) -> Self {
        Self {
            top,
            inputs: Vec::new(),
            scans: Vec::new(),
            tickets: vec![Ticket::default()],
            partitions: 1,
            keys: None,
            order: Order::Kept,
            size: Size::UNKNOWN,
            label: vec![label.to_owned()],
            reason: None,
        }
    }

    /// The same segment once more, where it reads nothing but files.
    pub(super) fn again(&self) -> Option<Self> {
        self.inputs.is_empty().then(|| Self {
            top: self.top,
            inputs: Vec::new(),
            scans: self.scans.clone(),
            tickets: self.tickets.clone(),
            partitions: self.partitions,
            keys: self.keys.clone(),
            order: self.order.clone(),
            size: self.size,
            label: self.label.clone(),
            reason: self.reason.clone(),
        })
    }

    /// The segment with one more node on top.
    pub(super) fn with_top(mut self, top: Node, label: impl Into<String>) -> Self {
        self.top = top;
        self.label.push(label.into());
        self
    }

    /// Whether all rows are in one partition.
    pub(super) fn is_single(&self) -> bool {
        self.partitions == 1
    }

    /// The hidden column with each row's place in the order, where there is one.
    pub(super) fn order_column(&self) -> Option<&PlSmallStr> {
        match &self.order {
            Order::By(name) => Some(name),
            Order::Kept | Order::Free => None,
        }
    }

    /// Two segments as one; both must have the same partitions.
    pub(super) fn absorb(&mut self, other: Self) {
        self.inputs.extend(other.inputs);
        self.scans.extend(other.scans);
        if self.tickets.is_empty() {
            self.tickets = other.tickets;
        } else {
            for (ticket, more) in self.tickets.iter_mut().zip(other.tickets) {
                ticket.parts.extend(more.parts);
            }
        }
        self.label.extend(other.label);
        self.reason = self.reason.take().or(other.reason);
    }
}

/// The nodes of a pruned plan by their marks: places of inputs by the name of their one column, scans by their path.
pub(super) fn marked_nodes(plan: &IRPlan) -> HashMap<String, Node> {
    let mut found = HashMap::new();
    for index in 0..plan.lp_arena.len() {
        if let Some(mark) = mark_of(plan.lp_arena.get(Node(index))) {
            found.insert(mark, Node(index));
        }
    }
    found
}

pub(super) fn mark_of(node: &IR) -> Option<String> {
    match node {
        IR::DataFrameScan { df, .. } => {
            let first = df.columns().first()?;
            first.name().starts_with("__fram_place_").then(|| first.name().to_string())
        }
        other => {
            let path = sources_of(other)?.first()?.to_include_path_name().to_owned();
            path.starts_with("__fram_place_").then_some(path)
        }
    }
}
