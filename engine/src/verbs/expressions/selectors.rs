//! `cs`: selections of columns by type, by name and by place, which can be joined and taken from each other.

use polars::prelude::{DataType, DataTypeSelector, Selector, TimeUnitSet, TimeZoneSet, by_name};

use super::columns::{excluded, types};
use crate::call::Call;
use crate::fault::Fault;
use crate::registry::Kind::{Any, Boolean, DataType as Kind, Integer, Text, Texts};
use crate::registry::Type::{Expression as E, Selector as S, Selectors as C};
use crate::registry::{Parameter, Verb, absent, optional, required, some_rest, verb};
use crate::value::Value;

const NAMES: Parameter = some_rest("names", Text, "Names.");
const TEXTS: &[Parameter] = &[some_rest("texts", Text, "Texts; one of them must fit.")];
const ASCII: Parameter = optional("ascii_only", Boolean, "false", "A to Z and 0 to 9 alone.");
const SPACES: Parameter = optional("ignore_spaces", Boolean, "false", "Spaces may be there too.");
const STRICT: Parameter = optional("strict", Boolean, "true", "That there is none is an error.");

/// A selection by type.
macro_rules! typed {
    ($name:ident, $kind:expr, $summary:literal) => {
        verb(C, stringify!($name), S, $summary, |_| Ok(selection($kind.as_selector()))).examples(&[concat!(
            "frame(#{ n: [1], x: [2.5], s: [\"a\"], b: [true], d: [date(\"2020-09-21\")], l: [[1]] }).select(cs.",
            stringify!($name),
            "())"
        )])
    };
}

/// A selection by a regular expression that is made of texts.
macro_rules! matching {
    ($name:ident, $before:literal, $behind:literal, $example:literal, $summary:literal) => {
        verb(C, stringify!($name), S, $summary, |c| {
            let texts: Vec<String> = c.texts("texts")?.iter().map(|text| regex_escape(text)).collect();
            Ok(pattern(format!("{}({}){}", $before, texts.join("|"), $behind)))
        })
        .takes(TEXTS)
        .examples(&[concat!(
            "frame(#{ ab: [1], bc: [2] }).select(cs.",
            stringify!($name),
            "(\"",
            $example,
            "\"))"
        )])
    };
}

