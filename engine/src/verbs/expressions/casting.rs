//! Names and types: values as another type, as the bits that hold them, as a hash, and the bounds of a type.

use polars::chunked_array::cast::CastOptions;
use polars::prelude::Expr;

use crate::call::Call;
use crate::fault::Fault;
use crate::registry::Kind::{Boolean, DataType, Integer, Text};
use crate::registry::Type::Expression as E;
use crate::registry::{Verb, absent, optional, required, verb};
use crate::value::Value;

pub(super) const VERBS: &[Verb] = &[
    verb(E, "alias", E, "The expression under this name.", |c| {
        let name = c.text("name")?;
        c.map(|e| e.alias(name))
    })
    .takes(&[required("name", Text, "The new name.")])
    .examples(&[of!("a: [1]", "(col(\"a\") + 1).alias(\"b\")")]),
    verb(E, "cast", E, "The values as another type; one that does not fit is an error.", |c| {
        let (kind, options) = (c.data_type("dtype")?, cast_options(c)?);
        c.map(|e| e.cast_with_options(kind, options))
    })
    .takes(&[
        required("dtype", DataType, "The type, as Int64 or \"i64\"."),
        optional("strict", Boolean, "true", "With false, what does not fit becomes null."),
        optional("wrap_numerical", Boolean, "false", "Numbers that do not fit wrap around."),
    ])
    .examples(&[
        on!("a: [\"1\", \"2\"]", "cast(Int64)"),
        on!("a: [\"1\", \"x\"]", "cast(Int64, #{ strict: false })"),
        on!("a: [300]", "cast(UInt8, #{ wrap_numerical: true })"),
    ]),
    simple!(
        Expression,
        "",
        to_physical,
        Expr::to_physical,
        "[date(\"2020-09-21\")]",
        "The numbers that dates, moments, lengths of time and categories are stored as."
    ),
    verb(E, "reinterpret", E, "The same bits as another type of numbers.", reinterpret)
        .takes(&[
            absent("signed", Boolean, "As whole numbers with a sign, or without."),
            absent("dtype", DataType, "As this type, instead of `signed`."),
        ])
        .examples(&[
            on!("a: [-1, 1]", "reinterpret(#{ signed: false })"),
            on!("a: [1.5]", "reinterpret(#{ dtype: Int64 })"),
        ]),
    verb(E, "hash", E, "A number for each value, equal for equal values.", hash)
        .takes(&[
            optional("seed", Integer, "0", "Another seed gives other numbers."),
            absent("seed_1", Integer, "As `seed` by default."),
            absent("seed_2", Integer, "As `seed` by default."),
            absent("seed_3", Integer, "As `seed` by default."),
        ])
        .examples(&["frame(#{ a: [1, 2, 1] }).select(col(\"a\").hash().n_unique())"]),
    simple!(Expression, "", lower_bound, Expr::lower_bound, "[1]", "The least value that the type can hold."),
    simple!(
        Expression,
        "",
        upper_bound,
        Expr::upper_bound,
        "[1]",
        "The greatest value that the type can hold."
    ),
];

fn cast_options(call: &Call<'_>) -> Result<CastOptions, Fault> {
    Ok(match (call.boolean("wrap_numerical")?, call.boolean("strict")?) {
        (true, _) => CastOptions::Overflowing,
        (false, true) => CastOptions::Strict,
        (false, false) => CastOptions::NonStrict,
    })
}

fn reinterpret(call: &Call<'_>) -> Result<Value, Fault> {
    let signed = call.maybe_boolean("signed")?;
    let kind = if call.has("dtype") { Some(call.data_type("dtype")?) } else { None };
    if signed.is_some() == kind.is_some() {
        return Err(Fault::argument("`reinterpret` takes either `signed` or `dtype`")
            .hint("as `reinterpret(#{ signed: false })`"));
    }
    call.map(|e| e.reinterpret(signed, kind))
}

fn hash(call: &Call<'_>) -> Result<Value, Fault> {
    let seed = call.count("seed")? as u64;
    let of = |name: &str| Ok::<u64, Fault>(call.seed(name)?.unwrap_or(seed));
    let (one, two, three) = (of("seed_1")?, of("seed_2")?, of("seed_3")?);
    call.map(|e| e.hash(seed, one, two, three))
}
