//! Charts of many shapes.

use fram_display::{Chart, ChartKind, Positions, Series};

const DAY: i64 = 86_400_000_000;
/// 2026-03-01 in microseconds.
const MARCH: i64 = 1_772_323_200_000_000;

/// Every chart of the gallery under its file's name.
pub(crate) fn all() -> Vec<(String, Chart)> {
    let charts =
        [bars(), grouped_bars(), lines(), scatters(), odd(), odd_bars(), times(), names_along()].concat();
    charts
        .into_iter()
        .enumerate()
        .map(|(place, (name, chart))| (format!("{place:02}-{name}"), chart))
        .collect()
}

type Named = (&'static str, Chart);

fn categories(names: &[&str]) -> Positions {
    Positions::Categories(names.iter().map(|name| Some((*name).to_owned())).collect())
}

fn numbers(values: impl IntoIterator<Item = f64>) -> Positions {
    Positions::Numbers(values.into_iter().map(Some).collect())
}

fn heights(values: impl IntoIterator<Item = f64>) -> Vec<Option<f64>> {
    values.into_iter().map(Some).collect()
}

fn one(x: Positions, y: Vec<Option<f64>>) -> Vec<Series> {
    vec![Series { name: None, x, y }]
}

fn named(name: &str, x: Positions, y: Vec<Option<f64>>) -> Series {
    Series { name: Some(name.to_owned()), x, y }
}

fn titled(mut chart: Chart, title: &str) -> Chart {
    chart.title = Some(title.to_owned());
    chart
}

fn colored(mut chart: Chart, label: &str) -> Chart {
    chart.color_label = Some(label.to_owned());
    chart
}

fn bars() -> Vec<Named> {
    let ids = ["1", "3", "11", "4624", "4688", "5156"];
    let images: Vec<String> =
        (0..14).map(|i| format!("C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\program_{i}.exe")).collect();
    let images: Vec<&str> = images.iter().map(String::as_str).collect();
    let thousand: Vec<String> = (0..1000).map(|i| format!("host-{i:04}")).collect();
    let thousand: Vec<&str> = thousand.iter().map(String::as_str).collect();
    vec![
        (
            "bar",
            titled(
                Chart::new(
                    ChartKind::Bar,
                    "event_id",
                    "n",
                    one(categories(&ids), heights([8123.0, 5120.0, 2212.0, 930.0, 400.0, 12.0])),
                ),
                "Events by id",
            ),
        ),
        (
            "bar-long",
            titled(
                Chart::new(
                    ChartKind::Bar,
                    "Image",
                    "n",
                    one(categories(&images), heights((0..14).map(|i| 5000.0 / f64::from(i + 1)))),
                ),
                "Processes",
            ),
        ),
        (
            "bar-thousand",
            Chart::new(
                ChartKind::Bar,
                "host",
                "n",
                one(categories(&thousand), heights((0..1000).map(|i| f64::from(1000 - i)))),
            ),
        ),
        (
            "bar-hours",
            titled(
                Chart::new(
                    ChartKind::Bar,
                    "hour",
                    "n",
                    one(
                        numbers((0..24).map(f64::from)),
                        heights((0..24).map(|i| f64::from((i * 37) % 101) * 1e4)),
                    ),
                ),
                "Events by hour of the day",
            ),
        ),
    ]
}

fn grouped_bars() -> Vec<Named> {
    let hosts = ["WS-01", "WS-02", "DC-01", "FILE-SRV"];
    let grouped = ["ProcessCreate", "NetworkConnect", "FileCreate"];
    let groups = grouped
        .iter()
        .enumerate()
        .map(|(g, name)| {
            named(name, categories(&hosts), heights((0..4).map(|i| ((i + 2) * (g + 1) * 131 % 700) as f64)))
        })
        .collect();
    let negative = [120.0, -40.0, 33.0, -210.5, 0.0, 71.0];
    vec![
        (
            "bar-grouped",
            colored(
                titled(Chart::new(ChartKind::Bar, "Hostname", "events", groups), "Events by host and kind"),
                "EventType",
            ),
        ),
        (
            "bar-negative",
            Chart::new(
                ChartKind::Bar,
                "account",
                "balance",
                one(categories(&["a", "b", "c", "d", "e", "f"]), heights(negative)),
            ),
        ),
    ]
}

fn names_along() -> Vec<Named> {
    let names: Vec<String> =
        (0..60).map(|place| format!("C:\\Windows\\System32\\program_{place}.exe")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let along = |shift: i32| heights((0..60).map(move |place| f64::from((place * 37 + shift) % 50)));
    let groups = ["DC-01", "WS-01", "WS-02", "FILE-SRV"];
    let groups = groups
        .iter()
        .zip(0..)
        .map(|(name, shift)| named(name, categories(&names[..9]), along(shift * 13)[..9].to_vec()));
    vec![
        ("line-names", Chart::new(ChartKind::Line, "Image", "n", one(categories(&names), along(0)))),
        (
            "scatter-names",
            Chart::new(
                ChartKind::Scatter,
                "Image",
                "n",
                one(categories(&names[..12]), along(0)[..12].to_vec()),
            ),
        ),
        (
            "bar-grouped-names",
            colored(Chart::new(ChartKind::Bar, "Image", "n", groups.collect()), "Hostname"),
        ),
    ]
}

fn lines() -> Vec<Named> {
    let wave = |phase: f64, n: i32| {
        heights((0..n).map(move |i| (f64::from(i) / 60.0 + phase).sin() * 40.0 + 100.0 + f64::from(i) / 20.0))
    };
    let minutes = |n: i64| Positions::Times((0..n).map(|i| Some(MARCH + i * 60_000_000)).collect());
    let three =
        ["powershell.exe", "svchost.exe", "a program with a very long name that must be shortened.exe"];
    let several =
        three.iter().enumerate().map(|(i, name)| named(name, minutes(1000), wave(i as f64, 1000))).collect();
    let fifty = (0..50)
        .map(|i| {
            named(
                &format!("series {i}"),
                numbers((0..20).map(f64::from)),
                heights((0..20).map(|x| f64::from(x * i))),
            )
        })
        .collect();
    let mut gaps = wave(0.0, 100);
    (30..40).for_each(|i| gaps[i] = None);
    gaps[60] = None;
    gaps[62] = None;
    gaps[80] = Some(f64::NAN);
    let years = heights((0..12).map(|i| 2.0 + f64::from(i * i)));
    vec![
        (
            "line",
            titled(
                Chart::new(
                    ChartKind::Line,
                    "@timestamp",
                    "events per minute",
                    one(minutes(1000), wave(0.0, 1000)),
                ),
                "Timeline",
            ),
        ),
        (
            "line-colors",
            colored(
                titled(
                    Chart::new(ChartKind::Line, "@timestamp", "events", several),
                    "Events a minute by image, with a long title that nonetheless has to fit into the width of the picture somehow",
                ),
                "Image",
            ),
        ),
        ("line-fifty", colored(Chart::new(ChartKind::Line, "x", "y", fifty), "name")),
        ("line-gaps", Chart::new(ChartKind::Line, "x", "y", one(numbers((0..100).map(f64::from)), gaps))),
        (
            "line-years",
            Chart::new(
                ChartKind::Line,
                "year",
                "papers",
                one(numbers((0..12).map(|i| f64::from(2010 + i))), years),
            ),
        ),
    ]
}

fn scatters() -> Vec<Named> {
    let random = |seed: u64, n: usize| {
        let mut state = seed;
        std::iter::repeat_with(move || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 33) as f64 / f64::from(u32::MAX >> 1)
        })
        .take(n)
    };
    let cloud = |seed, n: usize, dx: f64| {
        named(
            &format!("cluster {seed}"),
            numbers(
                random(seed, n * 2)
                    .collect::<Vec<_>>()
                    .chunks(2)
                    .map(|p| p[0] + p[1] + dx)
                    .collect::<Vec<_>>(),
            ),
            heights(
                random(seed + 9, n * 2)
                    .collect::<Vec<_>>()
                    .chunks(2)
                    .map(|p| (p[0] + p[1]) * 1e6)
                    .collect::<Vec<_>>(),
            ),
        )
    };
    let lengths = (0..30).map(|i| (1200.0 * (-f64::from(i) / 6.0).exp()).round());
    let mut bins = Chart::new(
        ChartKind::Histogram,
        "length of CommandLine",
        "rows",
        one(numbers((0..30).map(|i| f64::from(i) * 50.0)), heights(lengths)),
    );
    bins.bin_width = Some(50.0);
    vec![
        (
            "scatter",
            colored(
                titled(
                    Chart::new(
                        ChartKind::Scatter,
                        "bytes in",
                        "bytes out",
                        vec![cloud(1, 150, 0.0), cloud(2, 150, 0.8), cloud(3, 150, 1.6)],
                    ),
                    "Connections",
                ),
                "kind",
            ),
        ),
        ("scatter-many", Chart::new(ChartKind::Scatter, "x", "y", vec![cloud(5, 30_000, 0.0)])),
        ("histogram", titled(bins, "How long command lines are")),
    ]
}

