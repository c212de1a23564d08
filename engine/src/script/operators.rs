//! Operators on expressions: with anything on either side they give an expression or an error, never a plain `false`.

use std::sync::Arc;

use polars::prelude::{Expr, NULL, Selector, lit};
use rhai::{Array, Dynamic, Engine, EvalAltResult, ImmutableString};

use super::callback::Shared;
use super::{dynamic, failure};
use crate::fault::Fault;
use crate::literal;
use crate::value::Value;

type Raised<T> = Result<T, Box<EvalAltResult>>;
type Operation = fn(Expr, Expr) -> Expr;

/// Every operator on two expressions.
const BINARY: &[(&str, Operation)] = &[
    ("==", |left, right| left.eq(right)),
    ("!=", |left, right| left.neq(right)),
    ("<", |left, right| left.lt(right)),
    ("<=", |left, right| left.lt_eq(right)),
    (">", |left, right| left.gt(right)),
    (">=", |left, right| left.gt_eq(right)),
    ("+", |left, right| left + right),
    ("-", |left, right| left - right),
    ("*", |left, right| left * right),
    ("/", |left, right| left.true_div(right)),
    ("%", |left, right| left % right),
    ("**", |left, right| left.pow(right)),
    ("&", |left, right| left.and(right)),
    ("|", |left, right| left.or(right)),
    ("^", |left, right| left.xor(right)),
    ("and", |left, right| left.logical_and(right)),
    ("or", |left, right| left.logical_or(right)),
];

/// Makes `and` and `or` operators that bind as `&` and `|` do.
pub(super) fn words(engine: &mut Engine) -> Result<(), Fault> {
    for (word, precedence) in [("and", 60), ("or", 30)] {
        engine.register_custom_operator(word, precedence).map_err(|said| Fault::new("ScriptError", said))?;
    }
    Ok(())
}

/// Registers what the operators do.
pub(super) fn register(engine: &mut Engine, shared: &Arc<Shared>) {
    engine.register_fn("and", |left: bool, right: bool| left && right);
    engine.register_fn("or", |left: bool, right: bool| left || right);
    for (sign, operation) in BINARY {
        let (sign, operation) = (*sign, *operation);
        let (left_shared, right_shared) = (shared.clone(), shared.clone());
        engine.register_fn(sign, move |left: Value, right: Dynamic| {
            let right = dynamic::to_value(&right, &left_shared).map_err(failure::raise)?;
            binary(sign, operation, &left, &right)
        });
        engine.register_fn(sign, move |left: Dynamic, right: Value| {
            let left = dynamic::to_value(&left, &right_shared).map_err(failure::raise)?;
            binary(sign, operation, &left, &right)
        });
    }
    texts_before_values(engine);
    engine.register_fn("!", |value: Value| match value {
        Value::Selector(selector) => {
            Ok(dynamic::from_value(Value::Selector(Box::new(Selector::Wildcard - *selector))))
        }
        value => unary("!", &value, Expr::not),
    });
    engine.register_fn("-", |value: Value| unary("-", &value, |expression| -expression));
    engine.register_fn("+", |value: Value| unary("+", &value, |expression| expression));
    let shared = shared.clone();
    engine.register_fn("contains", move |values: Array, value: Value| is_in(&shared, values, &value));
}

/// Rhai adds anything to a string by writing it out: not so a column.
fn texts_before_values(engine: &mut Engine) {
    fn joined(left: String, right: &Value) -> Raised<Dynamic> {
        binary("+", |left, right| left + right, &Value::Text(left), right)
    }
    engine.register_fn("+", |left: ImmutableString, right: Value| joined(left.to_string(), &right));
    engine.register_fn("+", |left: char, right: Value| joined(left.to_string(), &right));
    engine.register_fn("+", |left: Value, right: ImmutableString| {
        binary("+", |left, right| left + right, &left, &Value::Text(right.to_string()))
    });
}

