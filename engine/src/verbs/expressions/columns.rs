//! Columns by name, type or place, constants, and the functions that are short for an aggregate of columns.

use polars::prelude::{
    DataTypeSelector, Expr, LiteralValue, Scalar, Selector, by_name, cols, element, len, lit,
};

use super::aggregates::DDOF;
use super::rolling::INTERPOLATION;
use crate::call::Call;
use crate::column_of;
use crate::fault::Fault;
use crate::registry::Kind::{Boolean, Column, DataType, Integer, Text, Texts, Value as Val};
use crate::registry::Type::{Cell, Expression as E};
use crate::registry::{Parameter, Verb, absent, optional, required, rest, some_rest, verb};
use crate::value::Value;

const NAMES: Parameter = some_rest("columns", Text, "Names of columns.");
const NAME: Parameter = required("column", Text, "The name of a column.");

/// A function that is short for `col(…)` and a verb without parameters.
macro_rules! short {
    ($name:ident, $summary:literal) => {
        verb(Cell, stringify!($name), E, $summary, |c| Ok(Value::expression(named(c, "columns")?.$name())))
            .takes(&[NAMES])
            .examples(&[concat!("frame(#{ a: [1, 2, 2] }).select(", stringify!($name), "(\"a\"))")])
    };
}

pub(super) const VERBS: &[Verb] = &[
    verb(Cell, "col", E, "A column, or several, by name or type.", |c| {
        named(c, "names").map(Value::expression)
    })
    .takes(&[some_rest(
        "names",
        Text,
        "Names, `*` for all, `^…$` for a regular expression; or column types.",
    )])
    .examples(&[
        of!("a: [1, 2], b: [3, 4]", "col(\"a\") + col(\"b\")"),
        of!("a: [1], b: [\"x\"], c: [2.5]", "col(Int64, Float64) * 2"),
        of!("ab: [1], ac: [2], b: [3]", "col(\"^a.$\")"),
    ]),
    verb(Cell, "lit", E, "A value as an expression.", literal)
        .takes(&[required("value", Val, "The value."), absent("dtype", DataType, "The type that it gets.")])
        .examples(&[
            "frame(#{ a: [1, 2] }).with_columns(lit(\"x\").alias(\"b\"))",
            "lit(1, UInt8)",
            "lit([1, 2])",
        ]),
    verb(Cell, "len", E, "The number of rows, of a group or of all.", |_| Ok(Value::expression(len())))
        .examples(&[
            "frame(#{ a: [\"x\", \"x\", \"y\"] }).group_by(\"a\").agg(len().alias(\"n\")).sort(\"a\")",
        ]),
    verb(Cell, "all", E, "Every column; or whether all values of these columns hold.", |c| {
        if c.rest().is_empty() {
            return Ok(Value::expression(Selector::Wildcard.into()));
        }
        Ok(Value::expression(named(c, "columns")?.all(c.boolean("ignore_nulls")?)))
    })
    .takes(&[rest("columns", Text, "Names of columns."), IGNORE_NULLS])
    .examples(&[of!("a: [1, 2], b: [3, 4]", "all().sum()"), of!("a: [true, false]", "all(\"a\")")]),
    verb(Cell, "any", E, "Whether one value of these columns holds.", |c| {
        Ok(Value::expression(named(c, "columns")?.any(c.boolean("ignore_nulls")?)))
    })
    .takes(&[NAMES, IGNORE_NULLS])
    .examples(&[of!("a: [true, false]", "any(\"a\")")]),
    verb(Cell, "exclude", E, "Every column but these.", |c| exclude(c, Selector::Wildcard))
        .takes(EXCLUDED)
        .examples(&[
            of!("a: [1], b: [\"x\"]", "exclude(\"b\")"),
            of!("a: [1], b: [\"x\"]", "exclude(String)"),
        ]),
    verb(E, "exclude", E, "Every column of the selection but these.", |c| {
        let all = c.expr()?.into_selector().ok_or_else(|| {
            Fault::argument("`exclude` takes columns out of a selection, as `all()` or `col(\"^n.*$\")`")
        })?;
        exclude(c, all)
    })
    .takes(EXCLUDED)
    .examples(&[of!("a: [1], b: [2]", "all().exclude(\"b\").sum()")]),
    verb(Cell, "nth", E, "Columns by place.", |c| {
        let (indices, strict) = (c.integers("indices")?.into(), c.boolean("strict")?);
        Ok(Value::expression(Selector::ByIndex { indices, strict }.into()))
    })
    .takes(&[
        some_rest("indices", Integer, "Places from 0; counted from the end where negative."),
        optional("strict", Boolean, "true", "A place that is not there is an error."),
    ])
    .examples(&[of!("a: [1], b: [2], c: [3]", "nth(0, -1)")]),
    verb(Cell, "first", E, "The first column; or the first value of these columns.", |c| {
        ends(c, 0, Expr::first)
    })
    .takes(&[rest("columns", Text, "Names of columns.")])
    .examples(&[of!("a: [1, 2], b: [3, 4]", "first()"), of!("a: [1, 2], b: [3, 4]", "first(\"b\")")]),
    verb(Cell, "last", E, "The last column; or the last value of these columns.", |c| {
        ends(c, -1, Expr::last)
    })
    .takes(&[rest("columns", Text, "Names of columns.")])
    .examples(&[of!("a: [1, 2], b: [3, 4]", "last()"), of!("a: [1, 2], b: [3, 4]", "last(\"a\")")]),
    verb(Cell, "element", E, "The elements, inside `list.eval`, `list.filter` and the like.", |_| {
        Ok(Value::expression(element()))
    })
    .examples(&[of!("a: [[1, 2]]", "col(\"a\").list.eval(element() + 1)")]),
    verb(Cell, "field", E, "A field of the struct, inside `struct.with_fields`.", |c| {
        let names: Vec<_> = c.texts("name")?.into_iter().map(Into::into).collect();
        Ok(Value::expression(Expr::Field(names.into())))
    })
    .takes(&[some_rest("name", Text, "Names of fields.")])
    .examples(&[of!("a: [#{ x: 1 }]", "col(\"a\").struct.with_fields(field(\"x\") * 10)")]),
    short!(sum, "The sum of each of these columns."),
    short!(min, "The least value of each of these columns."),
    short!(max, "The greatest value of each of these columns."),
    short!(mean, "The mean of each of these columns."),
    short!(median, "The median of each of these columns."),
    short!(count, "The number of values of each of these columns, without nulls."),
    short!(n_unique, "The number of different values of each of these columns."),
    short!(approx_n_unique, "About how many different values each of these columns has."),
    verb(Cell, "implode", E, "All values of each of these columns as one list.", |c| {
        Ok(Value::expression(named(c, "columns")?.implode(c.boolean("maintain_order")?)))
    })
    .takes(&[NAMES, optional("maintain_order", Boolean, "true", "In the order of the rows.")])
    .examples(&[of!("a: [1, 2]", "implode(\"a\")")]),
    verb(Cell, "cum_sum", E, "The sum of the rows so far, of each of these columns.", |c| {
        Ok(Value::expression(named(c, "columns")?.cum_sum(false)))
    })
    .takes(&[NAMES])
    .examples(&[of!("a: [1, 2]", "cum_sum(\"a\")")]),
    verb(Cell, "cum_count", E, "The number of values so far, of each of these columns.", |c| {
        Ok(Value::expression(named(c, "columns")?.cum_count(c.boolean("reverse")?)))
    })
    .takes(&[NAMES, optional("reverse", Boolean, "false", "From the last row back.")])
    .examples(&[of!("a: [1, (), 2]", "cum_count(\"a\")")]),
    verb(Cell, "std", E, "The standard deviation of a column.", |c| {
        Ok(Value::expression(named(c, "column")?.std(c.ddof()?)))
    })
    .takes(&[NAME, DDOF])
    .examples(&[of!("a: [1, 3]", "std(\"a\")")]),
    verb(Cell, "var", E, "The variance of a column.", |c| {
        Ok(Value::expression(named(c, "column")?.var(c.ddof()?)))
    })
    .takes(&[NAME, DDOF])
    .examples(&[of!("a: [1, 3]", "pl.var(\"a\")")]),
    verb(Cell, "quantile", E, "The value below which this share of a column's values lies.", |c| {
        let (share, method) = (c.operand("quantile")?, c.quantile_method()?);
        Ok(Value::expression(named(c, "column")?.quantile(share, method)))
    })
    .takes(&[NAME, required("quantile", Column, "From 0 to 1."), INTERPOLATION])
    .examples(&[of!("a: [1, 2, 3]", "quantile(\"a\", 0.5)")]),
    verb(Cell, "head", E, "The first values of a column.", |c| {
        Ok(Value::expression(named(c, "column")?.head(Some(c.count("n")?))))
    })
    .takes(&[NAME, optional("n", Integer, "10", "How many.")])
    .examples(&[of!("a: [1, 2, 3]", "head(\"a\", 2)")]),
    verb(Cell, "tail", E, "The last values of a column.", |c| {
        Ok(Value::expression(named(c, "column")?.tail(Some(c.count("n")?))))
    })
    .takes(&[NAME, optional("n", Integer, "10", "How many.")])
    .examples(&[of!("a: [1, 2, 3]", "tail(\"a\", 2)")]),
];

