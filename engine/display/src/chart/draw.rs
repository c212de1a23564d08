//! Draws a chart: title, grid, axes, legend, notes; the marks themselves are left to `marks`.

use plotters::backend::DrawingBackend;
use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::element::{PathElement, Rectangle, Text};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontTransform, IntoFont, RGBColor, TextStyle};

use super::font::FAMILY;
use super::layout::{LABEL, MOST_COLORS, Plan, TITLE, legend_name, shortened, tick_name};
use super::scale::{self, Scale};
use super::{Chart, ChartError, failed, marks};
use crate::escape::on_one_line;

const INK: RGBColor = RGBColor(51, 51, 51);
const MUTED: RGBColor = RGBColor(110, 110, 110);
const GRID: RGBColor = RGBColor(228, 228, 228);
const AXIS: RGBColor = RGBColor(140, 140, 140);
const PAPER: RGBColor = RGBColor(255, 255, 255);
/// Colours that people with any colour vision can tell apart: Okabe and Ito, 2008, without black, and lighter ones.
const PALETTE: &[RGBColor] = &[
    RGBColor(0, 114, 178),
    RGBColor(230, 159, 0),
    RGBColor(0, 158, 115),
    RGBColor(213, 94, 0),
    RGBColor(204, 121, 167),
    RGBColor(86, 180, 233),
    RGBColor(168, 150, 20),
    RGBColor(120, 94, 160),
    RGBColor(140, 86, 75),
    RGBColor(127, 127, 127),
];

/// The colour of a series.
pub(super) fn color(series: usize) -> RGBColor {
    PALETTE[series % PALETTE.len()]
}

/// A drawing area in pixels of the page, `zoom` of its own to each.
pub(super) struct Canvas<'a, B: DrawingBackend> {
    area: &'a DrawingArea<B, Shift>,
    zoom: i32,
}

/// How a text stands at its point.
#[derive(Clone, Copy)]
pub(super) struct Lettering {
    size: i32,
    color: RGBColor,
    pos: (HPos, VPos),
    turned: bool,
    bold: bool,
}

impl Lettering {
    fn new(color: RGBColor, across: HPos, down: VPos) -> Self {
        Self { size: LABEL, color, pos: (across, down), turned: false, bold: false }
    }
}

impl<B: DrawingBackend> Canvas<'_, B> {
    fn at(&self, (x, y): (i32, i32)) -> (i32, i32) {
        (x * self.zoom, y * self.zoom)
    }

    pub(super) fn zoom(&self) -> i32 {
        self.zoom
    }

    pub(super) fn line(&self, points: &[(i32, i32)], color: RGBColor, width: u32) -> Result<(), ChartError> {
        let points: Vec<(i32, i32)> = points.iter().map(|point| self.at(*point)).collect();
        let style = plotters::style::ShapeStyle {
            color: color.into(),
            filled: false,
            stroke_width: width * self.zoom.unsigned_abs(),
        };
        self.area.draw(&PathElement::new(points, style)).map_err(failed)
    }

    pub(super) fn rectangle(
        &self,
        from: (i32, i32),
        to: (i32, i32),
        color: RGBColor,
    ) -> Result<(), ChartError> {
        use plotters::style::Color;
        self.area.draw(&Rectangle::new([self.at(from), self.at(to)], color.filled())).map_err(failed)
    }

    pub(super) fn dot(
        &self,
        at: (i32, i32),
        radius: i32,
        color: RGBColor,
        opacity: f64,
    ) -> Result<(), ChartError> {
        use plotters::style::Color;
        let style = color.mix(opacity).filled();
        self.area
            .draw(&plotters::element::Circle::new(self.at(at), radius * self.zoom, style))
            .map_err(failed)
    }

    fn letters(&self, text: &str, at: (i32, i32), how: Lettering) -> Result<(), ChartError> {
        let mut font = (FAMILY, how.size * self.zoom).into_font();
        if how.bold {
            font = font.style(plotters::style::FontStyle::Bold);
        }
        if how.turned {
            font = font.transform(FontTransform::Rotate270);
        }
        let style = TextStyle::from(font).color(&how.color).pos(Pos::new(how.pos.0, how.pos.1));
        self.area.draw(&Text::new(text.to_owned(), self.at(at), style)).map_err(failed)
    }
}

/// Draws the whole chart.
pub(super) fn chart<B: DrawingBackend>(
    chart: &Chart,
    plan: &Plan,
    area: &DrawingArea<B, Shift>,
    zoom: u32,
) -> Result<(), ChartError> {
    area.fill(&PAPER).map_err(failed)?;
    let canvas = Canvas { area, zoom: i32::try_from(zoom).unwrap_or(1) };
    if let Some(title) = &chart.title {
        let how = Lettering { size: TITLE, bold: true, ..Lettering::new(INK, HPos::Left, VPos::Top) };
        let room = i32::try_from(plan.width).unwrap_or(0) - plan.frame.0 - 10;
        canvas.letters(&shortened(&on_one_line(title), room * 3 / 4), (plan.frame.0, 10), how)?;
    }
    grid(plan, &canvas)?;
    marks::draw(chart, plan, &canvas)?;
    axes(chart, plan, &canvas)?;
    legend(chart, plan, &canvas)?;
    foot(plan, &canvas)?;
    if chart.series.iter().all(|series| series.y.iter().all(Option::is_none)) {
        let (left, top, right, bottom) = plan.frame;
        let how = Lettering { size: TITLE, ..Lettering::new(MUTED, HPos::Center, VPos::Center) };
        canvas.letters("no data", ((left + right) / 2, (top + bottom) / 2), how)?;
    }
    Ok(())
}

