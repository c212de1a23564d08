//! Closures of the script inside expressions: called for each value, for each window, for a whole column, or once for
//! the expression itself.

use std::sync::Arc;

use polars::error::PolarsError;
use polars::prelude::{
    Column, DataType as PolarsType, Expr, Field, PlanCallback, RollingOptionsFixedWindow, Series,
};

use super::rolling::{self, CENTER, LEAST, WEIGHTS, WINDOW};
use crate::call::Call;
use crate::fault::Fault;
use crate::registry::Kind::{Any, Boolean, DataType, Function};
use crate::registry::Type::{Any as A, Expression as E};
use crate::registry::{Parameter, Verb, absent, optional, required, rest, verb};
use crate::row_function::{RowFunction, Rows};
use crate::value::Value;

const RETURNS: Parameter =
    absent("return_dtype", DataType, "The type of what it gives; found by trying it by default.");

pub(super) const VERBS: &[Verb] = &[
    verb(E, "map_elements", E, "What a closure makes of each value; expressions are far quicker.", map_elements)
        .takes(&[
            required("function", Function, "The closure; called once for each value."),
            RETURNS,
            optional("skip_nulls", Boolean, "true", "Nulls stay null, without the closure."),
        ])
        .examples(&[
            on!("a: [1, 2, ()]", "map_elements(|x| x * 10)"),
            on!("a: [\"cmd.exe\", \"x\"]", "map_elements(|x| x.len() > 3, Boolean)"),
        ]),
    verb(E, "map_batches", E, "What a closure makes of a column, or of a group's part of it.", map_batches)
        .takes(&[
            required("function", Function, "The closure, from an array of values to another."),
            RETURNS,
            optional("is_elementwise", Boolean, "false", "Each value depends on its own row alone."),
            optional("returns_scalar", Boolean, "false", "The closure gives one value, not an array."),
        ])
        .examples(&[
            on!("a: [3, 1, 2]", "map_batches(|values| values.map(|x| x * 10))"),
            "frame(#{ k: [\"a\", \"a\", \"b\"], v: [1, 2, 3] }).group_by(\"k\")\n    \
             .agg(col(\"v\").map_batches(|values| values.len(), Int64, #{ returns_scalar: true })).sort(\"k\")",
        ]),
    verb(E, "rolling_map", E, "What a closure makes of the last rows; other verbs are far quicker.", rolling_map)
        .takes(&[
            required("function", Function, "The closure, from a window's values to one."),
            WINDOW,
            WEIGHTS,
            LEAST,
            CENTER,
        ])
        .examples(&[on!("a: [1, 2, 4, 8]", "rolling_map(|values| values[0] + values[1], 2)")]),
    verb(E, "pipe", A, "What a closure makes of the expression itself, before anything runs.", |c| {
        let mut arguments = vec![Value::expression(c.expr()?)];
        arguments.extend(c.rest());
        c.function("function")?.call(arguments)
    })
    .takes(&[required("function", Function, "The closure."), rest("args", Any, "Further arguments of the closure.")])
    .examples(&[on!("a: [1, 2]", "pipe(|e, n| e * n, 10)")]),
];

/// A fault as Polars' error; `polars_words` makes the same fault of it again.
pub(super) fn raise(fault: Fault) -> PolarsError {
    PolarsError::IO { error: Arc::new(std::io::Error::other(fault)), msg: None }
}

fn returns(call: &Call<'_>) -> Result<Option<PolarsType>, Fault> {
    if call.has("return_dtype") { call.data_type("return_dtype").map(Some) } else { Ok(None) }
}

fn mapped(call: &Call<'_>, function: RowFunction, rows: Rows) -> Result<Value, Fault> {
    let function = Arc::new(function);
    let types = function.clone();
    let run = move |column: Column| function.run(&column).map_err(raise);
    let field = move |_: &polars::prelude::Schema, field: &Field| types.field(field).map_err(raise);
    let name = call.verb.name;
    call.map(|e| match rows {
        Rows::Each | Rows::Pieces => e.map_with_fmt_str(run, field, name),
        Rows::One => e.agg_with_fmt_str(run, field, name),
        Rows::All => e.apply_with_fmt_str(run, field, name),
    })
}

fn map_elements(call: &Call<'_>) -> Result<Value, Fault> {
    let function = RowFunction::new(call, Rows::Each, returns(call)?, call.boolean("skip_nulls")?)?;
    mapped(call, function, Rows::Each)
}

fn map_batches(call: &Call<'_>) -> Result<Value, Fault> {
    let rows = match (call.boolean("is_elementwise")?, call.boolean("returns_scalar")?) {
        (true, true) => {
            return Err(Fault::argument("`is_elementwise` and `returns_scalar` exclude each other"));
        }
        (true, false) => Rows::Pieces,
        (false, true) => Rows::One,
        (false, false) => Rows::All,
    };
    let function = RowFunction::new(call, rows, returns(call)?, false)?;
    mapped(call, function, rows)
}

fn rolling_map(call: &Call<'_>) -> Result<Value, Fault> {
    let options: RollingOptionsFixedWindow = rolling::options(call, None)?;
    let function = RowFunction::new(call, Rows::One, None, false)?;
    let callback = PlanCallback::new(move |window: Series| {
        let kind = window.dtype().clone();
        function.of_window(window, &kind).map_err(raise)
    });
    call.map(|e: Expr| e.rolling_map(callback, options))
}
