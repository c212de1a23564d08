//! Everything of a chart but its marks: title, grid, axes, legend, notes.

use plotters::prelude::DrawingBackend;
use plotters::style::Color;
use plotters::style::text_anchor::HPos;

use super::ChartKind;
use super::canvas::Canvas;
use super::font::Font;
use super::layout::{Layout, MARGIN, TICK_GAP};
use super::legend::{GAP, Legend, SIGN};
use super::palette::{AXIS, GRID, INK, SOFT_INK};
use super::prepared::Across;
use crate::ChartError;

/// Draws what lies behind the marks.
pub(super) fn draw_grid<B: DrawingBackend>(canvas: &Canvas<B>, layout: &Layout) -> Result<(), ChartError> {
    if layout.is_empty() {
        return Ok(());
    }
    let plot = layout.plot;
    for tick in &layout.heights.ticks {
        let (x, y) = layout.point(layout.along.scale.low, tick.value);
        let ends = if layout.on_side {
            [(x, plot.top), (x, plot.bottom)]
        } else {
            [(plot.left, y), (plot.right, y)]
        };
        canvas.line(&ends, 1.0, GRID)?;
    }
    if layout.kind == ChartKind::Scatter && !matches!(layout.prepared.across, Across::Bands(_)) {
        for tick in &layout.along.ticks {
            let (x, _) = layout.point(tick.value, layout.heights.scale.low);
            canvas.line(&[(x, plot.top), (x, plot.bottom)], 1.0, GRID)?;
        }
    }
    Ok(())
}

/// Draws what lies before and around the marks.
pub(super) fn draw_frame<B: DrawingBackend>(canvas: &Canvas<B>, layout: &Layout) -> Result<(), ChartError> {
    draw_base(canvas, layout)?;
    draw_left(canvas, layout)?;
    draw_bottom(canvas, layout)?;
    draw_title(canvas, layout)?;
    if let Some(legend) = &layout.legend {
        draw_legend(canvas, layout, legend)?;
    }
    draw_notes(canvas, layout)
}

/// The line on which the marks stand: at zero, or at the end that is nearer to zero.
fn draw_base<B: DrawingBackend>(canvas: &Canvas<B>, layout: &Layout) -> Result<(), ChartError> {
    let scale = layout.heights.scale;
    let base = 0.0_f64.clamp(scale.low, scale.high);
    let base = if base == scale.high && scale.high < 0.0 { scale.low } else { base };
    let ends = [layout.point(layout.along.scale.low, base), layout.point(layout.along.scale.high, base)];
    canvas.line(&ends, 1.0, AXIS)?;
    if layout.is_empty() {
        let plot = layout.plot;
        let middle = ((plot.left + plot.right) / 2.0, (plot.top + plot.bottom) / 2.0);
        canvas.text("no data", middle, HPos::Center, Font::LABEL, SOFT_INK)?;
    }
    Ok(())
}

fn draw_left<B: DrawingBackend>(canvas: &Canvas<B>, layout: &Layout) -> Result<(), ChartError> {
    let top = layout.plot.top - Font::LABEL.line() / 2.0 - 11.0;
    canvas.text(&layout.left_name, (MARGIN, top), HPos::Left, Font::LABEL, SOFT_INK)?;
    if layout.is_empty() {
        return Ok(());
    }
    for tick in &layout.left_and_bottom().0.ticks {
        let (_, y) = if layout.on_side {
            layout.point(tick.value, layout.heights.scale.low)
        } else {
            layout.point(layout.along.scale.low, tick.value)
        };
        canvas.text(&tick.label, (layout.plot.left - TICK_GAP, y), HPos::Right, Font::TICK, SOFT_INK)?;
    }
    Ok(())
}

