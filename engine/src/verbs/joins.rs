//! Two frames and more as one: joins by keys, by nearness and by conditions. Frames below or beside each other are left
//! to `stacking`.

mod asof;
mod update;

use polars::prelude::{
    Expr, JoinBuildSide, JoinBuilder, JoinCoalesce, JoinType, JoinValidation, LazyFrame, MaintainOrderJoin,
    Schema,
};

use crate::call::{Call, parse_column};
use crate::fault::Fault;
use crate::registry::Kind::{Boolean, Column, Frame, Text};
use crate::registry::Type::Frame as F;
use crate::registry::{Parameter, Verb, absent, optional, required, some_rest, verb};
use crate::value::Value;

const OTHER: Parameter = required("other", Frame, "The frame to the right.");
const ON: Parameter = absent("on", Column, "Keys that both frames have: one, or an array of them.");
const LEFT_ON: Parameter = absent("left_on", Column, "Keys of this frame.");
const RIGHT_ON: Parameter = absent("right_on", Column, "Keys of the other frame, in the same order.");
const SUFFIX: Parameter = optional("suffix", Text, "_right", "What is added to names that both frames have.");
const COALESCE: Parameter =
    absent("coalesce", Boolean, "Whether equal keys become one column; else as the kind of join has it.");

pub(super) const VERBS: &[Verb] = &[
    verb(F, "join", F, "Joins rows of another frame where keys are equal.", join)
        .takes(&[
            OTHER,
            ON,
            optional("how", Text, "inner", "inner, left, right, full, semi, anti or cross."),
            LEFT_ON,
            RIGHT_ON,
            SUFFIX,
            optional("validate", Text, "m:m", "Checks that keys are unique: 1:1, 1:m (left), m:1 (right) or m:m (neither)."),
            optional("nulls_equal", Boolean, "false", "Null keys are equal to each other."),
            COALESCE,
            optional("maintain_order", Text, "none", "Whose order rows keep: none, left, right, left_right or right_left."),
            optional("build_side", Text, "auto", "Which frame is held in memory: auto, left or right."),
        ])
        .examples(&[
            "let people = frame(#{ id: [1, 2], name: [\"Ann\", \"Bob\"] })\npeople.join(frame(#{ id: [2, 3], age: [30, 40] }), \"id\")",
            "let people = frame(#{ id: [1, 2], name: [\"Ann\", \"Bob\"] })\npeople.join(frame(#{ key: [2, 3], age: [30, 40] }), #{ left_on: \"id\", right_on: \"key\", how: \"left\" }).sort(\"id\")",
        ]),
    verb(F, "cross_join", F, "Joins every row with every row of another frame.", |call| {
        let suffix = call.text("suffix")?;
        let other = call.lazy_at("other")?;
        call.plan(|lazy| lazy.cross_join(other, Some(suffix.into())))
    })
    .takes(&[OTHER, SUFFIX])
    .examples(&["frame(#{ a: [1, 2] }).cross_join(frame(#{ b: [\"x\", \"y\"] }))"]),
    verb(F, "join_where", F, "Joins rows of another frame where conditions hold.", join_where)
        .takes(&[
            OTHER,
            some_rest("predicates", Column, "Comparisons of columns of both frames; a name of both has the suffix for the other's."),
            optional("how", Text, "inner", "inner."),
            SUFFIX,
        ])
        .examples(&["frame(#{ a: [1, 5] }).join_where(frame(#{ b: [2, 4] }), \"a < b\")"]),
    verb(F, "join_asof", F, "Joins to each row the row of another frame with the nearest key; both must be sorted by it.", asof::join)
        .takes(asof::PARAMETERS)
        .examples(&["frame(#{ t: [1, 5, 9] }).join_asof(frame(#{ t: [2, 8], v: [\"x\", \"y\"] }), \"t\")"]),
    verb(F, "update", F, "Replaces values by those of another frame's columns of the same name.", update::update)
        .takes(update::PARAMETERS)
        .examples(&["frame(#{ id: [1, 2], n: [10, 20] }).update(frame(#{ id: [2], n: [99] }), \"id\")"]),
];

/// The keys of a join, of the left frame and of the right one.
struct Keys {
    left: Vec<Expr>,
    right: Vec<Expr>,
}

/// The keys that the call names; none for a cross join.
fn keys(call: &Call<'_>) -> Result<Keys, Fault> {
    if call.has("on") && (call.has("left_on") || call.has("right_on")) {
        return Err(Fault::argument("keys are given by `on`, or by `left_on` and `right_on`, not by both"));
    }
    let (left, right) = if call.has("on") { ("on", "on") } else { ("left_on", "right_on") };
    let keys = Keys { left: call.columns(left)?, right: columns_of_other(call, right)? };
    if keys.left.len() != keys.right.len() {
        return Err(Fault::argument(format!(
            "the left frame has {} keys, the right one {}",
            keys.left.len(),
            keys.right.len()
        ))
        .hint("`left_on` and `right_on` need as many columns as each other"));
    }
    Ok(keys)
}

