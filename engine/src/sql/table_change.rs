//! Runs the statements that change something: tables and views made, filled and dropped, files written, settings set.

use std::sync::Arc;

use datafusion::common::{DataFusionError, exec_err};
use datafusion::datasource::MemTable;
use datafusion::logical_expr::{CreateMemoryTable, DdlStatement, LogicalPlan};
use datafusion::prelude::SessionContext;
use fram_frame::{Frame, Limit, RunError, Runner, Watch, bridge, run_future};

use crate::sql::frame_table::with_unique_names;

/// Runs the change; rows written are its result.
pub(super) fn change(
    context: &SessionContext,
    plan: LogicalPlan,
    runner: &dyn Runner,
    watch: &Watch,
) -> Result<Option<Frame>, RunError> {
    match plan {
        LogicalPlan::Ddl(DdlStatement::CreateMemoryTable(table)) => {
            create_table(context, table, runner, watch)
        }
        LogicalPlan::Dml(_) | LogicalPlan::Copy(_) => {
            let written = Frame::from_sql(plan, context.state())?.collect(Limit::All, runner, watch)?;
            Ok(Some(Frame::from_data(written)))
        }
        plan => {
            let context = context.clone();
            run_future(watch, async move { context.execute_logical_plan(plan).await.map(drop) })?;
            Ok(None)
        }
    }
}

/// Runs the query of `CREATE TABLE … AS` as any other, under the memory limit, and keeps its rows.
fn create_table(
    context: &SessionContext,
    table: CreateMemoryTable,
    runner: &dyn Runner,
    watch: &Watch,
) -> Result<Option<Frame>, RunError> {
    let name = table.name.table().to_owned();
    let exists = context.table_exist(table.name.clone())?;
    if exists && table.if_not_exists {
        return Ok(None);
    }
    if exists && !table.or_replace {
        return Err(
            DataFusionError::Execution(format!("there is a table with the name `{name}` already")).into()
        );
    }
    let (input, _) = with_unique_names(table.input.as_ref().clone())?;
    let schema = Arc::new(input.schema().as_arrow().clone());
    let data = Frame::from_sql(input, context.state())?.collect(Limit::All, runner, watch)?;
    let batches = bridge::to_arrow(&data)?;
    let schema = batches.first().map_or(schema, |batch| batch.schema());
    let rows = data.height();
    let made = MemTable::try_new(schema, vec![batches])?
        .with_column_defaults(table.column_defaults.into_iter().collect());
    if exists {
        context.deregister_table(table.name.clone())?;
    }
    context.register_table(table.name, Arc::new(made))?;
    let count = u64::try_from(rows).map_or_else(|_| exec_err!("too many rows"), Ok)?;
    let count = polars::df!("count" => [count]);
    Ok(Some(Frame::from_data(count?)))
}
