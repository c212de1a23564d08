//! Where everything of a chart lies, in CSS pixels, from the measured sizes of its texts; drawing it is left to `frame` and `marks`.

use super::axis::{Axis, along_scale, along_ticks, height_axis};
use super::canvas::Point;
use super::font::Font;
use super::legend::Legend;
use super::prepared::{Across, Prepared};
use super::scale::Tick;
use super::{Chart, ChartKind};
use crate::ChartError;
use crate::escape::visible_line;

/// The margin around everything.
pub(super) const MARGIN: f64 = 14.0;
/// Between tick labels and the axis.
pub(super) const TICK_GAP: f64 = 7.0;
/// Between two tick labels side by side.
const LABEL_GAP: f64 = 14.0;
/// The least height of a row of a bar chart that lies on its side.
const LEAST_ROW: f64 = 18.0;
/// The least height of the plot.
const LEAST_PLOT: f64 = 70.0;
/// The least thickness of one of several bars in a row.
const LEAST_BAR: f64 = 6.0;
/// Lines of the title.
const MOST_TITLE_LINES: usize = 2;
/// Lines of a note.
const MOST_NOTE_LINES: usize = 3;

/// A chart, laid out.
pub(super) struct Layout {
    pub(super) kind: ChartKind,
    pub(super) prepared: Prepared,
    pub(super) bin_width: Option<f64>,
    pub(super) width: f64,
    pub(super) height: f64,
    /// The lines of the title.
    pub(super) title: Vec<String>,
    pub(super) legend: Option<Legend>,
    pub(super) notes: Vec<String>,
    /// Bars lie on their sides: heights run to the right, x runs down.
    pub(super) on_side: bool,
    pub(super) along: Axis,
    pub(super) heights: Axis,
    /// The names of the axis at the left (written above it) and the axis at the bottom.
    pub(super) left_name: String,
    pub(super) bottom_name: String,
    pub(super) plot: Plot,
}

/// The box in which the marks lie.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Plot {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) right: f64,
    pub(super) bottom: f64,
}

impl Layout {
    pub(super) fn new(chart: &Chart) -> Result<Self, ChartError> {
        super::font::register()?;
        let prepared = Prepared::new(chart)?;
        let width = f64::from(chart.width);
        let legend = Legend::new(chart, &prepared, width, f64::from(chart.height));
        let scale = along_scale(chart.kind, &prepared, chart.bin_width);
        let inner = width - 2.0 * MARGIN;
        let title =
            chart.title.as_ref().map(|title| visible_line(title)).filter(|title| !title.trim().is_empty());
        let mut layout = Self {
            kind: chart.kind,
            bin_width: chart.bin_width,
            width,
            height: f64::from(chart.height),
            title: title.map_or(Vec::new(), |title| Font::TITLE.wrapped(&title, inner, MOST_TITLE_LINES)),
            notes: prepared
                .notes
                .iter()
                .flat_map(|note| Font::NOTE.wrapped(note, inner, MOST_NOTE_LINES))
                .collect(),
            on_side: false,
            along: Axis { scale, ticks: along_ticks(&prepared, scale, 8) },
            heights: height_axis(chart.kind, &prepared, 6),
            left_name: Font::LABEL.shortened(&visible_line(&chart.y_label), inner),
            bottom_name: Font::LABEL.shortened(&visible_line(&chart.x_label), inner),
            plot: Plot::default(),
            legend,
            prepared,
        };
        layout.place();
        Ok(layout)
    }

    /// Whether there is anything to draw.
    pub(super) fn is_empty(&self) -> bool {
        self.prepared.heights().next().is_none()
    }

    /// The point of a place along x and a height.
    pub(super) fn point(&self, along: f64, height: f64) -> Point {
        let Plot { left, top, right, bottom } = self.plot;
        let (along, height) = (self.along.scale.share(along), self.heights.scale.share(height));
        if self.on_side {
            (left + height * (right - left), top + along * (bottom - top))
        } else {
            (left + along * (right - left), bottom - height * (bottom - top))
        }
    }

    /// The axis at the left and the axis at the bottom.
    pub(super) fn left_and_bottom(&self) -> (&Axis, &Axis) {
        if self.on_side { (&self.along, &self.heights) } else { (&self.heights, &self.along) }
    }

    fn place(&mut self) {
        self.plot.top = MARGIN;
        if !self.title.is_empty() {
            self.plot.top += Font::TITLE.line() * self.title.len() as f64 + 8.0;
        }
        self.plot.top += Font::LABEL.line() + 10.0;
        self.plot.right = self.width - MARGIN - self.legend.as_ref().map_or(0.0, |legend| legend.width);
        self.plot.left = MARGIN + 40.0;
        if self.kind == ChartKind::Bar && !self.labels_fit_beneath() {
            self.lie_down();
        }
        self.place_bottom();
        self.place_left();
        self.thin_bottom();
        self.height += self.notes_height();
    }

    /// Whether each name fits beneath its own bar.
    fn labels_fit_beneath(&self) -> bool {
        let Across::Bands(names) = &self.prepared.across else { return true };
        let slot = (self.plot.right - self.plot.left) / names.len().max(1) as f64;
        names.iter().all(|name| name.len() < 400 && Font::TICK.width(name) + 8.0 <= slot)
    }

