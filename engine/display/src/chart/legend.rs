//! The legend beside a chart: what it says and how wide it is; it is drawn by `frame`.

use super::font::Font;
use super::prepared::Prepared;
use super::{Chart, palette};
use crate::escape::visible_line;
use plotters::style::RGBColor;

/// Between the plot and the legend.
pub(super) const GAP: f64 = 20.0;
/// From a sign to its name.
pub(super) const SIGN: f64 = 18.0;
/// The greatest share of a chart's width.
const MOST_SHARE: f64 = 0.3;

/// Names and their colours.
pub(super) struct Legend {
    pub(super) heading: Option<String>,
    pub(super) entries: Vec<(String, RGBColor)>,
    /// How many names had no room.
    pub(super) more: usize,
    /// With the gap before it, in CSS pixels.
    pub(super) width: f64,
}

impl Legend {
    /// The legend, if the chart's series have names.
    pub(super) fn new(chart: &Chart, prepared: &Prepared, width: f64, height: f64) -> Option<Self> {
        if chart.color_label.is_none() && prepared.series.iter().all(|series| series.name.is_none()) {
            return None;
        }
        let room = width * MOST_SHARE - GAP;
        let heading =
            chart.color_label.as_ref().map(|label| Font::LEGEND_HEAD.shortened(&visible_line(label), room));
        let fitting = (((height - 90.0) / Font::TICK.line()) as usize).saturating_sub(1).max(1);
        let mut entries: Vec<(String, RGBColor)> = Vec::new();
        for (place, series) in prepared.series.iter().enumerate().take(fitting) {
            let name = match series.name.as_deref() {
                Some("") => "\"\"",
                Some("null") => "\"null\"",
                Some(name) => name,
                None => "null",
            };
            entries.push((Font::TICK.shortened_inside(name, room - SIGN), palette::series_color(place)));
        }
        let widths = entries.iter().map(|(name, _)| Font::TICK.width(name) + SIGN);
        let heading_width = heading.iter().map(|heading| Font::LEGEND_HEAD.width(heading));
        let widest = widths.chain(heading_width).fold(0.0, f64::max);
        let more = prepared.series.len() - entries.len();
        Some(Self { heading, entries, more, width: widest + GAP })
    }
}
