//! A chart as SVG: a light card that reads well on light and dark pages, scalable, with a name for screen readers.

use plotters::prelude::{IntoDrawingArea, SVGBackend};

use super::Chart;
use super::canvas::Canvas;
use super::font::{FAMILY, Font};
use super::frame::{draw_frame, draw_grid};
use super::layout::Layout;
use super::marks::draw_marks;
use crate::ChartError;
use crate::escape::{escape_html, visible_line};

/// Units of the drawing in a CSS pixel: plotters' coordinates are whole numbers.
const SCALE: f64 = 10.0;
/// What plotters divides a font's size by.
const FONT_DIVISOR: f64 = 1.24;

impl Chart {
    /// The chart as an SVG document; its texts are text, and everything from data is escaped.
    ///
    /// # Errors
    ///
    /// When series are unequal or mixed, or the size is out of bounds.
    pub fn svg(&self) -> Result<String, ChartError> {
        let layout = Layout::new(self)?;
        let mut drawing = String::new();
        let units = |pixels: f64| (pixels * SCALE).round() as u32;
        let (width, height) = (units(layout.width), units(layout.height));
        let backend = SVGBackend::with_string(&mut drawing, (width, height));
        let canvas = Canvas::new(backend.into_drawing_area(), SCALE, FONT_DIVISOR, 0.0);
        draw_grid(&canvas, &layout)?;
        draw_marks(&canvas, &layout)?;
        draw_frame(&canvas, &layout)?;
        canvas.finish()?;
        let body = drawing.split_once('\n').map_or("", |(_, body)| body);
        let body = slim(body.trim_end().trim_end_matches("</svg>"));
        let (shown_width, shown_height) = (layout.width, layout.height);
        let name = escape_html(&visible_line(&self.summary()));
        Ok(format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{shown_width}\" height=\"{shown_height}\" \
             viewBox=\"0 0 {width} {height}\" role=\"img\" style=\"max-width:100%;height:auto\" \
             font-family=\"{FAMILY}\" stroke-linejoin=\"round\" stroke-linecap=\"round\">\n\
             <title>{name}</title>\n\
             <rect width=\"{width}\" height=\"{height}\" rx=\"60\" fill=\"#fff\"/>\n{body}</svg>\n"
        ))
    }
}

/// Without the attributes that say what holds anyway. Quotes from data are escaped, so none of these is data.
fn slim(body: &str) -> String {
    let mut slim = body.replace(&format!(" font-family=\"{FAMILY}\""), "");
    for idle in [" opacity=\"1\"", " stroke=\"none\" stroke-width=\"1\"", " stroke=\"none\""] {
        slim = slim.replace(idle, "");
    }
    for font in [Font::TITLE, Font::LABEL, Font::TICK] {
        let size = font.em * SCALE;
        slim = slim.replace(&format!("\"{}\"", size * FONT_DIVISOR / FONT_DIVISOR), &format!("\"{size}\""));
    }
    slim.replace("\">\n", "\">").replace("\n</text>", "</text>").replace(" \"/>", "\"/>")
}
