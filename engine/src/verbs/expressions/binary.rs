//! `.bin`: bytes measured, searched, cut, encoded, and read as numbers.

use polars::prelude::{Expr, NULL, lit};

use super::strings::{ENCODING, is_hex};
use crate::call::Call;
use crate::fault::Fault;
use crate::registry::Kind::{Boolean, Column, DataType, Text, Value as Val};
use crate::registry::Type::{Binaries as B, Expression as E};
use crate::registry::{Verb, absent, optional, required, verb};
use crate::value::Value;

/// A cell that shows a verb of bytes.
macro_rules! on_bytes {
    ($call:literal) => {
        concat!("frame(#{ a: [\"abcd\", \"x\"] }).select(col(\"a\").cast(Binary).bin.", $call, ")")
    };
}

/// A verb about bytes that are in it.
macro_rules! holds {
    ($name:literal, $method:ident, $parameter:literal, $summary:literal) => {
        verb(B, $name, E, $summary, |c| {
            let bytes = c.value($parameter)?.cast(polars::prelude::DataType::Binary);
            c.map(|e| e.binary().$method(bytes))
        })
        .takes(&[required($parameter, Val, "A string, or a column of bytes.")])
        .examples(&[concat!(
            "frame(#{ a: [\"abcd\", \"x\"] }).select(col(\"a\").cast(Binary).bin.",
            $name,
            "(lit(\"ab\").cast(Binary)))"
        )])
    };
}

pub(super) const VERBS: &[Verb] = &[
    holds!("contains", contains_literal, "literal", "Whether these bytes are in it."),
    holds!("starts_with", starts_with, "prefix", "Whether it begins so."),
    holds!("ends_with", ends_with, "suffix", "Whether it ends so."),
    verb(B, "size", E, "The number of bytes.", size)
        .takes(&[optional("unit", Text, "b", "b, kb, mb, gb or tb; 1024 of one make the next.")])
        .examples(&[on_bytes!("size()"), on_bytes!("size(\"kb\")")]),
    verb(B, "slice", E, "So many bytes from a place on.", |c| {
        let offset = c.operand("offset")?;
        let length = c.maybe_operand("length")?.unwrap_or_else(|| lit(NULL));
        c.map(|e| e.binary().slice(offset, length))
    })
    .takes(&[
        required("offset", Column, "The first place, from 0; counted from the end where negative."),
        absent("length", Column, "How many; all that follow by default."),
    ])
    .examples(&[on_bytes!("slice(1, 2)")]),
    verb(B, "head", E, "The first bytes.", |c| {
        let n = c.operand("n")?;
        c.map(|e| e.binary().head(n))
    })
    .takes(&[optional("n", Column, "5", "How many; where negative, all but so many at the end.")])
    .examples(&[on_bytes!("head(2)")]),
    verb(B, "tail", E, "The last bytes.", |c| {
        let n = c.operand("n")?;
        c.map(|e| e.binary().tail(n))
    })
    .takes(&[optional("n", Column, "5", "How many; where negative, all but so many at the beginning.")])
    .examples(&[on_bytes!("tail(2)")]),
    verb(B, "get", E, "The byte at a place, as a number.", |c| {
        let (index, null_on_oob) = (c.operand("index")?, c.boolean("null_on_oob")?);
        c.map(|e| e.binary().get(index, null_on_oob))
    })
    .takes(&[
        required("index", Column, "The place, from 0; counted from the end where negative."),
        optional("null_on_oob", Boolean, "false", "A place that is not there gives null, else an error."),
    ])
    .examples(&[on_bytes!("get(1, #{ null_on_oob: true })")]),
    verb(B, "encode", E, "Written as hex or base64.", |c| {
        let hex = is_hex(c)?;
        c.map(|e| if hex { e.binary().hex_encode() } else { e.binary().base64_encode() })
    })
    .takes(&[ENCODING])
    .examples(&[on_bytes!("encode(\"hex\")"), on_bytes!("encode(\"base64\")")]),
    verb(B, "decode", E, "The bytes that hex or base64 stands for.", |c| {
        let (hex, strict) = (is_hex(c)?, c.boolean("strict")?);
        c.map(|e| if hex { e.binary().hex_decode(strict) } else { e.binary().base64_decode(strict) })
    })
    .takes(&[
        ENCODING,
        optional("strict", Boolean, "true", "What cannot be read is an error; else it becomes null."),
    ])
    .examples(&[
        "frame(#{ a: [\"636d64\"] }).select(col(\"a\").cast(Binary).bin.decode(\"hex\").cast(String))",
    ]),
    verb(B, "reinterpret", E, "The bytes as a number.", |c| {
        let little = c.word("endianness", &["little", "big"])? == "little";
        let kind = c.data_type("dtype")?;
        c.map(|e| e.binary().reinterpret(kind, little))
    })
    .takes(&[
        required("dtype", DataType, "The type of the number; it must have as many bytes."),
        optional("endianness", Text, "little", "Which byte is first: little for the least, or big."),
    ])
    .examples(&[on!(
        "a: [\"abcd\"]",
        "cast(Binary).bin.reinterpret(#{ dtype: Int32, endianness: \"big\" })"
    )]),
];

fn size(call: &Call<'_>) -> Result<Value, Fault> {
    let unit = call.word("unit", &["b", "kb", "mb", "gb", "tb"])?;
    let power = ["b", "kb", "mb", "gb", "tb"].iter().position(|known| *known == unit).unwrap_or(0);
    let scale = 1024f64.powi(i32::try_from(power).unwrap_or(0));
    call.map(|e: Expr| match power {
        0 => e.binary().size_bytes(),
        _ => e.binary().size_bytes().true_div(lit(scale)),
    })
}
