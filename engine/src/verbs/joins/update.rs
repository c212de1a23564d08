//! Values replaced by those of another frame.

use polars::prelude::{Expr, JoinCoalesce, JoinType, MaintainOrderJoin, coalesce, col, lit, when};

use super::{LEFT_ON, ON, OTHER, RIGHT_ON, frame, keys};
use crate::call::Call;
use crate::fault::Fault;
use crate::registry::Kind::{Boolean, Text};
use crate::registry::{Parameter, optional};
use crate::value::Value;

pub(super) const PARAMETERS: &[Parameter] = &[
    OTHER,
    ON,
    optional(
        "how",
        Text,
        "left",
        "Which rows come: left (this frame's), inner (those of both) or full (all).",
    ),
    LEFT_ON,
    RIGHT_ON,
    optional("include_nulls", Boolean, "false", "Nulls of the other frame replace values too."),
];

/// Names that no column has.
const INDEX: &str = "\u{1}fram row";
const MATCHED: &str = "\u{1}fram matched";
const SUFFIX: &str = "\u{1}fram new";

pub(super) fn update(call: &Call<'_>) -> Result<Value, Fault> {
    let how = match call.word("how", &["left", "inner", "full"])? {
        "inner" => JoinType::Inner,
        "full" => JoinType::Full,
        _ => JoinType::Left,
    };
    let include_nulls = call.boolean("include_nulls")?;
    let keys = keys(call)?;
    let (mut left, mut right) = (call.lazy()?, call.lazy_at("other")?);
    let (mut left_on, mut right_on) = (keys.left, keys.right);
    if left_on.is_empty() {
        (left, right) = (left.with_row_index(INDEX, None), right.with_row_index(INDEX, None));
        (left_on, right_on) = (vec![col(INDEX)], vec![col(INDEX)]);
    }
    let is_key = |name: &str| right_on.iter().any(|key| matches!(key, Expr::Column(known) if known == name));
    let schema = call.frame()?.schema();
    let names: Vec<String> = call
        .frame_at("other")?
        .schema()
        .iter_names()
        .filter(|name| schema.contains(name) && !is_key(name))
        .map(ToString::to_string)
        .collect();
    let mut wanted = right_on.clone();
    wanted.extend(names.iter().map(|name| col(name.as_str())));
    let right = right.select(wanted).with_columns([lit(true).alias(MATCHED)]);
    let joined = left
        .join_builder()
        .with(right)
        .how(how)
        .left_on(left_on)
        .right_on(right_on)
        .suffix(SUFFIX)
        .coalesce(JoinCoalesce::CoalesceColumns)
        .maintain_order(MaintainOrderJoin::Left)
        .finish();
    let newer = |name: &String| {
        let (old, new) = (col(name.as_str()), col(format!("{name}{SUFFIX}")));
        let value = if include_nulls {
            when(col(MATCHED).is_null()).then(old).otherwise(new)
        } else {
            coalesce(&[new, old])
        };
        value.alias(name.as_str())
    };
    let updated = joined.with_columns(names.iter().map(newer).collect::<Vec<_>>());
    frame(updated.select(schema.iter_names().map(|name| col(name.clone())).collect::<Vec<_>>()))
}