/// Columns of the other frame; a string is looked up there.
fn columns_of_other(call: &Call<'_>, name: &str) -> Result<Vec<Expr>, Fault> {
    let schema = call.frame_at("other")?.schema().clone();
    let column = |value: Value| match value {
        Value::Text(text) => parse_column(&text, Some(&schema)).map_err(|fault| in_other(fault, &schema)),
        Value::Expression(expression) => Ok(*expression),
        other => Err(call.out_of_range(name, &format!("columns, not {}", other.kind().article()))),
    };
    call.values(name).into_iter().map(column).collect()
}

/// Says that the column is missing in the other frame, not in this one.
fn in_other(fault: Fault, schema: &Schema) -> Fault {
    if fault.name != "ColumnNotFound" {
        return fault;
    }
    let fault = fault.among(schema.iter_names().map(|name| name.as_str()));
    Fault { message: format!("{} in the other frame", fault.message), ..fault }
}

fn join(call: &Call<'_>) -> Result<Value, Fault> {
    let how = match call.word("how", &["inner", "left", "right", "full", "outer", "semi", "anti", "cross"])? {
        "left" => JoinType::Left,
        "right" => JoinType::Right,
        "full" | "outer" => JoinType::Full,
        "semi" => JoinType::Semi,
        "anti" => JoinType::Anti,
        "cross" => JoinType::Cross,
        _ => JoinType::Inner,
    };
    let keys = keys(call)?;
    match (keys.left.is_empty(), how == JoinType::Cross) {
        (true, false) => {
            return Err(Fault::argument("`join` needs keys").hint(
                "as `join(other, \"id\")`, or `#{ left_on: …, right_on: … }`; `cross_join` takes none",
            ));
        }
        (false, true) => return Err(Fault::argument("a cross join takes no keys")),
        _ => {}
    }
    let builder = builder(call)?.how(how).left_on(keys.left).right_on(keys.right);
    let builder = builder
        .validate(validation(call)?)
        .join_nulls(call.boolean("nulls_equal")?)
        .coalesce(coalesce(call)?)
        .maintain_order(maintain_order(call)?)
        .build_side(build_side(call)?);
    frame(builder.finish())
}

fn builder(call: &Call<'_>) -> Result<JoinBuilder, Fault> {
    Ok(call.lazy()?.join_builder().with(call.lazy_at("other")?).suffix(call.text("suffix")?))
}

fn frame(lazy: LazyFrame) -> Result<Value, Fault> {
    Ok(Value::Frame(fram_frame::Frame::from_lazy(lazy)?))
}

fn validation(call: &Call<'_>) -> Result<JoinValidation, Fault> {
    Ok(match call.word("validate", &["m:m", "m:1", "1:m", "1:1"])? {
        "m:1" => JoinValidation::ManyToOne,
        "1:m" => JoinValidation::OneToMany,
        "1:1" => JoinValidation::OneToOne,
        _ => JoinValidation::ManyToMany,
    })
}

fn coalesce(call: &Call<'_>) -> Result<JoinCoalesce, Fault> {
    Ok(match call.maybe_boolean("coalesce")? {
        None => JoinCoalesce::JoinSpecific,
        Some(true) => JoinCoalesce::CoalesceColumns,
        Some(false) => JoinCoalesce::KeepColumns,
    })
}

fn maintain_order(call: &Call<'_>) -> Result<MaintainOrderJoin, Fault> {
    Ok(match call.word("maintain_order", &["none", "left", "right", "left_right", "right_left"])? {
        "left" => MaintainOrderJoin::Left,
        "right" => MaintainOrderJoin::Right,
        "left_right" => MaintainOrderJoin::LeftRight,
        "right_left" => MaintainOrderJoin::RightLeft,
        _ => MaintainOrderJoin::None,
    })
}

fn build_side(call: &Call<'_>) -> Result<Option<JoinBuildSide>, Fault> {
    Ok(match call.word("build_side", &["auto", "left", "right"])? {
        "left" => Some(JoinBuildSide::ForceLeft),
        "right" => Some(JoinBuildSide::ForceRight),
        _ => None,
    })
}

fn join_where(call: &Call<'_>) -> Result<Value, Fault> {
    call.word("how", &["inner"])?;
    let suffix = call.text("suffix")?;
    let mut both = (**call.frame()?.schema()).clone();
    for (name, kind) in call.frame_at("other")?.schema().iter() {
        let name = if both.contains(name) { format!("{name}{suffix}").into() } else { name.clone() };
        both.insert(name, kind.clone());
    }
    let condition = |value: &Value| match value {
        Value::Text(text) => parse_column(text, Some(&both)),
        Value::Expression(expression) => Ok((**expression).clone()),
        other => {
            Err(call.out_of_range("predicates", &format!("comparisons, not {}", other.kind().article())))
        }
    };
    let conditions: Vec<Expr> = call.values("predicates").iter().map(condition).collect::<Result<_, _>>()?;
    frame(builder(call)?.join_where(conditions))
}
