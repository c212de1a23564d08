//! Several columns as one: structs, strings, lists, arrays; and how two of them go together.

use polars::prelude::{
    RollingCovOptions, arg_sort_by, arg_where, as_list, as_struct, concat_arr, concat_list, concat_str, cov,
    format_str, pearson_corr, rolling_corr, rolling_cov, spearman_rank_corr,
};

use super::aggregates::DDOF;
use super::order::by_options;
use crate::call::Call;
use crate::datatype;
use crate::fault::Fault;
use crate::registry::Kind::{Boolean, Booleans, Column, Integer, NamedColumn, Schema, Text};
use crate::registry::Type::{Cell, Expression as E};
use crate::registry::{Parameter, Verb, absent, optional, required, rest, some_rest, verb};
use crate::value::Value;

const COLUMNS: Parameter = some_rest("exprs", Column, "Columns or expressions.");
const A: Parameter = required("a", Column, "The one column.");
const B: Parameter = required("b", Column, "The other column.");
const WINDOW: &[Parameter] = &[
    A,
    B,
    required("window_size", Integer, "Rows in a window."),
    absent("min_samples", Integer, "Rows below which the result is null; all of the window by default."),
    DDOF,
];

pub(super) const VERBS: &[Verb] = &[
    verb(Cell, "struct", E, "Several columns as one struct.", structure)
        .takes(&[
            some_rest("exprs", NamedColumn, "The fields; an object map names them."),
            absent("schema", Schema, "Names and types that the fields get."),
        ])
        .examples(&[
            of!("a: [1], b: [2]", "struct(\"a\", \"b\").alias(\"both\")"),
            of!(
                "a: [1], b: [2]",
                "struct([\"a\", (col(\"b\") * 2).alias(\"c\")], #{ schema: #{ a: Int8, c: Int16 } })"
            ),
        ]),
    verb(Cell, "concat_str", E, "Columns written one behind the other.", |c| {
        let (separator, ignore_nulls) = (c.text("separator")?, c.boolean("ignore_nulls")?);
        Ok(Value::expression(concat_str(c.columns("exprs")?, &separator, ignore_nulls)))
    })
    .takes(&[
        some_rest("exprs", Column, "Columns; other types are written as text."),
        optional("separator", Text, "", "Between two columns."),
        optional("ignore_nulls", Boolean, "false", "Nulls are left out; else one null makes the whole null."),
    ])
    .examples(&[
        of!("a: [\"x\", ()], b: [1, 2]", "concat_str(\"a\", \"b\", #{ separator: \"-\" })"),
        of!("a: [\"x\", ()], b: [1, 2]", "concat_str([\"a\", \"b\"], #{ ignore_nulls: true })"),
    ]),
    verb(Cell, "format", E, "Columns put into a text.", |c| {
        Ok(Value::expression(format_str(&c.text("f_string")?, &c.columns("args")?)?))
    })
    .takes(&[
        required("f_string", Text, "The text; `{}` stands for the next column, `{name}` for that column."),
        rest("args", Column, "Columns for each `{}`."),
    ])
    .examples(&[of!("a: [\"x\", \"y\"], b: [1, 2]", "format(\"{} = {}!\", \"a\", col(\"b\") * 2)")]),
    verb(Cell, "concat_list", E, "Columns, or lists, one behind the other as lists.", |c| {
        Ok(Value::expression(concat_list(c.columns("exprs")?)?))
    })
    .takes(&[COLUMNS])
    .examples(&[of!("a: [[1], [2]], b: [3, 4]", "concat_list(\"a\", \"b\")")]),
    verb(Cell, "list", E, "Columns as the elements of lists, lists too.", |c| {
        Ok(Value::expression(as_list(c.columns("exprs")?)?))
    })
    .takes(&[COLUMNS])
    .examples(&[of!("a: [[1], [2]], b: [[3], []]", "list(\"a\", \"b\")")]),
    verb(Cell, "concat_arr", E, "Columns, or arrays, one behind the other as arrays.", |c| {
        Ok(Value::expression(concat_arr(c.columns("exprs")?)?))
    })
    .takes(&[COLUMNS])
    .examples(&[of!("a: [1, 2], b: [3, 4]", "concat_arr(\"a\", \"b\")")]),
    verb(Cell, "arctan2", E, "The angle of a point, in radians.", |c| {
        Ok(Value::expression(c.column("y")?.arctan2(c.column("x")?)))
    })
    .takes(&[required("y", Column, "Its height."), required("x", Column, "Its distance to the right.")])
    .examples(&[of!("y: [1.0, -1.0], x: [1.0, 0.0]", "arctan2(\"y\", \"x\")")]),
    verb(Cell, "corr", E, "How far two columns go together, from -1 to 1.", |c| {
        let (a, b) = (c.operand("a")?, c.operand("b")?);
        let nans = c.boolean("propagate_nans")?;
        Ok(Value::expression(match c.word("method", &["pearson", "spearman"])? {
            "spearman" => spearman_rank_corr(a, b, nans),
            _ => pearson_corr(a, b),
        }))
    })
    .takes(&[
        A,
        B,
        optional("method", Text, "pearson", "pearson for the values, spearman for their ranks."),
        optional(
            "propagate_nans",
            Boolean,
            "false",
            "Of ranks: NaN makes the result NaN; else it is the greatest value.",
        ),
    ])
    .examples(&[
        of!("a: [1, 2, 3], b: [2, 4, 7]", "corr(\"a\", \"b\")"),
        of!("a: [1, 2, 3], b: [2, 4, 7]", "corr(\"a\", \"b\", #{ method: \"spearman\" })"),
    ]),
    verb(Cell, "cov", E, "The covariance of two columns.", |c| {
        Ok(Value::expression(cov(c.operand("a")?, c.operand("b")?, c.ddof()?)))
    })
    .takes(&[A, B, DDOF])
    .examples(&[of!("a: [1, 2, 3], b: [2, 4, 7]", "cov(\"a\", \"b\")")]),
    verb(Cell, "rolling_corr", E, "How far two columns go together in the last rows.", |c| {
        Ok(Value::expression(rolling_corr(c.operand("a")?, c.operand("b")?, window(c)?)))
    })
    .takes(WINDOW)
    .examples(&[of!("a: [1, 2, 3, 5], b: [2, 4, 7, 6]", "rolling_corr(\"a\", \"b\", #{ window_size: 3 })")]),
    verb(Cell, "rolling_cov", E, "The covariance of two columns in the last rows.", |c| {
        Ok(Value::expression(rolling_cov(c.operand("a")?, c.operand("b")?, window(c)?)))
    })
    .takes(WINDOW)
    .examples(&[of!("a: [1, 2, 3, 5], b: [2, 4, 7, 6]", "rolling_cov(\"a\", \"b\", #{ window_size: 3 })")]),
    verb(Cell, "arg_sort_by", E, "The places that put rows in the order of columns, from 0.", |c| {
        let by = c.columns("exprs")?;
        let options = by_options(c, by.len())?;
        Ok(Value::expression(arg_sort_by(by, options)))
    })
    .takes(&[
        COLUMNS,
        optional("descending", Booleans, "false", "Greatest first, once or for each column."),
        optional("nulls_last", Booleans, "false", "Nulls at the end, once or for each column."),
        optional("maintain_order", Boolean, "false", "Equal rows stay in their order."),
    ])
    .examples(&[of!("a: [2, 1, 2], b: [3, 2, 1]", "arg_sort_by(\"a\", \"b\")")]),
    verb(Cell, "arg_where", E, "The places of the rows for which a condition holds, from 0.", |c| {
        Ok(Value::expression(arg_where(c.column("condition")?)))
    })
    .takes(&[required("condition", Column, "The condition.")])
    .examples(&[of!("a: [1, 5, 9]", "arg_where(col(\"a\") > 3)")]),
];

fn structure(call: &Call<'_>) -> Result<Value, Fault> {
    let whole = as_struct(call.columns("exprs")?);
    if !call.has("schema") {
        return Ok(Value::expression(whole));
    }
    let fields = datatype::fields(call.object("schema")?)?;
    Ok(Value::expression(whole.cast(polars::prelude::DataType::Struct(fields))))
}

fn window(call: &Call<'_>) -> Result<RollingCovOptions, Fault> {
    let window_size = call.small("window_size")?;
    let min_periods = if call.has("min_samples") { call.small("min_samples")? } else { window_size };
    Ok(RollingCovOptions { window_size, min_periods, ddof: call.ddof()? })
}
