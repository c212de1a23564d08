//! Frames as charts: works out the marks of a chart from a frame's columns. Drawing them is left to `fram-display`.

mod histogram;
mod marks;

use std::sync::Arc;

use fram_display::{Chart, ChartKind};
use fram_frame::{Frame, Limit};
use polars::prelude::{DataFrame, Expr, Schema, col};

use crate::call::Call;
use crate::fault::Fault;
use crate::value::Value;

pub(crate) use histogram::histogram;
pub(crate) use marks::{marks, summed};

/// More marks than this are not drawn: they would neither be seen nor fit the page.
const MOST_MARKS: usize = 200_000;
/// Columns of the frame that a chart is drawn from.
const X: &str = "x";
const Y: &str = "y";
const COLOR: &str = "color";

/// What every chart can be told beside its columns.
struct Options {
    title: Option<String>,
    x_label: Option<String>,
    y_label: Option<String>,
    width: u32,
    height: u32,
}

/// A bar chart: one bar for each category, or for each category and colour.
pub(crate) fn bar(call: &Call<'_>) -> Result<Value, Fault> {
    let options = options(call)?;
    let counted = !call.has(Y);
    let y = if counted { polars::prelude::len() } else { call.column(Y)? };
    let labels = Labels::of(call, if counted { Some("count") } else { None })?;
    let (data, cut) = if counted { counts(call)? } else { rows(call, Some(y))? };
    let (data, note) = summed(&data, counted)?;
    let notes = note.into_iter().chain(cut).collect();
    chart(ChartKind::Bar, &data, labels, options, notes)
}

/// A line or scatter chart: one mark for each row.
pub(crate) fn points(call: &Call<'_>, kind: ChartKind) -> Result<Value, Fault> {
    let options = options(call)?;
    let labels = Labels::of(call, None)?;
    let (data, cut) = rows(call, Some(call.column(Y)?))?;
    chart(kind, &data, labels, options, cut.into_iter().collect())
}

/// What the axes and the legend are called.
struct Labels {
    x: String,
    y: String,
    color: Option<String>,
}

impl Labels {
    fn of(call: &Call<'_>, y: Option<&str>) -> Result<Self, Fault> {
        let y = match y {
            Some(label) => label.to_owned(),
            None => call.maybe_column(Y)?.map_or_else(String::new, |expression| label(&expression)),
        };
        Ok(Self {
            x: label(&call.column(X)?),
            y,
            color: call.maybe_column(COLOR)?.map(|expression| label(&expression)),
        })
    }
}

/// An expression's output name, or its text where it has none.
fn label(expression: &Expr) -> String {
    match polars_plan::utils::expr_output_name(expression) {
        Ok(name) => name.to_string(),
        Err(_) => expression.to_string(),
    }
}

fn options(call: &Call<'_>) -> Result<Options, Fault> {
    let size = |name: &str| -> Result<u32, Fault> {
        let pixels = call.integer(name)?;
        let fits = (100..=4_000).contains(&pixels);
        u32::try_from(pixels)
            .ok()
            .filter(|_| fits)
            .ok_or_else(|| call.out_of_range(name, "100 to 4000 pixels"))
    };
    Ok(Options {
        title: call.maybe_text("title")?,
        x_label: call.maybe_text("x_label")?,
        y_label: call.maybe_text("y_label")?,
        width: size("width")?,
        height: size("height")?,
    })
}

/// The chart's columns of every row, as far as marks can be drawn, and a note where there were more.
fn rows(call: &Call<'_>, y: Option<Expr>) -> Result<(DataFrame, Option<String>), Fault> {
    let mut columns = vec![call.column(X)?.alias(X)];
    columns.extend(y.map(|y| y.alias(Y)));
    columns.extend(call.maybe_column(COLOR)?.map(|color| color.alias(COLOR)));
    let frame = Frame::from_lazy(call.lazy()?.select(columns))?;
    let data = frame.collect(Limit::First(MOST_MARKS + 1), &*call.host.runner(), &call.host.watch())?;
    let cut = data.height() > MOST_MARKS;
    let note = cut.then(|| format!("the first {MOST_MARKS} rows are drawn"));
    Ok((data.head(Some(MOST_MARKS)), note))
}

/// How many rows each category, or each category and colour, has.
fn counts(call: &Call<'_>) -> Result<(DataFrame, Option<String>), Fault> {
    let mut keys = vec![call.column(X)?.alias(X)];
    keys.extend(call.maybe_column(COLOR)?.map(|color| color.alias(COLOR)));
    let names: Vec<Expr> = [X, COLOR].into_iter().take(keys.len()).map(col).collect();
    let counted = call.lazy()?.select(keys).group_by(names).agg([polars::prelude::len().alias(Y)]);
    let order = polars::prelude::SortMultipleOptions::default().with_order_descending_multi([true, false]);
    let frame = Frame::from_lazy(counted.sort([Y, X], order))?;
    let data = frame.collect(Limit::First(MOST_MARKS), &*call.host.runner(), &call.host.watch())?;
    Ok((data, None))
}

fn chart(
    kind: ChartKind,
    data: &DataFrame,
    labels: Labels,
    options: Options,
    mut notes: Vec<String>,
) -> Result<Value, Fault> {
    check_numbers(data.schema(), &labels.y)?;
    let (series, note) = marks(data, kind)?;
    notes.extend(note);
    Ok(Value::Chart(Arc::new(Chart {
        kind,
        title: options.title,
        x_label: options.x_label.unwrap_or(labels.x),
        y_label: options.y_label.unwrap_or(labels.y),
        color_label: labels.color,
        width: options.width,
        height: options.height,
        series,
        bin_width: None,
        notes,
    })))
}

fn check_numbers(schema: &Schema, label: &str) -> Result<(), Fault> {
    let kind = schema.get(Y);
    match kind {
        Some(kind)
            if !(kind.is_primitive_numeric()
                || kind.is_decimal()
                || kind.is_bool()
                || kind.is_duration()
                || kind.is_null()) =>
        {
            Err(Fault::new("TypeError", format!("`y` must be numbers, but `{label}` is {kind}"))
                .hint("count with `.group_by(…).agg(len().alias(\"n\"))`, or cast with `.cast(Float64)`")
                .at(label))
        }
        _ => Ok(()),
    }
}
