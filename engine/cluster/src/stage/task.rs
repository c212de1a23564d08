//! What the node of a segment does on one partition: rows from Arrow, through Polars, to Arrow.

use arrow::array::{Array, BinaryArray, RecordBatch};
use arrow::datatypes::SchemaRef as ArrowSchemaRef;
use fram_frame::{RunError, Watch, bridge};
use polars::prelude::{DataFrame, SchemaRef};
use polars_utils::pl_serialize;

use super::node::Feed;
use crate::piece::Ticket;
use crate::roots::Roots;
use crate::rows::conform;
use crate::segment::Message;

/// Runs the message on what its children gave, and gives rows of the types that were promised.
pub(super) fn run(
    message: &[u8],
    feeds: &[Feed],
    inputs: Vec<(ArrowSchemaRef, Vec<RecordBatch>)>,
    promised: &SchemaRef,
    roots: &Roots,
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
    let data = Message::decode(message)?.run_within(roots, ticket, frames, watch)?;
    // Polars' plans promise a type of their own for some mistakes that give nulls.
    bridge::to_arrow(&conform(data, promised)?)
}

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
