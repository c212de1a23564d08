//! Rows in groups: `group_by` and what follows it.

use polars::prelude::{Expr, all, col, len};

use crate::call::Call;
use crate::fault::Fault;
use crate::groups::{GroupKind, Groups};
use crate::registry::Kind::{Boolean, Column, Integer, NamedColumn};
use crate::registry::Type::{Frame as F, Groups as G};
use crate::registry::{Verb, optional, some_rest, verb};
use crate::value::Value;

pub(super) const VERBS: &[Verb] = &[
    verb(F, "group_by", G, "Forms groups of rows with equal keys.", group_by)
        .takes(&[
            some_rest("by", Column, "The keys."),
            optional("maintain_order", Boolean, "false", "Groups come in the order of their first rows."),
        ])
        .examples(&["frame(#{ k: [\"a\", \"a\", \"b\"], v: [1, 2, 3] }).group_by(\"k\").agg(col(\"v\").sum()).sort(\"k\")"]),
    verb(G, "agg", F, "One row a group, with these aggregations.", agg)
        .takes(&[some_rest("aggregations", NamedColumn, "Expressions such as `len()` or `col(\"x\").mean()`; a map names them.")])
        .examples(&["frame(#{ k: [\"a\", \"a\", \"b\"], v: [1, 2, 3] }).group_by(\"k\").agg(len().alias(\"n\"), col(\"v\").max()).sort(\"k\")"]),
    verb(G, "len", F, "The number of rows of each group.", |call| aggregated(call, len())),
    verb(G, "sum", F, "The sum of every other column.", |call| aggregated(call, all().as_expr().sum())),
    verb(G, "mean", F, "The mean of every other column.", |call| aggregated(call, all().as_expr().mean())),
    verb(G, "median", F, "The median of every other column.", |call| aggregated(call, all().as_expr().median())),
    verb(G, "min", F, "The least value of every other column.", |call| aggregated(call, all().as_expr().min())),
    verb(G, "max", F, "The greatest value of every other column.", |call| aggregated(call, all().as_expr().max())),
    verb(G, "first", F, "The first row of each group.", |call| aggregated(call, all().as_expr().first())),
    verb(G, "last", F, "The last row of each group.", |call| aggregated(call, all().as_expr().last())),
    verb(G, "n_unique", F, "The number of different values of every other column.", |call| aggregated(call, all().as_expr().n_unique())),
    verb(G, "head", F, "The first rows of each group.", |call| rows_of_each(call, |rows, n| rows.head(Some(n))))
        .takes(&[optional("n", Integer, "5", "Rows of each group.")]),
    verb(G, "tail", F, "The last rows of each group.", |call| rows_of_each(call, |rows, n| rows.tail(Some(n))))
        .takes(&[optional("n", Integer, "5", "Rows of each group.")]),
];

fn group_by(call: &Call<'_>) -> Result<Value, Fault> {
    let kind = GroupKind::Equal { maintain_order: call.boolean("maintain_order")? };
    Ok(Value::Groups(Box::new(Groups { lazy: call.lazy()?, keys: call.columns("by")?, kind })))
}

fn groups(call: &Call<'_>) -> Result<Groups, Fault> {
    match call.receiver() {
        Value::Groups(groups) => Ok((**groups).clone()),
        other => Err(Fault::argument(format!(
            "`{}` follows `group_by(…)`, not {}",
            call.verb.name,
            other.kind().article()
        ))),
    }
}

fn agg(call: &Call<'_>) -> Result<Value, Fault> {
    Ok(Value::Frame(groups(call)?.agg(call.columns("aggregations")?)?))
}

fn aggregated(call: &Call<'_>, aggregation: Expr) -> Result<Value, Fault> {
    Ok(Value::Frame(groups(call)?.agg(vec![aggregation])?))
}

fn rows_of_each(call: &Call<'_>, pick: fn(Expr, usize) -> Expr) -> Result<Value, Fault> {
    let groups = groups(call)?;
    let keys = groups.keys.clone();
    let rows = call.count("n")?;
    let picked = groups.agg(vec![pick(all().as_expr(), rows)])?;
    let lists: Vec<Expr> =
        picked.schema().iter_names().skip(keys.len()).map(|name| col(name.clone())).collect();
    if lists.is_empty() {
        return Ok(Value::Frame(picked));
    }
    let lazy = picked.lazy(&*call.host.runner(), &call.host.watch())?;
    let exploded = lazy.explode(
        polars::prelude::by_name(picked.schema().iter_names().skip(keys.len()).cloned(), true, false),
        explode_options(),
    );
    Ok(Value::Frame(fram_frame::Frame::from_lazy(exploded)?))
}

fn explode_options() -> polars::prelude::ExplodeOptions {
    polars::prelude::ExplodeOptions { empty_as_null: false, keep_nulls: true }
}
