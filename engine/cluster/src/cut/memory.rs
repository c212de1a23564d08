//! Rows in the memory of the notebook's process. Few travel in the plan. Many are handed to the workers in parts before
//! the plan runs, each of them once, so that no message is too long and no task has them all.

use std::sync::Arc;

use polars::prelude::{DataFrame, SchemaRef};
use polars_plan::plans::{FunctionIR, IR, IRPlan};
use polars_utils::arena::Node;

use crate::cut::Cutter;
use crate::cut::keep::places;
use crate::cut::open::{Open, Order};
use crate::cut::size::Size;
use crate::cut::whole::nodes;
use crate::error::CutError;
use crate::piece::{Exchange, Piece, Stored};
use crate::segment::sources_of;

/// Bytes of a part at most.
const PART_BYTES: u64 = 32 << 20;

/// What the steps of such a segment begin with.
const LABEL: &str = "rows in memory";

impl Cutter<'_> {
    /// A frame in memory.
    pub(super) fn memory(&mut self, node: Node) -> Result<Open, CutError> {
        let IR::DataFrameScan { df, schema, output_schema } = self.nodes.get(node).clone() else {
            return self.gathered(node);
        };
        let place = Arc::as_ptr(&df) as usize;
        let (schema, df) = match output_schema {
            Some(wanted) => (wanted.clone(), df.select(wanted.iter_names_cloned())?),
            None => (schema, (*df).clone()),
        };
        let bytes = df.estimated_size() as u64;
        let size = Size::of(bytes);
        if bytes <= self.options.shipped_bytes || df.height() < 2 {
            return Ok(Open { size, ..Open::single(node, LABEL) });
        }
        if self.stages.is_some() {
            let stored = self.handed(place, &df, &schema)?;
            let pieces = stored.into_iter().map(Piece::Stored).collect();
            let mut open = self.begin(Piece::Union(pieces), Exchange::Aligned)?;
            (open.order, open.size, open.tickets) = (Order::Kept, size, places(open.partitions));
            open.label.push("handed rows".to_owned());
            return Ok(open);
        }
        let Some(trial) = self.tables.trial() else { return Ok(Open { size, ..Open::single(node, LABEL) }) };
        // The plan is cut once more: it needs no rows now.
        trial.has_rows.set(true);
        trial.has_parts.set(true);
        let scan = IR::DataFrameScan { df: Arc::new(df.clear()), schema, output_schema: None };
        Ok(Open { size, ..Open::single(self.nodes.add(scan), LABEL) })
    }

    /// The rows of the frame, which is there in memory, in parts on the workers: they go there once, however often the
    /// plan reads them.
    fn handed(&mut self, place: usize, df: &DataFrame, schema: &SchemaRef) -> Result<Vec<Stored>, CutError> {
        let name = (place, schema.iter_names_cloned().collect());
        if let Some(stored) = self.handed.get(&name) {
            return Ok(stored.clone());
        }
        let bytes = df.estimated_size() as u64;
        // As many as tasks can run at once, where they are worth it; and none too long for a message.
        let (worth, slots) = (bytes / self.options.shipped_bytes.max(1), self.options.partitions as u64);
        let mut pieces = Vec::new();
        for part in parts(df, worth.min(slots).max(bytes / PART_BYTES).max(1)) {
            let scan = IR::DataFrameScan { df: Arc::new(part), schema: schema.clone(), output_schema: None };
            let open = Open::single(self.nodes.add(scan), LABEL);
            pieces.push(self.close(open, false)?);
        }
        let stored = self.stages.as_mut().ok_or(CutError::Stage)?.store_all(pieces)?;
        self.handed.insert(name, stored.clone());
        Ok(stored)
    }
}

/// The rows in so many parts.
fn parts(df: &DataFrame, count: u64) -> impl Iterator<Item = DataFrame> + use<'_> {
    let share = df.height().div_ceil(usize::try_from(count).unwrap_or(1)).max(1);
    (0..df.height()).step_by(share).map(move |from| df.slice(i64::try_from(from).unwrap_or(0), share))
}

/// Bytes of rows in memory up to which a plan that reads nothing else leaves the process that has them.
const SHIPPED_BYTES: usize = 4 << 20;

/// Refuses a plan over many rows in memory alone.
pub(super) fn check_little(plan: &IRPlan) -> Result<(), CutError> {
    match rows_in_memory(plan).filter(|bytes| *bytes > SHIPPED_BYTES) {
        Some(bytes) => Err(CutError::NotShippable {
            what: format!("a plan over {} MiB of rows in memory alone", bytes >> 20),
        }),
        None => Ok(()),
    }
}

/// Bytes of the rows in memory that the plan reads; none where it reads anything else.
fn rows_in_memory(plan: &IRPlan) -> Option<usize> {
    let bytes = |node: &IR| match node {
        IR::DataFrameScan { df, .. } => Some(df.estimated_size()),
        IR::MapFunction { function: FunctionIR::Opaque { .. }, .. } => None,
        other => sources_of(other).is_none().then_some(0),
    };
    nodes(plan).map(bytes).sum()
}
