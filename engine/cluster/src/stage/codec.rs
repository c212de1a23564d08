//! How a segment's node travels: Ballista's own codec for Ballista's nodes, ours for ours.

use std::sync::Arc;

use ballista_core::serde::BallistaPhysicalExtensionCodec;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::TaskContext;
use datafusion::physical_plan::ExecutionPlan;
use datafusion_proto::physical_plan::{PhysicalExtensionCodec, PhysicalProtoConverterExtension};
use polars::prelude::SchemaRef;
use polars_utils::pl_serialize;
use serde::{Deserialize, Serialize};

use super::copy::CopyExec;
use super::node::{Feed, PolarsExec};

/// What our nodes begin with; no message of Ballista's does, since a field's number is never 0.
const MAGIC: &[u8] = b"\0fram";

/// What stands for a side that is copied, which its input says all of.
const COPY: &[u8] = b"\0copy";

/// Writes and reads the nodes of a stage.
#[derive(Debug, Default)]
pub(crate) struct StageCodec {
    ballista: BallistaPhysicalExtensionCodec,
}

#[derive(Serialize, Deserialize)]
struct Wire {
    #[serde(with = "serde_bytes")]
    message: Vec<u8>,
    label: String,
    schema: SchemaRef,
    feeds: Vec<Feed>,
}

impl PhysicalExtensionCodec for StageCodec {
    fn try_decode(
        &self,
        buf: &[u8],
        inputs: &[Arc<dyn ExecutionPlan>],
        ctx: &TaskContext,
        proto_converter: &dyn PhysicalProtoConverterExtension,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        if buf == COPY
            && let [input] = inputs
        {
            return Ok(Arc::new(CopyExec::new(input.clone())));
        }
        let Some(bytes) = buf.strip_prefix(MAGIC) else {
            return self.ballista.try_decode(buf, inputs, ctx, proto_converter);
        };
        let wire: Wire = pl_serialize::deserialize_from_reader::<_, _, false>(bytes).map_err(damaged)?;
        let node = PolarsExec::new(wire.message, wire.label, wire.schema, wire.feeds, inputs.to_vec());
        Ok(Arc::new(node.map_err(damaged)?))
    }

    fn try_encode(
        &self,
        node: Arc<dyn ExecutionPlan>,
        buf: &mut Vec<u8>,
        proto_converter: &dyn PhysicalProtoConverterExtension,
    ) -> Result<()> {
        if node.is::<CopyExec>() {
            buf.extend_from_slice(COPY);
            return Ok(());
        }
        let Some(ours) = node.downcast_ref::<PolarsExec>() else {
            return self.ballista.try_encode(node, buf, proto_converter);
        };
        let wire = Wire {
            message: ours.message.to_vec(),
            label: ours.label.clone(),
            schema: ours.schema.clone(),
            feeds: ours.feeds.clone(),
        };
        buf.extend_from_slice(MAGIC);
        buf.extend(pl_serialize::serialize_to_bytes::<_, false>(&wire).map_err(damaged)?);
        Ok(())
    }
}

fn damaged(error: impl std::error::Error + Send + Sync + 'static) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}