fn binary(sign: &'static str, operation: Operation, left: &Value, right: &Value) -> Raised<Dynamic> {
    if let (Value::DataType(left), Value::DataType(right)) = (left, right)
        && matches!(sign, "==" | "!=")
    {
        return Ok(((left == right) == (sign == "==")).into());
    }
    check_chain(sign, left)?;
    if let Some(selector) = selected(sign, left, right) {
        return Ok(dynamic::from_value(Value::Selector(Box::new(selector))));
    }
    let expression = null_test(sign, left, right).map_or_else(
        || Ok(operation(operand(sign, left)?, operand(sign, right)?)),
        Ok::<Expr, Box<EvalAltResult>>,
    )?;
    Ok(dynamic::from_value(Value::expression(expression)))
}

/// `0 < col("a") <= 2` compares the answer of the first comparison, which nobody means.
fn check_chain(sign: &str, left: &Value) -> Raised<()> {
    let Value::Expression(expression) = left else { return Ok(()) };
    let is_order = |sign: &str| matches!(sign, "<" | "<=" | ">" | ">=");
    let is_compared = matches!(&**expression, Expr::BinaryExpr { op, .. } if is_order(&op.to_string()));
    if is_order(sign) && is_compared {
        let said = format!("`{sign}` would compare the answer of another comparison, true or false");
        let hint = "write both: `0 < col(\"a\") & col(\"a\") <= 2`, or `col(\"a\").is_between(0, 2)`";
        return Err(failure::raise(Fault::new("TypeError", said).hint(hint)));
    }
    Ok(())
}

/// Selections joined, or taken from each other; a single column stands for itself beside one.
fn selected(sign: &str, left: &Value, right: &Value) -> Option<Selector> {
    let selector = |value: &Value| match value {
        Value::Selector(selector) => Some((**selector).clone()),
        Value::Expression(column) if sign != "-" => match &**column {
            Expr::Column(name) => Some(polars::prelude::by_name([name.clone()], true, false)),
            _ => None,
        },
        _ => None,
    };
    if !matches!(left, Value::Selector(_)) && !matches!(right, Value::Selector(_)) {
        return None;
    }
    let (left, right) = (selector(left)?, selector(right)?);
    match sign {
        "&" | "and" => Some(left & right),
        "|" | "or" => Some(left | right),
        "-" => Some(left - right),
        "^" => Some(left ^ right),
        _ => None,
    }
}

/// `== ()` asks for null, `!= ()` for anything else.
fn null_test(sign: &str, left: &Value, right: &Value) -> Option<Expr> {
    let tested = match (left, right) {
        (Value::Expression(tested), Value::Nothing) | (Value::Nothing, Value::Expression(tested)) => {
            (**tested).clone()
        }
        _ => return None,
    };
    match sign {
        "==" => Some(tested.is_null()),
        "!=" => Some(tested.is_not_null()),
        _ => None,
    }
}

fn operand(sign: &str, value: &Value) -> Raised<Expr> {
    match value {
        Value::Nothing => Ok(lit(NULL)),
        Value::List(_) => Err(failure::raise(
            Fault::new("TypeError", format!("`{sign}` compares a column with one value, not with an array"))
                .hint(
                    "`col(\"x\").is_in([…])` tells whether it is one of several; `lit([…])` is a list value",
                ),
        )),
        Value::Frame(frame) => Err(failure::raise(frame_operand(sign, frame.schema().len()))),
        other => literal::expression(other).map_err(|_| {
            failure::raise(Fault::new(
                "TypeError",
                format!("`{sign}` cannot be used with {}", other.kind().article()),
            ))
        }),
    }
}

fn frame_operand(sign: &str, columns: usize) -> Fault {
    let fault = Fault::new("TypeError", format!("`{sign}` cannot be used with a frame"));
    if columns == 1 {
        fault.hint("`.item()` gives a frame's only value")
    } else {
        fault.hint("use its columns: `col(\"name\")`")
    }
}

fn unary(sign: &str, value: &Value, operation: fn(Expr) -> Expr) -> Raised<Dynamic> {
    let expression = operand(sign, value)?;
    Ok(dynamic::from_value(Value::expression(operation(expression))))
}

/// `col("a") in [1, 2]`.
fn is_in(shared: &Arc<Shared>, values: Array, value: &Value) -> Raised<Dynamic> {
    let values = dynamic::to_value(&values.into(), shared).and_then(|values| literal::expression(&values));
    let values = values.map_err(failure::raise)?;
    let tested = operand("in", value)?;
    Ok(dynamic::from_value(Value::expression(tested.is_in(values, false))))
}
