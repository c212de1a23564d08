//! `describe`: one row for each figure, one column for each column. Numbers are floats, all else is text, as in Polars.

use fram_frame::Frame;
use polars::prelude::{
    AnyValue, Column, DataFrame, DataType, Expr, NULL, PlSmallStr, QuantileMethod, col, lit,
};

use crate::call::Call;
use crate::fault::Fault;
use crate::value::Value;

/// Columns that one query describes: plans of thousands of expressions take minutes to make.
const COLUMNS_AT_ONCE: usize = 100;

pub(super) fn describe(call: &Call<'_>) -> Result<Value, Fault> {
    let schema = call.frame()?.schema().clone();
    if schema.is_empty() {
        return Err(Fault::new("NoData", "the frame has no columns to describe"));
    }
    let (shares, method) = (shares(call)?, call.quantile_method()?);
    let mut labels: Vec<String> = ["count", "null_count", "mean", "std", "min"].map(str::to_owned).to_vec();
    labels.extend(shares.iter().map(|share| format!("{}%", (share * 1e10).round() / 1e8)));
    labels.push("max".into());
    let fields: Vec<(&PlSmallStr, &DataType)> = schema.iter().collect();
    let mut columns = vec![Column::new("statistic".into(), &labels)];
    for fields in fields.chunks(COLUMNS_AT_ONCE) {
        let figures = fields.iter().enumerate().flat_map(|(at, (name, kind))| {
            let figures = figures(name.as_str(), kind, &shares, method);
            figures.into_iter().enumerate().map(move |(row, figure)| figure.alias(format!("{at} {row}")))
        });
        let row = call.run_plan(call.lazy()?.select(figures.collect::<Vec<_>>()))?;
        for ((name, kind), values) in fields.iter().zip(row.columns().chunks(labels.len())) {
            columns.push(described((*name).clone(), kind, values)?);
        }
    }
    Ok(Value::Frame(Frame::from_data(DataFrame::new(labels.len(), columns)?)))
}

/// The figures of a column, each the only value of one of these.
fn described(name: PlSmallStr, kind: &DataType, values: &[Column]) -> Result<Column, Fault> {
    let values = values.iter().map(|value| value.get(0).map(AnyValue::into_static));
    let values = values.collect::<Result<Vec<_>, _>>()?;
    Ok(if is_number_like(kind) {
        Column::new(name, values.iter().map(|value| value.extract::<f64>()).collect::<Vec<_>>())
    } else {
        Column::new(name, values.iter().map(text).collect::<Vec<_>>())
    })
}

fn shares(call: &Call<'_>) -> Result<Vec<f64>, Fault> {
    if !call.has("percentiles") {
        return Ok(vec![0.25, 0.5, 0.75]);
    }
    let share = |value: &Value| match value {
        Value::Float(share) if (0.0..=1.0).contains(share) => Ok(*share),
        Value::Integer(0) => Ok(0.0),
        Value::Integer(1) => Ok(1.0),
        _ => Err(call.out_of_range("percentiles", "numbers from 0 to 1")),
    };
    let mut shares: Vec<f64> = call.values("percentiles").iter().map(share).collect::<Result<_, _>>()?;
    shares.sort_by(f64::total_cmp);
    Ok(shares)
}

/// The figures of one column, in the order of the rows.
fn figures(name: &str, kind: &DataType, shares: &[f64], method: QuantileMethod) -> Vec<Expr> {
    let column = || col(name);
    let (is_number, is_time) = (kind.is_numeric(), kind.is_temporal());
    let has_order = !(kind.is_nested() || kind.is_categorical() || kind.is_enum() || kind.is_null());
    let or_null = |holds: bool, figure: Expr| if holds { figure } else { lit(NULL) };
    let mut figures = vec![
        column().count(),
        column().null_count(),
        or_null(is_number || is_time || kind.is_bool(), column().mean()),
        or_null(is_number, column().std(1)),
        or_null(has_order, column().min()),
    ];
    figures.extend(shares.iter().map(|share| match (is_number, is_time) {
        (true, _) => column().quantile(lit(*share), method),
        (_, true) => column().to_physical().quantile(lit(*share), method).cast(kind.clone()),
        _ => lit(NULL),
    }));
    figures.push(or_null(has_order, column().max()));
    figures
}

fn is_number_like(kind: &DataType) -> bool {
    kind.is_numeric() || kind.is_nested() || kind.is_null() || kind.is_bool()
}

fn text(value: &AnyValue<'_>) -> Option<String> {
    match value {
        AnyValue::Null => None,
        other => Some(other.get_str().map_or_else(|| other.to_string(), str::to_owned)),
    }
}
