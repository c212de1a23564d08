//! Slices, and the first rows of sorts: the first rows of each partition, then the first of those. A slice at the very
//! top is left to the driver, which saves an exchange; sorts of all rows to `sort`.

use polars::prelude::SortMultipleOptions;
use polars_plan::plans::IR;
use polars_plan::plans::expr_ir::ExprIR;
use polars_utils::arena::Node;

use crate::cut::Cutter;
use crate::cut::open::Open;
use crate::error::CutError;

/// Rows up to which a slice at the top is left to the driver.
const DRIVER_ROWS: i64 = 10_000;

/// A sort's columns and how it sorts by them.
pub(super) type Sorting = (Vec<ExprIR>, SortMultipleOptions);

impl Cutter<'_> {
    /// A slice from the front, of a plan that is no sort, that the driver can take itself.
    pub(super) fn final_slice(&self, node: Node) -> Option<(Node, i64, u32)> {
        let IR::Slice { input, offset, len } = self.nodes.get(node) else { return None };
        let end = offset.checked_add(i64::from(*len))?;
        (self.sort_below(*input).is_none() && *offset >= 0 && end <= DRIVER_ROWS)
            .then_some((*input, *offset, *len))
    }

    /// The sort that the node is, or that is below nodes that take its rows one by one, with those, the topmost first.
    pub(super) fn sort_below(&self, mut node: Node) -> Option<(Node, Vec<Node>)> {
        let mut above = Vec::new();
        loop {
            match self.nodes.get(node) {
                IR::Sort { .. } => return Some((node, above)),
                ir @ (IR::SimpleProjection { input, .. }
                | IR::Select { input, .. }
                | IR::HStack { input, .. })
                    if self.is_by_row(ir) =>
                {
                    above.push(node);
                    node = *input;
                }
                _ => return None,
            }
        }
    }

    /// The first rows of each partition, in their order, so that all that a slice needs is among them.
    pub(super) fn heads(&mut self, open: Open, rows: i64) -> Open {
        self.part(open, 0, rows)
    }

    /// A slice of rows that may stand anywhere.
    pub(super) fn slice(&mut self, node: Node) -> Result<Open, CutError> {
        let IR::Slice { input, offset, len } = self.nodes.get(node) else { return self.gathered(node) };
        let (input, offset, len) = (*input, *offset, *len);
        let end = offset.checked_add(i64::from(len));
        if let (Some((sort, above)), Some(end)) = (self.sort_below(input), end)
            && let IR::Sort { input, by_column, slice: None, sort_options } = self.nodes.get(sort).clone()
            && offset >= 0
        {
            let mut open = self.top(input, (by_column, sort_options), (offset, len, end))?;
            for node in above.into_iter().rev() {
                open = self.pushed(self.nodes.get(node).clone(), open);
            }
            return Ok(open);
        }
        let open = self.cut(input)?;
        let open = match (open.is_single(), end) {
            (true, _) | (false, None) => open,
            (false, Some(end)) if offset >= 0 => self.part(open, 0, end),
            (false, Some(_)) => self.part(open, offset, -offset),
        };
        let open = self.single(open, "slice")?;
        let top = self.nodes.add(IR::Slice { input: open.top, offset, len });
        Ok(open.with_top(top, "slice"))
    }

    /// The first rows in a sort's order: those of each partition, then of all together.
    fn top(
        &mut self,
        input: Node,
        by: Sorting,
        (offset, len, end): (i64, u32, i64),
    ) -> Result<Open, CutError> {
        let open = self.cut(input)?;
        let rows = usize::try_from(end).unwrap_or(usize::MAX);
        let open = if open.is_single() || !by.0.iter().all(|expr| self.is_rowwise(expr)) {
            open
        } else {
            // Of rows that are alike the first ones stay.
            let open = if by.1.maintain_order { self.in_order(open) } else { open };
            let sorted = self.sorted(open, by.clone(), Some((0, rows)));
            self.single(sorted, "top rows")?
        };
        let open = self.single(open, "sort")?;
        let first_row = offset;
        Ok(self.sorted(open, by, Some((first_row, len as usize))))
    }

    fn sorted(
        &mut self,
        open: Open,
        (by_column, sort_options): Sorting,
        slice: Option<(i64, usize)>,
    ) -> Open {
        let slice = slice.map(|(offset, len)| (offset, len, None));
        let top = self.nodes.add(IR::Sort { input: open.top, by_column, slice, sort_options });
        open.with_top(top, "sort")
    }

    /// A slice of each partition, in the order of rows.
    fn part(&mut self, open: Open, offset: i64, rows: i64) -> Open {
        if open.is_single() && offset == 0 {
            let len = u32::try_from(rows).unwrap_or(u32::MAX);
            let top = self.nodes.add(IR::Slice { input: open.top, offset, len });
            return open.with_top(top, "slice");
        }
        let ordered = self.in_order(open);
        let len = u32::try_from(rows).unwrap_or(u32::MAX);
        let top = self.nodes.add(IR::Slice { input: ordered.top, offset, len });
        ordered.with_top(top, "slice")
    }
}
