//! A cut plan as Ballista takes it: segments as nodes of a DataFusion plan, exchanges as the nodes where Ballista
//! cuts its stages. What a segment does is left to `segment`.

mod codec;
mod copy;
mod node;
mod sealed;
mod targets;
mod task;

use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryArray, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema as ArrowSchema, SchemaRef as ArrowSchemaRef};
use ballista_core::error::BallistaError;
use ballista_core::execution_plans::ShuffleReaderExec;
use ballista_core::serde::protobuf;
use ballista_core::serde::scheduler::PartitionLocation;
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::datasource::source::DataSourceExec;
use datafusion::error::DataFusionError;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::execution_plan::{ChildrenPropertiesMode, ReplaceChildrenOptions};
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::union::UnionExec;
use datafusion::physical_plan::{ExecutionPlan, Partitioning};
use fram_frame::{RunError, bridge};
use polars_utils::pl_serialize;
use prost::Message as _;

pub(crate) use codec::StageCodec;
pub(crate) use copy::{BELOW, CopyExec, with_copies};
pub(crate) use node::{PolarsExec, TaskLimits};
pub(crate) use sealed::{SealedExec, opened};
pub use targets::partitions_of;
pub(crate) use targets::targets;

use crate::piece::{
    Exchange, Input, KEY, Piece, READ_AS_THEY_LIE, Segment, Stored, StoredFile, StoredPart, Ticket,
};
use node::Feed;

/// The piece as a plan whose partitions are the piece's.
pub(crate) fn physical_plan(piece: Piece) -> Result<Arc<dyn ExecutionPlan>, RunError> {
    match piece {
        Piece::Segment(segment) => segment_plan(*segment),
        Piece::Union(pieces) => {
            let plans = pieces.into_iter().map(physical_plan).collect::<Result<Vec<_>, _>>()?;
            Ok(UnionExec::try_new(plans)?)
        }
        Piece::Stored(stored) => stored_plan(stored),
    }
}

/// The piece with its rows spread over so many partitions, which stay where they are: the last stage reads nothing, and
/// what is asked for is where the rows lie that it would read.
pub(crate) fn spread_plan(piece: Piece, count: usize) -> Result<Arc<dyn ExecutionPlan>, RunError> {
    let schema = piece.schema().cloned().unwrap_or_default();
    let (plan, _) = input_plan(Input { piece, exchange: Exchange::Hash(count) })?;
    let label = "rows stay, by key".to_owned();
    Ok(Arc::new(PolarsExec::new(Vec::new(), label, schema, vec![Feed::Unread], vec![plan])?))
}

fn segment_plan(segment: Segment) -> Result<Arc<dyn ExecutionPlan>, RunError> {
    let (mut children, mut feeds) = (Vec::new(), Vec::new());
    if !segment.tickets.is_empty() {
        children.push(tickets_plan(&segment.tickets)?);
        feeds.push(Feed::Tickets);
    }
    for input in segment.inputs {
        let (plan, feed) = input_plan(input)?;
        children.push(plan);
        feeds.push(feed);
    }
    let message = segment.message.encode()?;
    let label = segment.label.join(node::STEP);
    Ok(Arc::new(PolarsExec::new(message, label, segment.schema, feeds, children)?))
}

/// What an input's rows come through, and how the segment reads it.
fn input_plan(input: Input) -> Result<(Arc<dyn ExecutionPlan>, Feed), RunError> {
    if let (Exchange::Gather | Exchange::Broadcast, Piece::Stored(stored)) = (input.exchange, &input.piece)
        && stored.parts.len() <= READ_AS_THEY_LIE
    {
        return Ok((stored_plan(stored.in_one())?, Feed::Whole));
    }
    let plan = physical_plan(input.piece)?;
    Ok(match input.exchange {
        Exchange::Aligned => (plan, Feed::Partition),
        Exchange::Hash(count) | Exchange::Ranges(count) => {
            let key = Column::new_with_schema(KEY, &plan.schema())?;
            let partitioning = Partitioning::Hash(vec![Arc::new(key)], count);
            (Arc::new(RepartitionExec::try_new(plan, partitioning)?), Feed::Partition)
        }
        // The planner takes away what gathers rows for a node that does not say that it needs them so.
        Exchange::Gather | Exchange::Broadcast => (Arc::new(CoalescePartitionsExec::new(plan)), Feed::Whole),
    })
}

/// The rows of an earlier job.
fn stored_plan(stored: Stored) -> Result<Arc<dyn ExecutionPlan>, RunError> {
    rows_plan(&stored.parts, bridge::arrow_schema(&stored.schema)?, 1)
}

/// The rows of an earlier job, read where they lie. Ballista gives each task its own partition of such a leaf. It is said to
/// have so many bytes for each that was written.
pub(crate) fn rows_plan(
    parts: &[StoredPart],
    schema: ArrowSchemaRef,
    unpacked: i64,
) -> Result<Arc<dyn ExecutionPlan>, RunError> {
    let damaged = |reason: String| RunError::System { what: "finding the rows of a job".into(), reason };
    let location = |file: &StoredFile| -> Result<PartitionLocation, RunError> {
        let found = protobuf::PartitionLocation::decode(file.location.as_slice());
        let mut found = found.map_err(|error| damaged(error.to_string()))?;
        if let Some(counted) = &mut found.partition_stats {
            counted.num_bytes = counted.num_bytes.saturating_mul(unpacked);
        }
        found.try_into().map_err(|error: BallistaError| damaged(error.to_string()))
    };
    let partition = |part: &StoredPart| part.files.iter().map(location).collect::<Result<Vec<_>, _>>();
    let partitions = parts.iter().map(partition).collect::<Result<Vec<_>, _>>()?;
    let stage = partitions.iter().flatten().next().map_or(0, |found| found.partition_id.stage_id);
    let partitioning = Partitioning::UnknownPartitioning(partitions.len());
    Ok(Arc::new(ShuffleReaderExec::try_new(stage, partitions, schema, partitioning)?))
}

/// A leaf with one row for each partition: what that partition reads. Ballista gives each task its own rows of such a
/// leaf, which it would not do for a leaf of ours.
fn tickets_plan(tickets: &[Ticket]) -> Result<Arc<dyn ExecutionPlan>, RunError> {
    let schema = Arc::new(ArrowSchema::new(vec![Field::new("ticket", DataType::Binary, false)]));
    let row = |ticket: &Ticket| -> Result<Vec<RecordBatch>, RunError> {
        let bytes = pl_serialize::serialize_to_bytes::<_, false>(ticket)?;
        let column: ArrayRef = Arc::new(BinaryArray::from_vec(vec![bytes.as_slice()]));
        let batch = RecordBatch::try_new(schema.clone(), vec![column]);
        Ok(vec![batch.map_err(|error| RunError::from(datafusion::error::DataFusionError::from(error)))?])
    };
    let partitions = tickets.iter().map(row).collect::<Result<Vec<_>, _>>()?;
    let source = MemorySourceConfig::try_new(&partitions, schema, None)?;
    Ok(DataSourceExec::from_data_source(source))
}

/// The node over these inputs; what it says of its rows is worked out anew.
pub(crate) fn with_inputs(
    node: Arc<dyn ExecutionPlan>,
    inputs: Vec<Arc<dyn ExecutionPlan>>,
) -> Result<Arc<dyn ExecutionPlan>, DataFusionError> {
    node.replace_children(inputs, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))
}
