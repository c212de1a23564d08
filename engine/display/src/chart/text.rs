//! A chart in words, with bars of letters where they are few: for terminals and readers without pictures.

use super::number_label::number;
use super::prepared::{Across, Prepared};
use super::{Chart, ChartKind, calendar};
use crate::escape::{clipped_line, visible};
use unicode_width::UnicodeWidthStr;

/// Bars that are drawn as letters.
const MOST_BARS: usize = 30;
/// The longest bar, in places.
const LONGEST: f64 = 40.0;
/// Characters of a bar's name.
const NAME: usize = 40;
/// Characters of a title or label.
const LABEL: usize = 200;

impl Chart {
    /// One line that says what the chart shows, then its bars or its extent, then its notes.
    ///
    /// Never fails: a chart that cannot be drawn says why.
    pub fn text(&self) -> String {
        let mut lines = vec![self.summary()];
        match Prepared::new(self) {
            Ok(prepared) => {
                let bars = letter_bars(self.kind, &prepared);
                lines.extend(bars.unwrap_or_else(|| vec![extent(self, &prepared)]));
                lines.extend(prepared.notes);
            }
            Err(error) => lines.push(error.to_string()),
        }
        visible(&lines.join("\n")).into_owned()
    }

    /// What the chart shows, as `Processes: bar chart of n by Image, coloured by Host`.
    pub(super) fn summary(&self) -> String {
        let kind = match self.kind {
            ChartKind::Bar => "bar chart",
            ChartKind::Line => "line chart",
            ChartKind::Scatter => "scatter plot",
            ChartKind::Histogram => "histogram",
        };
        let title = self.title.iter().map(|title| format!("{}: ", clipped(title))).collect::<String>();
        let color = self
            .color_label
            .iter()
            .map(|label| format!(", coloured by {}", clipped(label)))
            .collect::<String>();
        format!("{title}{kind} of {} by {}{color}", clipped(&self.y_label), clipped(&self.x_label))
    }
}

fn letter_bars(kind: ChartKind, prepared: &Prepared) -> Option<Vec<String>> {
    let Across::Bands(names) = &prepared.across else { return None };
    let [series] = prepared.series.as_slice() else { return None };
    let most = prepared.heights().fold(0.0_f64, f64::max);
    if kind != ChartKind::Bar
        || series.marks.len() > MOST_BARS
        || prepared.heights().any(|height| height < 0.0)
    {
        return None;
    }
    let names: Vec<String> = names.iter().map(|name| clipped_inside(name)).collect();
    let widest = names.iter().map(|name| name.width()).max().unwrap_or(0);
    let mut bars = Vec::new();
    for &(place, height) in &series.marks {
        let name = names.get(place as usize).map_or("", String::as_str);
        let (bar, written) = match height {
            Some(height) => (
                "█".repeat((height / most.max(f64::MIN_POSITIVE) * LONGEST).round() as usize),
                number(height),
            ),
            None => (String::new(), "null".to_owned()),
        };
        let space = if bar.is_empty() { "" } else { " " };
        bars.push(format!("{name}{} │ {bar}{space}{written}", " ".repeat(widest - name.width())));
    }
    Some(bars)
}

fn extent(chart: &Chart, prepared: &Prepared) -> String {
    let count = prepared.heights().count();
    if count == 0 {
        return "no data".to_owned();
    }
    let ends = |values: &mut dyn Iterator<Item = f64>| {
        values
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)))
    };
    let (low, high) = ends(&mut prepared.places());
    let along = match &prepared.across {
        Across::Bands(names) => format!("{} values", number(names.len() as f64)),
        Across::Times => format!("{} to {}", calendar::time(low), calendar::time(high)),
        Across::Numbers => format!("{} to {}", number(low), number(high)),
    };
    let (lowest, highest) = ends(&mut prepared.heights());
    format!(
        "{} marks; {}: {along}; {}: {} to {}",
        number(count as f64),
        clipped(&chart.x_label),
        clipped(&chart.y_label),
        number(lowest),
        number(highest)
    )
}

fn clipped(text: &str) -> String {
    clipped_line(text, LABEL)
}

/// A name without its middle where it is long: paths and ids often differ at their ends alone.
fn clipped_inside(name: &str) -> String {
    let count = name.chars().count();
    if count <= NAME {
        return name.to_owned();
    }
    let start: String = name.chars().take(NAME / 2).collect();
    let end: String = name.chars().skip(count - NAME / 2 + 1).collect();
    format!("{start}…{end}")
}
