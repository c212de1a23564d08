//! What stands inside the axes: bars, lines, dots.

use plotters::backend::DrawingBackend;

use super::draw::{Canvas, color};
use super::layout::Plan;
use super::{Chart, ChartError, ChartKind, Series};

/// Draws every mark.
pub(super) fn draw<B: DrawingBackend>(
    chart: &Chart,
    plan: &Plan,
    canvas: &Canvas<'_, B>,
) -> Result<(), ChartError> {
    for (place, series) in chart.series.iter().enumerate() {
        match chart.kind {
            ChartKind::Bar => bars(chart, plan, canvas, place)?,
            ChartKind::Histogram => bins(chart, plan, canvas, place)?,
            ChartKind::Line => line(series, plan, canvas, place)?,
            ChartKind::Scatter => dots(chart, plan, canvas, place)?,
        }
    }
    Ok(())
}

/// Positions and heights of a series' marks; `None` where one of them is missing.
fn points<'a>(series: &'a Series, plan: &'a Plan) -> impl Iterator<Item = Option<(f64, f64)>> + 'a {
    series.y.iter().enumerate().map(move |(index, height)| {
        let height = height.filter(|height| height.is_finite())?;
        Some((plan.x.value(&series.x, index)?, height))
    })
}

/// Bars of several colours stand side by side in their category's band.
fn bars<B: DrawingBackend>(
    chart: &Chart,
    plan: &Plan,
    canvas: &Canvas<'_, B>,
    place: usize,
) -> Result<(), ChartError> {
    let count = chart.series.len().max(1) as f64;
    // A fifth of the band is gap.
    let width = 0.8 / count;
    let start = -0.4 + place as f64 * width;
    for (x, y) in points(&chart.series[place], plan).flatten() {
        let from = plan.point(x + start, 0.0);
        let to = plan.point(x + start + width, y);
        bar(plan, canvas, from, to, place)?;
    }
    Ok(())
}

fn bins<B: DrawingBackend>(
    chart: &Chart,
    plan: &Plan,
    canvas: &Canvas<'_, B>,
    place: usize,
) -> Result<(), ChartError> {
    let bin = chart.bin_width.unwrap_or(1.0);
    let count = chart.series.len().max(1) as f64;
    for (x, y) in points(&chart.series[place], plan).flatten() {
        let from = plan.point(x + bin * place as f64 / count, 0.0);
        let (right, top) = plan.point(x + bin * (place + 1) as f64 / count, y);
        bar(plan, canvas, from, (right - 1, top), place)?;
    }
    Ok(())
}

/// A bar between two corners; a height that is not zero is at least a pixel.
fn bar<B: DrawingBackend>(
    plan: &Plan,
    canvas: &Canvas<'_, B>,
    from: (i32, i32),
    to: (i32, i32),
    place: usize,
) -> Result<(), ChartError> {
    let (mut low, mut high) = ((from.0.min(to.0), from.1.min(to.1)), (from.0.max(to.0), from.1.max(to.1)));
    let across = if plan.lying { (&mut low.1, &mut high.1) } else { (&mut low.0, &mut high.0) };
    if *across.1 - *across.0 < 1 {
        *across.1 = *across.0 + 1;
    }
    canvas.rectangle(low, high, color(place))
}

/// A line; a missing mark is a gap, a mark alone between gaps is a dot.
fn line<B: DrawingBackend>(
    series: &Series,
    plan: &Plan,
    canvas: &Canvas<'_, B>,
    place: usize,
) -> Result<(), ChartError> {
    let marks: Vec<Option<(f64, f64)>> = points(series, plan).collect();
    for run in marks.split(Option::is_none) {
        let path: Vec<(i32, i32)> = run.iter().flatten().map(|(x, y)| plan.point(*x, *y)).collect();
        match path.as_slice() {
            [] => {}
            [only] => canvas.dot(*only, 3, color(place), 1.0)?,
            path => canvas.line(path, color(place), 2)?,
        }
    }
    Ok(())
}

fn dots<B: DrawingBackend>(
    chart: &Chart,
    plan: &Plan,
    canvas: &Canvas<'_, B>,
    place: usize,
) -> Result<(), ChartError> {
    let marks: usize = chart.series.iter().map(|series| series.y.len()).sum();
    let (radius, opacity) = match marks {
        0..200 => (4, 0.75),
        200..2_000 => (3, 0.6),
        _ => (2, 0.35),
    };
    debug_assert!(canvas.zoom() > 0, "a canvas has a size");
    for (x, y) in points(&chart.series[place], plan).flatten() {
        canvas.dot(plan.point(x, y), radius, color(place), opacity)?;
    }
    Ok(())
}
