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
    let frame = Frame::from_lazy(stacked).map_err(|error| {
        let fault = Fault::from(error);
        let other = match how {
            "vertical" => "`#{ how: \"diagonal_relaxed\" }` takes all columns and finds types that hold both",
            "diagonal" => "`#{ how: \"diagonal_relaxed\" }` finds types that hold both",
            _ => return fault,
        };
        fault.hint(other)
    })?;
    Ok(Value::Frame(frame))
}
