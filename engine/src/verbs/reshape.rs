//! Frames in another shape: lists and structs taken apart, columns as rows and rows as columns.

use std::sync::Arc;

use fram_frame::Frame;
use polars::frame::PivotColumnNaming;
use polars::prelude::{
    DataFrame, DataFrameOps, ExplodeOptions, Expr, SortMultipleOptions, UniqueKeepStrategy, UnpivotArgsDSL,
    col, element,
};

use super::columns::named;
use crate::call::Call;
use crate::fault::Fault;
use crate::registry::Kind::{self, Boolean, Column, Text, Texts};
use crate::registry::Type::{Frame as F, List as L};
use crate::registry::{Verb, absent, optional, required, rest, some_rest, verb};
use crate::value::Value;

pub(super) const VERBS: &[Verb] = &[
    verb(F, "explode", F, "One row for each element of lists.", |call| {
        let columns = call.names("columns")?;
        check_lists(call, &columns)?;
        let options = ExplodeOptions { empty_as_null: call.boolean("empty_as_null")?, keep_nulls: call.boolean("keep_nulls")? };
        call.plan(|lazy| lazy.explode(named(columns), options))
    })
    .takes(&[
        some_rest("columns", Column, "Columns of lists, of equal lengths in each row."),
        optional("empty_as_null", Boolean, "true", "An empty list becomes a row with null, else none."),
        optional("keep_nulls", Boolean, "true", "A null becomes a row with null, else none."),
    ])
    .examples(&["frame(#{ id: [1, 2], tags: [[\"a\", \"b\"], [\"c\"]] }).explode(\"tags\")"]),
    verb(F, "unnest", F, "One column for each field of structs.", unnest)
        .takes(&[
            rest("columns", Column, "Columns of structs; all of them where none is given."),
            absent("separator", Text, "Names become the struct's, this, and the field's."),
        ])
        .examples(&["frame(#{ id: [1], user: [#{ name: \"Ann\", age: 30 }] }).unnest(\"user\")"]),
    verb(F, "unpivot", F, "One row for each value of some columns.", |call| unpivot(call, "on", "index"))
        .takes(&[
            absent("on", Column, "Columns whose values become rows; else all but `index`."),
            absent("index", Column, "Columns that are repeated beside each value."),
            optional("variable_name", Text, "variable", "The name of the column of names."),
            optional("value_name", Text, "value", "The name of the column of values."),
        ])
        .examples(&["frame(#{ id: [1, 2], x: [3, 4], y: [5, 6] }).unpivot(#{ index: \"id\" })"]),
    verb(F, "melt", F, "One row for each value of some columns; `unpivot` by its old name.", |call| unpivot(call, "value_vars", "id_vars")).takes(&[
        absent("id_vars", Column, "Columns that are repeated beside each value."),
        absent("value_vars", Column, "Columns whose values become rows; else all others."),
        optional("variable_name", Text, "variable", "The name of the column of names."),
        optional("value_name", Text, "value", "The name of the column of values."),
    ]),
    verb(F, "pivot", F, "One column for each value of a column; the frame runs once to find them, unless they are given.", pivot)
        .takes(&[
            required("on", Column, "Columns whose values become columns."),
            absent("on_columns", Kind::Value, "Those values, as an array; else all, in the order of their first rows."),
            absent("index", Column, "Columns of which each combination becomes a row; else all that are left."),
            absent("values", Column, "Columns whose values fill the new columns; else all that are left."),
            absent("aggregate_function", Text, "first, last, sum, max, min, mean, median, len or item; needed where several rows meet."),
            optional("maintain_order", Boolean, "true", "Rows come in the order of their first rows."),
            optional("sort_columns", Boolean, "false", "New columns come in the order of the values."),
            optional("separator", Text, "_", "What stands in names of several parts."),
        ])
        .examples(&["frame(#{ host: [\"a\", \"a\", \"b\"], day: [\"mo\", \"tu\", \"mo\"], n: [1, 2, 3] }).pivot(\"day\", #{ index: \"host\", values: \"n\" })"]),
    verb(F, "transpose", F, "Runs the frame; its rows become columns.", transpose)
        .takes(&[
            optional("include_header", Boolean, "false", "The names become the first column."),
            optional("header_name", Text, "column", "The name of that column."),
            absent("column_names", Texts, "Names of the new columns, or one column that holds them."),
        ])
        .examples(&["frame(#{ a: [1, 2], b: [3, 4] }).transpose(#{ include_header: true })"]),
    verb(F, "to_dummies", F, "Runs the frame; one column of 0 and 1 for each value.", |call| {
        let (columns, separator) = (call.names("columns")?, call.text("separator")?);
        let (drop_first, drop_nulls) = (call.boolean("drop_first")?, call.boolean("drop_nulls")?);
        let data = call.data()?;
        let dummies = if columns.is_empty() {
            data.to_dummies(Some(&separator), drop_first, drop_nulls)?
        } else {
            data.columns_to_dummies(columns.iter().map(String::as_str).collect(), Some(&separator), drop_first, drop_nulls)?
        };
        Ok(Value::Frame(Frame::from_data(dummies)))
    })
    .takes(&[
        absent("columns", Column, "Columns to replace; else all."),
        optional("separator", Text, "_", "What stands between a column's name and the value."),
        optional("drop_first", Boolean, "false", "No column for a column's first value."),
        optional("drop_nulls", Boolean, "false", "No column for nulls."),
    ])
    .examples(&["frame(#{ a: [\"x\", \"y\", \"x\"] }).to_dummies()"]),
    verb(F, "partition_by", L, "Runs the frame; an array of frames, one for each combination of keys.", |call| {
        let keys = call.names("by")?;
        let (stable, keep) = (call.boolean("maintain_order")?, call.boolean("include_key")?);
        let data = call.data()?;
        let parts = if stable { data.partition_by_stable(keys, keep)? } else { data.partition_by(keys, keep)? };
        Ok(Value::List(parts.into_iter().map(|part| Value::Frame(Frame::from_data(part))).collect()))
    })
    .takes(&[
        some_rest("by", Column, "The keys."),
        optional("maintain_order", Boolean, "true", "Parts come in the order of their first rows."),
        optional("include_key", Boolean, "true", "The keys stay in the parts."),
    ])
    .examples(&["frame(#{ k: [\"a\", \"b\", \"a\"], v: [1, 2, 3] }).partition_by(\"k\")[0]"]),
];

