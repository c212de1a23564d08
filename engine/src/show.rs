//! Values as what is shown: a frame becomes a limited table, an expression its text. How tables look is left to
//! `fram-display`.

mod table;

use fram_display::{Medium, visible};
use fram_frame::{Frame, Runner, Watch, watched};

use crate::column_of;
use crate::fault::Fault;
use crate::screen::Shown;
use crate::settings::Settings;
use crate::value::Value;

pub(crate) use table::{Window, fields, fields_of_first};

/// What is shown of a value, if anything.
pub(crate) fn value(
    value: &Value,
    settings: &Settings,
    runner: &dyn Runner,
    watch: &Watch,
) -> Result<Option<Shown>, Fault> {
    match value {
        Value::Nothing => Ok(None),
        Value::Frame(frame) => {
            let window =
                Window { rows: settings.count("rows"), columns: settings.count("columns"), with_last: true };
            self::frame(frame, window, settings, runner, watch).map(Some)
        }
        Value::Chart(chart) => {
            let chart = chart.clone();
            Ok(Some(Shown { media: watched(watch, move || Ok(chart.media()))?? }))
        }
        Value::Expression(expression) => Ok(Some(Shown::plain(self::expression(expression)))),
        other => Ok(Some(Shown::plain(visible(&text(other)).into_owned()))),
    }
}

/// The rows and columns of the frame that the window takes.
pub(crate) fn frame(
    frame: &Frame,
    window: Window,
    settings: &Settings,
    runner: &dyn Runner,
    watch: &Watch,
) -> Result<Shown, Fault> {
    let table = table::of_frame(frame, window, runner, watch)?;
    let width = settings.count("text_width");
    Ok(Shown {
        media: vec![Medium::text("text/html", table.html()), Medium::text("text/plain", table.text(width))],
    })
}

/// A constant's value, or the expression as Polars writes it.
fn expression(expression: &polars::prelude::Expr) -> String {
    let has_columns = polars_plan::utils::expr_to_leaf_column_names_iter(expression).next().is_some();
    let constant = if has_columns {
        None
    } else {
        column_of::constant(expression).ok().filter(|series| series.len() == 1)
    };
    match constant.as_ref().map(|series| series.get(0)) {
        Some(Ok(value)) => visible(&value.to_string()).into_owned(),
        _ => visible(&expression.to_string()).into_owned(),
    }
}

/// A value as text, as a script would write it.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::Nothing => "()".into(),
        Value::Boolean(flag) => flag.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => format!("{number:?}"),
        Value::Text(text) => text.clone(),
        Value::List(values) => format!("[{}]", values.iter().map(quoted).collect::<Vec<_>>().join(", ")),
        Value::Map(map) => {
            let entries: Vec<String> =
                map.iter().map(|(key, value)| format!("{key}: {}", quoted(value))).collect();
            format!("#{{{}}}", entries.join(", "))
        }
        Value::Expression(expression) => self::expression(expression),
        Value::Selector(selector) => selector.to_string(),
        Value::DataType(kind) => kind.to_string(),
        Value::Frame(frame) => match frame.schema().len() {
            1 => "a frame with 1 column".to_owned(),
            columns => format!("a frame with {columns} columns"),
        },
        other => other.kind().article().to_owned(),
    }
}

fn quoted(value: &Value) -> String {
    match value {
        Value::Text(text) => format!("{text:?}"),
        other => text(other),
    }
}
