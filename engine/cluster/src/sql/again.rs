//! Whether another run of a query would have the same rows, of tables that are the same. What its frames may do is left to
//! the cut.

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::expr::WindowFunction;
use datafusion::logical_expr::{
    Distinct, Expr, LogicalPlan, Volatility, WindowFrameUnits, WindowFunctionDefinition,
};

use crate::cut::Again;
use crate::sql::order::IN_ORDER;

/// Window functions that say the same of rows whose keys are equal.
const BY_RANK: [&str; 4] = ["cume_dist", "dense_rank", "percent_rank", "rank"];

/// What another run of the query may do otherwise: it has other rows where it takes some of them, or asks for a number that
/// is chance, or for the time; it may choose others where one of several comes first whose keys are equal.
pub(crate) fn another_run(query: &LogicalPlan) -> Again {
    let mut again = Again::default();
    let visited = query.apply_with_subqueries(|node| {
        again.is_random |= matches!(node, LogicalPlan::Limit(_));
        again.may_choose_others |= matches!(node, LogicalPlan::Distinct(Distinct::On(_)));
        node.apply_expressions(|expr| {
            expr.apply(|part| {
                match part {
                    Expr::ScalarFunction(call) => {
                        again.is_random |= call.func.signature().volatility != Volatility::Immutable;
                    }
                    Expr::WindowFunction(window) => again.may_choose_others |= tells_equals_apart(window),
                    Expr::AggregateFunction(call) => {
                        again.may_choose_others |= IN_ORDER.contains(&call.func.name());
                    }
                    _ => {}
                }
                Ok(TreeNodeRecursion::Continue)
            })
        })
    });
    again.is_random |= visited.is_err();
    again
}

/// Whether the window may say one thing of a row and another of one whose keys are equal.
fn tells_equals_apart(window: &WindowFunction) -> bool {
    let frame = &window.params.window_frame;
    let is_of_all = frame.start_bound.is_unbounded() && frame.end_bound.is_unbounded();
    match &window.fun {
        WindowFunctionDefinition::WindowUDF(call) => !BY_RANK.contains(&call.name()),
        WindowFunctionDefinition::AggregateUDF(call) => {
            IN_ORDER.contains(&call.name()) || (frame.units == WindowFrameUnits::Rows && !is_of_all)
        }
    }
}

#[cfg(test)]
mod tests {
    use datafusion::prelude::SessionContext;

    use super::*;

    #[tokio::test]
    async fn what_another_run_may_do_otherwise_is_known() {
        let context = SessionContext::new();
        context.sql("CREATE TABLE t AS VALUES (1, 2), (3, 4)").await.unwrap();
        for (sql, is_random, may_choose_others) in [
            ("SELECT column1, sum(column2) FROM t GROUP BY column1 ORDER BY 2", false, false),
            ("SELECT * FROM t LIMIT 1", true, false),
            ("SELECT column1 FROM t WHERE column1 IN (SELECT column2 FROM t LIMIT 1)", true, false),
            ("SELECT random() + column1 FROM t", true, false),
            ("SELECT DISTINCT column1 FROM t", false, false),
            ("SELECT DISTINCT ON (column1) column1, column2 FROM t ORDER BY column1, column2", false, true),
            ("SELECT array_agg(column1 ORDER BY column2) FROM t", false, true),
            ("SELECT row_number() OVER (ORDER BY column1) FROM t", false, true),
            ("SELECT lag(column1) OVER (PARTITION BY column2 ORDER BY column1) FROM t", false, true),
            ("SELECT rank() OVER (ORDER BY column1) FROM t", false, false),
            ("SELECT sum(column1) OVER (ORDER BY column2) FROM t", false, false),
            ("SELECT sum(column1) OVER (PARTITION BY column2) FROM t", false, false),
            (
                "SELECT sum(column1) OVER (ORDER BY column2 ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM t",
                false,
                true,
            ),
        ] {
            let plan = context.sql(sql).await.unwrap();
            assert_eq!(another_run(plan.logical_plan()), Again { is_random, may_choose_others }, "{sql}");
        }
    }
}