    /// Lays the bars on their sides, each row high enough for its name.
    fn lie_down(&mut self) {
        self.on_side = true;
        std::mem::swap(&mut self.left_name, &mut self.bottom_name);
        let row = LEAST_ROW.max(LEAST_BAR * self.prepared.series.len() as f64 + 6.0);
        let rows = self.along.ticks.len() as f64 * row;
        let beneath = self.bottom_height() + MARGIN;
        self.height = self.height.max(self.plot.top + rows + beneath);
    }

    /// Ends the plot above its labels; a picture too low for both becomes higher.
    fn place_bottom(&mut self) {
        let beneath = MARGIN + self.bottom_height();
        self.height = self.height.max(self.plot.top + LEAST_PLOT + beneath);
        self.plot.bottom = self.height - beneath;
    }

    /// What tick labels and the axis' name take beneath the plot.
    fn bottom_height(&self) -> f64 {
        let times = self.prepared.across == Across::Times;
        let labels = Font::TICK.line() * if times { 2.0 } else { 1.0 };
        let name = if self.bottom_name.is_empty() { 0.0 } else { Font::LABEL.line() + 4.0 };
        TICK_GAP + labels + name
    }

    pub(super) fn notes_height(&self) -> f64 {
        if self.notes.is_empty() { 0.0 } else { self.notes.len() as f64 * Font::NOTE.line() + 4.0 }
    }

    /// Gives the labels at the left the room they take.
    fn place_left(&mut self) {
        let room = (self.plot.right - MARGIN) * 0.42;
        if !self.on_side {
            let about = ((self.plot.bottom - self.plot.top) / 48.0).clamp(2.0, 10.0) as usize;
            self.heights = height_axis(self.kind, &self.prepared, about);
        }
        let axis = if self.on_side { &mut self.along } else { &mut self.heights };
        let mut widest = 0.0_f64;
        for tick in &mut axis.ticks {
            tick.label = Font::TICK.shortened_inside(&tick.label, room);
            widest = widest.max(Font::TICK.width(&tick.label));
        }
        self.plot.left = MARGIN + widest + TICK_GAP;
    }

    /// Takes as many ticks at the bottom as have room side by side.
    fn thin_bottom(&mut self) {
        if !self.on_side && matches!(self.prepared.across, Across::Bands(_)) {
            return self.thin_names();
        }
        for about in (1..=10).rev() {
            if self.on_side {
                self.heights = height_axis(self.kind, &self.prepared, about);
            } else {
                self.along.ticks = along_ticks(&self.prepared, self.along.scale, about);
            }
            let last =
                self.left_and_bottom().1.ticks.last().map_or(0.0, |tick| Font::TICK.width(&tick.label));
            let edge = self.width - MARGIN - self.legend.as_ref().map_or(0.0, |legend| legend.width);
            self.plot.right = edge - (last / 2.0 - 4.0).max(0.0);
            if self.ticks_fit() {
                return;
            }
        }
    }

    fn ticks_fit(&self) -> bool {
        let axis = self.left_and_bottom().1;
        let length = self.plot.right - self.plot.left;
        let widths = |pick: fn(&Tick) -> Option<&String>| -> Vec<(f64, f64)> {
            let labelled = axis.ticks.iter().filter_map(|tick| Some((tick, pick(tick)?)));
            labelled
                .map(|(tick, label)| (axis.scale.share(tick.value) * length, Font::TICK.width(label)))
                .collect()
        };
        let apart = |labels: Vec<(f64, f64)>| {
            labels.windows(2).all(|pair| pair[1].0 - pair[0].0 >= (pair[0].1 + pair[1].1) / 2.0 + LABEL_GAP)
        };
        apart(widths(|tick| Some(&tick.label))) && apart(widths(|tick| tick.under.as_ref()))
    }

    /// Writes each name, or each second or third…, shortened to the room it then has.
    fn thin_names(&mut self) {
        let slot = (self.plot.right - self.plot.left) / self.along.ticks.len().max(1) as f64;
        let starts =
            self.along.ticks.iter().take(1_000).map(|tick| tick.label.chars().take(40).collect::<String>());
        let widest = starts.map(|start| Font::TICK.width(&start)).fold(0.0, f64::max);
        let every = ((widest.min(90.0) + 8.0) / slot).ceil().max(1.0) as usize;
        let room = slot * every as f64 - 8.0;
        let every_tick = std::mem::take(&mut self.along.ticks).into_iter();
        self.along.ticks = every_tick.skip((every - 1) / 2).step_by(every).collect();
        for tick in &mut self.along.ticks {
            tick.label = Font::TICK.shortened_inside(&tick.label, room);
        }
        // The last one may stand too near to the edge for its width.
        let most = |tick: &Tick| 2.0 * (self.plot.right + MARGIN - 4.0 - self.point(tick.value, 0.0).0);
        if self.along.ticks.last().is_some_and(|tick| Font::TICK.width(&tick.label) > most(tick)) {
            self.along.ticks.pop();
        }
    }
}
