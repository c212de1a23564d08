//! Views as they are meant: over the tables that their names mean now, not those of the moment when the view was made.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::catalog::TableProvider;
use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNodeRecursion};
use datafusion::datasource::{ViewTable, provider_as_source};
use datafusion::logical_expr::{LogicalPlan, TableScanBuilder};

/// Names of the tables that a view reads.
pub(super) fn tables(view: &ViewTable) -> Result<Vec<String>> {
    let mut names = Vec::new();
    view.logical_plan().apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node {
            names.push(scan.table_name.table().to_owned());
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    names.sort_unstable();
    names.dedup();
    Ok(names)
}

/// The view over these tables, by name; others stay as they were. Fails where a column that it names is there no more.
pub(super) fn over(view: &ViewTable, tables: &HashMap<String, Arc<dyn TableProvider>>) -> Result<ViewTable> {
    let plan = view.logical_plan().clone().transform_up_with_subqueries(|node| match node {
        LogicalPlan::TableScan(scan) => {
            let Some(table) = tables.get(scan.table_name.table()).filter(|_| scan.projection.is_none())
            else {
                return Ok(Transformed::no(LogicalPlan::TableScan(scan)));
            };
            let source = provider_as_source(table.clone());
            let scan = TableScanBuilder::new(scan.table_name, source)
                .with_filters(scan.filters)
                .with_fetch(scan.fetch)
                .build()?;
            Ok(Transformed::yes(LogicalPlan::TableScan(scan)))
        }
        other => other.recompute_schema().map(Transformed::yes),
    });
    Ok(ViewTable::new(plan.data()?, view.definition().cloned()))
}