fn check_lists(call: &Call<'_>, columns: &[String]) -> Result<(), Fault> {
    let schema = call.frame()?.schema();
    let other = columns
        .iter()
        .find_map(|name| Some((name, schema.get(name).filter(|kind| !kind.is_list() && !kind.is_array())?)));
    match other {
        None => Ok(()),
        Some((name, kind)) => {
            Err(Fault::new("TypeError", format!("column `{name}` holds {kind}, not lists")).at(name.clone()))
        }
    }
}

fn unnest(call: &Call<'_>) -> Result<Value, Fault> {
    let mut columns = call.names("columns")?;
    let separator = call.maybe_text("separator")?;
    if columns.is_empty() {
        let schema = call.frame()?.schema();
        columns =
            schema.iter().filter(|(_, kind)| kind.is_struct()).map(|(name, _)| name.to_string()).collect();
    }
    call.plan(|lazy| lazy.unnest(named(columns), separator.map(Into::into)))
}

fn unpivot(call: &Call<'_>, on: &str, index: &str) -> Result<Value, Fault> {
    let on_names = call.names(on)?;
    let arguments = UnpivotArgsDSL {
        on: call.has(on).then(|| named(on_names)),
        index: named(call.names(index)?),
        variable_name: Some(call.text("variable_name")?.into()),
        value_name: Some(call.text("value_name")?.into()),
    };
    call.plan(|lazy| lazy.unpivot(arguments))
}