pub(super) const VERBS: &[Verb] = &[
    typed!(numeric, DataTypeSelector::Numeric, "The columns of numbers."),
    typed!(integer, DataTypeSelector::Integer, "The columns of whole numbers."),
    typed!(signed_integer, DataTypeSelector::SignedInteger, "The columns of whole numbers with a sign."),
    typed!(
        unsigned_integer,
        DataTypeSelector::UnsignedInteger,
        "The columns of whole numbers without a sign."
    ),
    typed!(float, DataTypeSelector::Float, "The columns of floating-point numbers."),
    typed!(decimal, DataTypeSelector::Decimal, "The columns of exact decimal numbers."),
    typed!(boolean, exactly(DataType::Boolean), "The columns of Booleans."),
    typed!(binary, exactly(DataType::Binary), "The columns of bytes."),
    typed!(date, exactly(DataType::Date), "The columns of days."),
    typed!(time, exactly(DataType::Time), "The columns of times of day."),
    typed!(temporal, DataTypeSelector::Temporal, "The columns of days, moments, times and lengths of time."),
    typed!(categorical, DataTypeSelector::Categorical, "The columns of categories."),
    typed!(enum, DataTypeSelector::Enum, "The columns of an `Enum`."),
    typed!(struct, DataTypeSelector::Struct, "The columns of structs."),
    typed!(nested, DataTypeSelector::Nested, "The columns of lists, arrays and structs."),
    verb(C, "string", S, "The columns of strings.", |c| {
        let strings = exactly(DataType::String).as_selector();
        let categories = DataTypeSelector::Categorical.as_selector();
        Ok(selection(if c.boolean("include_categorical")? { strings | categories } else { strings }))
    })
    .takes(&[optional("include_categorical", Boolean, "false", "Those of categories too.")])
    .examples(&["frame(#{ n: [1], s: [\"a\"] }).select(cs.string())"]),
    verb(C, "datetime", S, "The columns of moments.", |c| {
        let zones = match c.maybe_time_zone()? {
            Some(zone) => TimeZoneSet::AnyOf([zone].into()),
            None => TimeZoneSet::Any,
        };
        Ok(selection(DataTypeSelector::Datetime(units(c)?, zones).as_selector()))
    })
    .takes(&[
        absent("time_unit", Text, "Stored in this unit: ns, us or ms; any by default."),
        absent("time_zone", Text, "In this zone; in any, or in none, by default."),
    ])
    .examples(&["frame(#{ n: [1], t: [datetime(\"2020-09-21\")] }).select(cs.datetime())"]),
    verb(C, "duration", S, "The columns of lengths of time.", |c| {
        Ok(selection(DataTypeSelector::Duration(units(c)?).as_selector()))
    })
    .takes(&[absent("time_unit", Text, "Stored in this unit: ns, us or ms; any by default.")])
    .examples(&["frame(#{ n: [1], d: [duration(\"1h\")] }).select(cs.duration())"]),
    verb(C, "list", S, "The columns of lists.", |c| {
        Ok(selection(DataTypeSelector::List(inner(c)?).as_selector()))
    })
    .takes(&[absent("inner", Any, "Whose elements are of this selection by type.")])
    .examples(&["frame(#{ a: [[1]], b: [[\"x\"]] }).select(cs.list(cs.integer()))"]),
    verb(C, "array", S, "The columns of arrays.", |c| {
        let width = c.maybe_count("width")?;
        Ok(selection(DataTypeSelector::Array(inner(c)?, width).as_selector()))
    })
    .takes(&[
        absent("inner", Any, "Whose elements are of this selection by type."),
        absent("width", Integer, "Of this width."),
    ])
    .examples(&["frame(#{ a: [[1, 2]] }).cast(Array(Int64, 2)).select(cs.array(#{ width: 2 }))"]),
    verb(C, "by_dtype", S, "The columns of these types.", |c| {
        Ok(selection(types(&c.values("dtypes"), c)?.as_selector()))
    })
    .takes(&[some_rest("dtypes", Kind, "Types, as Int64.")])
    .examples(&["frame(#{ n: [1], x: [2.5], s: [\"a\"] }).select(cs.by_dtype(Int64, String))"]),
    verb(C, "by_name", S, "The columns of these names.", |c| {
        Ok(selection(by_name(c.texts("names")?, c.boolean("require_all")?, false)))
    })
    .takes(&[NAMES, optional("require_all", Boolean, "true", "A name that is not there is an error.")])
    .examples(&["frame(#{ a: [1], b: [2] }).select(cs.by_name(\"b\", \"c\", #{ require_all: false }))"]),
    verb(C, "by_index", S, "The columns at these places.", |c| {
        let (indices, strict) = (c.integers("indices")?.into(), c.boolean("require_all")?);
        Ok(selection(Selector::ByIndex { indices, strict }))
    })
    .takes(&[
        some_rest("indices", Integer, "Places from 0; counted from the end where negative."),
        optional("require_all", Boolean, "true", "A place that is not there is an error."),
    ])
    .examples(&["frame(#{ a: [1], b: [2], c: [3] }).select(cs.by_index(0, -1))"]),
    matching!(contains, "", "", "a", "The columns whose name has one of these texts in it."),
    matching!(starts_with, "^", "", "a", "The columns whose name begins so."),
    matching!(ends_with, "", "$", "c", "The columns whose name ends so."),
    verb(C, "matches", S, "The columns whose name fits a regular expression.", |c| {
        Ok(pattern(c.text("pattern")?))
    })
    .takes(&[required("pattern", Text, "The regular expression.")])
    .examples(&["frame(#{ a1: [1], b: [2] }).select(cs.matches(\"[0-9]\"))"]),
    verb(C, "alpha", S, "The columns whose name is of letters.", |c| {
        let letters = if c.boolean("ascii_only")? { "a-zA-Z" } else { r"\p{Alphabetic}" };
        let spaces = if c.boolean("ignore_spaces")? { " " } else { "" };
        Ok(pattern(format!("^[{letters}{spaces}]+$")))
    })
    .takes(&[ASCII, SPACES])
    .examples(&["frame(#{ ab: [1], a1: [2] }).select(cs.alpha())"]),
    verb(C, "alphanumeric", S, "The columns whose name is of letters and digits.", |c| {
        let all = if c.boolean("ascii_only")? { "a-zA-Z0-9" } else { r"\p{Alphabetic}\d" };
        let spaces = if c.boolean("ignore_spaces")? { " " } else { "" };
        Ok(pattern(format!("^[{all}{spaces}]+$")))
    })
    .takes(&[ASCII, SPACES])
    .examples(&["frame(#{ a1: [1], a_b: [2] }).select(cs.alphanumeric())"]),
    verb(C, "digit", S, "The columns whose name is of digits.", |c| {
        Ok(pattern(format!("^{}+$", if c.boolean("ascii_only")? { "[0-9]" } else { r"\d" })))
    })
    .takes(&[ASCII])
    .examples(&["frame(#{ \"2020\": [1], a: [2] }).select(cs.digit())"]),
    verb(C, "first", S, "The first column.", |c| ends(c, 0))
        .takes(&[STRICT])
        .examples(&["frame(#{ a: [1], b: [2] }).select(cs.first())"]),
    verb(C, "last", S, "The last column.", |c| ends(c, -1))
        .takes(&[STRICT])
        .examples(&["frame(#{ a: [1], b: [2] }).select(cs.last())"]),
    verb(C, "all", S, "Every column.", |_| Ok(selection(Selector::Wildcard)))
        .examples(&["frame(#{ a: [1], b: [2] }).select(cs.all() - cs.last())"]),
    verb(C, "empty", S, "No column.", |_| Ok(selection(Selector::Empty)))
        .examples(&["frame(#{ a: [1], b: [2] }).select(cs.empty() | cs.last())"]),
    verb(C, "exclude", S, "Every column but these.", |c| Ok(selection(without(c, Selector::Wildcard)?)))
        .takes(EXCLUDED)
        .examples(&["frame(#{ a: [1], b: [2] }).select(cs.exclude(\"a\"))"]),
    verb(S, "exclude", S, "The selection without these columns.", |c| {
        let Value::Selector(all) = c.receiver() else {
            return Err(c.out_of_range("columns", "of a selector"));
        };
        Ok(selection(without(c, (**all).clone())?))
    })
    .takes(EXCLUDED)
    .examples(&["frame(#{ a: [1], b: [2], s: [\"x\"] }).select(cs.numeric().exclude(\"a\"))"]),
    verb(
        S,
        "as_expr",
        E,
        "The selection as an expression, on which `-`, `&` and the like work on values.",
        |c| Ok(Value::expression(c.expr()?)),
    )
    .examples(&["frame(#{ a: [1], b: [2] }).select(cs.numeric().as_expr() - 1)"]),
];