const IGNORE_NULLS: Parameter =
    optional("ignore_nulls", Boolean, "true", "Else null is the answer where nulls could change it.");
const EXCLUDED: &[Parameter] =
    &[some_rest("columns", Texts, "Names, `^…$` for a regular expression; or column types.")];

/// Columns by name or type.
pub(super) fn named(call: &Call<'_>, parameter: &str) -> Result<Expr, Fault> {
    let values = call.values(parameter);
    if values.iter().any(|value| matches!(value, Value::DataType(_))) {
        return Ok(types(&values, call)?.as_selector().into());
    }
    let names = call.texts(parameter)?;
    Ok(match names.as_slice() {
        [name] => polars::prelude::col(name.as_str()),
        names => Expr::from(cols(names.iter().map(String::as_str))),
    })
}

/// Column types as a selection; `Datetime` and the like stand for every unit and zone.
pub(super) fn types(values: &[Value], call: &Call<'_>) -> Result<DataTypeSelector, Fault> {
    use polars::prelude::DataType as T;
    use polars::prelude::{TimeUnitSet, TimeZoneSet};
    let mut all: Option<DataTypeSelector> = None;
    for value in values {
        let Value::DataType(kind) = value else {
            return Err(call.out_of_range("columns", "all names or all column types"));
        };
        let one = match &**kind {
            T::Datetime(polars::prelude::TimeUnit::Microseconds, None) => {
                DataTypeSelector::Datetime(TimeUnitSet::all(), TimeZoneSet::Any)
            }
            T::Duration(polars::prelude::TimeUnit::Microseconds) => {
                DataTypeSelector::Duration(TimeUnitSet::all())
            }
            T::Categorical(..) => DataTypeSelector::Categorical,
            T::Decimal(38, 0) => DataTypeSelector::Decimal,
            other => DataTypeSelector::AnyOf([other.clone()].into()),
        };
        all = Some(match all {
            None => one,
            Some(all) => DataTypeSelector::Union(all.into(), one.into()),
        });
    }
    Ok(all.unwrap_or(DataTypeSelector::Empty))
}

