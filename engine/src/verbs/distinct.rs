//! Equal rows: kept once, counted, found.

use polars::prelude::{Expr, LazyFrame, UniqueKeepStrategy, all, as_struct, col};

use crate::call::Call;
use crate::fault::Fault;
use crate::registry::Kind::{Boolean, Column, Text};
use crate::registry::Type::{Frame as F, Integer as I, List as L};
use crate::registry::{Verb, absent, optional, verb};
use crate::value::Value;

pub(super) const VERBS: &[Verb] = &[
    verb(F, "unique", F, "Leaves out rows that are there already.", unique)
        .takes(&[
            absent("subset", Column, "The columns that are compared; else all."),
            optional("keep", Text, "any", "Which of equal rows is kept: any, first, last or none."),
            optional("maintain_order", Boolean, "false", "Rows keep their order."),
        ])
        .examples(&["frame(#{ a: [1, 1, 2], b: [\"x\", \"x\", \"y\"] }).unique(#{ maintain_order: true })"]),
    verb(F, "n_unique", I, "The number of different rows.", |call| {
        let columns = subset(call)?;
        let data = call.run_plan(call.lazy()?.select([as_struct(columns).n_unique().alias("n")]))?;
        Ok(crate::scalar::value(&data.columns()[0].get(0)?))
    })
    .takes(&[absent("subset", Column, "The columns that are compared; else all.")])
    .examples(&["frame(#{ a: [1, 1, 2] }).n_unique()"]),
    verb(F, "approx_n_unique", F, "About how many different values each column has.", |call| {
        call.plan(|lazy| lazy.select([all().as_expr().approx_n_unique()]))
    })
    .examples(&["frame(#{ a: [1, 1, 2], b: [1, 2, 3] }).approx_n_unique()"]),
    verb(F, "is_duplicated", L, "Runs the frame; for each row whether it is there more than once.", |call| {
        flags(call, Expr::is_duplicated)
    })
    .examples(&["frame(#{ a: [1, 1, 2] }).is_duplicated()"]),
    verb(F, "is_unique", L, "Runs the frame; for each row whether it is there only once.", |call| {
        flags(call, Expr::is_unique)
    })
    .examples(&["frame(#{ a: [1, 1, 2] }).is_unique()"]),
];

fn subset(call: &Call<'_>) -> Result<Vec<Expr>, Fault> {
    let columns = call.columns("subset")?;
    if !columns.is_empty() {
        return Ok(columns);
    }
    Ok(call.frame()?.schema().iter_names().map(|name| col(name.clone())).collect())
}

fn unique(call: &Call<'_>) -> Result<Value, Fault> {
    let keep = match call.word("keep", &["any", "first", "last", "none"])? {
        "first" => UniqueKeepStrategy::First,
        "last" => UniqueKeepStrategy::Last,
        "none" => UniqueKeepStrategy::None,
        _ => UniqueKeepStrategy::Any,
    };
    let subset = if call.has("subset") { Some(call.columns("subset")?) } else { None };
    let stable = call.boolean("maintain_order")?;
    call.plan(|lazy: LazyFrame| match stable {
        true => lazy.unique_stable_generic(subset, keep),
        false => lazy.unique_generic(subset, keep),
    })
}

fn flags(call: &Call<'_>, test: fn(Expr) -> Expr) -> Result<Value, Fault> {
    let data = call.run_plan(call.lazy()?.select([test(as_struct(subset(call)?)).alias("flag")]))?;
    Ok(Value::List(crate::scalar::values(&data.columns()[0])))
}