const EXCLUDED: &[Parameter] =
    &[some_rest("columns", Texts, "Names, `^…$` for a regular expression; column types; or a selector.")];

fn selection(selector: Selector) -> Value {
    Value::Selector(Box::new(selector))
}

fn exactly(kind: DataType) -> DataTypeSelector {
    DataTypeSelector::AnyOf([kind].into())
}

fn pattern(text: String) -> Value {
    selection(Selector::Matches(text.into()))
}

/// A text as a regular expression that matches it alone.
fn regex_escape(text: &str) -> String {
    let is_sign = |letter: char| letter.is_ascii_punctuation() && letter != '_';
    text.chars().flat_map(|letter| is_sign(letter).then_some('\\').into_iter().chain([letter])).collect()
}

fn units(call: &Call<'_>) -> Result<TimeUnitSet, Fault> {
    match call.maybe_text("time_unit")? {
        Some(unit) => Ok(crate::datatype::time_unit(&unit)?.into()),
        None => Ok(TimeUnitSet::all()),
    }
}

/// The selection by type that the elements must be of.
fn inner(call: &Call<'_>) -> Result<Option<std::sync::Arc<DataTypeSelector>>, Fault> {
    match call.any("inner") {
        None => Ok(None),
        Some(Value::Selector(selector)) => match selector.to_dtype_selector() {
            Some(kinds) => Ok(Some(kinds.into())),
            None => Err(call.out_of_range("inner", "a selection by type, as `cs.numeric()`")),
        },
        Some(Value::DataType(kind)) => Ok(Some(exactly((**kind).clone()).into())),
        Some(_) => Err(call.out_of_range("inner", "a selection by type, as `cs.numeric()`")),
    }
}

fn ends(call: &Call<'_>, place: i64) -> Result<Value, Fault> {
    Ok(selection(Selector::ByIndex { indices: [place].into(), strict: call.boolean("strict")? }))
}

/// The selection without names, types or other selections.
fn without(call: &Call<'_>, all: Selector) -> Result<Selector, Fault> {
    let values = call.values("columns");
    let selectors: Vec<&Selector> = values
        .iter()
        .filter_map(|value| if let Value::Selector(selector) = value { Some(&**selector) } else { None })
        .collect();
    match selectors.as_slice() {
        [] => excluded(call, all),
        taken if taken.len() == values.len() => Ok(taken.iter().fold(all, |all, one| all - (*one).clone())),
        _ => Err(call.out_of_range("columns", "all names, all column types or all selectors")),
    }
}
