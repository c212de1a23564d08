//! Row numbers. Rows that no file has are kept where they are until it is known how many there are before those of each
//! partition; of Parquet files their footers say it.

use std::collections::HashSet;
use std::sync::Arc;

use polars::prelude::{PlSmallStr, Schema};
use polars_plan::plans::{FunctionIR, IR};
use polars_plan::utils::aexpr_to_leaf_names_iter;
use polars_utils::arena::Node;

use crate::cut::Cutter;
use crate::cut::keep::places;
use crate::cut::open::{Open, Order};
use crate::error::CutError;
use crate::piece::Exchange;
use crate::segment::{LastStep, NumberStep};

impl Cutter<'_> {
    /// A column of row numbers over other rows.
    pub(super) fn numbered(&mut self, node: Node) -> Result<Open, CutError> {
        let IR::MapFunction { input, function: FunctionIR::RowIndex { name, offset, .. } } =
            self.nodes.get(node)
        else {
            return self.rows(node);
        };
        let (input, name, first) = (*input, name.clone(), offset.unwrap_or_default());
        let open = self.cut(input)?;
        if open.is_single() || !self.may_be_counted(&open) {
            let ir = self.nodes.get(node).clone();
            return self.in_one(ir, vec![open], "row index");
        }
        self.numbered_when_counted(open, name, u64::from(first))
    }

    /// Whether the rows are so many that they are counted where they are, and in an order that counts.
    fn may_be_counted(&self, open: &Open) -> bool {
        open.order == Order::Kept && !self.is_few(open.size.most) && self.may_run_parts()
    }

    /// The rows with a first column of numbers that begin with this.
    fn numbered_when_counted(&mut self, open: Open, name: PlSmallStr, first: u64) -> Result<Open, CutError> {
        let size = open.size;
        let kept = self.keep(open)?;
        kept.stored.check_counts()?;
        let starts = kept.stored.parts.iter().scan(first, |next, part| {
            let start = *next;
            *next += part.rows().unwrap_or_default();
            Some(start)
        });
        let step = LastStep::Number(NumberStep { name, starts: starts.collect() });
        let mut open = self.reopened_in_parts(&kept)?;
        open.label.push("row index".to_owned());
        let partitions = open.partitions;
        let piece = self.close_with(open, false, Some(step))?;
        let mut open = self.begin(piece, Exchange::Aligned)?;
        (open.order, open.size, open.tickets) = (Order::Kept, size, places(partitions));
        Ok(open)
    }

    /// A scan of many files whose rows are numbered when they have been counted; none where one task reads them all.
    pub(super) fn numbered_scan(&mut self, node: Node) -> Result<Option<Open>, CutError> {
        let columns = self.schema(node);
        let mut ir = self.nodes.get(node).clone();
        let IR::Scan { file_info, predicate, output_schema, unified_scan_args, .. } = &mut ir else {
            return Ok(None);
        };
        let Some(index) = unified_scan_args.row_index.take().filter(|_| self.may_run_parts()) else {
            return Ok(None);
        };
        // The filter may ask for the number, so it comes after it.
        let predicate = predicate.take();
        let asked = predicate.iter().flat_map(|expr| aexpr_to_leaf_names_iter(expr.node(), &self.exprs));
        let asked: HashSet<&PlSmallStr> = asked.collect();
        let mut whole = (*file_info.schema).clone();
        whole.shift_remove(&index.name);
        let is_read = |name: &PlSmallStr| columns.contains(name) || asked.contains(name);
        let fields = || whole.iter().map(|(name, dtype)| (name.clone(), dtype.clone()));
        let mut read: Schema = fields().filter(|(name, _)| is_read(name)).collect();
        if read.is_empty() {
            // A row without columns is none.
            read.extend(fields().take(1));
        }
        let names = unified_scan_args.include_file_paths.as_ref();
        let of_files = read.iter_names_cloned().filter(|name| Some(name) != names);
        unified_scan_args.projection = Some(of_files.collect());
        (file_info.schema, *output_schema) = (Arc::new(whole), Some(Arc::new(read)));
        let scan = self.nodes.add(ir);
        let open = self.scan(scan)?;
        if open.is_single() {
            return Ok(None);
        }
        let mut open = self.numbered_when_counted(open, index.name, u64::from(index.offset))?;
        if let Some(predicate) = predicate {
            let filter = IR::Filter { input: open.top, predicate };
            open = self.pushed(filter, open);
        }
        let top = self.nodes.add(IR::SimpleProjection { input: open.top, columns });
        Ok(Some(Open { top, ..open }))
    }
}
