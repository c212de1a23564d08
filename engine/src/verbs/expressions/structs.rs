//! `.struct`: fields of structs, taken out, added, renamed, left out.

use polars::prelude::Expr;

use crate::call::Call;
use crate::fault::Fault;
use crate::registry::Kind::{Boolean, NamedColumn, Text, Texts};
use crate::registry::Type::{Expression as E, Structs as S};
use crate::registry::{Verb, optional, required, some_rest, verb};
use crate::value::Value;

/// A cell that shows a verb of structs with the fields `x` and `y`.
macro_rules! on_structs {
    ($call:literal) => {
        concat!(
            "frame(#{ a: [#{ x: 1, y: \"p\" }, #{ x: (), y: \"q\" }] }).select(col(\"a\").struct.",
            $call,
            ")"
        )
    };
}

pub(super) const VERBS: &[Verb] = &[
    verb(S, "field", E, "Fields by name.", field)
        .takes(&[some_rest("name", Text, "Names; `*` for all, `^…$` for a regular expression.")])
        .examples(&[on_structs!("field(\"x\")"), on_structs!("field(\"y\", \"x\")")]),
    verb(S, "unnest", E, "Every field as a column.", |c| c.map(|e| e.struct_().field_by_name("*")))
        .examples(&[on_structs!("unnest()")]),
    verb(S, "with_fields", E, "With further fields, or fields replaced.", |c| {
        let fields = c.columns("exprs")?;
        c.map(|e| e.struct_().with_fields(fields))
    })
    .takes(&[some_rest("exprs", NamedColumn, "The fields; `field(\"x\")` stands for a field that is there.")])
    .examples(&[on_structs!("with_fields((field(\"x\") + 1).alias(\"z\"))")]),
    verb(S, "rename_fields", E, "With other names for the fields.", |c| {
        let names = c.texts("names")?;
        c.map(|e| e.struct_().rename_fields(names))
    })
    .takes(&[required("names", Texts, "The new names, in order.")])
    .examples(&[on_structs!("rename_fields([\"p\", \"q\"])")]),
    verb(S, "drop", E, "Without some of the fields.", |c| {
        let (names, strict) = (c.texts("names")?, c.boolean("strict")?);
        c.map(|e| e.struct_().drop(names, strict))
    })
    .takes(&[
        required("names", Texts, "Names of fields."),
        optional("strict", Boolean, "true", "A name that is not there is an error."),
    ])
    .examples(&[on_structs!("drop([\"y\"])")]),
    verb(S, "json_encode", E, "Written as JSON.", |c| c.map(|e| e.struct_().json_encode()))
        .examples(&[on_structs!("json_encode()")]),
];

fn field(call: &Call<'_>) -> Result<Value, Fault> {
    let names = call.texts("name")?;
    call.map(|e: Expr| match names.as_slice() {
        [name] => e.struct_().field_by_name(name),
        _ => e.struct_().field_by_names(names),
    })
}