fn draw_bottom<B: DrawingBackend>(canvas: &Canvas<B>, layout: &Layout) -> Result<(), ChartError> {
    let plot = layout.plot;
    let line = Font::TICK.line();
    let name_y = layout.height - layout.notes_height() - MARGIN - Font::LABEL.line() / 2.0 + 4.0;
    let middle = (plot.left + plot.right) / 2.0;
    let name_width = Font::LABEL.width(&layout.bottom_name);
    let name_x = held_inside(middle, name_width, layout.width);
    canvas.text(&layout.bottom_name, (name_x, name_y), HPos::Center, Font::LABEL, SOFT_INK)?;
    if layout.is_empty() {
        return Ok(());
    }
    for tick in &layout.left_and_bottom().1.ticks {
        let (x, _) = if layout.on_side {
            layout.point(layout.along.scale.low, tick.value)
        } else {
            layout.point(tick.value, layout.heights.scale.low)
        };
        // Bars show where they stand; elsewhere not each name may be written.
        if layout.kind != ChartKind::Bar || layout.prepared.across == Across::Times {
            canvas.line(&[(x, plot.bottom), (x, plot.bottom + 4.0)], 1.0, AXIS)?;
        }
        let lines = std::iter::once(&tick.label).chain(&tick.under);
        for (place, text) in lines.enumerate() {
            let x = held_inside(x, Font::TICK.width(text), layout.width);
            let y = plot.bottom + TICK_GAP + line * (place as f64 + 0.5);
            canvas.text(text, (x, y), HPos::Center, Font::TICK, SOFT_INK)?;
        }
    }
    Ok(())
}

/// The middle of a text, moved so that its ends are inside the chart.
fn held_inside(middle: f64, text: f64, width: f64) -> f64 {
    middle.min(width - text / 2.0 - 4.0).max(text / 2.0 + 4.0)
}

fn draw_title<B: DrawingBackend>(canvas: &Canvas<B>, layout: &Layout) -> Result<(), ChartError> {
    for (place, line) in layout.title.iter().enumerate() {
        let y = MARGIN + Font::TITLE.line() * (place as f64 + 0.5);
        canvas.text(line, (MARGIN, y), HPos::Left, Font::TITLE, INK)?;
    }
    Ok(())
}

fn draw_legend<B: DrawingBackend>(
    canvas: &Canvas<B>,
    layout: &Layout,
    legend: &Legend,
) -> Result<(), ChartError> {
    let left = layout.width - MARGIN - legend.width + GAP;
    let line = Font::TICK.line() + 3.0;
    let mut y = layout.plot.top + 4.0;
    if let Some(heading) = &legend.heading {
        canvas.text(heading, (left, y), HPos::Left, Font::LEGEND_HEAD, SOFT_INK)?;
        y += Font::LEGEND_HEAD.line() + 3.0;
    }
    for (name, color) in &legend.entries {
        match layout.kind {
            ChartKind::Line => canvas.line(&[(left, y), (left + 12.0, y)], 2.5, *color)?,
            ChartKind::Scatter => canvas.dot((left + 6.0, y), 4.5, color.to_rgba())?,
            ChartKind::Bar | ChartKind::Histogram => {
                canvas.bar((left, y - 5.5), (left + 11.0, y + 5.5), color.to_rgba())?;
            }
        }
        canvas.text(name, (left + SIGN, y), HPos::Left, Font::TICK, INK)?;
        y += line;
    }
    if legend.more > 0 {
        canvas.text(&format!("+ {} more", legend.more), (left, y), HPos::Left, Font::TICK, SOFT_INK)?;
    }
    Ok(())
}

fn draw_notes<B: DrawingBackend>(canvas: &Canvas<B>, layout: &Layout) -> Result<(), ChartError> {
    let line = Font::NOTE.line();
    let top = layout.height - layout.notes_height() - MARGIN + 4.0 + 4.0;
    for (place, note) in layout.notes.iter().enumerate() {
        let y = top + line * (place as f64 + 0.5);
        canvas.text(note, (MARGIN, y), HPos::Left, Font::NOTE, SOFT_INK)?;
    }
    Ok(())
}
