//! The small side of a join that is handed whole to each task of the other: what is no more than a small file is read by
//! each task itself, which spares the stage that would read it for all; other rows are copied.

use polars_plan::plans::IR;
use polars_utils::arena::Node;

use crate::cut::Cutter;
use crate::cut::keep::places;
use crate::cut::open::Open;
use crate::error::CutError;
use crate::piece::{Part, Ticket};

/// How many times less than of a file may be of rows in memory, which travel with each task.
const TRAVELLING: u64 = 16;

impl Cutter<'_> {
    /// The segment with all rows of the side at hand in each of its tasks, and the node that they come from.
    pub(super) fn beside(&mut self, mut open: Open, side: Open) -> Result<(Open, Node), CutError> {
        let Some(parts) = whole(&side.tickets).filter(|_| self.is_read_by_each(&side)) else {
            let (place, mark, input) = self.broadcast(side)?;
            open.inputs.push((mark, input));
            return Ok((open, place));
        };
        if open.tickets.is_empty() {
            open.tickets = places(open.partitions);
        }
        open.tickets.iter_mut().for_each(|ticket| ticket.parts.extend(parts.iter().cloned()));
        open.scans.extend(side.scans);
        open.label.push(format!("{} in each task", side.label.join(", ")));
        Ok((open, side.top))
    }

    /// Whether the side is few rows that each task can read and work out by itself, and would have the same.
    fn is_read_by_each(&self, side: &Open) -> bool {
        let most =
            if side.scans.is_empty() { self.options.few_bytes / TRAVELLING } else { self.options.few_bytes };
        side.inputs.is_empty()
            && side.size.most.is_some_and(|bytes| bytes <= most)
            && self.can_be_repeated(side.top, side.is_single())
    }

    /// Whether each task that works it out has the same rows: the node and all below it are scans, and steps that take each
    /// row by itself, or joins where one task has all rows.
    pub(super) fn can_be_repeated(&self, node: Node, is_single: bool) -> bool {
        match self.nodes.get(node) {
            IR::Scan { .. } | IR::DataFrameScan { .. } => true,
            ir @ (IR::Filter { input, .. }
            | IR::SimpleProjection { input, .. }
            | IR::Select { input, .. }
            | IR::HStack { input, .. }) => self.is_by_row(ir) && self.can_be_repeated(*input, is_single),
            IR::Join { input_left, input_right, options, .. } => {
                is_single
                    && options.args.slice.is_none()
                    && [*input_left, *input_right].iter().all(|input| self.can_be_repeated(*input, true))
            }
            _ => false,
        }
    }
}

/// What one task reads for each scan in the place of all of these; none where that cannot be said.
fn whole(tickets: &[Ticket]) -> Option<Vec<Part>> {
    let (first, others) = tickets.split_first()?;
    let mut parts = first.parts.clone();
    for ticket in others {
        for (part, more) in parts.iter_mut().zip(&ticket.parts) {
            if !part.hive.is_empty() || !more.hive.is_empty() {
                return None;
            }
            part.section = None;
            // The sections of a large file are spread over several tickets, which follow each other.
            if more.section.is_none_or(|section| section.begin == 0) {
                part.paths.extend(more.paths.iter().cloned());
                part.stamps.extend(&more.stamps);
            }
        }
    }
    Some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::piece::{Section, Stamp, Unit};

    fn ticket(paths: &[&str], section: Option<Section>) -> Ticket {
        let part = Part {
            paths: paths.iter().map(|path| (*path).to_owned()).collect(),
            stamps: vec![Stamp::default(); paths.len()],
            section,
            ..Part::default()
        };
        Ticket { place: 0, parts: vec![part] }
    }

    #[test]
    fn one_task_reads_what_all_would() {
        let half = |begin| ticket(&["a"], Some(Section { unit: Unit::Rows, begin, len: 5, head: 0 }));
        let tickets = [half(0), half(5), half(0), half(5), ticket(&["b", "b"], None)];
        assert_eq!(whole(&tickets).unwrap(), ticket(&["a", "a", "b", "b"], None).parts);
        assert_eq!(whole(&tickets[..1]).unwrap(), tickets[0].parts);
        assert_eq!(whole(&[Ticket::default()]), Some(Vec::new()));
        assert_eq!(whole(&[]), None);
        let mut hive = tickets.clone();
        hive[1].parts[0].hive = vec![1];
        assert_eq!(whole(&hive), None);
    }
}