/// The selection without these columns.
pub(super) fn excluded(call: &Call<'_>, all: Selector) -> Result<Selector, Fault> {
    let values = call.values("columns");
    if values.iter().any(|value| matches!(value, Value::DataType(_))) {
        return Ok(all - types(&values, call)?.as_selector());
    }
    Ok(all - by_name(call.texts("columns")?, false, true))
}

fn exclude(call: &Call<'_>, all: Selector) -> Result<Value, Fault> {
    Ok(Value::expression(excluded(call, all)?.into()))
}

/// The column at a place, or an aggregate of named columns.
fn ends(call: &Call<'_>, place: i64, aggregate: fn(Expr) -> Expr) -> Result<Value, Fault> {
    if call.rest().is_empty() {
        return Ok(Value::expression(Selector::ByIndex { indices: [place].into(), strict: true }.into()));
    }
    Ok(Value::expression(aggregate(named(call, "columns")?)))
}

fn literal(call: &Call<'_>) -> Result<Value, Fault> {
    let value = call.value("value")?;
    if !call.has("dtype") {
        return Ok(Value::expression(value));
    }
    let (series, kind) = (column_of::constant(&value)?, call.data_type("dtype")?);
    let unfit = |_| call.out_of_range("value", &format!("one that {kind} can hold"));
    let series = series.strict_cast(&kind).map_err(unfit)?;
    let scalar = Scalar::new(series.dtype().clone(), series.get(0)?.into_static());
    Ok(Value::expression(lit(LiteralValue::Scalar(scalar))))
}
