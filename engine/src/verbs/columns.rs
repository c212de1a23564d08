//! A frame's columns: their names, types, order and number.

use fram_frame::Frame;
use polars::prelude::{
    Column as PolarsColumn, DataFrame, DataType as PolarsType, LazyFrame, PlHashMap, Selector, by_name, col,
};

use crate::call::Call;
use crate::datatype;
use crate::fault::Fault;
use crate::registry::Kind::{Any, Boolean, Column, Integer, NamedColumn, Texts};
use crate::registry::Type::{Frame as F, Integer as I, List as L, Map as M, Nothing};
use crate::registry::{Verb, optional, required, some_rest, verb};
use crate::value::Value;

pub(super) const VERBS: &[Verb] = &[
    verb(F, "drop", F, "Leaves columns out.", drop_columns)
        .takes(&[
            some_rest("columns", Texts, "Names; `^…$` is a regular expression."),
            optional("strict", Boolean, "true", "A name that is not there is an error."),
        ])
        .examples(&["frame(#{ a: [1], b: [2], c: [3] }).drop(\"b\", \"c\")"]),
    verb(F, "rename", F, "Gives columns other names.", rename)
        .takes(&[
            required(
                "mapping",
                Any,
                "An object map of old and new names, or a closure from one to the other.",
            ),
            optional("strict", Boolean, "true", "A name that is not there is an error."),
        ])
        .examples(&["frame(#{ a: [1], b: [2] }).rename(#{ a: \"x\" })"]),
    verb(F, "cast", F, "Gives columns other types.", cast)
        .takes(&[
            required("dtypes", Any, "A type for all columns, or an object map of names and types."),
            optional("strict", Boolean, "true", "A value that does not fit is an error, else null."),
        ])
        .examples(&["frame(#{ a: [1, 2], b: [3, 4] }).cast(#{ a: String })"]),
    verb(F, "select_seq", F, "As `select`, one column after the other instead of all at once.", |call| {
        let columns = call.columns("columns")?;
        call.plan(|lazy| lazy.select_seq(columns))
    })
    .takes(&[some_rest(
        "columns",
        NamedColumn,
        "Names, expressions, or SQL expressions in strings; a map names them.",
    )]),
    verb(
        F,
        "with_columns_seq",
        F,
        "As `with_columns`, one column after the other instead of all at once.",
        |call| {
            let columns = call.columns("columns")?;
            call.plan(|lazy| lazy.with_columns_seq(columns))
        },
    )
    .takes(&[some_rest(
        "columns",
        NamedColumn,
        "Names, expressions, or SQL expressions in strings; a map names them.",
    )]),
    verb(F, "with_row_index", F, "Adds a first column that counts the rows.", |call| {
        let (name, offset) = (call.text("name")?, super::small(call, "offset")?);
        call.plan(|lazy| lazy.with_row_index(name, Some(offset)))
    })
    .takes(&[
        optional("name", crate::registry::Kind::Text, "index", "The column's name."),
        optional("offset", Integer, "0", "The number of the first row."),
    ])
    .examples(&["frame(#{ a: [\"x\", \"y\"] }).with_row_index()"]),
    verb(F, "columns", L, "The names of the columns.", |call| {
        Ok(Value::List(names(call)?.into_iter().map(Value::Text).collect()))
    })
    .examples(&["frame(#{ a: [1], b: [2] }).columns()"]),
    verb(F, "dtypes", L, "The types of the columns.", |call| {
        let schema = call.frame()?.schema().clone();
        Ok(Value::List(schema.iter_values().map(|kind| Value::DataType(Box::new(kind.clone()))).collect()))
    })
    .examples(&["frame(#{ a: [1], b: [\"x\"] }).dtypes()"]),
    verb(F, "schema", F, "A frame of the columns' names and types.", schema)
        .examples(&["frame(#{ a: [1], b: [\"x\"] }).schema()"]),
    verb(F, "collect_schema", F, "A frame of the columns' names and types.", schema),
    verb(F, "print_schema", Nothing, "Prints the columns and their types as a tree.", |call| {
        let fields = crate::show::fields(call.frame()?.schema());
        call.host.screen().print(&format!("{}\n", fram_display::schema_tree(&fields)));
        Ok(Value::Nothing)
    })
    .examples(&["frame(#{ a: [1], b: [#{ c: \"x\" }] }).print_schema()"]),
    verb(F, "width", I, "The number of columns.", |call| Ok(super::integer(call.frame()?.schema().len())))
        .examples(&["frame(#{ a: [1], b: [2] }).width()"]),
    verb(F, "get_column_index", I, "The place of a column, from 0.", |call| {
        let name = call.names("name")?.into_iter().next().unwrap_or_default();
        Ok(super::integer(call.frame()?.schema().index_of(&name).unwrap_or_default()))
    })
    .takes(&[required("name", Column, "The column.")])
    .examples(&["frame(#{ a: [1], b: [2] }).get_column_index(\"b\")"]),
    verb(F, "to_dict", M, "Runs the frame; an object map of names and arrays.", |call| {
        let data = call.data()?;
        let columns = data
            .columns()
            .iter()
            .map(|column| (column.name().to_string(), Value::List(crate::scalar::values(column))));
        Ok(Value::Map(columns.collect()))
    })
    .examples(&["frame(#{ a: [1, 2], b: [\"x\", ()] }).to_dict()"]),
];

