//! Room: how large the drawing is, where its axes stand, and what is left for the marks.

use plotters::style::{FontTransform, IntoFont};

use super::font::FAMILY;
use super::scale::{self, MOST_CATEGORIES, Scale};
use super::{Chart, ChartKind};
use crate::escape::on_one_line;

/// Size of labels in pixels.
pub(super) const LABEL: i32 = 12;
/// Size of the title in pixels.
pub(super) const TITLE: i32 = 16;
/// Colours that the legend lists.
pub(super) const MOST_COLORS: usize = 10;
/// Height of one horizontal bar with its gap.
const BAR: u32 = 20;
/// Width that category names and the legend get at most.
const WIDEST_LABEL: i32 = 260;
const WIDEST_LEGEND: i32 = 180;

/// Where everything stands.
pub(super) struct Plan {
    /// Size of the drawing in pixels.
    pub(super) width: u32,
    pub(super) height: u32,
    /// The rectangle of the marks: left, top, right, bottom.
    pub(super) frame: (i32, i32, i32, i32),
    /// The axis of positions and the axis of heights.
    pub(super) x: Scale,
    pub(super) y: Scale,
    /// Whether bars lie: positions go down, heights to the right.
    pub(super) lying: bool,
    /// Whether the labels of positions are turned.
    pub(super) turned: bool,
    /// Sentences below.
    pub(super) notes: Vec<String>,
}

impl Plan {
    pub(super) fn of(chart: &Chart) -> Self {
        let x = positions(chart);
        let y = heights(chart);
        let lying = lies(chart, &x);
        let notes = notes(chart, &x);
        let mut plan = Self {
            width: chart.width,
            height: chart.height,
            frame: (0, 0, 0, 0),
            x,
            y,
            lying,
            turned: false,
            notes,
        };
        if let (true, Scale::Bands(names)) = (lying, &plan.x) {
            let bars = u32::try_from(names.len() * chart.series.len().clamp(1, 4)).unwrap_or(50).max(1);
            plan.height = plan.height.max(90 + bars * BAR);
        }
        plan.frame = plan.room(chart);
        plan
    }

    fn room(&mut self, chart: &Chart) -> (i32, i32, i32, i32) {
        let (width, height) = (pixels(self.width), pixels(self.height));
        let top = if chart.title.is_some() { TITLE + 22 } else { 14 };
        let below = pixels(u32::try_from(self.notes.len()).unwrap_or(0)) * (LABEL + 4);
        let right = width - 18 - legend_width(chart);
        let down = if self.lying { &self.x } else { &self.y };
        let widest =
            down.ticks(6).iter().map(|(_, text)| text_width(&shortened(text, WIDEST_LABEL), LABEL)).max();
        let left = widest.unwrap_or(0) + 16 + LABEL + 10;
        let mut bottom = height - below - (LABEL * 2 + 24);
        if !self.lying
            && let Scale::Bands(names) = &self.x
        {
            let band = (right - left) / pixels(u32::try_from(names.len()).unwrap_or(1)).max(1);
            let widest = names.iter().map(|name| text_width(name, LABEL)).max().unwrap_or(0);
            self.turned = widest > band - 6;
            if self.turned {
                bottom -= widest.min(120) - LABEL;
            }
        }
        (left, top, right.max(left + 40), bottom.max(top + 40))
    }

    /// Pixels of a position and a height.
    pub(super) fn point(&self, x: f64, y: f64) -> (i32, i32) {
        let (left, top, right, bottom) = self.frame;
        let (along, up) = (self.x.place(x), self.y.place(y));
        let between = |from: i32, to: i32, share: f64| {
            f64::from(from) + (f64::from(to) - f64::from(from)) * share.clamp(-0.1, 1.1)
        };
        if self.lying {
            (between(left, right, up).round() as i32, between(top, bottom, along).round() as i32)
        } else {
            (between(left, right, along).round() as i32, between(bottom, top, up).round() as i32)
        }
    }
}

