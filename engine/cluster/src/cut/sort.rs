//! Sorts of all rows. Few rows are brought to one place. Many are kept where they are until it is known which ranges of
//! keys have how many rows; how they are sorted then is left to `ranges`.

use polars::prelude::DataType;
use polars_plan::plans::IR;
use polars_utils::arena::Node;

use crate::cut::Cutter;
use crate::cut::keep::Kept;
use crate::cut::open::Open;
use crate::error::CutError;

impl Cutter<'_> {
    /// A sort.
    pub(super) fn sort(&mut self, node: Node) -> Result<Open, CutError> {
        let IR::Sort { input, .. } = self.nodes.get(node) else { return self.gathered(node) };
        let open = self.cut(*input)?;
        if open.is_single() || self.is_few(open.size.most) || !self.has_ranges(node, &open) {
            return self.sorted_in_one(node, open);
        }
        let kept = self.keep(open)?;
        self.sorted_kept(node, &kept)
    }

    /// The sort of rows that were kept, by their number.
    pub(super) fn sorted_kept(&mut self, node: Node, kept: &Kept) -> Result<Open, CutError> {
        if self.is_few(self.size_of(kept).most) {
            let open = self.reopened(kept)?;
            return self.sorted_in_one(node, open);
        }
        self.sorted_by_ranges(node, kept, self.ranges(kept))
    }

    fn sorted_in_one(&mut self, node: Node, open: Open) -> Result<Open, CutError> {
        let ir = self.nodes.get(node).clone();
        self.in_one(ir, vec![open], "sort")
    }

    /// Whether rows of so many bytes are sorted in one place.
    pub(super) fn is_few(&self, bytes: Option<u64>) -> bool {
        bytes.is_some_and(|bytes| bytes < self.options.sort_bytes)
    }

    /// Whether the keys of the sort can be told for each row by itself, and compared as bytes.
    pub(super) fn has_ranges(&self, node: Node, open: &Open) -> bool {
        let IR::Sort { by_column, slice: None, sort_options, .. } = self.nodes.get(node) else {
            return false;
        };
        let schema = self.schema(open.top);
        self.options.partitions > 1
            && sort_options.limit.is_none()
            && !by_column.is_empty()
            && by_column.iter().all(|key| {
                self.is_rowwise(key)
                    && !self.is_random(key.node())
                    && !self.is_one_value(key)
                    && self.dtype(key.node(), &schema).is_some_and(|dtype| has_order(&dtype))
            })
            && self.may_run_parts()
    }
}

/// Whether Polars writes values of the type as bytes that are in the order of the values, in every process.
pub(super) fn has_order(dtype: &DataType) -> bool {
    dtype.is_primitive_numeric()
        || dtype.is_temporal()
        || dtype.is_decimal()
        || matches!(
            dtype,
            DataType::Boolean
                | DataType::String
                | DataType::Binary
                | DataType::Categorical(..)
                | DataType::Enum(..)
        )
}
