//! Writes to a file how long tables and charts take: `cargo run --release --example timing -- FILE`.

use std::error::Error;
use std::fmt::Write as _;
use std::time::Instant;

use fram_display::{Chart, ChartKind, Column, Kind, Positions, RowCount, Series, Table, Value};

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("usage: timing FILE")?;
    let mut report = String::new();
    let usual = table(30, 0);
    let broad = table(30, 99_970);
    let all = table(100_000, 0);
    time(&mut report, "20 rows × 30 columns as HTML", || usual.html().len())?;
    time(&mut report, "20 rows × 30 columns as text", || usual.text(120).len())?;
    time(&mut report, "99,970 columns hidden, HTML", || broad.html().len())?;
    time(&mut report, "100,000 columns handed over, HTML", || all.html().len())?;
    for kind in [ChartKind::Line, ChartKind::Scatter] {
        let (few, many) = (chart(kind, 1_000), chart(kind, 100_000));
        time(&mut report, &format!("{kind:?} of 1,000 points as SVG"), || {
            few.svg().map_or(0, |svg| svg.len())
        })?;
        time(&mut report, &format!("{kind:?} of 1,000 points as PNG"), || {
            few.png().map_or(0, |png| png.len())
        })?;
        time(&mut report, &format!("{kind:?} of 100,000 points as PNG"), || {
            many.png().map_or(0, |png| png.len())
        })?;
    }
    let bars = bars();
    time(&mut report, "bars for 1,000 long names as SVG", || bars.svg().map_or(0, |svg| svg.len()))?;
    std::fs::write(path, report)?;
    Ok(())
}

/// The median of 21 runs, and the bytes made.
fn time(report: &mut String, name: &str, run: impl Fn() -> usize) -> std::fmt::Result {
    let mut bytes = 0;
    let mut times: Vec<f64> = (0..21)
        .map(|_| {
            let start = Instant::now();
            bytes = run();
            start.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    writeln!(report, "{name:40} {:9.3} ms {bytes:9} bytes", times[10])
}

fn table(shown: usize, hidden: usize) -> Table {
    let values = |place: usize| match place % 3 {
        0 => (0..20).map(|row| Value::Float(row as f64 / 7.0)).collect(),
        1 => (0..20).map(|row| Value::Integer(row * 1_234_567)).collect(),
        _ => (0..20).map(|row| Value::Text(format!("C:\\Windows\\System32\\program_{row}.exe"))).collect(),
    };
    let kind = |place: usize| if place % 3 == 2 { Kind::Text } else { Kind::Number };
    let column = |place| Column {
        name: format!("column_{place}"),
        dtype: "f64".to_owned(),
        kind: kind(place),
        values: values(place),
    };
    Table {
        columns: (0..shown).map(column).collect(),
        rows: RowCount::Exactly(1_000_000),
        gap: Some(10),
        hidden: (0..hidden).map(|place| (format!("hidden_{place}"), "f64".to_owned())).collect(),
        notes: Vec::new(),
    }
}

fn chart(kind: ChartKind, points: usize) -> Chart {
    let x = Positions::Numbers((0..points).map(|place| Some(place as f64)).collect());
    let y = (0..points).map(|place| Some((place as f64 / 50.0).sin() * 1_000.0)).collect();
    Chart::new(kind, "x", "y", vec![Series { name: None, x, y }])
}

fn bars() -> Chart {
    let names = (0..1_000)
        .map(|place| Some(format!("C:\\Windows\\System32\\{}\\program_{place}.exe", "deep\\".repeat(9))));
    let x = Positions::Categories(names.collect());
    let y = (0..1_000).map(|place| Some(f64::from(place))).collect();
    Chart::new(ChartKind::Bar, "Image", "n", vec![Series { name: None, x, y }])
}
