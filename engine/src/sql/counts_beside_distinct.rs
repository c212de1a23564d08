//! Distinct values counted beside rows, in two steps: first the groups of keys and values, each with what was asked of
//! its rows, then those of the keys. DataFusion does so where nothing but sums, minima and maxima stands beside them; with
//! a count beside, it keeps a set of values for each group, which takes gigabytes where there are many.

use std::sync::Arc;

use datafusion::common::tree_node::Transformed;
use datafusion::common::{Column, Result};
use datafusion::logical_expr::expr::{AggregateFunction, AggregateFunctionParams};
use datafusion::logical_expr::logical_plan::builder::project;
use datafusion::logical_expr::{Aggregate, AggregateUDF, Expr, LogicalPlan, lit, when};
use datafusion::optimizer::{ApplyOrder, OptimizerConfig, OptimizerRule};

use crate::sql::checked_sum;

/// The rule.
#[derive(Debug)]
pub(super) struct CountsBesideDistinct {
    sum: Arc<AggregateUDF>,
}

/// What the inner aggregate calls the values that are counted once each.
const VALUE: &str = "__fram_value";

impl Default for CountsBesideDistinct {
    fn default() -> Self {
        Self { sum: Arc::new(checked_sum::sum()) }
    }
}

impl OptimizerRule for CountsBesideDistinct {
    fn name(&self) -> &str {
        "counts_beside_distinct"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::TopDown)
    }

    fn supports_rewrite(&self) -> bool {
        true
    }

    fn rewrite(&self, plan: LogicalPlan, _: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        let LogicalPlan::Aggregate(aggregate) = &plan else { return Ok(Transformed::no(plan)) };
        match self.in_two_steps(aggregate)? {
            Some(steps) => Ok(Transformed::yes(steps)),
            None => Ok(Transformed::no(plan)),
        }
    }
}

impl CountsBesideDistinct {
    fn in_two_steps(&self, aggregate: &Aggregate) -> Result<Option<LogicalPlan>> {
        let Aggregate { input, group_expr, aggr_expr, schema, .. } = aggregate;
        if matches!(group_expr.first(), Some(Expr::GroupingSet(_))) {
            return Ok(None);
        }
        let Some(value) = value_counted_once(aggr_expr) else { return Ok(None) };
        let key = |place: usize| format!("__fram_key_{place}");
        let keys = group_expr.iter().enumerate().map(|(place, expr)| expr.clone().alias(key(place)));
        let groups = keys.chain([value.clone().alias(VALUE)]).collect();
        let (mut inner, mut outer, mut shown) = (Vec::new(), Vec::new(), Vec::new());
        for place in 0..group_expr.len() {
            shown.push(column(&key(place)));
        }
        for (place, expr) in aggr_expr.iter().enumerate() {
            let Some((function, params)) = plain(expr) else { return Ok(None) };
            let (part, whole) = (format!("__fram_part_{place}"), format!("__fram_whole_{place}"));
            if params.distinct {
                outer.push(call(function, column(VALUE)).alias(&whole));
                shown.push(column(&whole));
                continue;
            }
            inner.push(expr.clone().alias(&part));
            if function.name() == "count" {
                outer.push(call(&self.sum, column(&part)).alias(&whole));
                // No rows are none, where a sum of none is null.
                let none = column(&whole).is_null();
                shown.push(when(none, lit(0_i64)).otherwise(column(&whole))?);
            } else {
                outer.push(call(function, column(&part)).alias(&whole));
                shown.push(column(&whole));
            }
        }
        let first = LogicalPlan::Aggregate(Aggregate::try_new(input.clone(), groups, inner)?);
        let keys = (0..group_expr.len()).map(|place| column(&key(place))).collect();
        let second = LogicalPlan::Aggregate(Aggregate::try_new(Arc::new(first), keys, outer)?);
        let named = shown.into_iter().enumerate().map(|(place, expr)| {
            let (qualifier, field) = schema.qualified_field(place);
            expr.alias_qualified(qualifier.cloned(), field.name())
        });
        Ok(Some(project(second, named.collect::<Vec<_>>())?))
    }
}

/// The one expression whose distinct values are counted, where rows or values are counted beside, and nothing else is
/// asked that does not come of parts.
fn value_counted_once(exprs: &[Expr]) -> Option<&Expr> {
    let (mut value, mut counts) = (None, false);
    for expr in exprs {
        let (function, params) = plain(expr)?;
        match (function.name(), params.distinct, params.args.as_slice()) {
            ("count", true, [argument]) if value.is_none_or(|known| known == argument) => {
                value = Some(argument);
            }
            ("count", false, _) => counts = true,
            ("sum" | "min" | "max", false, _) => {}
            _ => return None,
        }
    }
    value.filter(|_| counts)
}

/// The function and what it is called with, without a filter or an order of its own.
fn plain(expr: &Expr) -> Option<(&Arc<AggregateUDF>, &AggregateFunctionParams)> {
    let Expr::AggregateFunction(AggregateFunction { func, params }) = expr else { return None };
    let is_plain = params.filter.is_none() && params.order_by.is_empty() && params.null_treatment.is_none();
    is_plain.then_some((func, params))
}

fn call(function: &Arc<AggregateUDF>, argument: Expr) -> Expr {
    Expr::AggregateFunction(AggregateFunction::new_udf(
        function.clone(),
        vec![argument],
        false,
        None,
        Vec::new(),
        None,
    ))
}

fn column(name: &str) -> Expr {
    Expr::Column(Column::from_name(name))
}
