//! What charts say and draw: what is left out is told, what is drawn is where it belongs.

use expect_test::{Expect, expect};
use fram_display::{Body, Chart, ChartError, ChartKind, Positions, Series};

fn numbers(values: &[f64]) -> Positions {
    Positions::Numbers(values.iter().copied().map(Some).collect())
}

fn categories(names: &[&str]) -> Positions {
    Positions::Categories(names.iter().map(|name| Some((*name).to_owned())).collect())
}

fn heights(values: &[f64]) -> Vec<Option<f64>> {
    values.iter().copied().map(Some).collect()
}

fn chart(kind: ChartKind, x: Positions, y: Vec<Option<f64>>) -> Chart {
    Chart::new(kind, "x", "y", vec![Series { name: None, x, y }])
}

/// The texts and the numbers of shapes that are drawn.
fn drawn(chart: &Chart) -> String {
    let svg = chart.svg().unwrap();
    let document = roxmltree::Document::parse(&svg).unwrap();
    let count = |name: &str| document.descendants().filter(|node| node.has_tag_name(name)).count();
    let texts: Vec<&str> = document
        .descendants()
        .filter(|node| node.has_tag_name("text"))
        .filter_map(|node| node.text())
        .collect();
    format!("{} bars, {} dots; {}", count("rect") - 1, count("circle"), texts.join(" | "))
}

fn check(chart: &Chart, expected: &Expect) {
    expected.assert_eq(&drawn(chart));
}

/// The bars' upper and lower edges, in tenths of pixels.
fn bars(chart: &Chart) -> Vec<(f64, f64)> {
    let svg = chart.svg().unwrap();
    let document = roxmltree::Document::parse(&svg).unwrap();
    let rects = document.descendants().filter(|node| node.has_tag_name("rect")).skip(1);
    rects
        .map(|node| {
            let number = |name: &str| node.attribute(name).unwrap().parse::<f64>().unwrap();
            (number("y"), number("y") + number("height"))
        })
        .collect()
}

#[test]
fn bars_stand_on_zero_and_hang_below_it() {
    let bars = bars(&chart(ChartKind::Bar, categories(&["a", "b", "c"]), heights(&[2.0, -1.0, 4.0])));
    assert_eq!(bars.len(), 3);
    assert_eq!(bars[0].1, bars[1].0, "the second hangs where the first stands");
    assert_eq!(bars[0].1, bars[2].1);
    let height = |place: usize| bars[place].1 - bars[place].0;
    assert!(
        (height(2) - 2.0 * height(0)).abs() <= 2.0 && (height(0) - 2.0 * height(1)).abs() <= 2.0,
        "{bars:?}"
    );
}