/// Lines at the ticks of heights, and of positions where those are numbers.
fn grid<B: DrawingBackend>(plan: &Plan, canvas: &Canvas<'_, B>) -> Result<(), ChartError> {
    let (left, top, right, bottom) = plan.frame;
    for (value, _) in plan.y.ticks(6) {
        let (x, y) = plan.point(0.0, value);
        let ends = if plan.lying { [(x, top), (x, bottom)] } else { [(left, y), (right, y)] };
        canvas.line(&ends, GRID, 1)?;
    }
    Ok(())
}

fn axes<B: DrawingBackend>(chart: &Chart, plan: &Plan, canvas: &Canvas<'_, B>) -> Result<(), ChartError> {
    let (left, top, right, bottom) = plan.frame;
    let across = if plan.lying { &plan.y } else { &plan.x };
    across_ticks(plan, across, canvas)?;
    let down = if plan.lying { &plan.x } else { &plan.y };
    for (value, text) in down.ticks(6) {
        let (_, y) = if plan.lying { plan.point(value, 0.0) } else { plan.point(0.0, value) };
        canvas.letters(
            &tick_name(&text, false),
            (left - 8, y),
            Lettering::new(MUTED, HPos::Right, VPos::Center),
        )?;
    }
    // The line that bars stand on is at zero, which need not be the edge.
    let zero = plan.point(0.0, 0.0);
    let has_zero = matches!(plan.y, Scale::Linear(least, most) if least <= 0.0 && most >= 0.0);
    if plan.lying {
        let x = if has_zero { zero.0 } else { left };
        canvas.line(&[(x, top), (x, bottom)], AXIS, 1)?;
    } else {
        let y = if has_zero { zero.1 } else { bottom };
        canvas.line(&[(left, y), (right, y)], AXIS, 1)?;
    }
    let (x_label, y_label) = (&chart.x_label, &chart.y_label);
    let (below, beside) = if plan.lying { (y_label, x_label) } else { (x_label, y_label) };
    let day = scale::only_day(across).map_or_else(String::new, |day| format!(" ({day})"));
    let below = format!("{}{day}", shortened(&on_one_line(below), right - left));
    let foot = i32::try_from(plan.notes.len()).unwrap_or(0) * (LABEL + 4);
    let height = i32::try_from(plan.height).unwrap_or(0);
    canvas.letters(
        &below,
        ((left + right) / 2, height - foot - 8),
        Lettering::new(INK, HPos::Center, VPos::Bottom),
    )?;
    let how = Lettering { turned: true, ..Lettering::new(INK, HPos::Center, VPos::Top) };
    canvas.letters(&shortened(&on_one_line(beside), bottom - top), (8, (top + bottom) / 2), how)
}

fn across_ticks<B: DrawingBackend>(
    plan: &Plan,
    across: &Scale,
    canvas: &Canvas<'_, B>,
) -> Result<(), ChartError> {
    let (left, _, right, bottom) = plan.frame;
    let wanted = usize::try_from((right - left) / 90).unwrap_or(6).clamp(2, 12);
    let mut taken = i32::MIN;
    for (value, text) in across.ticks(wanted) {
        let (x, _) = if plan.lying { plan.point(0.0, value) } else { plan.point(value, 0.0) };
        if plan.turned {
            let how = Lettering { turned: true, ..Lettering::new(MUTED, HPos::Right, VPos::Center) };
            canvas.letters(&tick_name(&text, true), (x, bottom + 6), how)?;
            continue;
        }
        let half = super::layout::text_width(&text, LABEL) / 2;
        if x - half < taken {
            continue;
        }
        taken = x + half + 6;
        canvas.line(&[(x, bottom), (x, bottom + 4)], AXIS, 1)?;
        canvas.letters(&text, (x, bottom + 7), Lettering::new(MUTED, HPos::Center, VPos::Top))?;
    }
    Ok(())
}

fn legend<B: DrawingBackend>(chart: &Chart, plan: &Plan, canvas: &Canvas<'_, B>) -> Result<(), ChartError> {
    let Some(label) = &chart.color_label else { return Ok(()) };
    let (_, top, right, _) = plan.frame;
    let left = right + 16;
    let how = Lettering { bold: true, ..Lettering::new(INK, HPos::Left, VPos::Center) };
    canvas.letters(&legend_name(label), (left, top + 6), how)?;
    for (place, series) in chart.series.iter().take(MOST_COLORS).enumerate() {
        let y = top + 6 + (i32::try_from(place).unwrap_or(0) + 1) * (LABEL + 8);
        canvas.rectangle((left, y - 5), (left + 10, y + 5), color(place))?;
        let name = legend_name(series.name.as_deref().unwrap_or_default());
        canvas.letters(&name, (left + 16, y), Lettering::new(INK, HPos::Left, VPos::Center))?;
    }
    Ok(())
}

fn foot<B: DrawingBackend>(plan: &Plan, canvas: &Canvas<'_, B>) -> Result<(), ChartError> {
    let height = i32::try_from(plan.height).unwrap_or(0);
    let room = i32::try_from(plan.width).unwrap_or(0) - plan.frame.0 - 10;
    for (place, note) in plan.notes.iter().rev().enumerate() {
        let y = height - 4 - i32::try_from(place).unwrap_or(0) * (LABEL + 4);
        let how = Lettering { size: LABEL - 1, ..Lettering::new(MUTED, HPos::Left, VPos::Bottom) };
        canvas.letters(&shortened(note, room), (plan.frame.0, y), how)?;
    }
    Ok(())
}
