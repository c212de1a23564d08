//! Says in a sentence where the types in an expression do not go together: the smallest part of it that fails, and the
//! columns that it fails for. Which errors are worth it is left to `call`.

use fram_frame::{RunError, check_types};
use polars::error::PolarsError;
use polars::prelude::{DataFrame, DataType, Expr, FunctionExpr, IntoLazy, LiteralValue, PlIndexSet, Schema};

use crate::fault::Fault;

/// The first mistake of types in these expressions over these columns.
pub(crate) fn fault(expressions: &[Expr], schema: &Schema) -> Option<Fault> {
    expressions.iter().find_map(|expression| {
        // Parts stand behind the whole that they are in.
        let mut parts: Vec<&Expr> = expression.into_iter().collect();
        parts.reverse();
        let failing = parts.into_iter().find(|part| stands_alone(part) && fails(part, schema))?;
        match narrowed(failing, schema) {
            // The column is not named in the cell: nothing to point at.
            Some(alone) => sentence(&alone, schema).map(|fault| Fault { about: None, ..fault }),
            None => sentence(failing, schema),
        }
    })
}

/// Whether a part means something without what is around it.
fn stands_alone(part: &Expr) -> bool {
    let hangs = |inner: &Expr| matches!(inner, Expr::Element | Expr::Field(_));
    let is_leaf = matches!(part, Expr::Column(_) | Expr::Literal(_) | Expr::Len | Expr::Selector(_));
    !is_leaf && !part.into_iter().any(hangs)
}

fn fails(part: &Expr, schema: &Schema) -> bool {
    let mut lazy = DataFrame::empty_with_schema(schema).lazy().select([part.clone().alias("part")]);
    let planned = lazy.collect_schema().map(drop).map_err(RunError::from);
    let outcome = planned.and_then(|()| check_types(schema, |lazy| lazy.select([part.clone()])));
    matches!(outcome, Err(RunError::Polars(error)) if is_of_types(&error))
}

fn is_of_types(error: &PolarsError) -> bool {
    match error {
        PolarsError::Context { error, .. } | PolarsError::ExprContext { error, .. } => is_of_types(error),
        PolarsError::SchemaMismatch(_) | PolarsError::InvalidOperation(_) | PolarsError::ComputeError(_) => {
            true
        }
        _ => false,
    }
}

/// A part that fails for a selection of columns, for the one of them that it fails for.
fn narrowed(part: &Expr, schema: &Schema) -> Option<Expr> {
    let selector = part.into_iter().find_map(|inner| match inner {
        Expr::Selector(selector) => Some(selector.clone()),
        _ => None,
    });
    let columns = selector.and_then(|selector| selector.into_columns(schema, &PlIndexSet::default()).ok());
    let of = |name: &polars::prelude::PlSmallStr| {
        part.clone().map_expr(|inner| match inner {
            Expr::Selector(_) => Expr::Column(name.clone()),
            other => other,
        })
    };
    let mut alone = columns.iter().flatten().map(of);
    alone.find(|alone| fails(alone, schema))
}

fn sentence(part: &Expr, schema: &Schema) -> Option<Fault> {
    let inputs: Vec<&Expr> = match part {
        Expr::BinaryExpr { left, right, .. } => vec![left, right],
        Expr::Function { input, .. } => input.iter().collect(),
        Expr::Agg(_) => part.into_iter().nth(1).into_iter().collect(),
        _ => return None,
    };
    let fault = match (part, space(part, inputs.first().and_then(|input| kind(input, schema)).as_ref())) {
        (_, Some(space)) => {
            let what = described(inputs.first()?, schema);
            mistake(format!("`.{}` is for {}, not for {what}", space.name, space.wanted)).hint(space.hint)
        }
        (Expr::BinaryExpr { op, .. }, None) => {
            mistake(format!("`{op}` cannot be used with {}", all_described(&inputs, schema)))
                .hint("`.cast(…)` makes one type of the other")
        }
        (_, None) => mistake(format!(
            "`{}` cannot be used with {}",
            operation(part, inputs.first()?),
            all_described(&inputs, schema)
        )),
    };
    let column = inputs.iter().find_map(|input| match input {
        Expr::Column(name) => Some(name.to_string()),
        _ => None,
    });
    Some(match column {
        Some(name) => fault.at(name),
        None => fault,
    })
}