fn positions(chart: &Chart) -> Scale {
    let all = chart.series.iter().map(|series| &series.x);
    match (chart.kind, chart.bin_width) {
        (ChartKind::Histogram, Some(width)) => match Scale::of(all, false) {
            Scale::Linear(least, most) if chart.series.iter().any(|series| !series.y.is_empty()) => {
                Scale::Linear(least, most.max(least) + width)
            }
            other => other,
        },
        (ChartKind::Scatter, _) => Scale::of(all, true),
        _ => Scale::of(all, false),
    }
}

fn heights(chart: &Chart) -> Scale {
    let values = chart.series.iter().flat_map(|series| series.y.iter().flatten().copied());
    Scale::heights(values, matches!(chart.kind, ChartKind::Bar | ChartKind::Histogram))
}

/// Bars lie where their names are long or many.
fn lies(chart: &Chart, x: &Scale) -> bool {
    let (ChartKind::Bar, Scale::Bands(names)) = (chart.kind, x) else { return false };
    let band = (pixels(chart.width) - 140) / pixels(u32::try_from(names.len()).unwrap_or(1)).max(1);
    names.len() > 16 || names.iter().any(|name| text_width(name, LABEL) > band - 4)
}

fn notes(chart: &Chart, x: &Scale) -> Vec<String> {
    let mut notes: Vec<String> = chart.notes.iter().map(|note| on_one_line(note)).collect();
    let categories = scale::categories(chart.series.iter().map(|series| &series.x));
    if matches!(x, Scale::Bands(_)) && categories > MOST_CATEGORIES {
        notes.push(format!("the first {MOST_CATEGORIES} of {categories} categories are drawn"));
    }
    if chart.series.len() > MOST_COLORS {
        notes.push(format!("the legend lists {MOST_COLORS} of {} colours", chart.series.len()));
    }
    let is_odd = |value: &&Option<f64>| value.is_none_or(|value| !value.is_finite());
    let left_out = chart.series.iter().flat_map(|series| &series.y).filter(is_odd).count();
    if left_out > 0 {
        let noun = if left_out == 1 { "mark has" } else { "marks have" };
        notes.push(
            format!("{left_out} {noun} no finite value and are left out")
                .replace("has no finite value and are", "has no finite value and is"),
        );
    }
    notes
}

fn legend_width(chart: &Chart) -> i32 {
    if chart.color_label.is_none() {
        return 0;
    }
    let names = chart
        .series
        .iter()
        .take(MOST_COLORS)
        .filter_map(|series| series.name.as_deref())
        .chain(chart.color_label.as_deref());
    let widest = names.map(|name| text_width(&on_one_line(name), LABEL)).max().unwrap_or(0);
    widest.min(WIDEST_LEGEND) + 34
}

/// Width of a text in pixels.
pub(super) fn text_width(text: &str, size: i32) -> i32 {
    let font = (FAMILY, size).into_font().transform(FontTransform::None);
    font.box_size(text).map_or(0, |(width, _)| i32::try_from(width).unwrap_or(0))
}

/// The text, cut so that it is no wider than this.
pub(super) fn shortened(text: &str, widest: i32) -> String {
    if text_width(text, LABEL) <= widest {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(usize::try_from(widest).unwrap_or(0) / 4).collect();
    while !cut.is_empty() && text_width(&cut, LABEL) > widest - LABEL {
        cut.pop();
    }
    cut + "…"
}

/// What the legend's names are cut to.
pub(super) fn legend_name(name: &str) -> String {
    shortened(&on_one_line(name), WIDEST_LEGEND)
}

/// What the names of lying bars, or turned names, are cut to.
pub(super) fn tick_name(name: &str, turned: bool) -> String {
    shortened(name, if turned { 120 } else { WIDEST_LABEL })
}

fn pixels(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX / 4)
}
