//! `when(…).then(…).otherwise(…)`: a value by a condition.

use polars::prelude::Expr;

use crate::call::Call;
use crate::fault::Fault;
use crate::literal;
use crate::registry::Kind::{Column, Value as Val};
use crate::registry::Type::{Cell, Expression, Then, When};
use crate::registry::{Parameter, Verb, required, some_rest, verb};
use crate::value::{Branches, Value};

const CONDITIONS: &[Parameter] = &[some_rest("conditions", Column, "When these hold; all must.")];
const VALUE: &[Parameter] = &[required("value", Val, "A value or an expression.")];

pub(super) const VERBS: &[Verb] = &[
    verb(Cell, "when", When, "Chooses by a condition: `when(…).then(…).otherwise(…)`.", when)
        .takes(CONDITIONS)
        .examples(&[
            "frame(#{ a: [1, 5] })\n    \
             .with_columns(when(col(\"a\") > 3).then(lit(\"big\")).otherwise(lit(\"small\")).alias(\"size\"))",
            of!("a: [1, 5, 9]", "when(col(\"a\") > 3, col(\"a\") < 7).then(lit(1))"),
        ]),
    verb(When, "then", Then, "The value where the condition holds.", then).takes(VALUE),
    verb(Then, "when", When, "A further condition, for where none has held yet.", when).takes(CONDITIONS),
    verb(Then, "otherwise", Expression, "The value where no condition holds.", |c| {
        Ok(Value::expression(literal::otherwise(&c.branches()?, branch(c)?)))
    })
    .takes(VALUE),
];

fn when(call: &Call<'_>) -> Result<Value, Fault> {
    let done = match call.receiver() {
        Value::Branches(branches) => branches.done.clone(),
        _ => Vec::new(),
    };
    let waiting = call.columns("conditions")?.into_iter().reduce(Expr::and);
    Ok(Value::Branches(Box::new(Branches { done, waiting })))
}

fn then(call: &Call<'_>) -> Result<Value, Fault> {
    let Branches { mut done, waiting } = call.branches()?;
    let condition = waiting.ok_or_else(|| Fault::argument("`then` follows `when(…)`"))?;
    done.push((condition, branch(call)?));
    Ok(Value::Branches(Box::new(Branches { done, waiting: None })))
}

/// A value of a branch; a string is that string.
fn branch(call: &Call<'_>) -> Result<Expr, Fault> {
    match call.any("value") {
        Some(Value::Text(text)) => Ok(literal::bare_text(text)),
        _ => call.value("value"),
    }
}
