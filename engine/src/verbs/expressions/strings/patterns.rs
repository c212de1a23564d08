//! Strings searched, replaced and taken apart: by regular expressions, by plain text, by many texts at once.

use polars::prelude::Expr;

use crate::call::{Call, list};
use crate::fault::Fault;
use crate::registry::Kind::{Any, Boolean, Column, Integer, Text, Value as Val};
use crate::registry::Type::{Expression as E, Strings as S};
use crate::registry::{Parameter, Verb, absent, optional, required, verb};
use crate::value::Value;

const PATTERN: Parameter = required("pattern", Val, "A regular expression, or a column of them.");
const LITERAL: Parameter = optional("literal", Boolean, "false", "The pattern is plain text.");
const STRICT: Parameter =
    optional("strict", Boolean, "true", "A broken pattern is an error; else the result is null.");
const REPLACEMENT: Parameter = required("value", Val, "The replacement; `$1` is the first group.");
const SEPARATOR: Parameter = required("by", Val, "The separator, or a column of them.");
const INCLUSIVE: Parameter =
    optional("inclusive", Boolean, "false", "Parts keep the separator at their end.");
const PATTERNS: Parameter = required("patterns", Column, "Texts in an array, or a column of lists.");
const ANY_CASE: Parameter =
    optional("ascii_case_insensitive", Boolean, "false", "A to Z match in either case.");
const OVERLAPPING: Parameter = optional("overlapping", Boolean, "false", "Matches may overlap.");
const LEFTMOST: Parameter =
    optional("leftmost", Boolean, "false", "Of texts that begin alike, the one named first matches.");

