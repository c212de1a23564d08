//! Some of an expression's values: the first, the last, by place, by condition, each once; and more of them.

use polars::prelude::{DataType, ExplodeOptions, Expr, lit};

use crate::call::Call;
use crate::fault::Fault;
use crate::registry::Kind::{Boolean, Column, Integer, Numbers, Value as Val};
use crate::registry::Type::Expression as E;
use crate::registry::{Parameter, Verb, absent, optional, required, some_rest, verb};
use crate::value::Value;

const ROWS: &[Parameter] = &[optional("n", Column, "10", "How many.")];

/// What an empty list and a missing one become where lists are taken apart.
pub(super) const EXPLODE: &[Parameter] = &[
    optional("empty_as_null", Boolean, "true", "An empty list gives a null; else no row."),
    optional("keep_nulls", Boolean, "true", "A null gives a null; else no row."),
];

pub(super) const VERBS: &[Verb] = &[
    verb(E, "head", E, "The first values.", head).takes(ROWS).examples(&[on!("a: [1, 2, 3]", "head(2)")]),
    verb(E, "limit", E, "The first values; the same as `head`.", head)
        .takes(ROWS)
        .examples(&[on!("a: [1, 2, 3]", "limit(2)")]),
    verb(E, "tail", E, "The last values.", |c| {
        let n = c.operand("n")?;
        let offset = match c.any("n") {
            Some(Value::Integer(_)) | None => lit(-c.integer("n")?),
            Some(_) => -n.clone().cast(DataType::Int64),
        };
        c.map(|e| e.slice(offset, n))
    })
    .takes(ROWS)
    .examples(&[on!("a: [1, 2, 3]", "tail(2)")]),
    verb(E, "slice", E, "So many values from a place on.", |c| {
        let offset = c.operand("offset")?;
        let length = c.maybe_operand("length")?.unwrap_or_else(|| lit(polars::prelude::NULL));
        c.map(|e| e.slice(offset, length))
    })
    .takes(&[
        required("offset", Column, "The first place, from 0; counted from the end where negative."),
        absent("length", Column, "How many; all that follow by default."),
    ])
    .examples(&[on!("a: [1, 2, 3, 4]", "slice(1, 2)"), on!("a: [1, 2, 3, 4]", "slice(-1)")]),
    verb(E, "get", E, "The value at a place.", |c| {
        let (index, null_on_oob) = (c.operand("index")?, c.boolean("null_on_oob")?);
        c.map(|e| e.get(index, null_on_oob))
    })
    .takes(&[
        required("index", Column, "The place, from 0; counted from the end where negative."),
        optional("null_on_oob", Boolean, "false", "A place that is not there gives null, else an error."),
    ])
    .examples(&[on!("a: [1, 2, 3]", "get(1)"), on!("a: [1, 2, 3]", "get(9, #{ null_on_oob: true })")]),
    verb(E, "gather", E, "The values at several places.", |c| {
        let indices = c.operand_column("indices")?.ok_or_else(|| c.out_of_range("indices", "given"))?;
        let null_on_oob = c.boolean("null_on_oob")?;
        c.map(|e| e.gather(indices, null_on_oob))
    })
    .takes(&[
        required("indices", Column, "Places from 0, in an array or a column."),
        optional("null_on_oob", Boolean, "false", "A place that is not there gives null, else an error."),
    ])
    .examples(&[on!("a: [10, 20, 30]", "gather([2, 0])")]),
    verb(E, "gather_every", E, "Every so manieth value.", |c| {
        let (n, offset) = (c.count("n")?, c.count("offset")?);
        if n == 0 {
            return Err(c.out_of_range("n", "1 or more"));
        }
        c.map(|e| e.gather_every(n, offset))
    })
    .takes(&[
        required("n", Integer, "From one to the next."),
        optional("offset", Integer, "0", "The place of the first."),
    ])
    .examples(&[on!("a: [1, 2, 3, 4, 5]", "gather_every(2)")]),
    verb(E, "filter", E, "Only the values for which the conditions hold.", |c| {
        let conditions = c.columns("predicates")?.into_iter().reduce(Expr::and);
        c.map(|e| match conditions {
            Some(condition) => e.filter(condition),
            None => e,
        })
    })
    .takes(&[some_rest("predicates", Column, "Conditions; all must hold.")])
    .examples(&[on!("a: [1, 2, 3]", "filter(col(\"a\") > 1, col(\"a\") < 3)")]),
    verb(E, "unique", E, "Each value once.", |c| {
        let keep = c.boolean("maintain_order")?;
        c.map(|e| if keep { e.unique_stable() } else { e.unique() })
    })
    .takes(&[optional("maintain_order", Boolean, "false", "In the order of their first appearance.")])
    .examples(&[on!("a: [1, 1, 2]", "unique(#{ maintain_order: true })")]),
    simple!(
        Expression,
        "",
        arg_unique,
        Expr::arg_unique,
        "[5, 5, 7]",
        "The places where each value is for the first time, from 0."
    ),
    verb(E, "append", E, "With the values of another column behind.", |c| {
        let (other, upcast) = (c.operand("other")?, c.boolean("upcast")?);
        c.map(|e| e.append(other, upcast))
    })
    .takes(&[
        required("other", Column, "The other column."),
        optional("upcast", Boolean, "true", "Both become a type that holds both; else they must be of one."),
    ])
    .examples(&[of!("a: [1, 2], b: [1.5, ()]", "col(\"a\").append(\"b\")")]),
    verb(E, "extend_constant", E, "With a value repeated behind.", |c| {
        let (value, n) = (c.value("value")?, c.operand("n")?);
        c.map(|e| e.extend_constant(value, n))
    })
    .takes(&[required("value", Val, "The value."), required("n", Column, "How often.")])
    .examples(&[on!("a: [1, 2]", "extend_constant(0, 2)")]),
    verb(E, "repeat_by", E, "Each value repeated, as a list.", |c| {
        let by = c.operand("by")?;
        c.map(|e| e.repeat_by(by))
    })
    .takes(&[required("by", Column, "How often; 0 gives an empty list.")])
    .examples(&[on!("a: [\"x\", \"y\"], n: [2, 0]", "repeat_by(\"n\")")]),
    verb(E, "explode", E, "A row for each element of a list.", |c| {
        let options = explode_options(c)?;
        c.map(|e| e.explode(options))
    })
    .takes(EXPLODE)
    .examples(&[
        on!("a: [[1, 2], [], ()]", "explode()"),
        on!("a: [[1, 2], [], ()]", "explode(#{ empty_as_null: false, keep_nulls: false })"),
    ]),
    verb(E, "reshape", E, "The values as arrays of equal width.", |c| {
        let dimensions = c.integers("dimensions")?;
        c.map(|e| e.reshape(&dimensions))
    })
    .takes(&[required("dimensions", Numbers, "Rows, then widths; one of them -1 to have it worked out.")])
    .examples(&[on!("a: [1, 2, 3, 4]", "reshape([2, 2])"), on!("a: [1, 2, 3, 4]", "reshape([-1, 2])")]),
];

fn head(call: &Call<'_>) -> Result<Value, Fault> {
    let n = call.operand("n")?;
    call.map(|e| e.slice(lit(0), n))
}

/// `empty_as_null` and `keep_nulls`.
pub(super) fn explode_options(call: &Call<'_>) -> Result<ExplodeOptions, Fault> {
    Ok(ExplodeOptions {
        empty_as_null: call.boolean("empty_as_null")?,
        keep_nulls: call.boolean("keep_nulls")?,
    })
}
