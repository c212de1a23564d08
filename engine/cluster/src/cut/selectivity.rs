//! What share of rows a condition is guessed to keep: the factors of P. G. Selinger et al., "Access Path Selection in a
//! Relational Database Management System" (1979), for conditions of which nothing is known but how they are written.

use polars::prelude::AnyValue;
use polars_plan::dsl::Operator;
use polars_plan::plans::{AExpr, IRBooleanFunction, IRFunctionExpr, LiteralValue};
use polars_utils::arena::{Arena, Node};

/// One value out of all that a column has.
const EQUAL: f64 = 0.1;
/// All beyond some value, and whatever is not known better.
const RANGE: f64 = 1.0 / 3.0;
/// Some values out of those that a column has, at most.
const SEVERAL: f64 = 0.5;

/// The share of rows, between 0 and 1, for which the condition is guessed to hold.
pub(super) fn selectivity(condition: Node, exprs: &Arena<AExpr>) -> f64 {
    let share = |node: Node| selectivity(node, exprs);
    match exprs.get(condition) {
        AExpr::BinaryExpr { left, op, right } => match op {
            Operator::And | Operator::LogicalAnd => share(*left) * share(*right),
            Operator::Or | Operator::LogicalOr => {
                let (left, right) = (share(*left), share(*right));
                left + right - left * right
            }
            Operator::Eq | Operator::EqValidity => EQUAL,
            Operator::NotEq | Operator::NotEqValidity => 1.0 - EQUAL,
            _ => RANGE,
        },
        AExpr::Function { function: IRFunctionExpr::Boolean(function), input, .. } => {
            match (function, input.as_slice()) {
                (IRBooleanFunction::Not, [of]) => 1.0 - share(of.node()),
                (IRBooleanFunction::IsNull, _) => EQUAL,
                (IRBooleanFunction::IsNotNull, _) => 1.0 - EQUAL,
                (IRBooleanFunction::IsIn { .. }, [_, values]) => values_in(values.node(), exprs)
                    .map_or(SEVERAL, |count| {
                        SEVERAL.min(EQUAL * f64::from(u32::try_from(count).unwrap_or(u32::MAX)))
                    }),
                _ => RANGE,
            }
        }
        _ => RANGE,
    }
}

/// How many values a list has that is written out.
fn values_in(list: Node, exprs: &Arena<AExpr>) -> Option<usize> {
    match exprs.get(list) {
        AExpr::Literal(LiteralValue::Series(values)) => Some(values.len()),
        AExpr::Literal(LiteralValue::Scalar(value)) => match value.value() {
            AnyValue::List(values) => Some(values.len()),
            _ => None,
        },
        other => {
            let mut inputs = Vec::new();
            other.inputs_rev(&mut inputs);
            let [input] = inputs.as_slice() else { return None };
            values_in(*input, exprs)
        }
    }
}

#[cfg(test)]
mod tests {
    use polars::prelude::{Expr, IntoLazy, Series, col, df, lit};
    use polars_plan::plans::{ArenaLpIter, IR};

    use super::*;

    #[track_caller]
    fn keeps(condition: Expr, wanted: f64) {
        let frame = df!("a" => [1i64, 2], "b" => [1i64, 2], "s" => ["x", "y"]).unwrap().lazy();
        let plan = frame.filter(condition).to_alp().unwrap();
        // What is joined by "and" may stand in filters of its own.
        let shares = plan.lp_arena.iter(plan.lp_top).filter_map(|(_, ir)| match ir {
            IR::Filter { predicate, .. } => Some(selectivity(predicate.node(), &plan.expr_arena)),
            _ => None,
        });
        let found: f64 = shares.product();
        assert!((found - wanted).abs() < 1e-9, "{found} in place of {wanted}");
    }

    #[test]
    fn each_condition_narrows_what_others_keep() {
        let (equal, range) = (col("a").eq(lit(1)), col("a").lt(col("b")));
        keeps(equal.clone(), 0.1);
        keeps(col("a").neq(lit(1)), 0.9);
        keeps(range.clone(), 1.0 / 3.0);
        keeps(equal.clone().and(range.clone()), 0.1 / 3.0);
        keeps(equal.clone().or(col("b").eq(lit(1))), 0.19);
        keeps(col("s").str().contains(lit("x"), true).not(), 2.0 / 3.0);
        keeps(col("s").is_null(), 0.1);
        keeps(col("s").is_not_null().and(equal), 0.09);
    }

    #[test]
    fn values_of_a_list_are_counted() {
        let among = |values: std::ops::Range<i64>| {
            col("a").is_in(lit(Series::from_iter(values)).implode(true), false)
        };
        keeps(among(0..2), 0.2);
        keeps(among(0..50), 0.5);
    }
}
