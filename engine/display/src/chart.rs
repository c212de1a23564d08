//! A chart that is ready to be drawn: its marks, labels and size. How it is drawn is one file a concern: `scale` for
//! axes and ticks, `layout` for room, `marks` for what stands inside.

mod draw;
mod font;
mod layout;
mod marks;
mod scale;
mod text;

use plotters::backend::{BitMapBackend, SVGBackend};
use plotters::drawing::IntoDrawingArea;

use crate::escape::escape_html;
use crate::medium::{Body, Medium};

/// Marks up to which a chart is drawn as SVG; above, as PNG.
const MOST_IN_SVG: usize = 10_000;
/// Pixels of a PNG for each pixel of the page.
const SHARPNESS: u32 = 2;

/// A chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// What the marks are.
    pub kind: ChartKind,
    /// Above the chart.
    pub title: Option<String>,
    /// What the horizontal axis is called.
    pub x_label: String,
    /// What the vertical axis is called.
    pub y_label: String,
    /// What the colours tell apart.
    pub color_label: Option<String>,
    /// Width in pixels of the page.
    pub width: u32,
    /// Height in pixels of the page; bars of many categories may need more.
    pub height: u32,
    /// The marks, a series for each colour.
    pub series: Vec<Series>,
    /// Width of a histogram's bins, in the units of `x`.
    pub bin_width: Option<f64>,
    /// Sentences that are shown beneath.
    pub notes: Vec<String>,
}

/// What a chart's marks are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChartKind {
    /// A bar for each category.
    Bar,
    /// A line through the marks, in their order.
    Line,
    /// A dot for each mark.
    Scatter,
    /// A bar for each bin; `x` holds the left edges.
    Histogram,
}

/// Marks of one colour.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// The colour's name in the legend.
    pub name: Option<String>,
    /// Where the marks stand.
    pub x: Positions,
    /// How high they stand.
    pub y: Vec<Option<f64>>,
}

/// Positions along an axis.
#[derive(Debug, Clone, PartialEq)]
pub enum Positions {
    /// Numbers.
    Numbers(Vec<Option<f64>>),
    /// Microseconds since 1970, as written in the data's own time zone.
    Times(Vec<Option<i64>>),
    /// Names.
    Categories(Vec<Option<String>>),
}

/// Why a chart could not be drawn.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the chart could not be drawn: {reason}")]
pub struct ChartError {
    /// What the drawing library said.
    pub reason: String,
}

impl Chart {
    /// The chart in the media that it can be shown in: SVG, or PNG where there are many marks, and text.
    pub fn media(&self) -> Vec<Medium> {
        let picture = if self.marks() > MOST_IN_SVG { self.png_medium() } else { self.svg_medium() };
        let text = Medium::text("text/plain", self.text());
        match picture {
            Ok(picture) => vec![picture, text],
            Err(error) => vec![Medium::text("text/plain", error.to_string())],
        }
    }

    /// The chart as SVG.
    pub fn svg(&self) -> Result<String, ChartError> {
        font::register()?;
        let plan = layout::Plan::of(self);
        let mut out = String::new();
        {
            let area = SVGBackend::with_string(&mut out, (plan.width, plan.height)).into_drawing_area();
            draw::chart(self, &plan, &area, 1)?;
            area.present().map_err(failed)?;
        }
        Ok(self.described(&out))
    }

    /// The chart as PNG, twice as large as on the page, and its size on the page.
    pub fn png(&self) -> Result<(Vec<u8>, (u32, u32)), ChartError> {
        font::register()?;
        let plan = layout::Plan::of(self);
        let (width, height) = (plan.width * SHARPNESS, plan.height * SHARPNESS);
        let mut pixels = vec![255u8; (width * height * 3) as usize];
        {
            let area = BitMapBackend::with_buffer(&mut pixels, (width, height)).into_drawing_area();
            draw::chart(self, &plan, &area, SHARPNESS)?;
            area.present().map_err(failed)?;
        }
        let picture =
            image::RgbImage::from_raw(width, height, pixels).ok_or_else(|| failed("pixels are missing"))?;
        let mut bytes = std::io::Cursor::new(Vec::new());
        picture.write_to(&mut bytes, image::ImageFormat::Png).map_err(failed)?;
        Ok((bytes.into_inner(), (plan.width, plan.height)))
    }

    /// The chart in words.
    pub fn text(&self) -> String {
        text::of(self)
    }

    fn marks(&self) -> usize {
        self.series.iter().map(|series| series.y.len()).sum()
    }

    fn svg_medium(&self) -> Result<Medium, ChartError> {
        Ok(Medium::text("image/svg+xml", self.svg()?))
    }

    fn png_medium(&self) -> Result<Medium, ChartError> {
        let (bytes, size) = self.png()?;
        Ok(Medium { mime: "image/png", body: Body::Bytes(bytes), size: Some(size) })
    }

    /// The drawing with a title for screen readers, and as wide as there is room.
    fn described(&self, svg: &str) -> String {
        let start = svg.find("<svg").unwrap_or(0);
        let words = self.title.clone().unwrap_or_else(|| format!("{} by {}", self.y_label, self.x_label));
        let end = svg[start..].find('>').map_or(start, |at| start + at);
        let head = &svg[start..end];
        format!(
            "{head} role=\"img\" style=\"max-width:100%;height:auto;background:#fff\"><title>{}</title>{}",
            escape_html(&words),
            &svg[(end + 1).min(svg.len())..]
        )
    }
}

fn failed(error: impl std::fmt::Display) -> ChartError {
    ChartError { reason: error.to_string() }
}
