//! What holds for every chart: no text leaves the picture or covers another, no mark leaves the plot.

use super::font::{Font, register};
use super::layout::Layout;
use super::{Chart, ChartKind, Positions, Series};

const KINDS: [ChartKind; 4] = [ChartKind::Bar, ChartKind::Line, ChartKind::Scatter, ChartKind::Histogram];
const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;
/// 2026-03-01 in microseconds.
const MARCH: i64 = 1_772_323_200_000_000;

/// A text in a drawn chart: its box from left to right and from top to bottom, in CSS pixels.
#[derive(Debug)]
#[expect(dead_code, reason = "the text is named when a test fails")]
struct Written {
    text: String,
    sides: (f64, f64),
    heights: (f64, f64),
}

fn written(svg: &str) -> Vec<Written> {
    let document = roxmltree::Document::parse(svg).unwrap();
    let texts = document.descendants().filter(|node| node.has_tag_name("text"));
    texts
        .map(|node| {
            let number = |name: &str| node.attribute(name).unwrap().parse::<f64>().unwrap() / 10.0;
            let font = Font { em: number("font-size"), bold: node.attribute("font-weight") == Some("bold") };
            let text = node.text().unwrap_or_default().to_owned();
            let (x, y, width) = (number("x"), number("y"), font.width(&text));
            let left = match node.attribute("text-anchor") {
                Some("start") => x,
                Some("end") => x - width,
                _ => x - width / 2.0,
            };
            Written { sides: (left, left + width), heights: (y - font.em / 2.0, y + font.em / 2.0), text }
        })
        .collect()
}

fn apart(one: (f64, f64), other: (f64, f64)) -> bool {
    one.1 <= other.0 + 0.5 || other.1 <= one.0 + 0.5
}

/// Asserts that texts stay inside and off each other, and marks inside the picture.
fn check(chart: &Chart) {
    let svg = chart.svg().unwrap();
    let layout = Layout::new(chart).unwrap();
    let texts = written(&svg);
    let about = format!(
        "{:?} {}×{} {:?}",
        chart.kind,
        chart.width,
        chart.height,
        chart.series.first().map(|series| &series.x)
    );
    let about: String = about.chars().take(300).collect();
    for (place, text) in texts.iter().enumerate() {
        let inside = text.sides.0 >= 0.0 && text.sides.1 <= layout.width + 0.5;
        assert!(inside, "{text:?} is cut off at a side: {about}");
        assert!(
            text.heights.0 >= 0.0 && text.heights.1 <= layout.height + 0.5,
            "{text:?} is cut off: {about}"
        );
        for other in &texts[place + 1..] {
            let free = apart(text.sides, other.sides) || apart(text.heights, other.heights);
            assert!(free, "{text:?} covers {other:?}: {about}");
        }
    }
    for number in
        svg.split('"').flat_map(|part| part.split([' ', ','])).filter_map(|part| part.parse::<f64>().ok())
    {
        assert!(
            (-10.0..=layout.height.max(layout.width) * 10.0).contains(&number),
            "{number} in the drawing: {about}"
        );
    }
}

fn chart(kind: ChartKind, x: Positions, names: &[Option<&str>]) -> Chart {
    let heights = |shift: usize| -> Vec<Option<f64>> {
        (0..x.len()).map(|place| Some(((place * 7_919 + shift * 31) % 1_009) as f64 - 20.0)).collect()
    };
    let series = |(place, name): (usize, &Option<&str>)| Series {
        name: name.map(str::to_owned),
        x: x.clone(),
        y: heights(place),
    };
    let mut chart =
        Chart::new(kind, "the name of x", "the name of y", names.iter().enumerate().map(series).collect());
    chart.bin_width = Some(1.0);
    chart
}

fn categories(count: usize, name: &str) -> Positions {
    Positions::Categories((0..count).map(|place| Some(format!("{name}{place}"))).collect())
}

#[test]
fn names_neither_leave_the_picture_nor_cover_each_other() {
    let names = [
        "",
        "w",
        "svchost.exe",
        "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell_",
        "日本語のとても長い名前 ",
    ];
    for kind in KINDS {
        for name in names {
            for count in [0, 1, 2, 7, 30, 400] {
                check(&chart(kind, categories(count, name), &[None]));
                check(&chart(
                    kind,
                    categories(count, name),
                    &[Some("a series"), Some("another with a name that is long indeed, too long"), None],
                ));
            }
        }
    }
}

#[test]
fn times_of_every_span_have_room_for_their_labels() {
    for kind in KINDS {
        for span in [
            0,
            3,
            40,
            999,
            77_000,
            SECOND,
            45 * SECOND,
            1_000 * SECOND,
            3 * 3_600 * SECOND,
            DAY,
            9 * DAY,
            40 * DAY,
            400 * DAY,
            4_000 * DAY,
            90_000 * DAY,
        ] {
            let x = Positions::Times(
                (0..30).map(|place| Some(MARCH + 37 * SECOND + span * place / 29)).collect(),
            );
            let chart = Chart { bin_width: Some(span as f64 / 29.0), ..chart(kind, x, &[None]) };
            check(&chart);
            check(&Chart { width: 260, height: 160, ..chart });
        }
    }
}

#[test]
fn numbers_of_every_size_have_room_for_their_labels() {
    let scales = [
        5e-324,
        1e-300,
        1e-9,
        0.001,
        0.37,
        1.0,
        60.0,
        1e3,
        54_321.0,
        1e6,
        1e9,
        1e15,
        1e22,
        1e300,
        f64::MAX / 50.0,
    ];
    for kind in KINDS {
        for scale in scales {
            for shift in [0.0, -10.0, 1e6] {
                let values = || {
                    (0..40)
                        .map(|place| Some((f64::from(place) + shift) * scale))
                        .filter(|value| value.is_some_and(f64::is_finite))
                };
                let mut chart = chart(kind, Positions::Numbers(values().collect()), &[None]);
                chart.series[0].y = values().collect();
                chart.bin_width = Some(scale);
                check(&chart);
                check(&Chart { width: 300, height: 200, ..chart });
            }
        }
    }
}

#[test]
fn every_size_and_length_of_title_fits() {
    for kind in KINDS {
        for (width, height) in [(120, 120), (160, 300), (240, 160), (720, 400), (2_000, 150), (4_000, 4_000)]
        {
            for title in ["", "t", "a title that is long ".repeat(3).as_str(), &"x".repeat(5_000)] {
                let mut chart = chart(
                    kind,
                    Positions::Numbers((0..9).map(|place| Some(f64::from(place))).collect()),
                    &[None],
                );
                chart.title = Some(title.to_owned());
                chart.notes = vec!["a note of some length, ".repeat(10)];
                (chart.width, chart.height) = (width, height);
                check(&chart);
            }
        }
    }
}

#[test]
fn shortened_texts_fit_and_are_as_long_as_they_can_be() {
    register().unwrap();
    for text in ["a", "some words and more", "日本語のとても長い名前", "👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧", &"i".repeat(10_000)]
    {
        for room in [20.0, 55.5, 90.0, 400.0] {
            let whole = Font::TICK.width(text);
            for short in [Font::TICK.shortened(text, room), Font::TICK.shortened_inside(text, room)] {
                assert!(Font::TICK.width(&short) <= room, "{short:?} is wider than {room}");
                assert_eq!(short == text, whole <= room, "{text:?} became {short:?} in {room} of {whole}");
            }
        }
    }
    assert_eq!(Font::TICK.shortened_inside("C:\\Windows\\System32\\cmd.exe", 100.0), "C:\\Wind…md.exe");
}