pub(in crate::verbs::expressions) const VERBS: &[Verb] = &[
    verb(S, "contains", E, "Whether the pattern is in it.", |c| {
        let (pattern, literal, strict) = (c.value("pattern")?, c.boolean("literal")?, c.boolean("strict")?);
        c.map(|e| if literal { e.str().contains_literal(pattern) } else { e.str().contains(pattern, strict) })
    })
    .takes(&[PATTERN, LITERAL, STRICT])
    .examples(&[
        r#"frame(#{ a: ["cmd.exe", "x"] }).filter(col("a").str.contains("exe$"))"#,
        on!(r#"a: ["a.b", "axb"]"#, r#"str.contains("a.b", #{ literal: true })"#),
    ]),
    verb(S, "find", E, "Where the pattern is, in bytes from 0; null where it is not.", |c| {
        let (pattern, literal, strict) = (c.value("pattern")?, c.boolean("literal")?, c.boolean("strict")?);
        c.map(|e| if literal { e.str().find_literal(pattern) } else { e.str().find(pattern, strict) })
    })
    .takes(&[PATTERN, LITERAL, STRICT])
    .examples(&[on!(r#"a: ["cmd.exe", "x"]"#, r#"str.find("e.e")"#)]),
    verb(S, "count_matches", E, "How often the pattern is in it.", |c| {
        let (pattern, literal) = (c.value("pattern")?, c.boolean("literal")?);
        c.map(|e| e.str().count_matches(pattern, literal))
    })
    .takes(&[PATTERN, LITERAL])
    .examples(&[on!(r#"a: ["a1b22", "x"]"#, r#"str.count_matches("[0-9]")"#)]),
    verb(S, "extract", E, "What a group of the pattern matched.", |c| {
        let (pattern, group) = (c.value("pattern")?, c.count("group_index")?);
        c.map(|e| e.str().extract(pattern, group))
    })
    .takes(&[PATTERN, optional("group_index", Integer, "1", "Which group; 0 is the whole match.")])
    .examples(&[on!(r#"a: ["pid=12", "x"]"#, r#"str.extract("pid=([0-9]+)")"#)]),
    verb(S, "extract_all", E, "All that the pattern matched, as a list.", |c| {
        let pattern = c.value("pattern")?;
        c.map(|e| e.str().extract_all(pattern))
    })
    .takes(&[PATTERN])
    .examples(&[on!(r#"a: ["a1b22", "x"]"#, r#"str.extract_all("[0-9]+")"#)]),
    verb(S, "extract_groups", E, "What each group of the pattern matched, as a struct.", |c| {
        Ok(Value::expression(c.expr()?.str().extract_groups(&c.text("pattern")?)?))
    })
    .takes(&[required("pattern", Text, "A regular expression; named groups name the fields.")])
    .examples(&[on!(r#"a: ["pid=12"]"#, r#"str.extract_groups("(?<key>[a-z]+)=([0-9]+)")"#)]),
    verb(S, "replace", E, "With the first matches of the pattern replaced.", |c| {
        let (pattern, value) = (c.value("pattern")?, c.value("value")?);
        let (literal, n) = (c.boolean("literal")?, c.integer("n")?);
        c.map(|e| e.str().replace_n(pattern, value, literal, n))
    })
    .takes(&[PATTERN, REPLACEMENT, LITERAL, optional("n", Integer, "1", "How many are replaced.")])
    .examples(&[
        on!(r#"a: ["aaa"]"#, r#"str.replace("a", "b")"#),
        on!(r#"a: ["aaa"]"#, r#"str.replace("a", "b", #{ literal: true, n: 2 })"#),
    ]),
    verb(S, "replace_all", E, "With every match of the pattern replaced.", |c| {
        let (pattern, value, literal) = (c.value("pattern")?, c.value("value")?, c.boolean("literal")?);
        c.map(|e| e.str().replace_all(pattern, value, literal))
    })
    .takes(&[PATTERN, REPLACEMENT, LITERAL])
    .examples(&[on!(r#"a: ["x=1, y=2"]"#, r#"str.replace_all("([a-z])=([0-9])", "$2:$1")"#)]),
    verb(S, "split", E, "The parts between separators, as a list.", split)
        .takes(&[
            SEPARATOR,
            INCLUSIVE,
            optional("literal", Boolean, "true", "The separator is plain text, else a regular expression."),
            STRICT,
        ])
        .examples(&[
            on!(r#"a: ["x,y", ""]"#, r#"str.split(",")"#),
            on!(r#"a: ["x1y22z"]"#, r#"str.split("[0-9]+", #{ literal: false })"#),
        ]),
    verb(
        S,
        "split_exact",
        E,
        "So many parts and the one behind them, as a struct; null where there are fewer.",
        |c| {
            let (by, n, inclusive) = (c.value("by")?, c.count("n")?, c.boolean("inclusive")?);
            c.map(
                |e| if inclusive { e.str().split_exact_inclusive(by, n) } else { e.str().split_exact(by, n) },
            )
        },
    )
    .takes(&[SEPARATOR, required("n", Integer, "How many times it is split."), INCLUSIVE])
    .examples(&[on!(r#"a: ["x_y", "z"]"#, r#"str.split_exact("_", 1)"#)]),
    verb(S, "splitn", E, "So many parts as a struct, the last one with the rest.", |c| {
        let (by, n) = (c.value("by")?, c.count("n")?);
        c.map(|e| e.str().splitn(by, n))
    })
    .takes(&[SEPARATOR, required("n", Integer, "How many parts.")])
    .examples(&[on!(r#"a: ["x_y_z", "z"]"#, r#"str.splitn("_", 2)"#)]),
    verb(S, "contains_any", E, "Whether one of several texts is in it.", |c| {
        let (patterns, any_case) = (c.operand("patterns")?, c.boolean("ascii_case_insensitive")?);
        c.map(|e| e.str().contains_any(patterns, any_case))
    })
    .takes(&[PATTERNS, ANY_CASE])
    .examples(&[on!(
        r#"a: ["cmd.exe", "PWSH", "x"]"#,
        r#"str.contains_any(["cmd", "pwsh"], #{ ascii_case_insensitive: true })"#
    )]),
    verb(S, "extract_many", E, "All of several texts that are in it, as a list.", |c| {
        let (patterns, any_case, overlapping, leftmost) = many(c)?;
        c.map(|e| e.str().extract_many(patterns, any_case, overlapping, leftmost))
    })
    .takes(&[PATTERNS, ANY_CASE, OVERLAPPING, LEFTMOST])
    .examples(&[on!(r#"a: ["abc", "x"]"#, r#"str.extract_many(["ab", "bc"], #{ overlapping: true })"#)]),
    verb(S, "find_many", E, "Where several texts are, in bytes from 0, as a list.", |c| {
        let (patterns, any_case, overlapping, leftmost) = many(c)?;
        c.map(|e| e.str().find_many(patterns, any_case, overlapping, leftmost))
    })
    .takes(&[PATTERNS, ANY_CASE, OVERLAPPING, LEFTMOST])
    .examples(&[on!(r#"a: ["abab", "x"]"#, r#"str.find_many(["ab", "b"])"#)]),
    verb(S, "replace_many", E, "With several texts replaced, each by its own.", replace_many)
        .takes(&[
            required("patterns", Any, "Texts in an array, or an object map of texts and replacements."),
            absent("replace_with", Val, "The replacements: one for all, or an array of as many."),
            ANY_CASE,
            LEFTMOST,
        ])
        .examples(&[
            on!(r#"a: ["me and you"]"#, r#"str.replace_many(["me", "you"], ["you", "me"])"#),
            on!(r#"a: ["me and you"]"#, r#"str.replace_many(#{ me: "us" })"#),
        ]),
];

fn split(call: &Call<'_>) -> Result<Value, Fault> {
    let (by, inclusive) = (call.value("by")?, call.boolean("inclusive")?);
    let (literal, strict) = (call.boolean("literal")?, call.boolean("strict")?);
    call.map(|e| match (literal, inclusive) {
        (true, false) => e.str().split(by),
        (true, true) => e.str().split_inclusive(by),
        (false, false) => e.str().split_regex(by, strict),
        (false, true) => e.str().split_regex_inclusive(by, strict),
    })
}

/// The patterns, and `ascii_case_insensitive`, `overlapping` and `leftmost`.
fn many(call: &Call<'_>) -> Result<(Expr, bool, bool, bool), Fault> {
    let (overlapping, leftmost) = (call.boolean("overlapping")?, call.boolean("leftmost")?);
    if overlapping && leftmost {
        return Err(Fault::argument("matches cannot be both `overlapping` and `leftmost`"));
    }
    Ok((call.operand("patterns")?, call.boolean("ascii_case_insensitive")?, overlapping, leftmost))
}

fn replace_many(call: &Call<'_>) -> Result<Value, Fault> {
    let (any_case, leftmost) = (call.boolean("ascii_case_insensitive")?, call.boolean("leftmost")?);
    let (patterns, replacements) = match (call.any("patterns"), call.has("replace_with")) {
        (Some(Value::Map(map)), false) if map.is_empty() => return Ok(Value::expression(call.expr()?)),
        (Some(Value::Map(map)), false) => {
            let texts: Vec<Value> = map.keys().cloned().map(Value::Text).collect();
            let others: Vec<Value> = map.values().cloned().collect();
            (list(&texts)?, list(&others)?)
        }
        (_, true) => (call.operand("patterns")?, call.value("replace_with")?),
        (_, false) => {
            return Err(Fault::argument("`replace_many` needs `replace_with` beside `patterns`")
                .hint("or an object map of texts and replacements, as `#{ old: \"new\" }`"));
        }
    };
    call.map(|e| e.str().replace_many(patterns, replacements, any_case, leftmost))
}
