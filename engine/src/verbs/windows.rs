//! Rows in groups by time or by number: windows of a fixed raster, and windows that end at each row.

use polars::prelude::{
    Duration, DynamicGroupOptions, Expr, Label, RollingGroupOptions, SortMultipleOptions, StartBy,
};

use crate::call::Call;
use crate::fault::Fault;
use crate::groups::{GroupKind, Groups};
use crate::registry::Kind::{Boolean, Column, Duration as Length, Text};
use crate::registry::Type::{Frame as F, Groups as G};
use crate::registry::{Parameter, Verb, absent, optional, required, verb};
use crate::value::Value;

const INDEX: Parameter =
    required("index_column", Column, "The column of times or whole numbers; rows are sorted by it first.");
const CLOSED: &str = "Which ends belong to a window: left, right, both or none.";
const KEYS: Parameter = absent("group_by", Column, "Keys beside the window.");

pub(super) const VERBS: &[Verb] = &[
    verb(F, "group_by_dynamic", G, "Forms groups of rows in windows of equal length.", dynamic)
        .takes(&[
            INDEX,
            required("every", Length, "From one window's beginning to the next: \"10m\", \"1h30m\", \"1d\", \"1mo\"; \"5i\" for numbers."),
            absent("period", Length, "The length of a window; else as `every`."),
            absent("offset", Length, "How far windows are moved."),
            optional("closed", Text, "left", CLOSED),
            optional("label", Text, "left", "What a window is called by: left, right, or the first datapoint."),
            optional("include_boundaries", Boolean, "false", "Adds columns with each window's ends."),
            KEYS,
            optional("start_by", Text, "window", "Where the first window begins: window (a multiple of `every`), datapoint, or a weekday."),
        ])
        .examples(&["frame(#{ i: [0, 1, 2, 5], v: [1, 2, 3, 4] }).group_by_dynamic(\"i\", \"2i\").agg(\"sum(v) AS total\")"]),
    verb(F, "rolling", G, "Forms a group for each row: the rows of the window that ends there.", rolling)
        .takes(&[
            INDEX,
            required("period", Length, "The length of the window."),
            absent("offset", Length, "How far the window is moved; else it ends at the row."),
            optional("closed", Text, "right", CLOSED),
            KEYS,
        ])
        .examples(&["frame(#{ i: [0, 1, 2, 5], v: [1, 2, 3, 4] }).rolling(\"i\", \"2i\").agg(\"sum(v) AS total\")"]),
];

fn dynamic(call: &Call<'_>) -> Result<Value, Fault> {
    let every = call.length("every")?;
    if every.is_zero() || every.negative() {
        return Err(call.out_of_range("every", "longer than nothing"));
    }
    let label = match call.word("label", &["left", "right", "datapoint"])? {
        "right" => Label::Right,
        "datapoint" => Label::DataPoint,
        _ => Label::Left,
    };
    let options = DynamicGroupOptions {
        index_column: "".into(),
        every,
        period: call.maybe_length("period")?.unwrap_or(every),
        offset: call.maybe_length("offset")?.unwrap_or_else(|| Duration::parse("0ns")),
        label,
        include_boundaries: call.boolean("include_boundaries")?,
        closed_window: call.closed_window()?,
        start_by: start_by(call)?,
    };
    let index = call.column("index_column")?;
    groups(call, GroupKind::Dynamic(index, Box::new(options)))
}

fn rolling(call: &Call<'_>) -> Result<Value, Fault> {
    let period = call.length("period")?;
    let options = RollingGroupOptions {
        index_column: "".into(),
        period,
        offset: call.maybe_length("offset")?.unwrap_or(-period),
        closed_window: call.closed_window()?,
    };
    let index = call.column("index_column")?;
    groups(call, GroupKind::Rolling(index, Box::new(options)))
}

fn groups(call: &Call<'_>, kind: GroupKind) -> Result<Value, Fault> {
    let keys: Vec<Expr> = call.columns("group_by")?;
    // The streaming engine forms wrong windows of rows that are out of order, and says nothing.
    let sorted = SortMultipleOptions::default().with_maintain_order(true);
    let lazy = call.lazy()?.sort_by_exprs([call.column("index_column")?], sorted);
    Ok(Value::Groups(Box::new(Groups { lazy, keys, kind })))
}

fn start_by(call: &Call<'_>) -> Result<StartBy, Fault> {
    const WORDS: &[&str] = &[
        "window",
        "datapoint",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
    ];
    Ok(match call.word("start_by", WORDS)? {
        "datapoint" => StartBy::DataPoint,
        "monday" => StartBy::Monday,
        "tuesday" => StartBy::Tuesday,
        "wednesday" => StartBy::Wednesday,
        "thursday" => StartBy::Thursday,
        "friday" => StartBy::Friday,
        "saturday" => StartBy::Saturday,
        "sunday" => StartBy::Sunday,
        _ => StartBy::WindowBound,
    })
}
