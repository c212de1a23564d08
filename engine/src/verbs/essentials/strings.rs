//! `.str` and `.list`: strings, and what they are split into.

use polars::prelude::{Expr, StrptimeOptions, TimeUnit, lit};

use crate::call::Call;
use crate::datatype;
use crate::fault::Fault;
use crate::registry::Kind::{Boolean, Integer, Text, Value as Val};
use crate::registry::Type::{Expression as E, Lists, Strings};
use crate::registry::{Parameter, Verb, absent, optional, required, verb};
use crate::value::Value;

const fn plain(
    name: &'static str,
    summary: &'static str,
    run: fn(&Call<'_>) -> Result<Value, Fault>,
) -> Verb {
    verb(Strings, name, E, summary, run)
}

const PATTERN: Parameter = required("pattern", Val, "A regular expression.");
const LITERAL: Parameter = optional("literal", Boolean, "false", "The pattern is plain text.");
const AFFIX: &[Parameter] = &[required("text", Val, "The text.")];

pub(in crate::verbs) const VERBS: &[Verb] = &[
    plain("contains", "Whether the pattern is in it.", |c| {
        let (pattern, literal, strict) = (c.value("pattern")?, c.boolean("literal")?, c.boolean("strict")?);
        c.map(|e| if literal { e.str().contains_literal(pattern) } else { e.str().contains(pattern, strict) })
    })
    .takes(&[PATTERN, LITERAL, optional("strict", Boolean, "true", "A broken pattern is an error; else the result is null.")])
    .examples(&["frame(#{ a: [\"cmd.exe\", \"x\"] }).filter(col(\"a\").str.contains(\"exe$\"))"]),
    plain("starts_with", "Whether it begins so.", |c| {
        let text = c.value("text")?;
        c.map(|e| e.str().starts_with(text))
    })
    .takes(AFFIX)
    .examples(&["frame(#{ a: [\"ab\"] }).select(col(\"a\").str.starts_with(\"a\"))"]),
    plain("ends_with", "Whether it ends so.", |c| {
        let text = c.value("text")?;
        c.map(|e| e.str().ends_with(text))
    })
    .takes(AFFIX)
    .examples(&["frame(#{ a: [\"ab\"] }).select(col(\"a\").str.ends_with(\"b\"))"]),
    plain("to_lowercase", "In lower case.", |c| c.map(|e| e.str().to_lowercase())).examples(&["frame(#{ a: [\"Ab\"] }).select(col(\"a\").str.to_lowercase())"]),
    plain("to_uppercase", "In upper case.", |c| c.map(|e| e.str().to_uppercase())).examples(&["frame(#{ a: [\"Ab\"] }).select(col(\"a\").str.to_uppercase())"]),
    plain("len_chars", "The number of characters.", |c| c.map(|e| e.str().len_chars())).examples(&["frame(#{ a: [\"é\"] }).select(col(\"a\").str.len_chars())"]),
    plain("len_bytes", "The number of bytes in UTF-8.", |c| c.map(|e| e.str().len_bytes())).examples(&["frame(#{ a: [\"é\"] }).select(col(\"a\").str.len_bytes())"]),
    plain("strip_chars", "Without white space, or these characters, at both ends.", |c| {
        let characters = c.maybe_text("characters")?;
        c.map(|e| e.str().strip_chars(characters.map_or_else(|| lit(polars::prelude::NULL), lit)))
    })
    .takes(&[absent("characters", Text, "The characters that are taken away.")])
    .examples(&["frame(#{ a: [\" x \"] }).select(col(\"a\").str.strip_chars())"]),
    plain("replace", "With the first match of the pattern replaced.", |c| {
        let (pattern, value, literal) = (c.value("pattern")?, c.value("value")?, c.boolean("literal")?);
        c.map(|e| e.str().replace(pattern, value, literal))
    })
    .takes(&[PATTERN, required("value", Val, "The replacement; `$1` is the first group."), LITERAL])
    .examples(&["frame(#{ a: [\"aa\"] }).select(col(\"a\").str.replace(\"a\", \"b\"))"]),
    plain("replace_all", "With every match of the pattern replaced.", |c| {
        let (pattern, value, literal) = (c.value("pattern")?, c.value("value")?, c.boolean("literal")?);
        c.map(|e| e.str().replace_all(pattern, value, literal))
    })
    .takes(&[PATTERN, required("value", Val, "The replacement; `$1` is the first group."), LITERAL])
    .examples(&["frame(#{ a: [\"aa\"] }).select(col(\"a\").str.replace_all(\"a\", \"b\"))"]),
    plain("split", "The parts between separators, as a list.", |c| {
        let by = c.value("by")?;
        c.map(|e| e.str().split(by))
    })
    .takes(&[required("by", Val, "The separator.")])
    .examples(&["frame(#{ a: [\"x,y\"] }).select(col(\"a\").str.split(\",\"))"]),
    plain("slice", "A part, by place.", |c| {
        let (offset, length) = (c.integer("offset")?, c.maybe_integer("length")?);
        c.map(|e| e.str().slice(lit(offset), length.map_or_else(|| lit(u64::MAX), lit)))
    })
    .takes(&[required("offset", Integer, "Where it begins; negative counts from the end."), absent("length", Integer, "Characters; all that follow by default.")])
    .examples(&["frame(#{ a: [\"abcd\"] }).select(col(\"a\").str.slice(1, 2))"]),
    plain("extract", "What a group of the pattern matched.", |c| {
        let (pattern, group) = (c.value("pattern")?, c.count("group_index")?);
        c.map(|e| e.str().extract(pattern, group))
    })
    .takes(&[PATTERN, optional("group_index", Integer, "1", "Which group; 0 is the whole match.")])
    .examples(&["frame(#{ a: [\"pid=12\"] }).select(col(\"a\").str.extract(\"(\\\\d+)\"))"]),
    plain("to_integer", "The whole number that is written there.", |c| {
        let (base, strict) = (c.integer("base")?, c.boolean("strict")?);
        c.map(|e| e.str().to_integer(lit(base), None, strict))
    })
    .takes(&[optional("base", Integer, "10", "The base of the digits."), optional("strict", Boolean, "true", "What is no number is an error; else null.")])
    .examples(&["frame(#{ a: [\"ff\"] }).select(col(\"a\").str.to_integer(#{ base: 16 }))"]),
    plain("to_datetime", "The moment that is written there.", to_datetime)
        .takes(&[
            absent("format", Text, "As `%Y-%m-%d %H:%M:%S`; found out by default."),
            optional("time_unit", Text, "us", "ns, us or ms."),
            absent("time_zone", Text, "The zone of the result, as UTC."),
            optional("strict", Boolean, "true", "What cannot be read is an error; else null."),
        ])
        .examples(&["frame(#{ a: [\"2020-09-21 04:14:36.132\"] }).select(col(\"a\").str.to_datetime(\"%Y-%m-%d %H:%M:%S%.f\"))"]),
];

pub(in crate::verbs) const LISTS: &[Verb] = &[
    verb(Lists, "len", E, "The number of elements.", |c| c.map(|e| e.list().len()))
        .examples(&["frame(#{ a: [[1, 2]] }).select(col(\"a\").list.len())"]),
    verb(Lists, "first", E, "The first element.", |c| c.map(|e| e.list().first()))
        .examples(&["frame(#{ a: [[1, 2]] }).select(col(\"a\").list.first())"]),
    verb(Lists, "last", E, "The last element.", |c| c.map(|e| e.list().last()))
        .examples(&["frame(#{ a: [[1, 2]] }).select(col(\"a\").list.last())"]),
    verb(Lists, "get", E, "The element at a place.", |c| {
        let index = c.integer("index")?;
        c.map(|e| e.list().get(lit(index), true))
    })
    .takes(&[required("index", Integer, "From 0; negative counts from the end. Null where there is none.")])
    .examples(&["frame(#{ a: [[1, 2]] }).select(col(\"a\").list.get(1))"]),
    verb(Lists, "contains", E, "Whether the element is in it.", |c| {
        let item = c.value("item")?;
        c.map(|e| e.list().contains(item, true))
    })
    .takes(&[required("item", Val, "The element.")])
    .examples(&["frame(#{ a: [[1, 2]] }).select(col(\"a\").list.contains(2))"]),
    verb(Lists, "join", E, "The elements as one string.", |c| {
        let separator = c.value("separator")?;
        c.map(|e| e.list().join(separator, true))
    })
    .takes(&[required("separator", Val, "Between two elements.")])
    .examples(&["frame(#{ a: [[\"x\", \"y\"]] }).select(col(\"a\").list.join(\"-\"))"]),
];

fn to_datetime(call: &Call<'_>) -> Result<Value, Fault> {
    let unit: TimeUnit = datatype::time_unit(&call.text("time_unit")?)?;
    let zone = call.maybe_text("time_zone")?.map(|zone| datatype::time_zone(&zone)).transpose()?;
    let options = StrptimeOptions {
        format: call.maybe_text("format")?.map(Into::into),
        strict: call.boolean("strict")?,
        ..StrptimeOptions::default()
    };
    call.map(|e: Expr| e.str().to_datetime(Some(unit), zone, options, lit("raise")))
}
