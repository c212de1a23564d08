//! A chart in words, for where no picture can be shown.

use super::{Chart, ChartKind};
use crate::escape::on_one_line;

pub(super) fn of(chart: &Chart) -> String {
    let kind = match chart.kind {
        ChartKind::Bar => "bar chart",
        ChartKind::Line => "line chart",
        ChartKind::Scatter => "scatter chart",
        ChartKind::Histogram => "histogram",
    };
    let title = chart.title.as_ref().map_or_else(String::new, |title| format!(" \"{}\"", on_one_line(title)));
    let colors = match (&chart.color_label, chart.series.len()) {
        (Some(label), count) => format!(", {count} colours by {}", on_one_line(label)),
        (None, _) => String::new(),
    };
    let marks: usize = chart.series.iter().map(|series| series.y.len()).sum();
    let axes = format!("{} by {}", on_one_line(&chart.y_label), on_one_line(&chart.x_label));
    let mut out = format!("{kind}{title}: {axes}, {marks} marks{colors}");
    for note in &chart.notes {
        out.push('\n');
        out.push_str(&on_one_line(note));
    }
    out
}