fn odd() -> Vec<Named> {
    let tiny = (0..10).map(|i| f64::from(i) * 1e-12);
    let huge = [1e300, -1e300, f64::MAX, f64::MIN, 0.0];
    vec![
        ("one-point", Chart::new(ChartKind::Line, "x", "y", one(numbers([5.0]), heights([7.0])))),
        ("no-points", titled(Chart::new(ChartKind::Scatter, "x", "y", vec![]), "Nothing here")),
        (
            "all-equal",
            Chart::new(ChartKind::Line, "x", "y", one(numbers((0..10).map(f64::from)), heights([3.25; 10]))),
        ),
        ("tiny", Chart::new(ChartKind::Scatter, "x", "y", one(numbers(tiny.clone()), heights(tiny)))),
        (
            "huge",
            Chart::new(ChartKind::Bar, "x", "y", one(categories(&["a", "b", "c", "d", "e"]), heights(huge))),
        ),
        (
            "offset",
            Chart::new(
                ChartKind::Line,
                "x",
                "y",
                one(numbers([1.0, 2.0, 3.0]), heights([1_000_001.0, 1_000_003.0, 1_000_002.0])),
            ),
        ),
    ]
}

fn odd_bars() -> Vec<Named> {
    vec![
        (
            "hostile",
            colored(
                titled(
                    Chart::new(
                        ChartKind::Bar,
                        "<script>alert(1)</script>",
                        "a & b \"c\"",
                        vec![named(
                            "]]><x>",
                            categories(&[
                                "<img onerror=x>",
                                "\u{202e}gnp",
                                "",
                                "null",
                                "日本語のとても長い名前のカテゴリ",
                            ]),
                            heights([1.0, 2.0, 3.0, 4.0, 5.0]),
                        )],
                    ),
                    "</title><script>",
                ),
                "&lt;",
            ),
        ),
        ("one-bar", Chart::new(ChartKind::Bar, "kind", "n", one(categories(&["only"]), heights([3.0])))),
        (
            "bar-zero",
            Chart::new(ChartKind::Bar, "kind", "n", one(categories(&["a", "b"]), heights([0.0, 0.0]))),
        ),
        (
            "bar-all-negative",
            Chart::new(ChartKind::Bar, "kind", "n", one(categories(&["a", "b"]), heights([-3.0, -7.0]))),
        ),
        (
            "bar-far-numbers",
            Chart::new(
                ChartKind::Bar,
                "event_id",
                "n",
                one(numbers([1.0, 4624.0, 3.0, 4688.0]), heights([30.0, 20.0, 10.0, 5.0])),
            ),
        ),
        (
            "small",
            titled(
                Chart {
                    width: 240,
                    height: 160,
                    ..Chart::new(
                        ChartKind::Line,
                        "x",
                        "y",
                        one(numbers([1.0, 2.0, 3.0]), heights([1.0, 3.0, 2.0])),
                    )
                },
                "A small chart with a title",
            ),
        ),
    ]
}

fn times() -> Vec<Named> {
    let span = |name: &'static str, step: i64, n: i64| {
        let x = Positions::Times((0..n).map(|i| Some(MARCH + 37 * 60_000_000 + i * step)).collect());
        (
            name,
            Chart::new(
                ChartKind::Line,
                "time",
                "n",
                one(x, heights((0..n).map(|i| ((i * 7919) % 97) as f64))),
            ),
        )
    };
    let days = Positions::Times((0..31).map(|i| Some(MARCH + i * DAY)).collect());
    vec![
        span("time-micros", 7, 20),
        span("time-seconds", 900_000, 60),
        span("time-hours", 1_800_000_000, 90),
        span("time-days", DAY / 2, 60),
        span("time-months", DAY * 7, 60),
        span("time-years", DAY * 180, 60),
        (
            "time-bars",
            titled(
                Chart::new(
                    ChartKind::Bar,
                    "day",
                    "events",
                    one(days, heights((0..31).map(|i| f64::from(i % 7) * 100.0 + 50.0))),
                ),
                "Events a day",
            ),
        ),
    ]
}
