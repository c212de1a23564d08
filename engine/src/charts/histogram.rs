//! A histogram, its bins counted by a plan: the values themselves are never collected.

use std::sync::Arc;

use fram_display::{Chart, ChartKind, Positions, Series, grouped};
use fram_frame::{Frame, Limit};
use polars::prelude::{DataFrame, DataType, LazyFrame, SortMultipleOptions, col, len};

use super::raster::{Raster, Scale, as_float};
use super::{COLOR, Labels, Options, X, Y, chart, columns, marks, plan};
use crate::call::Call;
use crate::fault::Fault;
use crate::value::Value;

/// Bins that can be asked for.
const MOST_BINS: i64 = 1_000;

/// A histogram of one column.
pub(crate) fn histogram(call: &Call<'_>) -> Result<Value, Fault> {
    let options = Options::of(call)?;
    let bins = call.integer("bins")?;
    if !(1..=MOST_BINS).contains(&bins) {
        return Err(call.out_of_range("bins", &format!("from 1 to {MOST_BINS}")));
    }
    let frame = columns(call, false)?;
    let labels = Labels::of(call, &frame, Some("count"))?;
    let kind = frame.schema().get(X).cloned().unwrap_or(DataType::Null);
    let scale = Scale::of(&kind, &labels.x)?;
    let values = plan(call, &frame)?.with_columns([as_float(&kind).alias(X)]);
    let Range { least, greatest, skipped } = range(call, values.clone())?;
    let raster = Raster::over(least, greatest, bins, scale);
    let counted = counted(call, values, raster, frame.schema().contains(COLOR))?;
    let series = marks(&counted)?.into_iter().map(|part| over_all_bins(part, raster, scale)).collect();
    let notes = match skipped {
        0 => Vec::new(),
        1 => vec!["1 row without a finite value is left out.".to_owned()],
        rows => vec![format!("{} rows without a finite value are left out.", grouped(rows))],
    };
    let chart = chart(ChartKind::Histogram, series, labels, options, notes);
    Ok(Value::Chart(Arc::new(Chart { bin_width: Some(raster.width), ..chart })))
}

/// The finite values' ends, zeros where there are none, and how many rows have none.
struct Range {
    least: f64,
    greatest: f64,
    skipped: u64,
}

fn range(call: &Call<'_>, values: LazyFrame) -> Result<Range, Fault> {
    let finite = || col(X).filter(col(X).is_finite());
    let plan = values.select([
        finite().min().alias("least"),
        finite().max().alias("greatest"),
        (len() - col(X).is_finite().sum()).cast(DataType::UInt64).alias("skipped"),
    ]);
    let found = Frame::from_lazy(plan)?.collect(Limit::All, &*call.host.runner(), &call.host.watch())?;
    let number = |name: &str| -> Result<f64, Fault> { Ok(found.column(name)?.f64()?.get(0).unwrap_or(0.0)) };
    let skipped = found.column("skipped")?.u64()?.get(0).unwrap_or(0);
    Ok(Range { least: number("least")?, greatest: number("greatest")?, skipped })
}

fn counted(call: &Call<'_>, values: LazyFrame, raster: Raster, colored: bool) -> Result<DataFrame, Fault> {
    let keys = if colored { vec![col(X), col(COLOR)] } else { vec![col(X)] };
    let finite = values.filter(col(X).is_finite()).with_columns([raster.bin().alias(X)]);
    let counted = finite.group_by(keys).agg([len().alias(Y)]);
    let order = SortMultipleOptions::default().with_order_descending_multi([false, true]);
    let frame = Frame::from_lazy(counted.sort([X, Y], order))?;
    Ok(frame.collect(Limit::All, &*call.host.runner(), &call.host.watch())?)
}

/// The counts of a series at the bins' edges; bins without rows are there too, with a count of zero.
fn over_all_bins(part: Series, raster: Raster, scale: Scale) -> Series {
    let Positions::Numbers(bins) = &part.x else { return part };
    let mut counts = vec![Some(0.0); if bins.is_empty() { 0 } else { raster.bins() }];
    for (bin, count) in bins.iter().zip(&part.y) {
        if let Some(slot) = bin.and_then(|bin| counts.get_mut(bin as usize)) {
            *slot = *count;
        }
    }
    let edges = (0..counts.len()).map(|bin| Some(raster.edge(bin)));
    let x = match scale {
        Scale::Times => Positions::Times(edges.map(|edge| edge.map(|edge| edge as i64)).collect()),
        _ => Positions::Numbers(edges.collect()),
    };
    Series { name: part.name, x, y: counts }
}