fn mistake(message: String) -> Fault {
    Fault::new("TypeMismatch", message)
}

/// A namespace, and what it is for.
struct Space {
    name: &'static str,
    wanted: &'static str,
    hint: &'static str,
    holds: fn(&DataType) -> bool,
}

/// The namespace of a part, where its values are not of the namespace's types.
fn space(part: &Expr, kind: Option<&DataType>) -> Option<&'static Space> {
    const fn of(
        name: &'static str,
        wanted: &'static str,
        hint: &'static str,
        holds: fn(&DataType) -> bool,
    ) -> Space {
        Space { name, wanted, hint, holds }
    }
    static STRINGS: Space =
        of("str", "strings", "`.cast(String)` makes strings of other values", DataType::is_string);
    static DATES: Space = of(
        "dt",
        "days, moments and lengths of time",
        "`.str.to_datetime()` reads moments from strings, `from_epoch` makes them of numbers",
        DataType::is_temporal,
    );
    static LISTS: Space = of(
        "list",
        "lists",
        "`.arr` is for arrays, `.struct` for structs, `.str` for strings",
        DataType::is_list,
    );
    static ARRAYS: Space = of(
        "arr",
        "arrays",
        "`.list` is for lists; `.list.to_array(2)` makes arrays of them",
        DataType::is_array,
    );
    static STRUCTS: Space = of("struct", "structs", "`struct(…)` makes one of columns", DataType::is_struct);
    static BYTES: Space = of(
        "bin",
        "bytes",
        "`.cast(Binary)` makes bytes of strings; `.str` is for strings",
        DataType::is_binary,
    );
    static CATEGORIES: Space = of(
        "cat",
        "categories",
        "`.cast(Categorical)` makes them of strings; `.str` is for strings",
        |kind| matches!(kind, DataType::Categorical(..) | DataType::Enum(..)),
    );
    let Expr::Function { function, .. } = part else { return None };
    let space = match function {
        FunctionExpr::StringExpr(_) => &STRINGS,
        FunctionExpr::TemporalExpr(_) | FunctionExpr::Business(_) => &DATES,
        FunctionExpr::ListExpr(_) => &LISTS,
        FunctionExpr::ArrayExpr(_) => &ARRAYS,
        FunctionExpr::StructExpr(_) => &STRUCTS,
        FunctionExpr::BinaryExpr(_) => &BYTES,
        FunctionExpr::Categorical(_) => &CATEGORIES,
        _ => return None,
    };
    kind.is_some_and(|kind| !(space.holds)(kind)).then_some(space)
}

/// What a part does, by the name that Polars writes behind its input.
fn operation(part: &Expr, input: &Expr) -> String {
    let text = part.to_string();
    let behind =
        text.strip_prefix(&input.to_string()).map_or(text.as_str(), |rest| rest.trim_start_matches('.'));
    behind.split('(').next().unwrap_or(behind).to_owned()
}

fn all_described(inputs: &[&Expr], schema: &Schema) -> String {
    match inputs {
        [only] => described(only, schema),
        several => {
            let each =
                several.iter().map(|input| described(input, schema).replace(", which is ", " of type "));
            each.collect::<Vec<_>>().join(" and ")
        }
    }
}

/// An input with its type.
fn described(input: &Expr, schema: &Schema) -> String {
    match (input, kind(input, schema)) {
        (Expr::Column(name), Some(kind)) => format!("column `{name}`, which is {kind}"),
        (Expr::Literal(LiteralValue::Dyn(_)), _) => "a number".to_owned(),
        (Expr::Literal(LiteralValue::Scalar(scalar)), _) if scalar.dtype().is_string() => {
            "a string".to_owned()
        }
        (Expr::Literal(_), Some(kind)) => format!("a value of type {kind}"),
        (other, Some(kind)) => format!("`{other}`, which is {kind}"),
        (other, None) => format!("`{other}`"),
    }
}

fn kind(input: &Expr, schema: &Schema) -> Option<DataType> {
    let mut lazy = DataFrame::empty_with_schema(schema).lazy().select([input.clone()]);
    let found = lazy.collect_schema().ok()?;
    found.get_at_index(0).map(|(_, kind)| kind.clone())
}
