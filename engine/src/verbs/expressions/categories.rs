//! `.cat`: strings stored as numbers, measured and compared without being written out.

use polars::prelude::Expr;

use crate::registry::Kind::{Boolean, DataType, Integer, Text};
use crate::registry::Type::{Categories as C, Expression as E};
use crate::registry::{Verb, absent, optional, required, verb};

/// A cell that shows a verb of categories.
macro_rules! on_categories {
    ($call:literal) => {
        concat!("frame(#{ a: [\"x\", \"yé\", \"x\"] }).select(col(\"a\").cast(Categorical).cat.", $call, ")")
    };
}

pub(super) const VERBS: &[Verb] = &[
    verb(C, "get_categories", E, "The names of the categories.", |c| c.map(|e| e.cat().get_categories()))
        .examples(&[on!("a: [\"x\", \"y\"]", "cast(Enum([\"x\", \"y\", \"z\"])).cat.get_categories()")]),
    verb(C, "len_chars", E, "The number of characters.", |c| c.map(|e| e.cat().len_chars()))
        .examples(&[on_categories!("len_chars()")]),
    verb(C, "len_bytes", E, "The number of bytes in UTF-8.", |c| c.map(|e| e.cat().len_bytes()))
        .examples(&[on_categories!("len_bytes()")]),
    verb(C, "starts_with", E, "Whether it begins so.", |c| {
        let prefix = c.text("prefix")?;
        c.map(|e| e.cat().starts_with(prefix))
    })
    .takes(&[required("prefix", Text, "The text.")])
    .examples(&[on_categories!("starts_with(\"x\")")]),
    verb(C, "ends_with", E, "Whether it ends so.", |c| {
        let suffix = c.text("suffix")?;
        c.map(|e| e.cat().ends_with(suffix))
    })
    .takes(&[required("suffix", Text, "The text.")])
    .examples(&[on_categories!("ends_with(\"é\")")]),
    verb(C, "slice", E, "So many characters from a place on, as strings.", |c| {
        let (offset, length) = (c.integer("offset")?, c.maybe_count("length")?);
        c.map(|e| e.cat().slice(offset, length))
    })
    .takes(&[
        required("offset", Integer, "The first place, from 0; counted from the end where negative."),
        absent("length", Integer, "How many; all that follow by default."),
    ])
    .examples(&[on_categories!("slice(-1)")]),
    verb(C, "physical", E, "The numbers that stand for the strings.", |c| {
        c.map(|e: Expr| e.cat().physical())
    })
    .examples(&[on!("a: [\"y\", \"x\"]", "cast(Enum([\"x\", \"y\"])).cat.physical()")]),
    verb(C, "to", E, "The numbers as categories of a type: the way back from `physical`.", |c| {
        let (kind, strict) = (c.data_type("dtype")?, c.boolean("strict")?);
        c.map(|e| e.cat().to(kind, strict))
    })
    .takes(&[
        required("dtype", DataType, "The type, as `Enum([\"x\", \"y\"])`."),
        optional("strict", Boolean, "true", "A number without a category is an error; else it becomes null."),
    ])
    .examples(&[on!("a: [1, 0]", "cast(UInt8).cat.to(Enum([\"x\", \"y\"]))")]),
];