#[test]
fn a_null_is_no_bar_and_a_gap_in_a_line() {
    check(
        &chart(ChartKind::Bar, categories(&["a", "b"]), vec![Some(1.0), None]),
        &expect!["1 bars, 0 dots; y | 0 | 1 | x | a | b"],
    );
    let x = numbers(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    let line = chart(ChartKind::Line, x, vec![Some(1.0), Some(2.0), None, Some(4.0), None, Some(f64::NAN)]);
    check(
        &line,
        &expect![
            "0 bars, 1 dots; y | 0 | 1 | 2 | 3 | 4 | x | 1 | 2 | 3 | 4 | 5 | 6 | 1 row with NaN, infinite or unrepresentable values left out."
        ],
    );
    let positions = Positions::Numbers(vec![None, Some(f64::INFINITY), Some(1.0)]);
    check(
        &chart(ChartKind::Scatter, positions, heights(&[1.0, 2.0, 3.0])),
        &expect![
            "0 bars, 1 dots; y | 2 | 3 | 4 | x | 1 | 1 row without x left out. | 1 row with NaN, infinite or unrepresentable values left out."
        ],
    );
}

#[test]
fn a_category_that_is_null_is_not_the_word_null() {
    let x = Positions::Categories(vec![None, Some("null".to_owned()), Some(String::new())]);
    check(
        &chart(ChartKind::Bar, x, heights(&[1.0, 2.0, 3.0])),
        &expect![[r#"3 bars, 0 dots; y | 0 | 1 | 2 | 3 | x | null | "null" | """#]],
    );
}

#[test]
fn nothing_and_one_point_are_drawn_too() {
    check(&Chart::new(ChartKind::Bar, "x", "y", Vec::new()), &expect!["0 bars, 0 dots; no data | y | x"]);
    check(&chart(ChartKind::Line, numbers(&[]), Vec::new()), &expect!["0 bars, 0 dots; no data | y | x"]);
    check(
        &chart(ChartKind::Line, numbers(&[5.0]), heights(&[7.0])),
        &expect!["0 bars, 1 dots; y | 6 | 7 | 8 | x | 5"],
    );
    check(
        &chart(ChartKind::Scatter, Positions::Times(vec![Some(0)]), heights(&[0.0])),
        &expect![
            "0 bars, 1 dots; y | 0 | 1 | x | 12:00 | Dec 31, 1969 | 15:00 | 18:00 | 21:00 | 00:00 | Jan 1, 1970 | 03:00 | 06:00 | 09:00 | 12:00"
        ],
    );
    check(
        &chart(ChartKind::Bar, categories(&["a"]), vec![None]),
        &expect!["0 bars, 0 dots; no data | y | x"],
    );
}

#[test]
fn what_is_too_much_is_limited_and_told() {
    let names: Vec<String> = (0..1_000).map(|place| format!("host-{place}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let many = chart(ChartKind::Bar, categories(&names), heights(&[1.0; 1_000]));
    assert_eq!(bars(&many).len(), 50);
    assert!(drawn(&many).contains("The first 50 of 1,000 bars are drawn."));
    let series = |place: usize| Series {
        name: Some(format!("s{place}")),
        x: numbers(&[1.0, 2.0]),
        y: heights(&[1.0, 2.0]),
    };
    let mut colors = Chart::new(ChartKind::Line, "x", "y", (0..50).map(series).collect());
    colors.color_label = Some("host".to_owned());
    assert!(drawn(&colors).contains("The first 10 of 50 values of host are drawn."));
    let twice = chart(ChartKind::Bar, categories(&["a", "a"]), heights(&[1.0, 2.0]));
    assert!(drawn(&twice).contains("Some bars lie over each other"));
}

#[test]
fn numbers_far_apart_stand_side_by_side() {
    let ids = chart(ChartKind::Bar, numbers(&[1.0, 4_624.0, 3.0]), heights(&[30.0, 20.0, 10.0]));
    check(&ids, &expect!["3 bars, 0 dots; y | 0 | 5 | 10 | 15 | 20 | 25 | 30 | x | 1 | 4624 | 3"]);
    let hours = chart(ChartKind::Bar, numbers(&[22.0, 1.0, 4.0]), heights(&[30.0, 20.0, 10.0]));
    check(
        &hours,
        &expect![
            "3 bars, 0 dots; y | 0 | 5 | 10 | 15 | 20 | 25 | 30 | x | 0 | 2 | 4 | 6 | 8 | 10 | 12 | 14 | 16 | 18 | 20 | 22"
        ],
    );
}

#[test]
fn a_line_runs_from_left_to_right() {
    let line = chart(ChartKind::Line, numbers(&[3.0, 1.0, 2.0]), heights(&[1.0, 1.0, 1.0]));
    let svg = line.svg().unwrap();
    let document = roxmltree::Document::parse(&svg).unwrap();
    let points = document.descendants().find(|node| node.attribute("stroke") == Some("#0072B2")).unwrap();
    let places: Vec<i32> = points
        .attribute("points")
        .unwrap()
        .split(' ')
        .map(|point| point.split(',').next().unwrap().parse().unwrap())
        .collect();
    assert!(places.is_sorted() && places.len() == 3, "{places:?}");
}

#[test]
fn charts_in_words() {
    let mut bars =
        chart(ChartKind::Bar, categories(&["a", "longer", "中文"]), vec![Some(1_234.5), Some(10.0), None]);
    bars.title = Some("Title\u{1b}".to_owned());
    bars.notes = vec!["a note".to_owned()];
    expect![[r#"
        Title␛: bar chart of y by x
        a      │ ████████████████████████████████████████ 1,234.5
        longer │ 10
        中文   │ null
        a note"#]]
    .assert_eq(&bars.text());
    let times = Positions::Times(vec![Some(0), Some(86_400_000_000), Some(90_061_000_000)]);
    expect![[r#"
        line chart of y by x
        3 marks; x: 1970-01-01 to 1970-01-02 01:01:01; y: −1 to 3e20"#]]
    .assert_eq(&chart(ChartKind::Line, times, heights(&[-1.0, 2.5e-9, 3e20])).text());
}

#[test]
fn few_marks_are_an_svg_and_many_a_png() {
    let many: Vec<f64> = (0..10_001).map(f64::from).collect();
    let few = chart(ChartKind::Line, numbers(&many[1..]), heights(&many[1..])).media().unwrap();
    assert_eq!(few.iter().map(|medium| medium.mime).collect::<Vec<_>>(), ["image/svg+xml", "text/plain"]);
    let many = Chart { width: 300, height: 200, ..chart(ChartKind::Line, numbers(&many), heights(&many)) };
    let media = many.media().unwrap();
    assert_eq!((media[0].mime, media[0].size, media.len()), ("image/png", Some((300, 200)), 2));
    let Body::Bytes(file) = &media[0].body else { panic!("a PNG is bytes") };
    let info = png::Decoder::new(std::io::Cursor::new(file)).read_info().unwrap();
    assert_eq!(info.info().size(), (600, 400));
}

#[test]
fn a_huge_picture_takes_bounded_memory() {
    let huge =
        Chart { width: 4_000, height: 4_000, ..chart(ChartKind::Line, numbers(&[1.0]), heights(&[1.0])) };
    let file = huge.png().unwrap();
    let info = png::Decoder::new(std::io::Cursor::new(&file)).read_info().unwrap();
    assert_eq!(info.info().size(), (4_000, 4_000));
}

#[test]
fn what_cannot_be_drawn_says_why() {
    let unequal = chart(ChartKind::Line, numbers(&[1.0]), Vec::new());
    assert!(matches!(unequal.svg(), Err(ChartError::UnequalLengths { series: 1, x: 1, y: 0 })));
    let series = |x| Series { name: None, x, y: heights(&[1.0]) };
    let mixed =
        Chart::new(ChartKind::Line, "x", "y", vec![series(numbers(&[1.0])), series(categories(&["a"]))]);
    assert!(matches!(mixed.png(), Err(ChartError::MixedPositions)));
    let tiny = Chart { width: 10, ..Chart::new(ChartKind::Line, "x", "y", Vec::new()) };
    expect!["a chart of 10 × 400 pixels cannot be drawn; width and height must be from 120 to 4000"]
        .assert_eq(&tiny.media().unwrap_err().to_string());
    assert!(tiny.text().contains("line chart of y by x"), "{}", tiny.text());
}
