//! Chart verbs: columns first, then options. Marks are worked out in `charts`.

use fram_display::ChartKind;

use crate::charts;
use crate::registry::Kind::{Column, Integer, Text};
use crate::registry::Type::{Chart, Frame as F};
use crate::registry::{Parameter, Verb, absent, optional, required, verb};

const COLOR: Parameter = absent("color", Column, "A column that colours the marks.");
const TITLE: Parameter = absent("title", Text, "The title above the chart.");
const X_LABEL: Parameter =
    absent("x_label", Text, "What the horizontal axis is called instead of its column.");
const Y_LABEL: Parameter = absent("y_label", Text, "What the vertical axis is called instead of its column.");
const WIDTH: Parameter = optional("width", Integer, "760", "Width in pixels.");
const HEIGHT: Parameter = optional("height", Integer, "380", "Height in pixels.");

const POINTS: &[Parameter] = &[
    required("x", Column, "Numbers, dates or categories."),
    required("y", Column, "Numbers."),
    COLOR,
    TITLE,
    X_LABEL,
    Y_LABEL,
    WIDTH,
    HEIGHT,
];

pub(super) const VERBS: &[Verb] = &[
    verb(F, "bar", Chart, "A bar for each category; its height is `y`, or the number of rows.", charts::bar)
        .takes(&[
            required("x", Column, "The categories."),
            absent("y", Column, "Numbers; rows of one category are summed. Without it, rows are counted."),
            COLOR,
            TITLE,
            X_LABEL,
            Y_LABEL,
            WIDTH,
            HEIGHT,
        ])
        .examples(&[
            "frame(#{ host: [\"a\", \"b\"], n: [3, 5] }).bar(\"host\", \"n\", #{ title: \"Events\" })",
        ]),
    verb(F, "line", Chart, "A line through the rows, from left to right.", |call| {
        charts::points(call, ChartKind::Line)
    })
    .takes(POINTS)
    .examples(&["frame(#{ hour: [1, 2, 3], n: [3, 5, 4] }).line(\"hour\", \"n\")"]),
    verb(F, "scatter", Chart, "A dot for each row.", |call| charts::points(call, ChartKind::Scatter))
        .takes(POINTS)
        .examples(&["frame(#{ x: [1, 2, 3], y: [3, 5, 4] }).scatter(\"x\", \"y\")"]),
    verb(
        F,
        "histogram",
        Chart,
        "How many values fall into each of some ranges of equal width.",
        charts::histogram,
    )
    .takes(&[
        required("x", Column, "Numbers, dates or lengths of time."),
        optional("bins", Integer, "20", "About how many ranges; their width is made round."),
        COLOR,
        TITLE,
        X_LABEL,
        Y_LABEL,
        WIDTH,
        HEIGHT,
    ])
    .examples(&["frame(#{ length: [3, 4, 4, 9, 30] }).histogram(\"length\", #{ bins: 5 })"]),
];
