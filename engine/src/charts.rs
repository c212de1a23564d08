//! Frames as charts: works out the marks of a chart from a frame's columns. Drawing them is left to `fram-display`.

mod bars;
mod histogram;
mod marks;
mod raster;

use std::sync::Arc;

use fram_display::{Chart, ChartKind, Series};
use fram_frame::{Frame, Limit};
use polars::prelude::{DataFrame, DataType, Expr, LazyFrame};

use crate::call::Call;
use crate::fault::Fault;
use crate::value::Value;

pub(crate) use bars::bar;
pub(crate) use histogram::histogram;
pub(crate) use marks::marks;

/// More marks than this are not drawn: they would neither be seen nor fit the page.
const MOST_MARKS: usize = 200_000;
/// Columns of the frame that a chart is drawn from.
const X: &str = "x";
const Y: &str = "y";
const COLOR: &str = "color";

/// A line or scatter chart: one mark for each row.
pub(crate) fn points(call: &Call<'_>, kind: ChartKind) -> Result<Value, Fault> {
    let options = Options::of(call)?;
    let frame = columns(call, true)?;
    let labels = Labels::of(call, &frame, None)?;
    check_numbers(&frame, &labels.y)?;
    let (data, cut) = first_rows(call, &frame, "rows")?;
    let chart = chart(kind, marks(&data)?, labels, options, cut.into_iter().collect());
    Ok(Value::Chart(Arc::new(chart)))
}

/// The chart's columns, under their names here, of every row.
fn columns(call: &Call<'_>, with_y: bool) -> Result<Frame, Fault> {
    let mut columns = vec![call.column(X)?.alias(X)];
    if with_y {
        columns.push(call.column(Y)?.alias(Y));
    }
    columns.extend(call.maybe_column(COLOR)?.map(|color| color.alias(COLOR)));
    Ok(Frame::from_lazy(call.lazy()?.select(columns))?)
}

/// As many rows as can be drawn, and a sentence where there are more.
fn first_rows(call: &Call<'_>, frame: &Frame, noun: &str) -> Result<(DataFrame, Option<String>), Fault> {
    let data = frame.collect(Limit::First(MOST_MARKS + 1), &*call.host.runner(), &call.host.watch())?;
    let cut = data.height() > MOST_MARKS;
    let count = fram_display::grouped(MOST_MARKS as u64);
    Ok((data.head(Some(MOST_MARKS)), cut.then(|| format!("Only the first {count} {noun} are drawn."))))
}

/// A frame as a Polars plan.
fn plan(call: &Call<'_>, frame: &Frame) -> Result<LazyFrame, Fault> {
    Ok(frame.lazy(&*call.host.runner(), &call.host.watch())?)
}

/// What every chart can be told beside its columns.
struct Options {
    title: Option<String>,
    x_label: Option<String>,
    y_label: Option<String>,
    width: u32,
    height: u32,
}

impl Options {
    fn of(call: &Call<'_>) -> Result<Self, Fault> {
        let size = |name: &str| -> Result<u32, Fault> {
            let pixels = u32::try_from(call.integer(name)?).ok();
            pixels.filter(|pixels| Chart::SIZES.contains(pixels)).ok_or_else(|| {
                let (least, most) = (Chart::SIZES.start(), Chart::SIZES.end());
                call.out_of_range(name, &format!("from {least} to {most} pixels"))
            })
        };
        Ok(Self {
            title: call.maybe_text("title")?,
            x_label: call.maybe_text("x_label")?,
            y_label: call.maybe_text("y_label")?,
            width: size("width")?,
            height: size("height")?,
        })
    }
}

/// What the axes and the legend are called.
struct Labels {
    x: String,
    y: String,
    color: Option<String>,
}

impl Labels {
    /// The columns' names with their units; `y` where it is no column.
    fn of(call: &Call<'_>, frame: &Frame, y: Option<&str>) -> Result<Self, Fault> {
        let named = |column: &str, expression: &Expr| {
            let unit = frame.schema().get(column).map_or("", unit);
            format!("{}{unit}", label(expression))
        };
        let y = match y {
            Some(label) => label.to_owned(),
            None => call.maybe_column(Y)?.map_or_else(String::new, |expression| named(Y, &expression)),
        };
        Ok(Self {
            x: named(X, &call.column(X)?),
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

/// What numbers that were none before are counted in.
fn unit(kind: &DataType) -> &'static str {
    match kind {
        DataType::Duration(_) => " (seconds)",
        DataType::Time => " (hours)",
        _ => "",
    }
}

fn chart(
    kind: ChartKind,
    series: Vec<Series>,
    labels: Labels,
    options: Options,
    notes: Vec<String>,
) -> Chart {
    let x_label = options.x_label.unwrap_or(labels.x);
    let y_label = options.y_label.unwrap_or(labels.y);
    Chart {
        title: options.title,
        color_label: labels.color,
        width: options.width,
        height: options.height,
        notes,
        ..Chart::new(kind, &x_label, &y_label, series)
    }
}

fn check_numbers(frame: &Frame, label: &str) -> Result<(), Fault> {
    match frame.schema().get(Y) {
        Some(kind) if !is_drawn_as_number(kind) => {
            Err(Fault::new("TypeError", format!("`y` must be numbers, but `{label}` is {kind}"))
                .hint("count with `.group_by(…).agg(len().alias(\"n\"))`, or cast with `.cast(Float64)`")
                .at(label))
        }
        _ => Ok(()),
    }
}

/// Types whose values have a height.
fn is_drawn_as_number(kind: &DataType) -> bool {
    kind.is_primitive_numeric()
        || kind.is_decimal()
        || kind.is_bool()
        || kind.is_duration()
        || kind.is_null()
        || *kind == DataType::Time
}
