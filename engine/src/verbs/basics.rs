//! The functions that everything begins with: frames from values, SQL, what is shown and asked.

use std::time::{Duration, Instant};

use fram_frame::{Frame, RunError};
use polars::prelude::{Column, DataFrame};

use crate::call::Call;
use crate::column_of;
use crate::fault::Fault;
use crate::registry::Kind::{Any, Map, Number, Text};
use crate::registry::Type::{Cell, Frame as F, Nothing, Text as T};
use crate::registry::{Verb, absent, optional, required, rest, some_rest, verb};
use crate::screen::NoInput;
use crate::value::Value;

pub(super) const VERBS: &[Verb] = &[
    verb(Cell, "frame", F, "A frame from columns, or from rows.", frame)
        .takes(&[required("data", Any, "An object map of columns, or an array of object maps, one a row.")])
        .examples(&[
            "frame(#{ host: [\"a\", \"b\"], n: [1, 2] })",
            "frame([#{ host: \"a\", n: 1 }, #{ host: \"b\", n: () }])",
        ]),
    verb(Cell, "sql", F, "Runs SQL over the notebook's names.", sql)
        .takes(&[
            required("text", Text, "One or more statements of DataFusion's SQL."),
            absent(
                "frames",
                Map,
                "Frames by the names that they have in this text alone; those of a function come by themselves.",
            ),
        ])
        .examples(&[
            "sql(\"SELECT 1 AS one\")",
            "sql(\"SELECT max(a) AS a FROM t\", #{ t: frame(#{ a: [1, 2] }) })",
        ]),
    verb(Cell, "print", Nothing, "Prints a value as text.", print)
        .takes(&[rest("values", Any, "What to print; `` `n = ${n}` `` puts values into a text.")])
        .examples(&["print(`${1 + 1} rows`)", "print(\"rows:\", 2)"]),
    verb(Cell, "eprint", Nothing, "Prints to standard error.", eprint)
        .takes(&[rest("values", Any, "What to print.")])
        .examples(&["eprint(\"careful\")"]),
    verb(Cell, "display", Nothing, "Shows values now, with others to follow.", display)
        .takes(&[
            some_rest("values", Any, "What to show."),
            absent("id", Text, "A name under which a later `display` in the cell replaces it."),
        ])
        .examples(&["display(frame(#{ n: [1, 2] }), 3)", "for n in 1..4 { display(n, #{ id: \"count\" }) }"]),
    verb(Cell, "input", T, "Asks the user for a line of text.", input).takes(&[
        optional("prompt", Text, "", "What is asked."),
        optional(
            "password",
            crate::registry::Kind::Boolean,
            "false",
            "The answer is not shown while it is typed.",
        ),
    ]),
    verb(Cell, "sleep", Nothing, "Waits; an interrupt ends it.", sleep)
        .takes(&[required("seconds", Number, "How long, in seconds.")])
        .examples(&["sleep(0.01)"]),
    verb(Cell, "clear_output", Nothing, "Empties the cell's output.", clear_output).takes(&[optional(
        "wait",
        crate::registry::Kind::Boolean,
        "false",
        "Not before the next output comes.",
    )])
    .examples(&["clear_output()"]),
];

fn frame(call: &Call<'_>) -> Result<Value, Fault> {
    match call.any("data") {
        Some(Value::Map(columns)) => {
            let columns: Vec<Column> = columns
                .iter()
                .map(|(name, values)| match values {
                    Value::List(values) => Ok(column_of::series(name, values)?.into()),
                    single => Ok(column_of::series(name, std::slice::from_ref(single))?.into()),
                })
                .collect::<Result<_, Fault>>()?;
            Ok(Value::Frame(Frame::from_data(of_columns(columns)?)))
        }
        Some(Value::List(rows)) => {
            if let Some(other) = rows.iter().find(|row| !matches!(row, Value::Map(_))) {
                return Err(Fault::argument(format!(
                    "a row is an object map `#{{ … }}`, not {}",
                    other.kind().article()
                )));
            }
            let rows = column_of::series("rows", rows)?;
            let fields = if rows.is_empty() { DataFrame::empty() } else { rows.struct_()?.clone().unnest() };
            Ok(Value::Frame(Frame::from_data(fields)))
        }
        Some(Value::Frame(frame)) => Ok(Value::Frame(frame.clone())),
        other => Err(Fault::argument(format!(
            "`frame` takes an object map of columns or an array of rows, not {}",
            other.map_or("nothing", |value| value.kind().article())
        ))
        .hint("frame(#{ name: [\"a\", \"b\"], n: [1, 2] })")),
    }
}

