//! Frames below and beside each other.

use fram_frame::Frame;
use polars::prelude::{
    HConcatOptions, LazyFrame, UnionArgs, concat, concat_lf_diagonal, concat_lf_horizontal,
};

use crate::call::Call;
use crate::fault::Fault;
use crate::registry::Kind::{Any, Boolean, Column, Frame as OneFrame, Text};
use crate::registry::Type::{Cell, Frame as F};
use crate::registry::{Parameter, Verb, optional, required, verb};
use crate::value::Value;

const OTHER: Parameter = required("other", OneFrame, "The other frame.");
const WAYS: &[&str] = &["vertical", "vertical_relaxed", "diagonal", "diagonal_relaxed", "horizontal"];

pub(super) const VERBS: &[Verb] = &[
    verb(Cell, "concat", F, "Frames as one, below or beside each other.", |call| stack(call, &call.values("items"), call.word("how", WAYS)?))
        .takes(&[
            required("items", Any, "An array of frames."),
            optional(
                "how",
                Text,
                "vertical",
                "vertical (same columns), diagonal (all columns, null where a frame has not), horizontal (side by side); `vertical_relaxed` and `diagonal_relaxed` find types that hold all.",
            ),
        ])
        .examples(&[
            "concat([frame(#{ a: [1] }), frame(#{ a: [2] })])",
            "concat([frame(#{ a: [1] }), frame(#{ b: [\"x\"] })], #{ how: \"diagonal\" })",
        ]),
    verb(Cell, "union", F, "Frames below each other, in any order of rows.", |call| stack(call, &call.values("items"), call.word("how", WAYS)?))
        .takes(&[required("items", Any, "An array of frames."), optional("how", Text, "vertical", "As for `concat`.")]),
    verb(F, "vstack", F, "This frame with another below it.", |call| {
        let frames = [call.receiver().clone(), Value::Frame(call.frame_at("other")?.clone())];
        stack(call, &frames, "vertical")
    })
    .takes(&[OTHER])
    .examples(&["frame(#{ a: [1] }).vstack(frame(#{ a: [2] }))"]),
    verb(F, "extend", F, "This frame with another below it.", |call| {
        let frames = [call.receiver().clone(), Value::Frame(call.frame_at("other")?.clone())];
        stack(call, &frames, "vertical")
    })
    .takes(&[OTHER]),
    verb(F, "hstack", F, "This frame with another beside it.", |call| {
        let frames = [call.receiver().clone(), Value::Frame(call.frame_at("other")?.clone())];
        stack(call, &frames, "horizontal")
    })
    .takes(&[OTHER])
    .examples(&["frame(#{ a: [1] }).hstack(frame(#{ b: [2] }))"]),
    verb(F, "merge_sorted", F, "Two frames that are sorted by the same columns as one that is.", |call| {
        let (keys, keeps) = (call.names("key")?, call.boolean("maintain_order")?);
        let other = call.lazy_at("other")?;
        Ok(Value::Frame(Frame::from_lazy(call.lazy()?.merge_sorted(other, keys, keeps)?)?))
    })
    .takes(&[
        OTHER,
        required("key", Column, "The columns that both are sorted by."),
        optional("maintain_order", Boolean, "false", "Of equal rows, this frame's come first."),
    ])
    .examples(&["frame(#{ a: [1, 4] }).merge_sorted(frame(#{ a: [2, 5] }), \"a\")"]),
];

fn stack(call: &Call<'_>, frames: &[Value], how: &str) -> Result<Value, Fault> {
    let lazy = |value: &Value| match value {
        Value::Frame(frame) => call.lazy_of(frame),
        other => Err(call.out_of_range(
            "items",
            &format!("an array of frames; one element is {}", other.kind().article()),
        )),
    };
    check_columns(frames, how)?;
    let frames: Vec<LazyFrame> = frames.iter().map(lazy).collect::<Result<_, _>>()?;
    if frames.is_empty() {
        return Err(Fault::argument("there are no frames to put together").hint("as `concat([a, b])`"));
    }
    let options = UnionArgs { to_supertypes: how.ends_with("relaxed"), strict: true, ..UnionArgs::default() };
    let stacked = match how {
        "horizontal" => concat_lf_horizontal(
            frames,
            HConcatOptions { parallel: true, strict: false, ..Default::default() },
        )?,
        "diagonal" | "diagonal_relaxed" => concat_lf_diagonal(frames, options)?,
        _ => concat(frames, options)?,
    };
    Ok(Value::Frame(Frame::from_lazy(stacked)?))
}

/// Says which frame has which other column; Polars would say it when the frame runs.
fn check_columns(frames: &[Value], how: &str) -> Result<(), Fault> {
    let schemas: Vec<_> = frames
        .iter()
        .filter_map(|value| if let Value::Frame(frame) = value { Some(frame.schema()) } else { None })
        .collect();
    let Some((first, others)) = schemas.split_first() else { return Ok(()) };
    for (at, schema) in others.iter().enumerate() {
        let differ = |message: String, hint: &str| {
            Fault::new("SchemaMismatch", format!("frame {} {message}", at + 2)).hint(hint)
        };
        if how.starts_with("vertical") && !first.iter_names().eq(schema.iter_names()) {
            let odd = schema
                .iter_names()
                .find(|name| !first.contains(name))
                .map(|name| format!("has a column `{name}`, which frame 1 has not"));
            let odd = odd.or_else(|| {
                first
                    .iter_names()
                    .find(|name| !schema.contains(name))
                    .map(|name| format!("has no column `{name}`"))
            });
            let odd = odd.unwrap_or_else(|| "has its columns in another order".into());
            return Err(differ(odd, "`#{ how: \"diagonal\" }` takes the columns of all frames, by name"));
        }
        if how == "horizontal" || how.ends_with("relaxed") {
            continue;
        }
        let other = schema
            .iter()
            .find_map(|(name, kind)| Some((name, first.get(name).filter(|known| *known != kind)?, kind)));
        if let Some((name, one, other)) = other {
            let relaxed = format!("`#{{ how: \"{how}_relaxed\" }}` finds a type that holds both");
            return Err(differ(format!("holds {other} in column `{name}`, frame 1 {one}"), &relaxed)
                .at(name.to_string()));
        }
    }
    Ok(())
}
