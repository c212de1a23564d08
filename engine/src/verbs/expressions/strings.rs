//! `.str`: strings measured, cut, padded and compared. Patterns are left to `patterns`, what strings say to `reading`.

pub(super) mod patterns;
pub(super) mod reading;

use polars::prelude::{Expr, NULL, UnicodeForm, lit};

use crate::call::Call;
use crate::fault::Fault;
use crate::registry::Kind::{Boolean, Column, Text, Value as Val};
use crate::registry::Type::{Expression as E, Strings as S};
use crate::registry::{Parameter, Verb, absent, optional, required, verb};

pub(super) use reading::{AMBIGUOUS, ENCODING, ambiguous, is_hex};

const CHARACTERS: &[Parameter] =
    &[absent("characters", Val, "The characters that are taken away; white space by default.")];
const LENGTH: Parameter = required("length", Column, "Characters that it has at least then.");
const FILL: Parameter = optional("fill_char", Text, " ", "The character that is put in.");

/// A verb without parameters.
macro_rules! plain {
    ($name:ident, $values:literal, $summary:literal) => {
        simple!(Strings, ".str", $name, |e: Expr| e.str().$name(), $values, $summary)
    };
}

/// A verb that takes characters away.
macro_rules! strip {
    ($name:ident, $summary:literal) => {
        verb(S, stringify!($name), E, $summary, |c| {
            let characters = c.maybe_value("characters")?.unwrap_or_else(|| lit(NULL));
            c.map(|e| e.str().$name(characters))
        })
        .takes(CHARACTERS)
        .examples(&[
            concat!("frame(#{ a: [\" x \", \"y\"] }).select(col(\"a\").str.", stringify!($name), "())"),
            concat!("frame(#{ a: [\"--x-\"] }).select(col(\"a\").str.", stringify!($name), "(\"-\"))"),
        ])
    };
}

/// A verb about a beginning or an end.
macro_rules! affix {
    ($name:ident, $parameter:literal, $summary:literal) => {
        verb(S, stringify!($name), E, $summary, |c| {
            let affix = c.value($parameter)?;
            c.map(|e| e.str().$name(affix))
        })
        .takes(&[required($parameter, Val, "The text, or a column of texts.")])
        .examples(&[concat!(
            "frame(#{ a: [\"aba\", \"b\", ()] }).select(col(\"a\").str.",
            stringify!($name),
            "(\"a\"))"
        )])
    };
}

pub(super) const VERBS: &[Verb] = &[
    plain!(len_chars, r#"["é", ""]"#, "The number of characters."),
    plain!(len_bytes, r#"["é", ""]"#, "The number of bytes in UTF-8."),
    plain!(to_lowercase, r#"["Ab"]"#, "In lower case."),
    plain!(to_uppercase, r#"["Ab"]"#, "In upper case."),
    plain!(reverse, r#"["abc"]"#, "Its characters from the last to the first."),
    plain!(escape_regex, r#"["a.b"]"#, "As a pattern that matches this very text."),
    affix!(starts_with, "prefix", "Whether it begins so."),
    affix!(ends_with, "suffix", "Whether it ends so."),
    affix!(strip_prefix, "prefix", "Without this beginning, where it has it."),
    affix!(strip_suffix, "suffix", "Without this end, where it has it."),
    strip!(strip_chars, "Without white space, or these characters, at both ends."),
    strip!(strip_chars_start, "Without white space, or these characters, at the beginning."),
    strip!(strip_chars_end, "Without white space, or these characters, at the end."),
    verb(S, "pad_start", E, "Filled up at the beginning.", |c| {
        let (length, fill) = (c.operand("length")?, fill(c)?);
        c.map(|e| e.str().pad_start(length, fill))
    })
    .takes(&[LENGTH, FILL])
    .examples(&[on!(r#"a: ["7", "12345"]"#, r#"str.pad_start(4, "*")"#)]),
    verb(S, "pad_end", E, "Filled up at the end.", |c| {
        let (length, fill) = (c.operand("length")?, fill(c)?);
        c.map(|e| e.str().pad_end(length, fill))
    })
    .takes(&[LENGTH, FILL])
    .examples(&[on!(r#"a: ["7", "12345"]"#, r#"str.pad_end(4, "*")"#)]),
    verb(S, "zfill", E, "Filled up with zeros at the beginning, behind a sign.", |c| {
        let length = c.operand("length")?;
        c.map(|e| e.str().zfill(length))
    })
    .takes(&[LENGTH])
    .examples(&[on!(r#"a: ["-7", "7"]"#, "str.zfill(4)")]),
    verb(S, "slice", E, "So many characters from a place on.", |c| {
        let offset = c.operand("offset")?;
        let length = c.maybe_operand("length")?.unwrap_or_else(|| lit(NULL));
        c.map(|e| e.str().slice(offset, length))
    })
    .takes(&[
        required("offset", Column, "The first place, from 0; counted from the end where negative."),
        absent("length", Column, "How many; all that follow by default."),
    ])
    .examples(&[on!(r#"a: ["abcd"]"#, "str.slice(1, 2)"), on!(r#"a: ["abcd"]"#, "str.slice(-2)")]),
    verb(S, "head", E, "The first characters.", |c| {
        let n = c.operand("n")?;
        c.map(|e| e.str().head(n))
    })
    .takes(&[required("n", Column, "How many; where negative, all but so many at the end.")])
    .examples(&[on!(r#"a: ["abcd"]"#, "str.head(2)"), on!(r#"a: ["abcd"]"#, "str.head(-1)")]),
    verb(S, "tail", E, "The last characters.", |c| {
        let n = c.operand("n")?;
        c.map(|e| e.str().tail(n))
    })
    .takes(&[required("n", Column, "How many; where negative, all but so many at the beginning.")])
    .examples(&[on!(r#"a: ["abcd"]"#, "str.tail(2)"), on!(r#"a: ["abcd"]"#, "str.tail(-1)")]),
    verb(S, "join", E, "All values as one string.", |c| {
        let (delimiter, ignore_nulls) = (c.text("delimiter")?, c.boolean("ignore_nulls")?);
        c.map(|e| e.str().join(&delimiter, ignore_nulls))
    })
    .takes(&[
        optional("delimiter", Text, "", "Between two values."),
        optional("ignore_nulls", Boolean, "true", "Nulls are left out; else one null makes the whole null."),
    ])
    .examples(&[on!(r#"a: ["x", (), "y"]"#, r#"str.join("-")"#)]),
    verb(S, "normalize", E, "In one of the forms in which Unicode writes the same text.", |c| {
        let form = match c.word("form", &["NFC", "NFKC", "NFD", "NFKD"])? {
            "NFKC" => UnicodeForm::NFKC,
            "NFD" => UnicodeForm::NFD,
            "NFKD" => UnicodeForm::NFKD,
            _ => UnicodeForm::NFC,
        };
        c.map(|e| e.str().normalize(form))
    })
    .takes(&[optional("form", Text, "NFC", "NFC, NFKC, NFD or NFKD.")])
    .examples(&[on!(r#"a: ["ﬁ", "é"]"#, r#"str.normalize("NFKC")"#)]),
];

fn fill(call: &Call<'_>) -> Result<char, Fault> {
    let text = call.text("fill_char")?;
    let mut letters = text.chars();
    match (letters.next(), letters.next()) {
        (Some(letter), None) => Ok(letter),
        _ => Err(call.out_of_range("fill_char", &format!("one character, not \"{text}\"")).at(text)),
    }
}
