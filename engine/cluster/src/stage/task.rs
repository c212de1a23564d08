//! What the node of a segment does on one partition: rows from Arrow, through Polars, to Arrow.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BinaryArray, BinaryViewArray, GenericByteViewArray, RecordBatch, RecordBatchOptions,
    StringViewArray,
};
use arrow::datatypes::ByteViewType;
use arrow::datatypes::SchemaRef as ArrowSchemaRef;
use fram_frame::{RunError, Watch, bridge};
use polars::prelude::{DataFrame, SchemaRef};
use polars_utils::pl_serialize;

use super::node::{Feed, TaskLimits};
use crate::piece::Ticket;
use crate::rows::conform;
use crate::segment::Message;

/// Runs the message on what its children gave, and gives rows of the types that were promised.
pub(super) fn run(
    message: &[u8],
    feeds: &[Feed],
    inputs: Vec<(ArrowSchemaRef, Vec<RecordBatch>)>,
    promised: &SchemaRef,
    limits: &TaskLimits,
    watch: &Watch,
) -> Result<Vec<RecordBatch>, RunError> {
    let mut ticket = Ticket::default();
    let mut frames: Vec<DataFrame> = Vec::with_capacity(inputs.len());
    for (feed, (schema, batches)) in feeds.iter().zip(inputs) {
        if *feed == Feed::Tickets {
            ticket = read_ticket(&batches)?;
        } else {
            frames.push(bridge::to_polars(&schema, &batches)?);
        }
    }
    let data = Message::decode(message)?.run_within(limits, ticket, frames, watch)?;
    // Polars' plans promise a type of their own for some mistakes that give nulls.
    Ok(bridge::to_arrow(&conform(data, promised)?)?.into_iter().map(compact).collect())
}

/// The batch with strings of its own, where it holds on to many of others: each batch is written with all that it holds.
fn compact(batch: RecordBatch) -> RecordBatch {
    let columns = batch.columns().iter().map(|column| {
        if let Some(strings) = column.as_any().downcast_ref::<StringViewArray>() {
            return compact_views(strings).map_or_else(|| column.clone(), |own| Arc::new(own) as ArrayRef);
        }
        if let Some(bytes) = column.as_any().downcast_ref::<BinaryViewArray>() {
            return compact_views(bytes).map_or_else(|| column.clone(), |own| Arc::new(own) as ArrayRef);
        }
        column.clone()
    });
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(batch.schema(), columns.collect(), &options).unwrap_or(batch)
}

fn compact_views<T: ByteViewType + ?Sized>(
    views: &GenericByteViewArray<T>,
) -> Option<GenericByteViewArray<T>> {
    let held: usize = views.data_buffers().iter().map(|buffer| buffer.len()).sum();
    (held > 2 * views.total_buffer_bytes_used() + SMALL).then(|| views.gc())
}

/// Bytes that are not worth a copy.
const SMALL: usize = 64 << 10;

fn read_ticket(batches: &[RecordBatch]) -> Result<Ticket, RunError> {
    let bytes = batches
        .iter()
        .find(|batch| batch.num_rows() > 0)
        .and_then(|batch| batch.column(0).as_any().downcast_ref::<BinaryArray>())
        .map(|column| column.value(0).to_vec());
    let Some(bytes) = bytes else {
        let reason = "a partition has no ticket".to_owned();
        return Err(RunError::System { what: "reading what a task was told".into(), reason });
    };
    Ok(pl_serialize::deserialize_from_reader::<_, _, false>(bytes.as_slice())?)
}
