//! Semi joins, as `IN (SELECT …)` and `EXISTS` become, below the joins that they stand on: where few rows of one side are
//! wanted, the others go before the other side is brought to them. DataFusion leaves semi joins above all joins.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, Result};
use datafusion::logical_expr::{Expr, Join, JoinType, LogicalPlan, Projection, SubqueryAlias, TableScan};
use datafusion::optimizer::{ApplyOrder, OptimizerConfig, OptimizerRule};

/// The rule. It moves a semi join only where its right side looks as if it kept few rows, and below joins that look as if
/// they kept all.
#[derive(Debug)]
pub(super) struct EarlySemiJoins;

impl OptimizerRule for EarlySemiJoins {
    fn name(&self) -> &str {
        "early_semi_joins"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::BottomUp)
    }

    fn supports_rewrite(&self) -> bool {
        true
    }

    fn rewrite(&self, plan: LogicalPlan, _: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        let moved = match &plan {
            LogicalPlan::Join(join) if join.join_type == JoinType::LeftSemi && keeps_few(&join.right) => {
                Semi::of(join).map(|semi| semi.below(&join.left)).transpose()?.flatten()
            }
            _ => None,
        };
        Ok(moved.map_or_else(|| Transformed::no(plan), Transformed::yes))
    }
}

/// A semi join without its left side.
#[derive(Clone)]
struct Semi<'a> {
    join: &'a Join,
    on: Vec<(Expr, Expr)>,
    filter: Option<Expr>,
    /// The columns of the left side that it compares.
    columns: HashSet<Column>,
}

impl<'a> Semi<'a> {
    /// That of the join; none where it cannot be moved.
    fn of(join: &'a Join) -> Option<Self> {
        let filters = join.filter.iter();
        let mut all = join.on.iter().flat_map(|(left, right)| [left, right]).chain(filters.clone());
        if join.on.is_empty() || all.any(Expr::is_volatile) {
            return None;
        }
        let compared = join.on.iter().map(|(left, _)| left).chain(filters);
        let columns =
            compared.flat_map(Expr::column_refs).filter(|column| join.left.schema().has_column(column));
        let columns = columns.cloned().collect();
        Some(Self { join, on: join.on.clone(), filter: join.filter.clone(), columns })
    }

    /// It over this left side.
    fn over(&self, left: Arc<LogicalPlan>) -> Result<LogicalPlan> {
        let Join { right, join_type, join_constraint, null_equality, null_aware, .. } = self.join;
        let (on, filter) = (self.on.clone(), self.filter.clone());
        let (join_type, constraint) = (*join_type, *join_constraint);
        let (nulls, aware) = (*null_equality, *null_aware);
        let join = Join::try_new(left, right.clone(), on, filter, join_type, constraint, nulls, aware)?;
        Ok(LogicalPlan::Join(join))
    }

    /// The plan with it below a join; none where there is no such place for it.
    fn below(&self, plan: &LogicalPlan) -> Result<Option<LogicalPlan>> {
        match plan {
            LogicalPlan::Join(join) => self.below_join(plan, join),
            LogicalPlan::Projection(Projection { expr, input, .. }) => {
                let sources = expr.iter().map(|expr| match expr.clone().unalias() {
                    Expr::Column(source) => Some(source),
                    _ => None,
                });
                self.below_names(plan, input, sources)
            }
            LogicalPlan::SubqueryAlias(SubqueryAlias { input, .. }) => {
                let sources = input.schema().columns().into_iter().map(Some);
                self.below_names(plan, input, sources)
            }
            _ => Ok(None),
        }
    }

    fn below_join(&self, plan: &LogicalPlan, join: &Join) -> Result<Option<LogicalPlan>> {
        let (left, right) = (&join.left, &join.right);
        let has_all = |side: &LogicalPlan| self.columns.iter().all(|column| side.schema().has_column(column));
        let inputs = match join.join_type {
            JoinType::Inner | JoinType::Left if has_all(left) && keeps_all(right) => {
                vec![self.deep_in(left)?, right.as_ref().clone()]
            }
            JoinType::Inner if has_all(right) && keeps_all(left) => {
                vec![left.as_ref().clone(), self.deep_in(right)?]
            }
            _ => return Ok(None),
        };
        plan.with_new_exprs(plan.expressions(), inputs).map(Some)
    }

    /// The plan with it as far below as can be, or on top.
    fn deep_in(&self, plan: &Arc<LogicalPlan>) -> Result<LogicalPlan> {
        match self.below(plan)? {
            Some(plan) => Ok(plan),
            None => self.over(plan.clone()),
        }
    }

    /// The same below a plan that gives the columns of its input other names.
    fn below_names(
        &self,
        plan: &LogicalPlan,
        input: &LogicalPlan,
        sources: impl Iterator<Item = Option<Column>>,
    ) -> Result<Option<LogicalPlan>> {
        let named = plan.schema().columns().into_iter().zip(sources);
        let sources: HashMap<Column, Column> =
            named.filter_map(|(column, source)| Some((column, source?))).collect();
        if !self.columns.iter().all(|column| sources.contains_key(column)) {
            return Ok(None);
        }
        let renamed = |expr: Expr| {
            let renamed = expr.transform(|expr| match &expr {
                Expr::Column(column) if self.columns.contains(column) => {
                    Ok(Transformed::yes(Expr::Column(sources[column].clone())))
                }
                _ => Ok(Transformed::no(expr)),
            });
            renamed.map(|renamed| renamed.data)
        };
        let on = self.on.iter().map(|(left, right)| Ok((renamed(left.clone())?, right.clone())));
        let semi = Self {
            join: self.join,
            on: on.collect::<Result<_>>()?,
            filter: self.filter.clone().map(renamed).transpose()?,
            columns: self.columns.iter().map(|column| sources[column].clone()).collect(),
        };
        let Some(input) = semi.below(input)? else { return Ok(None) };
        plan.with_new_exprs(plan.expressions(), vec![input]).map(Some)
    }
}

/// Whether the plan looks as if it kept few of the rows that it reads.
fn keeps_few(plan: &LogicalPlan) -> bool {
    let keeps_few = |plan: &LogicalPlan| match plan {
        LogicalPlan::Filter(filter) => !matches!(filter.predicate, Expr::IsNotNull(_)),
        LogicalPlan::TableScan(TableScan { filters, fetch, .. }) => {
            fetch.is_some() || filters.iter().any(|filter| !matches!(filter, Expr::IsNotNull(_)))
        }
        LogicalPlan::Limit(_) => true,
        _ => false,
    };
    plan.exists(|plan| Ok(keeps_few(plan))).unwrap_or(false)
}

/// Whether the plan looks as if a join with it kept all rows of the other side: it has all rows of its tables.
fn keeps_all(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::TableScan(_) => !keeps_few(plan),
        LogicalPlan::Projection(_) | LogicalPlan::SubqueryAlias(_) => {
            plan.inputs().into_iter().all(keeps_all)
        }
        LogicalPlan::Join(Join { join_type, .. }) => {
            matches!(join_type, JoinType::Inner | JoinType::Left | JoinType::Right | JoinType::Full)
                && plan.inputs().into_iter().all(keeps_all)
        }
        _ => false,
    }
}