/// Columns by their names; all must be there.
pub(super) fn named(names: impl IntoIterator<Item = String>) -> Selector {
    by_name(names, true, false)
}

fn names(call: &Call<'_>) -> Result<Vec<String>, Fault> {
    Ok(call.frame()?.schema().iter_names().map(ToString::to_string).collect())
}

fn drop_columns(call: &Call<'_>) -> Result<Value, Fault> {
    let strict = call.boolean("strict")?;
    let (patterns, plain): (Vec<String>, Vec<String>) =
        call.texts("columns")?.into_iter().partition(|name| name.starts_with('^') && name.ends_with('$'));
    let known = names(call)?;
    if strict && let Some(missing) = plain.iter().find(|name| !known.contains(name)) {
        return Err(Fault::new("ColumnNotFound", format!("column `{missing}` not found")).at(missing.clone()));
    }
    call.plan(|lazy| {
        let lazy = lazy.drop(by_name(plain, false, false));
        if patterns.is_empty() { lazy } else { lazy.drop(by_name(patterns, false, true)) }
    })
}

fn rename(call: &Call<'_>) -> Result<Value, Fault> {
    let strict = call.boolean("strict")?;
    let pairs: Vec<(String, String)> = match call.any("mapping") {
        Some(Value::Map(map)) => map
            .iter()
            .map(|(old, new)| Ok((old.clone(), new_name(call, new)?)))
            .collect::<Result<_, Fault>>()?,
        Some(Value::Function(function)) => {
            let renamed = |old: String| {
                let new = function.call(vec![Value::Text(old.clone())])?;
                Ok((old, new_name(call, &new)?))
            };
            names(call)?.into_iter().map(renamed).collect::<Result<_, Fault>>()?
        }
        _ => return Err(call.out_of_range("mapping", "an object map `#{ old: \"new\" }` or a closure")),
    };
    let (old, new): (Vec<String>, Vec<String>) = pairs.into_iter().unzip();
    call.plan(|lazy| lazy.rename(old, new, strict))
}

fn new_name(call: &Call<'_>, value: &Value) -> Result<String, Fault> {
    match value {
        Value::Text(name) => Ok(name.clone()),
        other => {
            Err(call
                .out_of_range("mapping", &format!("from names to names, not to {}", other.kind().article())))
        }
    }
}

fn cast(call: &Call<'_>) -> Result<Value, Fault> {
    let strict = call.boolean("strict")?;
    let Some(Value::Map(map)) = call.any("dtypes") else {
        let kind = call.data_type("dtypes")?;
        return call.plan(|lazy| lazy.cast_all(kind, strict));
    };
    let mut kinds: PlHashMap<&str, PolarsType> = PlHashMap::default();
    for (name, kind) in map {
        if !call.frame()?.schema().contains(name) {
            return Err(Fault::new("ColumnNotFound", format!("column `{name}` not found")).at(name.clone()));
        }
        kinds.insert(name, datatype::from_value(kind)?);
    }
    call.plan(|lazy: LazyFrame| lazy.cast(kinds, strict))
}

fn schema(call: &Call<'_>) -> Result<Value, Fault> {
    let schema = call.frame()?.schema();
    let names: Vec<&str> = schema.iter_names().map(|name| name.as_str()).collect();
    let kinds: Vec<String> = schema.iter_values().map(ToString::to_string).collect();
    let columns = vec![PolarsColumn::new("column".into(), names), PolarsColumn::new("dtype".into(), kinds)];
    Ok(Value::Frame(Frame::from_data(DataFrame::new(schema.len(), columns)?)))
}

/// One column of the frame, in memory.
pub(super) fn one_column(call: &Call<'_>, name: &str) -> Result<PolarsColumn, Fault> {
    let lazy = call.lazy()?.select([col(name)]);
    let data = call.run_plan(lazy)?;
    Ok(data.column(name)?.clone())
}
