//! A frame as a plan: how it will run, what is kept of it, and showing it now.

use polars_plan::plans::{HintIR, Sorted};

use fram_frame::Frame;

use crate::call::Call;
use crate::fault::Fault;
use crate::registry::Kind::{Boolean, Column, Function, Integer};
use crate::registry::Type::{Any as A, Frame as F, Nothing, Text as T};
use crate::registry::{Verb, optional, required, some_rest, verb};
use crate::value::Value;

pub(super) const VERBS: &[Verb] = &[
    verb(F, "lazy", F, "The frame itself: frames are lazy.", |call| Ok(call.receiver().clone())),
    verb(F, "clone", F, "The frame itself: frames never change.", |call| Ok(call.receiver().clone())),
    verb(F, "cache", F, "The frame, its rows kept from their first use on: in memory, or on a cluster's workers where they are many, and computed again there if they are lost.", |call| {
        Ok(Value::Frame(call.frame()?.clone().kept()))
    })
    .examples(&["frame(#{ a: [1, 2] }).filter(\"a > 1\").cache()"]),
    verb(F, "explain", T, "What the frame will do when it runs.", |call| {
        Ok(Value::Text(call.host.runner().explain(call.frame()?.plan())?))
    }),
    verb(F, "pipe", A, "What a closure makes of the frame.", |call| {
        call.function("function")?.call(vec![call.receiver().clone()])
    })
    .takes(&[required("function", Function, "A closure of the frame.")])
    .examples(&["frame(#{ a: [1, 2] }).pipe(|f| f.head(1))"]),
    verb(
        F,
        "set_sorted",
        F,
        "Says that columns are sorted already; wrong answers follow where they are not.",
        set_sorted,
    )
    .takes(&[
        some_rest("columns", Column, "The columns, first things first."),
        optional("descending", Boolean, "false", "Greatest first."),
        optional("nulls_last", Boolean, "false", "Nulls after everything else."),
    ])
    .examples(&["frame(#{ a: [1, 2] }).set_sorted(\"a\")"]),
    verb(F, "show", Nothing, "Shows the first rows now.", |call| {
        let settings = call.host.settings();
        let window = crate::show::Window {
            rows: call.count("n")?,
            columns: settings.count("columns"),
            with_last: false,
        };
        let frame = call.frame()?;
        let shown = crate::show::frame(frame, window, &settings, &*call.host.runner(), &call.host.watch())?;
        call.host.screen().display(shown, None);
        Ok(Value::Nothing)
    })
    .takes(&[optional("n", Integer, "5", "Rows.")])
    .examples(&["frame(#{ a: [1, 2, 3] }).show(2)"]),
];

fn set_sorted(call: &Call<'_>) -> Result<Value, Fault> {
    let (descending, nulls_last) = (call.boolean("descending")?, call.boolean("nulls_last")?);
    let sorted: Vec<Sorted> = call
        .names("columns")?
        .into_iter()
        .map(|name| Sorted {
            column: name.into(),
            descending: Some(descending),
            nulls_last: Some(nulls_last),
        })
        .collect();
    Ok(Value::Frame(Frame::from_lazy(call.lazy()?.hint(HintIR::Sorted(sorted.into()))?)?))
}
