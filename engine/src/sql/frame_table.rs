//! A frame as a table of DataFusion's: SQL's own plans are taken in, Parquet files are handed over as files, and any
//! other Polars plan runs while its rows are read, with the columns, simple filters and limit of the query pushed in.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::DataFusionError;
use datafusion::datasource::ViewTable;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, LogicalPlanBuilder, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::projection::{ProjectionExec, ProjectionExpr};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use fram_frame::{Frame, FramePart, FrameScanner, Limit, LocalRunner, Plan, RunError, Watch, bridge, feed};
use futures::{StreamExt, TryStreamExt, stream};
use polars::prelude::{DataFrame, IntoLazy, LazyFrame, col};

use crate::sql::parquet_table::parquet_table;
use crate::sql::pushdown::polars_filter;

/// The table that a frame is. Fails where a column's type cannot be handed over.
pub(super) async fn table_of(frame: &Frame) -> Result<Arc<dyn TableProvider>, RunError> {
    let schema = bridge::arrow_schema(frame.schema())?;
    let lazy = match frame.plan() {
        Plan::Polars(lazy) => frame.held_lazy().unwrap_or_else(|| lazy.clone()),
        // Nothing runs here: the rows are known, and so in memory.
        Plan::Sql(_) if frame.known_rows().is_some() => {
            frame.collect(Limit::All, &LocalRunner, &Watch::new())?.lazy()
        }
        Plan::Sql(plan) => return Ok(Arc::new(ViewTable::new(plan.logical.clone(), None))),
    };
    match parquet_table(&lazy, frame.schema()).await {
        Some(table) => Ok(table),
        None => Ok(Arc::new(FrameTable { lazy, schema })),
    }
}

/// A Polars plan as a table.
struct FrameTable {
    lazy: LazyFrame,
    schema: SchemaRef,
}

impl fmt::Debug for FrameTable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("FrameTable").field("schema", &self.schema).finish_non_exhaustive()
    }
}

#[async_trait]
impl TableProvider for FrameTable {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>, DataFusionError> {
        // DataFusion filters once more, so a difference in meaning could only cost rows that Polars drops alone.
        let support = |filter: &&Expr| match polars_filter(filter, &self.schema) {
            Some(_) => TableProviderFilterPushDown::Inexact,
            None => TableProviderFilterPushDown::Unsupported,
        };
        Ok(filters.iter().map(support).collect())
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>, DataFusionError> {
        let mut lazy = self.lazy.clone();
        for filter in filters.iter().filter_map(|filter| polars_filter(filter, &self.schema)) {
            lazy = lazy.filter(filter);
        }
        let schema = match projection {
            Some(columns) => Arc::new(self.schema.project(columns)?),
            None => self.schema.clone(),
        };
        if schema.fields().len() < self.schema.fields().len() {
            // A count of rows needs one column, since Polars keeps no rows without columns.
            let wanted = if schema.fields().is_empty() { &self.schema } else { &schema };
            let taken = schema.fields().len().max(1);
            lazy = lazy.select(
                wanted
                    .fields()
                    .iter()
                    .take(taken)
                    .map(|field| col(field.name().as_str()))
                    .collect::<Vec<_>>(),
            );
        }
        if let Some(rows) = limit {
            lazy = lazy.limit(u32::try_from(rows).unwrap_or(u32::MAX));
        }
        if let Some(scanner) = session.config().get_extension::<FrameScanner>() {
            let part = FramePart {
                table: std::ptr::from_ref(self).addr(),
                columns: projection.cloned(),
                filters: filters.to_vec(),
                rows: limit,
            };
            let rows =
                scanner.scan(part, lazy).map_err(|error| DataFusionError::External(Box::new(error)))?;
            // The one column that a count of rows needs is not wanted above.
            let is_count = schema.fields().is_empty();
            let nothing: Vec<ProjectionExpr> = Vec::new();
            return if is_count { Ok(Arc::new(ProjectionExec::try_new(nothing, rows)?)) } else { Ok(rows) };
        }
        let partition: Arc<dyn PartitionStream> = Arc::new(FrameStream { lazy, schema: schema.clone() });
        Ok(Arc::new(StreamingTableExec::try_new(schema, vec![partition], None, None, false, limit)?))
    }
}

/// The rows of a plan, as a stream of batches. Runs once each time it is read.
struct FrameStream {
    lazy: LazyFrame,
    schema: SchemaRef,
}

impl fmt::Debug for FrameStream {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("FrameStream").field("schema", &self.schema).finish_non_exhaustive()
    }
}

impl PartitionStream for FrameStream {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let schema = self.schema.clone();
        let batches = feed(self.lazy.clone(), context.session_config().get_extension())
            .map(move |data| data.and_then(|data| to_batches(&data, &schema)))
            .map_err(|error| DataFusionError::External(Box::new(error)))
            .map_ok(|batches| stream::iter(batches.into_iter().map(Ok)))
            .try_flatten();
        Box::pin(RecordBatchStreamAdapter::new(self.schema.clone(), batches))
    }
}

fn to_batches(data: &DataFrame, schema: &SchemaRef) -> Result<Vec<RecordBatch>, RunError> {
    if schema.fields().is_empty() {
        return bridge::to_arrow(&DataFrame::empty_with_height(data.height()));
    }
    let batches = bridge::to_arrow(data)?;
    let given = batches.first().map(RecordBatch::schema);
    if given.is_some_and(|given| given != *schema) {
        return Err(RunError::System {
            what: "reading a frame in SQL".into(),
            reason: "its rows have other types than its plan said".into(),
        });
    }
    Ok(batches)
}

/// The plan with each column once: names that occur twice are made distinct, as they are in the frame.
pub(super) fn with_unique_names(
    plan: datafusion::logical_expr::LogicalPlan,
) -> Result<(datafusion::logical_expr::LogicalPlan, Vec<(String, String)>), DataFusionError> {
    let names = bridge::unique_names(plan.schema().as_arrow());
    let fields = plan.schema().columns();
    let renamed: Vec<(String, String)> = fields
        .iter()
        .zip(&names)
        .filter(|(field, name)| field.name != **name)
        .map(|(field, name)| (field.name.clone(), name.clone()))
        .collect();
    if renamed.is_empty() {
        return Ok((plan, renamed));
    }
    let columns = fields.into_iter().zip(names).map(|(field, name)| Expr::Column(field).alias(name));
    Ok((LogicalPlanBuilder::from(plan).project(columns)?.build()?, renamed))
}
