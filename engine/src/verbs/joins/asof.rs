//! The join with the nearest key, for events that happened about the same time.

use polars::prelude::{AsOfOptions, AsofStrategy, Duration, Expr, JoinType, PlSmallStr, Scalar};

use super::{COALESCE, LEFT_ON, OTHER, RIGHT_ON, SUFFIX, builder, coalesce, columns_of_other, frame, keys};
use crate::call::Call;
use crate::fault::Fault;
use crate::registry::Kind::{Any, Boolean, Column, Text};
use crate::registry::{Parameter, absent, optional};
use crate::value::Value;

pub(super) const PARAMETERS: &[Parameter] = &[
    OTHER,
    absent("on", Column, "The key that both frames have: a number or a time."),
    LEFT_ON,
    RIGHT_ON,
    absent("by", Column, "Columns of both frames that must be equal."),
    absent("by_left", Column, "Columns of this frame that must be equal to `by_right`."),
    absent("by_right", Column, "Columns of the other frame that must be equal to `by_left`."),
    optional(
        "strategy",
        Text,
        "backward",
        "Which row is taken: backward (the last before), forward or nearest.",
    ),
    SUFFIX,
    absent("tolerance", Any, "How far away a key may be: a number, or a length of time such as \"10m\"."),
    optional("allow_exact_matches", Boolean, "true", "Equal keys match too."),
    optional("check_sortedness", Boolean, "true", "Keys that are not sorted are an error."),
    COALESCE,
];

pub(super) fn join(call: &Call<'_>) -> Result<Value, Fault> {
    let keys = keys(call)?;
    if keys.left.len() != 1 {
        return Err(Fault::argument(format!("`join_asof` needs one key, not {}", keys.left.len()))
            .hint("further columns that must be equal are given by `by`"));
    }
    let strategy = match call.word("strategy", &["backward", "forward", "nearest"])? {
        "forward" => AsofStrategy::Forward,
        "nearest" => AsofStrategy::Nearest,
        _ => AsofStrategy::Backward,
    };
    let (left, right) = if call.has("by") { ("by", "by") } else { ("by_left", "by_right") };
    let (left_by, right_by) =
        (names(call, call.columns(left)?)?, names(call, columns_of_other(call, right)?)?);
    let (tolerance, tolerance_str) = tolerance(call)?;
    let options = AsOfOptions {
        strategy,
        tolerance,
        tolerance_str,
        left_by,
        right_by,
        allow_eq: call.boolean("allow_exact_matches")?,
        check_sortedness: call.boolean("check_sortedness")?,
    };
    let builder =
        builder(call)?.how(JoinType::AsOf(Box::new(options))).left_on(keys.left).right_on(keys.right);
    frame(builder.coalesce(coalesce(call)?).finish())
}

fn names(call: &Call<'_>, columns: Vec<Expr>) -> Result<Option<Vec<PlSmallStr>>, Fault> {
    let name = |column: Expr| match column {
        Expr::Column(name) => Ok(name),
        _ => Err(call.out_of_range("by", "names of columns, not expressions")),
    };
    let names: Vec<PlSmallStr> = columns.into_iter().map(name).collect::<Result<_, _>>()?;
    Ok((!names.is_empty()).then_some(names))
}

fn tolerance(call: &Call<'_>) -> Result<(Option<Scalar>, Option<PlSmallStr>), Fault> {
    match call.any("tolerance") {
        None => Ok((None, None)),
        Some(Value::Integer(number)) => Ok((Some(Scalar::from(*number)), None)),
        Some(Value::Float(number)) => Ok((Some(Scalar::from(*number)), None)),
        Some(Value::Text(text)) => {
            Duration::try_parse(text).map_err(|error| Fault::from(error).at(text.clone()))?;
            Ok((None, Some(text.into())))
        }
        Some(other) => Err(call.out_of_range(
            "tolerance",
            &format!("a number or a length of time, not {}", other.kind().article()),
        )),
    }
}