fn pivot(call: &Call<'_>) -> Result<Value, Fault> {
    let on = call.names("on")?;
    let (mut index, mut values) = (call.names("index")?, call.names("values")?);
    if index.is_empty() && values.is_empty() {
        return Err(Fault::argument("`pivot` needs `index`, `values` or both")
            .hint("as `pivot(\"day\", #{ index: \"host\", values: \"n\" })`"));
    }
    let schema = call.frame()?.schema().clone();
    let left = |given: &[String]| -> Vec<String> {
        schema
            .iter_names()
            .map(ToString::to_string)
            .filter(|name| !on.contains(name) && !given.contains(name))
            .collect()
    };
    if index.is_empty() {
        index = left(&values);
    } else if values.is_empty() {
        values = left(&index);
    }
    let aggregation = aggregation(call)?;
    let new_columns = new_columns(call, &on)?;
    let stable = call.boolean("maintain_order")?;
    let separator = call.text("separator")?;
    call.plan(|lazy| {
        lazy.pivot(
            named(on),
            Arc::new(new_columns),
            named(index),
            named(values),
            aggregation,
            stable,
            separator.into(),
            PivotColumnNaming::Auto,
        )
    })
}

fn aggregation(call: &Call<'_>) -> Result<Expr, Fault> {
    match call.any("aggregate_function") {
        None => Ok(element().item(true)),
        Some(Value::Expression(expression)) => Ok((**expression).clone()),
        Some(_) => {
            let words = &["first", "last", "sum", "max", "min", "mean", "median", "len", "item"];
            Ok(match call.word("aggregate_function", words)? {
                "first" => element().first(),
                "last" => element().last(),
                "sum" => element().sum(),
                "max" => element().max(),
                "min" => element().min(),
                "mean" => element().mean(),
                "median" => element().median(),
                "len" => element().len(),
                _ => element().item(true),
            })
        }
    }
}

/// The values that become columns.
fn new_columns(call: &Call<'_>, on: &[String]) -> Result<DataFrame, Fault> {
    let name = on.first().map(String::as_str).unwrap_or_default();
    if call.has("on_columns") {
        let series = crate::column_of::series(name, &call.values("on_columns"))?;
        let kind = call.frame()?.schema().get(name).cloned().unwrap_or_else(|| series.dtype().clone());
        return Ok(series.strict_cast(&kind)?.into_frame());
    }
    let keys: Vec<Expr> = on.iter().map(|name| col(name.as_str())).collect();
    let mut lazy = call.lazy()?.select(&keys).unique_stable(None, UniqueKeepStrategy::First);
    if call.boolean("sort_columns")? {
        lazy = lazy.sort_by_exprs(keys, SortMultipleOptions::default());
    }
    call.run_plan(lazy)
}

fn transpose(call: &Call<'_>) -> Result<Value, Fault> {
    let header = if call.boolean("include_header")? { Some(call.text("header_name")?) } else { None };
    let mut data = call.data()?;
    let names = call.texts("column_names")?;
    let names = match names.as_slice() {
        [] => None,
        [one] if data.column(one).is_ok() => {
            let column = data.drop_in_place(one)?.cast(&polars::prelude::DataType::String)?;
            Some(column.str()?.iter().map(|name| name.unwrap_or("null").to_owned()).collect::<Vec<_>>())
        }
        _ => Some(names),
    };
    let mut turned = data.transpose(header.as_deref(), None)?;
    if let Some(names) = names {
        let rows = data.height();
        if names.len() != rows {
            return Err(call.out_of_range(
                "column_names",
                &format!("{rows} names, one for each row, not {}", names.len()),
            ));
        }
        turned.set_column_names(&header.into_iter().chain(names).collect::<Vec<_>>())?;
    }
    Ok(Value::Frame(Frame::from_data(turned)))
}
