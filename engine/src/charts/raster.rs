//! Where a histogram's bins begin and how wide they are, in round numbers. Counting is left to `histogram`.

use polars::prelude::{DataType, Expr, NonExistent, TimeUnit, col, lit};

use super::marks::per_second;
use super::{X, is_drawn_as_number};
use crate::fault::Fault;

/// Round widths for times, in microseconds; longer ones are whole weeks.
const TIME_WIDTHS: [f64; 18] = [
    1e6, 2e6, 5e6, 10e6, 15e6, 30e6, 60e6, 120e6, 300e6, 600e6, 900e6, 1_800e6, 3_600e6, 7_200e6, 10_800e6,
    21_600e6, 43_200e6, DAY,
];
const DAY: f64 = 86_400e6;
const WEEK: f64 = 7.0 * DAY;
/// 1970-01-05, a Monday, from which weeks are counted.
const MONDAY: f64 = 4.0 * DAY;
/// Bins at most, whatever the rounding of floats makes of them.
const MOST_BINS: f64 = 5_000.0;

/// What the values are, as far as their bins go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scale {
    /// Whole numbers, of which each is in a bin of its own or with its neighbours.
    Whole,
    /// Any numbers.
    Numbers,
    /// Microseconds since 1970.
    Times,
}

/// Bins of equal width.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Raster {
    /// From here widths are counted.
    origin: f64,
    /// Widths from the origin to the first bin.
    first: f64,
    /// The last bin, counted from the first one as 0.
    last: f64,
    /// The width of a bin.
    pub(super) width: f64,
}

impl Scale {
    /// The scale of a column of this type.
    pub(super) fn of(kind: &DataType, label: &str) -> Result<Self, Fault> {
        match kind {
            DataType::Date | DataType::Datetime(..) => Ok(Self::Times),
            kind if kind.is_integer() => Ok(Self::Whole),
            kind if is_drawn_as_number(kind) && !kind.is_bool() => Ok(Self::Numbers),
            _ => Err(Fault::new(
                "TypeError",
                format!("a histogram needs numbers or dates, but `{label}` is {kind}"),
            )
            .hint("`.bar(…)` counts categories; `.str.len_chars()` gives the length of strings")
            .at(label)),
        }
    }
}

/// The values of a column of this type as floats.
pub(super) fn as_float(kind: &DataType) -> Expr {
    let count = |per_unit: f64| col(X).cast(DataType::Int64).cast(DataType::Float64) / lit(per_unit);
    let micros = |times: Expr| {
        times
            .cast(DataType::Datetime(TimeUnit::Microseconds, None))
            .cast(DataType::Int64)
            .cast(DataType::Float64)
    };
    match kind {
        DataType::Duration(unit) => count(per_second(*unit)),
        DataType::Time => count(3_600e9),
        DataType::Datetime(_, Some(_)) => {
            micros(col(X).dt().replace_time_zone(None, lit("earliest"), NonExistent::Null))
        }
        DataType::Date | DataType::Datetime(..) => micros(col(X)),
        _ => col(X).cast(DataType::Float64),
    }
}

impl Raster {
    /// About this number of bins from the least to the greatest value.
    pub(super) fn over(least: f64, greatest: f64, bins: i64, scale: Scale) -> Self {
        // Divided first, so that the span of all floats does not overflow.
        let wanted = greatest / bins as f64 - least / bins as f64;
        let width = match scale {
            Scale::Times if !wanted.is_normal() => 3_600e6,
            Scale::Times => time_width(wanted),
            _ if !wanted.is_normal() => 1.0,
            Scale::Whole => round_width(wanted).max(1.0),
            Scale::Numbers => round_width(wanted),
        };
        let origin = if scale == Scale::Times && width % WEEK == 0.0 { MONDAY } else { 0.0 };
        let first = ((least - origin) / width).floor();
        let end = (greatest - origin) / width;
        // Among numbers that are not whole, the greatest belongs to the last bin, as everywhere.
        let last = if scale == Scale::Numbers { end.ceil() - 1.0 } else { end.floor() } - first;
        Self { origin, first, last: last.clamp(0.0, MOST_BINS), width }
    }

    /// How many bins there are.
    pub(super) fn bins(self) -> usize {
        self.last as usize + 1
    }

    /// The bin of each value, counted from 0.
    pub(super) fn bin(self) -> Expr {
        let place = ((col(X) - lit(self.origin)) / lit(self.width)).floor() - lit(self.first);
        place.clip(lit(0.0), lit(self.last)).cast(DataType::Int64)
    }

    /// Where a bin begins.
    pub(super) fn edge(self, bin: usize) -> f64 {
        self.origin + (self.first + bin as f64) * self.width
    }
}

/// 1, 2 or 5 at some power of ten, not below what is wanted.
fn round_width(wanted: f64) -> f64 {
    let power = 10f64.powf(wanted.log10().floor());
    let steps = [1.0, 2.0, 5.0].into_iter().map(|step| step * power);
    steps.into_iter().find(|width| *width >= wanted).unwrap_or(10.0 * power)
}

fn time_width(wanted: f64) -> f64 {
    if wanted <= 0.5e6 {
        return round_width(wanted).max(1.0);
    }
    let known = TIME_WIDTHS.into_iter().find(|width| *width >= wanted);
    known.unwrap_or_else(|| round_width(wanted / WEEK).max(1.0) * WEEK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_are_round() {
        let bins = |least: f64, greatest: f64, bins: i64, scale: Scale| {
            let raster = Raster::over(least, greatest, bins, scale);
            (raster.edge(0), raster.width, raster.bins())
        };
        assert_eq!(bins(3.0, 97.0, 20, Scale::Numbers), (0.0, 5.0, 20));
        assert_eq!(bins(0.0, 100.0, 20, Scale::Numbers), (0.0, 5.0, 20));
        assert_eq!(bins(-1.0, 1.0, 10, Scale::Numbers), (-1.0, 0.2, 10));
        assert_eq!(bins(5.0, 5.0, 20, Scale::Numbers), (5.0, 1.0, 1));
        assert_eq!(bins(1.0, 6.0, 20, Scale::Whole), (1.0, 1.0, 6));
        assert_eq!(bins(0.0, 90.0 * 60e6, 20, Scale::Times), (0.0, 300e6, 19));
        assert_eq!(bins(0.0, 100.0 * DAY, 10, Scale::Times), (MONDAY - WEEK, 2.0 * WEEK, 8));
    }

    #[test]
    fn the_ends_of_floats_have_few_bins() {
        for (least, greatest) in [
            (f64::MIN, f64::MAX),
            (0.0, f64::MAX),
            (0.0, f64::from_bits(1)),
            (1e300, 1e300),
            (1e16, 1e16 + 2.0),
            (1.0, 1.0 + f64::EPSILON),
        ] {
            for scale in [Scale::Whole, Scale::Numbers] {
                let raster = Raster::over(least, greatest, 20, scale);
                assert!((1..=40).contains(&raster.bins()), "{least} to {greatest}: {raster:?}");
                assert!(
                    raster.width > 0.0 && raster.edge(0).is_finite(),
                    "{least} to {greatest}: {raster:?}"
                );
            }
        }
    }
}
