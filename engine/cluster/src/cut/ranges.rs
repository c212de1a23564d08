//! Ranges of keys of many rows, which were kept where they are: a look at some of their keys says which ranges have how
//! many rows, and each range goes to a partition of its own. A sort is one in each of these.

use polars::chunked_array::cast::CastOptions;
use polars::prelude::DataType;
use polars_plan::plans::expr_ir::{ExprIR, OutputName};
use polars_plan::plans::{AExpr, IR, IRBuilder};
use polars_plan::prelude::ProjectionOptions;
use polars_utils::arena::Node;

use crate::cut::Cutter;
use crate::cut::keep::{Kept, places};
use crate::cut::open::{Open, Order};
use crate::cut::slice::Sorting;
use crate::error::CutError;
use crate::piece::{Exchange, ORDER, Piece};
use crate::segment::{LastStep, RangeStep, SortKeys, bounds_of, sort_key_name};
use crate::stage::targets;

/// Keys that are looked at for each range.
const SAMPLES: u64 = 256;
/// Ranges that a sort has at most.
const MOST_RANGES: u64 = 1_024;

impl Cutter<'_> {
    /// How many ranges there are to be, as many as rows of each are not too many for one task.
    pub(super) fn ranges(&self, kept: &Kept) -> usize {
        let needed = self.size_of(kept).guess.unwrap_or_default().div_ceil(self.options.task_bytes.max(1));
        let needed = usize::try_from(needed.min(MOST_RANGES)).unwrap_or_default();
        self.options.partitions.max(needed)
    }

    /// The sort, by so many ranges.
    pub(super) fn sorted_by_ranges(
        &mut self,
        node: Node,
        kept: &Kept,
        ranges: usize,
    ) -> Result<Open, CutError> {
        let IR::Sort { by_column, mut sort_options, .. } = self.nodes.get(node).clone() else {
            return self.gathered(node);
        };
        let mut by = by_column;
        sort_options.descending = one_each(&sort_options.descending, by.len());
        sort_options.nulls_last = one_each(&sort_options.nulls_last, by.len());
        // The last key, for equal rows: where each stands.
        let place = match &kept.order {
            Order::By(column) => column.clone(),
            Order::Kept | Order::Free => ORDER.into(),
        };
        let is_stable = sort_options.maintain_order && kept.order != Order::Free;
        if is_stable {
            by.push(ExprIR::from_column_name(place.clone(), &mut self.exprs));
            sort_options.descending.push(false);
            sort_options.nulls_last.push(false);
        }
        let sorting = (by, sort_options);
        let piece = self.in_ranges(kept, ranges, &sorting, is_stable)?;
        let mut open = self.begin(piece, Exchange::Ranges(ranges))?;
        (open.order, open.size) = (Order::Kept, self.size_of(kept));
        open.tickets = places(ranges);
        let (by_column, sort_options) = sorting;
        let sort = IR::Sort { input: open.top, by_column, slice: None, sort_options };
        let mut top = self.nodes.add(sort);
        if is_stable {
            top = self.without_column(top, &place);
        }
        Ok(open.with_top(top, "sort by ranges"))
    }

    /// The rows that were kept, with the numbers that lead each to one of so many ranges of these keys. With `is_stable` the
    /// last key is where each row stands.
    pub(super) fn in_ranges(
        &mut self,
        kept: &Kept,
        ranges: usize,
        sorting: &Sorting,
        is_stable: bool,
    ) -> Result<Piece, CutError> {
        let keys = |cutter: &mut Self| cutter.with_sort_keys(kept, sorting, is_stable);
        let (open, numbered, columns) = keys(self)?;
        let wanted = SAMPLES * ranges as u64;
        let every = usize::try_from(kept.stored.rows().unwrap_or_default() / wanted).unwrap_or(1).max(1);
        let sample = RangeStep::Sample { keys: columns, every };
        let piece = self.close_with(open, numbered, Some(LastStep::Ranges(sample)))?;
        let samples = self.stages.as_mut().ok_or(CutError::Stage)?.fetch(piece)?;
        let bounds = bounds_of(&samples, ranges)?;
        let targets = targets(ranges).map_err(|error| polars::error::polars_err!(ComputeError: "{error}"))?;
        let (open, numbered, keys) = keys(self)?;
        // Not even their places tell rows apart that were one row, or found by one.
        let spread = RangeStep::Spread { keys, bounds, targets, in_turns: !is_stable };
        self.close_with(open, numbered, Some(LastStep::Ranges(spread)))
    }

    /// The rows that were kept with the keys of the sort as hidden columns, whether their places are still to be told,
    /// and the names of the keys.
    fn with_sort_keys(
        &mut self,
        kept: &Kept,
        (by, options): &Sorting,
        is_stable: bool,
    ) -> Result<(Open, bool, SortKeys), CutError> {
        let open = self.reopened(kept)?;
        let open = if is_stable { open } else { self.without_order(open) };
        let numbered = is_stable && open.order == Order::Kept;
        let schema = self.schema(open.top);
        let (mut exprs, mut columns) = (Vec::new(), Vec::new());
        for (place, key) in by.iter().enumerate() {
            if is_stable && place + 1 == by.len() {
                columns.push(key.output_name().clone());
                continue;
            }
            let name = sort_key_name(place);
            // Categories are sorted by their strings.
            let node = match self.dtype(key.node(), &schema) {
                Some(DataType::Categorical(..)) => self.exprs.add(AExpr::Cast {
                    expr: key.node(),
                    dtype: DataType::String,
                    options: CastOptions::NonStrict,
                }),
                _ => key.node(),
            };
            exprs.push(ExprIR::new(node, OutputName::Alias(name.clone())));
            columns.push(name);
        }
        let builder = IRBuilder::new(open.top, &mut self.exprs, &mut self.nodes);
        let top = builder.with_columns(exprs, ProjectionOptions::default()).node();
        let (descending, nulls_last) = (options.descending.clone(), options.nulls_last.clone());
        Ok((open.with_top(top, "keys"), numbered, SortKeys { columns, descending, nulls_last }))
    }
}

/// One value for each key, where there may be one for all.
fn one_each(given: &[bool], keys: usize) -> Vec<bool> {
    let last = given.last().copied().unwrap_or_default();
    (0..keys).map(|place| given.get(place).copied().unwrap_or(last)).collect()
}
