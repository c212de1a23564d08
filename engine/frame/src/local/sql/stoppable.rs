//! Makes every node of a plan heed the wish to stop at each batch that it hands on: a node that reads rows which another
//! makes out of few, as a sum over a join of everything with everything, may otherwise run for hours without a pause in
//! which its task could be stopped.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::Result;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::DataFusionError;
use datafusion::execution::{RecordBatchStream, SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::execution_plan::ReplaceChildrenOptions;
use datafusion::physical_plan::metrics::MetricsSet;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};
use futures::Stream;

use crate::RunError;

/// A node that acts and looks like another, but whose rows end with an error once `stopped` is set.
#[derive(Debug)]
pub(super) struct Stoppable {
    inner: Arc<dyn ExecutionPlan>,
    stopped: Arc<AtomicBool>,
}

impl Stoppable {
    /// The node, heeding the wish to stop.
    pub(super) fn wrap(inner: Arc<dyn ExecutionPlan>, stopped: &Arc<AtomicBool>) -> Arc<dyn ExecutionPlan> {
        Arc::new(Self { inner, stopped: stopped.clone() })
    }
}

impl DisplayAs for Stoppable {
    fn fmt_as(&self, format: DisplayFormatType, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt_as(format, formatter)
    }
}

impl ExecutionPlan for Stoppable {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn downcast_delegate(&self) -> Option<&dyn ExecutionPlan> {
        Some(self.inner.as_ref())
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.inner.properties()
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        self.inner.children()
    }

    fn apply_expressions(
        &self,
        visit: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        self.inner.apply_expressions(visit)
    }

    fn replace_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
        options: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(Self::wrap(self.inner.clone().replace_children(children, options)?, &self.stopped))
    }

    #[expect(deprecated, reason = "the trait still asks for it")]
    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(Self::wrap(self.inner.clone().with_new_children(children)?, &self.stopped))
    }

    fn reset_state(self: Arc<Self>) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(Self::wrap(self.inner.clone().reset_state()?, &self.stopped))
    }

    fn with_new_state(&self, state: Arc<dyn std::any::Any + Send + Sync>) -> Option<Arc<dyn ExecutionPlan>> {
        self.inner.with_new_state(state).map(|node| Self::wrap(node, &self.stopped))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        self.inner.metrics()
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let batches = self.inner.execute(partition, context)?;
        Ok(Box::pin(StoppableStream { batches, stopped: self.stopped.clone() }))
    }
}

struct StoppableStream {
    batches: SendableRecordBatchStream,
    stopped: Arc<AtomicBool>,
}

impl Stream for StoppableStream {
    type Item = Result<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.stopped.load(Ordering::Relaxed) {
            return Poll::Ready(Some(Err(DataFusionError::External(Box::new(RunError::Interrupted)))));
        }
        self.batches.as_mut().poll_next(context)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.batches.size_hint()
    }
}

impl RecordBatchStream for StoppableStream {
    fn schema(&self) -> SchemaRef {
        self.batches.schema()
    }
}
