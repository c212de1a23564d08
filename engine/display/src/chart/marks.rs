//! The marks of a chart: bars, bins, lines and points in their places.

use plotters::prelude::DrawingBackend;
use plotters::style::Color;

use super::ChartKind;
use super::axis::slot;
use super::canvas::{Canvas, Point};
use super::layout::Layout;
use super::palette::series_color;
use super::prepared::Marks;
use crate::ChartError;

/// The share of its room that a bar fills.
const BAR_SHARE: f64 = 0.8;
/// The greatest thickness of a bar, in CSS pixels.
const MOST_BAR: f64 = 72.0;

/// Draws all marks.
pub(super) fn draw_marks<B: DrawingBackend>(canvas: &Canvas<B>, layout: &Layout) -> Result<(), ChartError> {
    let room = slot(&layout.prepared);
    for (place, series) in layout.prepared.series.iter().enumerate() {
        match layout.kind {
            ChartKind::Bar => draw_bars(canvas, layout, series, place, room)?,
            ChartKind::Histogram => draw_bins(canvas, layout, series, place)?,
            ChartKind::Line => draw_line(canvas, layout, series, place)?,
            ChartKind::Scatter => draw_points(canvas, layout, series, place)?,
        }
    }
    Ok(())
}

fn draw_bars<B: DrawingBackend>(
    canvas: &Canvas<B>,
    layout: &Layout,
    series: &Marks,
    place: usize,
    room: f64,
) -> Result<(), ChartError> {
    let groups = layout.prepared.series.len() as f64;
    let (zero, next) = (layout.point(0.0, 0.0), layout.point(room, 0.0));
    let pixels = if layout.on_side { next.1 - zero.1 } else { next.0 - zero.0 };
    let all = (pixels * BAR_SHARE).min(MOST_BAR * groups).max(1.0);
    let thickness = all / groups;
    let offset = thickness * place as f64 - all / 2.0;
    let gap = if groups > 1.0 && thickness > 4.0 { 0.5 } else { 0.0 };
    for &(along, height) in &series.marks {
        let Some(height) = height else { continue };
        let (foot, head) = (layout.point(along, 0.0), layout.point(along, height));
        let (near, far) = (offset + gap, offset + thickness - gap);
        let corners = if layout.on_side {
            [(foot.0, foot.1 + near), (head.0, head.1 + far)]
        } else {
            [(foot.0 + near, foot.1), (head.0 + far, head.1)]
        };
        canvas.bar(corners[0], corners[1], series_color(place).to_rgba())?;
    }
    Ok(())
}

fn draw_bins<B: DrawingBackend>(
    canvas: &Canvas<B>,
    layout: &Layout,
    series: &Marks,
    place: usize,
) -> Result<(), ChartError> {
    let width = layout.bin_width.unwrap_or(0.0);
    // Several histograms lie over each other, each to be seen through the next.
    let opacity = if layout.prepared.series.len() > 1 { 0.55 } else { 1.0 };
    for &(left, height) in &series.marks {
        let Some(height) = height else { continue };
        let (foot, head) = (layout.point(left, 0.0), layout.point(left + width, height));
        let gap = if head.0 - foot.0 > 3.0 { 0.5 } else { 0.0 };
        let right = (head.0 - gap).max(foot.0 + 1.0);
        canvas.bar((foot.0 + gap, foot.1), (right, head.1), series_color(place).mix(opacity))?;
    }
    Ok(())
}

fn draw_line<B: DrawingBackend>(
    canvas: &Canvas<B>,
    layout: &Layout,
    series: &Marks,
    place: usize,
) -> Result<(), ChartError> {
    let width = if series.marks.len() > 2_000 { 1.25 } else { 2.0 };
    for run in series.marks.split(|mark| mark.1.is_none()) {
        let points: Vec<Point> =
            run.iter().filter_map(|&(along, height)| Some(layout.point(along, height?))).collect();
        match points.as_slice() {
            [] => {}
            [alone] => canvas.dot(*alone, 3.0, series_color(place).to_rgba())?,
            several => canvas.line(several, width, series_color(place))?,
        }
    }
    Ok(())
}

fn draw_points<B: DrawingBackend>(
    canvas: &Canvas<B>,
    layout: &Layout,
    series: &Marks,
    place: usize,
) -> Result<(), ChartError> {
    let (radius, opacity) = match layout.prepared.series.iter().map(|series| series.marks.len()).sum() {
        0..=200 => (4.0, 0.8),
        201..=2_000 => (3.0, 0.65),
        2_001..=20_000 => (2.25, 0.45),
        _ => (1.75, 0.3),
    };
    let color = series_color(place).mix(opacity);
    for &(along, height) in &series.marks {
        let Some(height) = height else { continue };
        canvas.dot(layout.point(along, height), radius, color)?;
    }
    Ok(())
}
