//! Queries that show the order which the rows of a frame have by themselves, or look at it. SQL promises none, but one
//! machine has it, and so have many.

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::expr::WindowFunction;
use datafusion::logical_expr::{Distinct, Expr, Limit, LogicalPlan, WindowFunctionDefinition};

use crate::cut::{CutOptions, InSql, Observed};

/// Aggregates that say which values came first, or one after the other.
pub(super) const IN_ORDER: [&str; 5] = ["array_agg", "first_value", "last_value", "nth_value", "string_agg"];

/// How the frames that the query reads are cut.
pub(super) fn frames_of(query: &LogicalPlan, options: &CutOptions) -> InSql {
    let order = match (looks_at_order(query), shows_order(query)) {
        (true, _) => Observed::LookedAt,
        (false, true) => Observed::Shown,
        (false, false) => Observed::Nothing,
    };
    // What comes to one place in the end is sorted there.
    let sort_bytes = if order == Observed::LookedAt { u64::MAX } else { options.sort_bytes };
    InSql { options: CutOptions { sort_bytes, ..options.clone() }, order }
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
    let (mut found, last) = (false, last_limit(query));
    let visited = query.apply_with_subqueries(|node| {
        found |= match node {
            LogicalPlan::Limit(limit) => {
                !last.is_some_and(|last| std::ptr::eq(last, limit)) && !is_sorted(&limit.input)
            }
            LogicalPlan::Distinct(Distinct::On(distinct)) => distinct.sort_expr.is_none(),
            _ => false,
        };
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

/// Whether the window gives one value of all rows of its partition, in whatever order they are. One of the whole frame
/// leaves the rows in their order.
fn is_of_all_rows(window: &WindowFunction) -> bool {
    let frame = &window.params.window_frame;
    matches!(&window.fun, WindowFunctionDefinition::AggregateUDF(call) if !IN_ORDER.contains(&call.name()))
        && !window.params.partition_by.is_empty()
        && frame.start_bound.is_unbounded()
        && frame.end_bound.is_unbounded()
}

/// The limit of the query's own rows: its partitions are in the order of a frame.
fn last_limit(query: &LogicalPlan) -> Option<&Limit> {
    match query {
        LogicalPlan::Limit(limit) => Some(limit),
        LogicalPlan::Projection(projection) => last_limit(&projection.input),
        LogicalPlan::SubqueryAlias(alias) => last_limit(&alias.input),
        _ => None,
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
            "SELECT column1, count(*) OVER () FROM t",
            "SELECT array_agg(column1) FROM t",
            "SELECT DISTINCT ON (column1) column1, column2 FROM t",
            "SELECT (SELECT column1 FROM t WHERE column2 > 1 LIMIT 1) AS a",
            "SELECT column1, (SELECT array_agg(column2) FROM t) AS a FROM t LIMIT 2",
            "SELECT * FROM (SELECT * FROM t LIMIT 2) LIMIT 1",
            "SELECT count(*) FROM (SELECT * FROM t LIMIT 1)",
            "SELECT * FROM t WHERE column1 IN (SELECT column2 FROM t LIMIT 1)",
        ] {
            assert!(is(looks_at_order, sql).await, "{sql}");
        }
        for sql in [
            "SELECT * FROM t",
            "SELECT column1 FROM t WHERE column2 > 1 LIMIT 1 OFFSET 1",
            "SELECT row_number() OVER (ORDER BY column1) FROM t",
            "SELECT sum(column1) OVER (PARTITION BY column2) FROM t",
            "SELECT DISTINCT ON (column1) column1, column2 FROM t ORDER BY column1, column2",
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