/// Columns side by side; a single value is repeated as often as the longest column wants.
fn of_columns(columns: Vec<Column>) -> Result<DataFrame, Fault> {
    let height = columns.iter().map(Column::len).max().unwrap_or(0);
    let broadcast = columns.into_iter().map(|column| {
        if column.len() == 1 && height > 1 { column.new_from_index(0, height) } else { column }
    });
    let columns: Vec<Column> = broadcast.collect();
    if let Some(odd) = columns.iter().find(|column| column.len() != height) {
        return Err(Fault::new(
            "ShapeMismatch",
            format!("column `{}` has {} values, others have {height}", odd.name(), odd.len()),
        )
        .at(odd.name().to_string()));
    }
    Ok(DataFrame::new(height, columns)?)
}

fn sql(call: &Call<'_>) -> Result<Value, Fault> {
    let mut own = Vec::new();
    if let Some(Value::Map(named)) = call.any("frames") {
        // A name of a function's may be anything, and a column in the text.
        own.extend(named.iter().filter_map(|(name, value)| match value {
            Value::Frame(frame) => Some((name.clone(), frame.clone())),
            _ => None,
        }));
    }
    let frame = call.host.sql(&call.text("text")?, own)?;
    Ok(frame.map_or(Value::Nothing, Value::Frame))
}

/// Rhai has a `print` of its own, which comes first; this one is for help, and for calls that it does not take.
fn print(call: &Call<'_>) -> Result<Value, Fault> {
    call.host.screen().print(&line(call));
    Ok(Value::Nothing)
}

fn eprint(call: &Call<'_>) -> Result<Value, Fault> {
    call.host.screen().warn(&line(call));
    Ok(Value::Nothing)
}

/// The values as a line of text; data that is printed cannot move the terminal's cursor.
fn line(call: &Call<'_>) -> String {
    let texts: Vec<String> = call.each().iter().map(crate::show::text).collect();
    format!("{}\n", fram_display::visible(&texts.join(" ")))
}

fn display(call: &Call<'_>) -> Result<Value, Fault> {
    let id = call.maybe_text("id")?;
    if id.is_some() && call.each().len() > 1 {
        return Err(Fault::argument("several values cannot be shown under one id").at("id"));
    }
    for value in call.each() {
        let (settings, runner, watch) = (call.host.settings(), call.host.runner(), call.host.watch());
        if let Some(shown) = crate::show::value(value, &settings, &*runner, &watch)? {
            call.host.display(shown, id.as_deref());
        }
    }
    Ok(Value::Nothing)
}

fn input(call: &Call<'_>) -> Result<Value, Fault> {
    let answer = call.host.screen().input(&call.text("prompt")?, call.boolean("password")?);
    answer.map(Value::Text).map_err(|reason| match reason {
        NoInput::NotAllowed => {
            Fault::new("InputNotAllowed", "there is nobody to ask: this run takes no input")
                .hint("run the cell in a notebook, or give the value with `let`")
        }
        NoInput::Interrupted => RunError::Interrupted.into(),
    })
}

fn sleep(call: &Call<'_>) -> Result<Value, Fault> {
    let seconds = call.number("seconds")?;
    let whole =
        Duration::try_from_secs_f64(seconds).map_err(|_| call.out_of_range("seconds", "0 or more"))?;
    let begun = Instant::now();
    while begun.elapsed() < whole {
        if call.host.is_interrupted() {
            return Err(RunError::Interrupted.into());
        }
        std::thread::sleep((whole.saturating_sub(begun.elapsed())).min(Duration::from_millis(20)));
    }
    Ok(Value::Nothing)
}

fn clear_output(call: &Call<'_>) -> Result<Value, Fault> {
    call.host.clear(call.boolean("wait")?);
    Ok(Value::Nothing)
}
