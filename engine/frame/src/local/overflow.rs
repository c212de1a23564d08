//! Makes integers that do not fit their type an error, where Polars would wrap them: the arithmetic of an optimised
//! plan is put under guard, each of its expressions by `expression`. The guards themselves are in `guard`.

mod expression;
mod functions;
mod guard;
mod span;

use std::collections::HashSet;
use std::sync::Arc;

use polars::prelude::{PolarsResult, SchemaRef, polars_bail};
use polars_plan::plans::expr_ir::ExprIR;
use polars_plan::plans::{IR, IRPlan};
use polars_plan::prelude::Arena;

use expression::{Guards, Mask};

/// How deep guards may lie in each other: the engine's threads have small stacks, and evaluate one inside the other.
const DEEPEST: usize = 150;

/// Puts every operation on integers in the plan under guard. Called last: the optimiser does not look into guards.
pub(super) fn guard_integers(plan: &mut IRPlan) -> PolarsResult<()> {
    let mut waiting = vec![plan.lp_top];
    let mut seen = HashSet::new();
    while let Some(node) = waiting.pop() {
        if !seen.insert(node) {
            continue;
        }
        let step = plan.lp_arena.get(node);
        step.copy_inputs(&mut waiting);
        let mut expressions: Vec<ExprIR> = step.exprs().cloned().collect();
        if expressions.is_empty() {
            continue;
        }
        let is_named = matches!(step, IR::Select { .. } | IR::HStack { .. } | IR::GroupBy { .. });
        let schema = input_schema(step, &plan.lp_arena);
        let mut is_changed = false;
        for expression in &mut expressions {
            let column = is_named.then(|| expression.output_name().clone());
            let mut guards = Guards::new(&mut plan.expr_arena, &schema, column);
            let guarded = guards.guarded(expression.node(), Mask::Always);
            is_changed |= guarded != expression.node();
            if guards.deepest > DEEPEST {
                polars_bail!(InvalidOperation: "integer arithmetic nests more than {DEEPEST} deep; `sum_horizontal(…)` adds many columns at once, and `.cast(Float64)` first needs no checks");
            }
            expression.set_node(guarded);
        }
        if is_changed {
            let step = plan.lp_arena.get(node).clone().with_exprs(expressions);
            plan.lp_arena.replace(node, step);
        }
    }
    Ok(())
}

/// The columns that a step's expressions may name.
fn input_schema(step: &IR, steps: &Arena<IR>) -> SchemaRef {
    let mut schemas = step.inputs().map(|input| steps.get(input).schema(steps).into_owned());
    let Some(mut schema) = schemas.next() else {
        return step.input_schema(steps).unwrap_or_else(|| step.schema(steps)).into_owned();
    };
    for other in schemas {
        for (name, dtype) in other.iter().filter(|(name, _)| !schema.contains(name)).collect::<Vec<_>>() {
            Arc::make_mut(&mut schema).insert(name.clone(), dtype.clone());
        }
    }
    schema
}
