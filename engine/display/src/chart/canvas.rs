//! Lines, boxes, points and texts in CSS pixels on any of plotters' backends; what is drawn where is left to the callers.

use plotters::coord::Shift;
use plotters::element::{Circle, PathElement, Rectangle, Text};
use plotters::prelude::{DrawingArea, DrawingAreaErrorKind, DrawingBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontDesc, FontFamily, RGBAColor, RGBColor, ShapeStyle};

use super::font::{FAMILY, Font};
use crate::ChartError;

/// A surface of one of plotters' backends.
pub(super) struct Canvas<B: DrawingBackend> {
    area: DrawingArea<B, Shift>,
    /// Backend units in a CSS pixel: backends know whole units only, so they get a finer grid.
    scale: f64,
    /// What the backend calls the size of a font of one unit an em.
    em: f64,
    /// How far below its middle the backend must be told to set text, in ems.
    drop: f64,
}

/// A point in CSS pixels from the upper left corner.
pub(super) type Point = (f64, f64);

impl<B: DrawingBackend> Canvas<B> {
    pub(super) fn new(area: DrawingArea<B, Shift>, scale: f64, em: f64, drop: f64) -> Self {
        Self { area, scale, em, drop }
    }

    /// A line through all points.
    pub(super) fn line(&self, points: &[Point], width: f64, color: RGBColor) -> Result<(), ChartError> {
        let style = ShapeStyle {
            color: color.to_rgba(),
            filled: false,
            stroke_width: self.units(width).max(1) as u32,
        };
        let points: Vec<(i32, i32)> = points.iter().map(|&point| self.place(point)).collect();
        self.area.draw(&PathElement::new(points, style)).map_err(failure)
    }

    /// A filled box between two opposite corners.
    pub(super) fn bar(&self, from: Point, to: Point, color: RGBAColor) -> Result<(), ChartError> {
        let (from, to) = (self.place(from), self.place(to));
        let corners = [(from.0.min(to.0), from.1.min(to.1)), (from.0.max(to.0), from.1.max(to.1))];
        self.area.draw(&Rectangle::new(corners, color.filled())).map_err(failure)
    }

    /// A filled circle.
    pub(super) fn dot(&self, center: Point, radius: f64, color: RGBAColor) -> Result<(), ChartError> {
        self.area
            .draw(&Circle::new(self.place(center), self.units(radius).max(1), color.filled()))
            .map_err(failure)
    }

    /// A line of text, set at a point: its horizontal end as said, its vertical middle.
    pub(super) fn text(
        &self,
        text: &str,
        at: Point,
        side: HPos,
        font: Font,
        color: RGBColor,
    ) -> Result<(), ChartError> {
        if text.is_empty() {
            return Ok(());
        }
        let size = font.em * self.scale * self.em;
        let at = (at.0, at.1 + self.drop * font.em);
        let style = FontDesc::new(FontFamily::Name(FAMILY), size, font.style())
            .color(&color)
            .pos(Pos::new(side, VPos::Center));
        self.area.draw(&Text::new(text, self.place(at), style)).map_err(failure)
    }

    /// Ends the drawing.
    pub(super) fn finish(self) -> Result<(), ChartError> {
        self.area.present().map_err(failure)
    }

    fn place(&self, (x, y): Point) -> (i32, i32) {
        (self.units(x), self.units(y))
    }

    fn units(&self, pixels: f64) -> i32 {
        (pixels * self.scale).round() as i32
    }
}

fn failure<E: std::error::Error + Send + Sync>(error: DrawingAreaErrorKind<E>) -> ChartError {
    ChartError::Drawing { reason: error.to_string() }
}
