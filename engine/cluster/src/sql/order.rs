//! Queries that show the order which the rows of a frame have by themselves, or look at it. SQL promises none, but one
//! machine has it, and so have many.

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::expr::WindowFunction;
use datafusion::logical_expr::{Expr, LogicalPlan, WindowFunctionDefinition};

use crate::cut::{CutOptions, InSql};

/// Aggregates that say which values came first, or one after the other.
const IN_ORDER: [&str; 5] = ["array_agg", "first_value", "last_value", "nth_value", "string_agg"];

/// How the frames that the query reads are cut: sorted ones in one place, where their order is looked at.
pub(super) fn frames_of(query: &LogicalPlan, options: &CutOptions) -> InSql {
    let is_looked_at = looks_at_order(query);
    let sort_bytes = if is_looked_at { u64::MAX } else { options.sort_bytes };
    InSql {
        options: CutOptions { sort_bytes, ..options.clone() },
        is_in_order: is_looked_at || shows_order(query),
    }
}

/// Whether the rows of the query are those of a table, one after the other.
fn shows_order(query: &LogicalPlan) -> bool {
    match query {
        LogicalPlan::TableScan(_) => true,
        LogicalPlan::Limit(_)
        | LogicalPlan::Projection(_)
        | LogicalPlan::SubqueryAlias(_)
        | LogicalPlan::Filter(_)
        | LogicalPlan::Unnest(_)
        | LogicalPlan::Union(_) => query.inputs().into_iter().any(shows_order),
        _ => false,
    }
}

fn looks_at_order(query: &LogicalPlan) -> bool {
    let mut found = false;
    let visited = below_last_limit(query).apply_with_subqueries(|node| {
        found |= matches!(node, LogicalPlan::Limit(limit) if !is_sorted(&limit.input));
        node.apply_expressions(|expr| {
            expr.apply(|part| {
                found |= match part {
                    Expr::WindowFunction(window) => {
                        window.params.order_by.is_empty() && !is_of_all_rows(window)
                    }
                    Expr::AggregateFunction(call) => {
                        call.params.order_by.is_empty() && IN_ORDER.contains(&call.func.name())
                    }
                    _ => false,
                };
                Ok(TreeNodeRecursion::Continue)
            })
        })
    });
    visited.is_err() || found
}

/// Whether the window gives one value of all rows of its partition, in whatever order they are.
fn is_of_all_rows(window: &WindowFunction) -> bool {
    let frame = &window.params.window_frame;
    matches!(&window.fun, WindowFunctionDefinition::AggregateUDF(call) if !IN_ORDER.contains(&call.name()))
        && frame.start_bound.is_unbounded()
        && frame.end_bound.is_unbounded()
}

/// What the first rows of the whole are taken of: the partitions are in the order of a frame.
fn below_last_limit(query: &LogicalPlan) -> &LogicalPlan {
    match query {
        LogicalPlan::Limit(limit) => below_last_limit(&limit.input),
        LogicalPlan::Projection(projection) => below_last_limit(&projection.input),
        LogicalPlan::SubqueryAlias(alias) => below_last_limit(&alias.input),
        other => other,
    }
}

fn is_sorted(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::Sort(_) => true,
        LogicalPlan::Projection(projection) => is_sorted(&projection.input),
        LogicalPlan::SubqueryAlias(alias) => is_sorted(&alias.input),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use datafusion::prelude::SessionContext;

    use super::*;

    async fn is(what: fn(&LogicalPlan) -> bool, sql: &str) -> bool {
        let context = SessionContext::new();
        context.sql("CREATE TABLE t AS VALUES (1, 2), (3, 4)").await.unwrap();
        what(context.sql(sql).await.unwrap().logical_plan())
    }

    #[tokio::test]
    async fn what_looks_at_the_order_of_rows_is_known() {
        for sql in [
            "SELECT row_number() OVER () FROM t",
            "SELECT column1, lag(column2) OVER (PARTITION BY column1) FROM t",
            "SELECT sum(column1) OVER (ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM t",
            "SELECT array_agg(column1) FROM t",
            "SELECT count(*) FROM (SELECT * FROM t LIMIT 1)",
            "SELECT * FROM t WHERE column1 IN (SELECT column2 FROM t LIMIT 1)",
        ] {
            assert!(is(looks_at_order, sql).await, "{sql}");
        }
        for sql in [
            "SELECT * FROM t",
            "SELECT column1 FROM t WHERE column2 > 1 LIMIT 1 OFFSET 1",
            "SELECT row_number() OVER (ORDER BY column1) FROM t",
            "SELECT count(*) OVER (), sum(column1) OVER (PARTITION BY column2) FROM t",
            "SELECT column1, sum(column2) FROM t GROUP BY column1 ORDER BY 2",
            "SELECT string_agg(CAST(column1 AS VARCHAR), ',' ORDER BY column1) FROM t",
            "SELECT count(*) FROM (SELECT * FROM t ORDER BY column1 LIMIT 1)",
        ] {
            assert!(!is(looks_at_order, sql).await, "{sql}");
        }
    }

    #[tokio::test]
    async fn what_shows_the_rows_of_a_table_is_known() {
        for sql in [
            "SELECT column1 + 1 FROM t WHERE column2 > 1 LIMIT 1",
            "SELECT * FROM (SELECT * FROM t) a UNION ALL SELECT * FROM t",
        ] {
            assert!(is(shows_order, sql).await, "{sql}");
        }
        for sql in ["SELECT DISTINCT column1 FROM t", "SELECT * FROM t ORDER BY 1", "SELECT count(*) FROM t"]
        {
            assert!(!is(shows_order, sql).await, "{sql}");
        }
    }
}
