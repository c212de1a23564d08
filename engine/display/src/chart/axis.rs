//! The two axes of a chart, with the span and the ticks that its kind asks for; where they lie on the page is left to the layout.

use super::ChartKind;
use super::calendar;
use super::prepared::{Across, Prepared};
use super::scale::{Scale, Tick};

/// An axis: the values at its ends and what is written along it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Axis {
    pub(super) scale: Scale,
    pub(super) ticks: Vec<Tick>,
}

/// A day in microseconds: what a single time is given to stand in.
const DAY: f64 = 86_400e6;
/// Numbers above this are not counts that ticks could miss.
const MOST_WHOLE: f64 = 1e15;

/// The axis of heights with about this number of ticks.
pub(super) fn height_axis(kind: ChartKind, prepared: &Prepared, about: usize) -> Axis {
    let whole = prepared.heights().all(is_whole);
    let around = Scale::around(prepared.heights());
    let scale = match kind {
        ChartKind::Bar | ChartKind::Histogram => Scale::around(prepared.heights().chain([0.0])),
        ChartKind::Line | ChartKind::Scatter => around.with_near_zero(),
    };
    let step = scale.step(about, whole);
    let scale = scale.rounded(step);
    Axis { scale, ticks: scale.ticks(step) }
}

/// The span along x.
pub(super) fn along_scale(kind: ChartKind, prepared: &Prepared, bin_width: Option<f64>) -> Scale {
    if let Across::Bands(names) = &prepared.across {
        return Scale { low: -0.5, high: names.len().max(1) as f64 - 0.5 };
    }
    match kind {
        ChartKind::Histogram => {
            let width = bin_width.unwrap_or(0.0);
            ends(prepared, prepared.places().chain(prepared.places().map(|place| place + width)))
        }
        ChartKind::Bar => {
            let half = slot(prepared) / 2.0;
            ends(prepared, prepared.places().flat_map(|place| [place - half, place + half]))
        }
        ChartKind::Line => ends(prepared, prepared.places()),
        ChartKind::Scatter => ends(prepared, prepared.places()).padded(0.03),
    }
}

/// At most this number of ticks along x; all of them where they are names.
pub(super) fn along_ticks(prepared: &Prepared, scale: Scale, about: usize) -> Vec<Tick> {
    match &prepared.across {
        Across::Times => calendar::ticks(scale, about),
        Across::Numbers => scale.ticks(scale.step(about, prepared.places().all(is_whole))),
        Across::Bands(names) => names
            .iter()
            .enumerate()
            .map(|(place, name)| Tick { value: place as f64, label: name.clone(), under: None })
            .collect(),
    }
}

/// The room along x that belongs to one bar or group of bars: the least distance between two.
pub(super) fn slot(prepared: &Prepared) -> f64 {
    let mut places: Vec<f64> = prepared.places().collect();
    places.sort_by(f64::total_cmp);
    places.dedup();
    let least = places.windows(2).map(|pair| pair[1] - pair[0]).fold(f64::INFINITY, f64::min);
    match prepared.across {
        _ if least.is_finite() => least,
        Across::Times => DAY,
        Across::Numbers | Across::Bands(_) => 1.0,
    }
}

fn ends(prepared: &Prepared, places: impl Iterator<Item = f64> + Clone) -> Scale {
    if prepared.across != Across::Times {
        return Scale::around(places);
    }
    // Microseconds are whole: any two of them can be told apart.
    let low = places.clone().fold(f64::INFINITY, f64::min);
    let high = places.fold(f64::NEG_INFINITY, f64::max);
    if low < high {
        Scale { low, high }
    } else if low == high {
        Scale { low: low - DAY / 2.0, high: high + DAY / 2.0 }
    } else {
        Scale { low: 0.0, high: DAY }
    }
}

fn is_whole(value: f64) -> bool {
    value.fract() == 0.0 && value.abs() < MOST_WHOLE
}
