//! The node that runs a segment in Polars, one partition at a time: rows come in from its children as Arrow, and go
//! out as Arrow.

use std::fmt;
use std::sync::Arc;

use arrow::array::RecordBatch;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{Distribution, EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::metrics::{
    BaselineMetrics, ExecutionPlanMetricsSet, MetricBuilder, MetricsSet,
};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, EmptyRecordBatchStream, ExecutionPlan, InputDistributionRequirements,
    Partitioning, PlanProperties,
};
use fram_frame::{RunError, Watch, bridge, settle};
use futures::stream::{self, StreamExt, TryStreamExt};
use polars::prelude::SchemaRef;
use serde::{Deserialize, Serialize};

use super::task::run;
use crate::failure::Failure;
use crate::roots::Roots;

/// What stands between two steps of a segment in its label.
pub(super) const STEP: &str = " · ";

/// How a segment reads one of its children.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Feed {
    /// Each partition reads the same partition of the child, which has one ticket in it.
    Tickets,
    /// Each partition reads the same partition of the child.
    Partition,
    /// Each partition reads the child whole; it has one partition.
    Whole,
    /// Nobody reads the child; its partitions stay where they were written.
    Unread,
}

/// What a task may use, found in its session configuration.
#[derive(Debug, Clone, Default)]
pub(crate) struct TaskLimits {
    /// Bytes of memory of the process that it runs in.
    pub(crate) memory: Option<u64>,
    /// What it may read and write.
    pub(crate) roots: Roots,
    /// Where the worker that it runs on is reached; empty where it runs on none.
    pub(crate) worker: String,
}

impl TaskLimits {
    /// The worker that it runs on, for people.
    pub(crate) fn worker(&self) -> String {
        format!("worker {}", self.worker)
    }
}

/// Runs a segment of a Polars plan on each partition.
#[derive(Debug)]
pub(crate) struct PolarsExec {
    pub(super) message: Arc<[u8]>,
    pub(super) label: String,
    pub(super) schema: SchemaRef,
    pub(super) feeds: Vec<Feed>,
    children: Vec<Arc<dyn ExecutionPlan>>,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl PolarsExec {
    /// What it does, the first step first.
    pub(crate) fn steps(&self) -> impl Iterator<Item = &str> {
        self.label.split(STEP)
    }

    /// Whether it only stands for rows that stay where the stage before has written them.
    pub(crate) fn is_unread(&self) -> bool {
        self.feeds == [Feed::Unread]
    }

    pub(super) fn new(
        message: impl Into<Arc<[u8]>>,
        label: String,
        schema: SchemaRef,
        feeds: Vec<Feed>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Self, RunError> {
        let partitions = feeds
            .iter()
            .zip(&children)
            .find(|(feed, _)| matches!(feed, Feed::Tickets | Feed::Partition))
            .map_or(1, |(_, child)| child.properties().output_partitioning().partition_count());
        let properties = PlanProperties::new(
            EquivalenceProperties::new(bridge::arrow_schema(&schema)?),
            Partitioning::UnknownPartitioning(partitions),
            EmissionType::Final,
            Boundedness::Bounded,
        );
        let metrics = ExecutionPlanMetricsSet::new();
        let (message, properties) = (message.into(), Arc::new(properties));
        Ok(Self { message, label, schema, feeds, children, properties, metrics })
    }

    /// What a partition is made of: its ticket, and the rows of each input.
    fn sources(
        &self,
        partition: usize,
        context: &Arc<TaskContext>,
    ) -> Result<Vec<SendableRecordBatchStream>> {
        let open = |(feed, child): (&Feed, &Arc<dyn ExecutionPlan>)| {
            let partition = if *feed == Feed::Whole { 0 } else { partition };
            child.execute(partition, context.clone())
        };
        self.feeds.iter().zip(&self.children).map(open).collect()
    }
}

impl DisplayAs for PolarsExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PolarsExec: {}", self.label)
    }
}

impl ExecutionPlan for PolarsExec {
    fn name(&self) -> &str {
        "PolarsExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        self.children.iter().collect()
    }

    fn input_distribution_requirements(&self) -> InputDistributionRequirements {
        let needs = self.feeds.iter().map(|feed| match feed {
            Feed::Whole => Distribution::SinglePartition,
            Feed::Tickets | Feed::Partition | Feed::Unread => Distribution::UnspecifiedDistribution,
        });
        InputDistributionRequirements::new(needs.collect())
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let Self { message, label, schema, feeds, .. } = &*self;
        let node = Self::new(message.clone(), label.clone(), schema.clone(), feeds.clone(), children);
        Ok(Arc::new(node.map_err(external)?))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        if self.is_unread() {
            return Ok(Box::pin(EmptyRecordBatchStream::new(self.schema())));
        }
        let sources = self.sources(partition, &context)?;
        let (message, feeds, promised) = (self.message.clone(), self.feeds.clone(), self.schema.clone());
        let baseline = BaselineMetrics::new(&self.metrics, partition);
        let rows_read = MetricBuilder::new(&self.metrics).counter("rows_read", partition);
        let limits = context.session_config().get_extension::<TaskLimits>();
        let limits = limits.unwrap_or_default();
        let watch = Watch::new().with_memory_limit(limits.memory);
        let watch = StopWhenDropped(watch);
        let run = async move {
            let mut inputs = Vec::with_capacity(sources.len());
            for source in sources {
                let schema = source.schema();
                let batches = source.try_collect::<Vec<_>>().await?;
                // What SQL has left may be of another type of Arrow's than Polars would have written.
                let schema = batches.first().map_or(schema, RecordBatch::schema);
                inputs.push((schema, batches));
            }
            rows_read.add(inputs.iter().flat_map(|(_, batches)| batches).map(RecordBatch::num_rows).sum());
            let running = watch.0.clone();
            let task = move || {
                let _timer = baseline.elapsed_compute().timer();
                let batches = run(&message, &feeds, inputs, &promised, &limits, &running);
                settle();
                let batches = batches?;
                baseline.record_output(batches.iter().map(RecordBatch::num_rows).sum());
                Ok::<_, RunError>(batches)
            };
            let batches = tokio::task::spawn_blocking(task).await;
            drop(watch);
            let batches = batches.map_err(|error| DataFusionError::External(Box::new(error)))?;
            Ok::<_, DataFusionError>(stream::iter(batches.map_err(external)?).map(Ok))
        };
        let schema = self.schema();
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, stream::once(run).try_flatten())))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }
}

/// A task that is dropped stops its query.
struct StopWhenDropped(Watch);

impl Drop for StopWhenDropped {
    fn drop(&mut self) {
        self.0.interrupt();
    }
}

fn external(error: RunError) -> DataFusionError {
    DataFusionError::External(Box::new(Failure::from(error)))
}
