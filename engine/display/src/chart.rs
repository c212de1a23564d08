//! What a chart is: series of plain numbers, times and categories with their labels; drawing is left to the media's files.

mod axis;
mod calendar;
mod canvas;
mod font;
mod frame;
mod layout;
mod legend;
mod marks;
mod number_label;
mod palette;
mod png;
mod prepared;
mod scale;
mod svg;
#[cfg(test)]
mod tests;
mod text;

use std::ops::RangeInclusive;

use crate::{Body, ChartError, Medium};

/// Marks above which a chart is a picture of points rather than of shapes.
const MOST_SVG_MARKS: usize = 10_000;

/// Where the marks of a series stand along x.
#[derive(Clone, Debug, PartialEq)]
pub enum Positions {
    /// Numbers.
    Numbers(Vec<Option<f64>>),
    /// Microseconds since 1970-01-01 00:00:00, as written in the data's own zone.
    Times(Vec<Option<i64>>),
    /// Names.
    Categories(Vec<Option<String>>),
}

/// One line, one set of points or one set of bars; all marks of a series have one colour.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// The value of the colour column that these marks share; without colour there is one series and no name.
    pub name: Option<String>,
    /// Where the marks stand.
    pub x: Positions,
    /// How high they are: as many as there are positions.
    pub y: Vec<Option<f64>>,
}

/// How the marks look.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ChartKind {
    /// A bar for each position.
    Bar,
    /// A line through the points from left to right; a point without height is a gap.
    Line,
    /// A point for each pair.
    Scatter,
    /// Adjoining bars: `x` holds the left edges and the chart's `bin_width` is set.
    Histogram,
}

/// A chart's whole description.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// How the marks look.
    pub kind: ChartKind,
    /// The line above the chart.
    pub title: Option<String>,
    /// What stands along x.
    pub x_label: String,
    /// What stands along y.
    pub y_label: String,
    /// What the colours mean: the heading of the legend.
    pub color_label: Option<String>,
    /// Width in CSS pixels.
    pub width: u32,
    /// Height in CSS pixels.
    pub height: u32,
    /// The marks, in the order of the legend.
    pub series: Vec<Series>,
    /// The width of a histogram's bins, in units of x (microseconds for times).
    pub bin_width: Option<f64>,
    /// Sentences shown beneath, as what was left out.
    pub notes: Vec<String>,
}

impl Chart {
    /// The width and the height that a chart can have, in CSS pixels.
    pub const SIZES: RangeInclusive<u32> = 120..=4_000;

    /// A chart of the usual size without title, legend and notes.
    pub fn new(kind: ChartKind, x_label: &str, y_label: &str, series: Vec<Series>) -> Self {
        Self {
            kind,
            title: None,
            x_label: x_label.to_owned(),
            y_label: y_label.to_owned(),
            color_label: None,
            width: 760,
            height: 380,
            series,
            bin_width: None,
            notes: Vec::new(),
        }
    }

    /// What a notebook is sent: the picture, SVG up to 10,000 marks and PNG above, and the chart in words.
    ///
    /// # Errors
    ///
    /// When series are unequal or mixed, or the size is out of bounds.
    pub fn media(&self) -> Result<Vec<Medium>, ChartError> {
        let marks: usize = self.series.iter().map(|series| series.y.len()).sum();
        let picture = if marks <= MOST_SVG_MARKS {
            Medium::text("image/svg+xml", self.svg()?)
        } else {
            let (file, size) = self.sized_png()?;
            Medium { mime: "image/png", body: Body::Bytes(file), size: Some(size) }
        };
        Ok(vec![picture, Medium::text("text/plain", self.text())])
    }
}

impl Positions {
    /// How many there are.
    fn len(&self) -> usize {
        match self {
            Self::Numbers(numbers) => numbers.len(),
            Self::Times(times) => times.len(),
            Self::Categories(names) => names.len(),
        }
    }
}
