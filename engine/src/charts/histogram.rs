//! A histogram's bins, counted by a plan: the values themselves are never collected.

use std::sync::Arc;

use fram_display::{Chart, ChartKind, Positions, Series};
use fram_frame::{Frame, Limit};
use polars::prelude::{DataFrame, DataType, col, len, lit};

use super::{COLOR, Labels, X, Y, marks, options};
use crate::call::Call;
use crate::fault::Fault;
use crate::value::Value;

/// Bins at most.
const MOST_BINS: i64 = 1_000;

/// A histogram of one column.
pub(crate) fn histogram(call: &Call<'_>) -> Result<Value, Fault> {
    let options = options(call)?;
    let labels = Labels::of(call, Some("count"))?;
    let bins = call.integer("bins")?;
    if !(1..=MOST_BINS).contains(&bins) {
        return Err(call.out_of_range("bins", &format!("from 1 to {MOST_BINS}")));
    }
    let values = call.lazy()?.select(
        [call.column(X)?.alias(X)]
            .into_iter()
            .chain(call.maybe_column(COLOR)?.map(|color| color.alias(COLOR)))
            .collect::<Vec<_>>(),
    );
    let mut values = Frame::from_lazy(values)?;
    check_kind(&values, &labels.x)?;
    values = Frame::from_lazy(
        values.lazy(&*call.host.runner(), &call.host.watch())?.with_columns([col(X).cast(DataType::Float64)]),
    )?;
    let (least, greatest, skipped) = range(call, &values)?;
    let (start, width) = bin_width(least, greatest, bins);
    let counted = counted(call, &values, start, width, greatest)?;
    let series = series(&counted, start, width)?;
    let notes = if skipped > 0 {
        vec![format!("{skipped} rows without a finite value are left out")]
    } else {
        Vec::new()
    };
    Ok(Value::Chart(Arc::new(Chart {
        kind: ChartKind::Histogram,
        title: options.title,
        x_label: options.x_label.unwrap_or(labels.x),
        y_label: options.y_label.unwrap_or(labels.y),
        color_label: labels.color,
        width: options.width,
        height: options.height,
        series,
        bin_width: Some(width),
        notes,
    })))
}

fn check_kind(values: &Frame, label: &str) -> Result<(), Fault> {
    match values.schema().get(X) {
        Some(kind) if !(kind.is_primitive_numeric() || kind.is_decimal() || kind.is_null()) => {
            Err(Fault::new("TypeError", format!("a histogram needs numbers, but `{label}` is {kind}"))
                .hint("`.bar(…)` counts categories; `.str.len_chars()` gives the length of strings")
                .at(label))
        }
        _ => Ok(()),
    }
}

/// The least and the greatest finite value, and how many rows have none.
fn range(call: &Call<'_>, values: &Frame) -> Result<(f64, f64, u64), Fault> {
    let finite = || col(X).filter(col(X).is_finite());
    let lazy = values.lazy(&*call.host.runner(), &call.host.watch())?;
    let plan = lazy.select([
        finite().min().alias("least"),
        finite().max().alias("greatest"),
        (len() - col(X).is_finite().sum()).cast(DataType::UInt64).alias("skipped"),
    ]);
    let found = Frame::from_lazy(plan)?.collect(Limit::All, &*call.host.runner(), &call.host.watch())?;
    let number = |name: &str| -> Result<Option<f64>, Fault> { Ok(found.column(name)?.f64()?.get(0)) };
    let skipped = found.column("skipped")?.u64()?.get(0).unwrap_or(0);
    Ok((number("least")?.unwrap_or(0.0), number("greatest")?.unwrap_or(0.0), skipped))
}

/// A round bin width, 1, 2 or 5 times a power of ten, and where the first bin begins.
fn bin_width(least: f64, greatest: f64, bins: i64) -> (f64, f64) {
    let span = greatest - least;
    if span <= 0.0 || !span.is_finite() {
        return (least - 0.5, 1.0);
    }
    let wanted = span / bins as f64;
    let power = 10f64.powf(wanted.log10().floor());
    let width = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|step| step * power)
        .find(|width| *width >= wanted)
        .unwrap_or(10.0 * power);
    ((least / width).floor() * width, width)
}

fn counted(
    call: &Call<'_>,
    values: &Frame,
    start: f64,
    width: f64,
    greatest: f64,
) -> Result<DataFrame, Fault> {
    // The greatest value belongs to the last bin, as everywhere.
    let last = (((greatest - start) / width).ceil() - 1.0).max(0.0);
    let bin = ((col(X) - lit(start)) / lit(width)).floor().clip_max(lit(last)).cast(DataType::Int64).alias(X);
    let mut keys = vec![col(X)];
    if values.schema().contains(COLOR) {
        keys.push(col(COLOR));
    }
    let lazy = values.lazy(&*call.host.runner(), &call.host.watch())?;
    let plan = lazy.filter(col(X).is_finite()).with_columns([bin]).group_by(keys).agg([len().alias(Y)]);
    let frame = Frame::from_lazy(plan.sort([X], polars::prelude::SortMultipleOptions::default()))?;
    Ok(frame.collect(Limit::All, &*call.host.runner(), &call.host.watch())?)
}

/// Bins without rows are there too, with a count of zero.
fn series(counted: &DataFrame, start: f64, width: f64) -> Result<Vec<Series>, Fault> {
    let (series, _) = marks(counted, ChartKind::Histogram)?;
    let whole = |part: Series| {
        let Positions::Numbers(bins) = part.x else { return part };
        let last = bins.iter().flatten().fold(0.0f64, |most, bin| most.max(*bin)) as usize;
        let mut counts = vec![Some(0.0); if bins.is_empty() { 0 } else { last + 1 }];
        for (bin, count) in bins.iter().zip(&part.y) {
            if let Some(slot) = bin.and_then(|bin| counts.get_mut(bin as usize)) {
                *slot = *count;
            }
        }
        let edges = (0..counts.len()).map(|bin| Some(start + bin as f64 * width)).collect();
        Series { name: part.name, x: Positions::Numbers(edges), y: counts }
    };
    Ok(series.into_iter().map(whole).collect())
}

#[cfg(test)]
mod tests {
    use super::bin_width;

    #[test]
    fn bins_are_round() {
        assert_eq!(bin_width(3.0, 97.0, 20), (0.0, 5.0));
        assert_eq!(bin_width(5.0, 5.0, 20), (4.5, 1.0));
        assert_eq!(bin_width(-1.0, 1.0, 10), (-1.0, 0.2));
    }
}
