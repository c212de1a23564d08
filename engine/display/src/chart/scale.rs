//! Axes: where a value stands, where the ticks are and what they are called.

use chrono::{DateTime, Datelike, NaiveDate, Timelike};

use super::Positions;
use crate::escape::on_one_line;

/// Categories that are drawn at most.
pub(super) const MOST_CATEGORIES: usize = 50;

const SECOND: f64 = 1e6;
const MINUTE: f64 = 60.0 * SECOND;
const HOUR: f64 = 60.0 * MINUTE;
const DAY: f64 = 24.0 * HOUR;

/// An axis.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Scale {
    /// From the first value to the last.
    Linear(f64, f64),
    /// The same in microseconds.
    Time(f64, f64),
    /// One band for each name.
    Bands(Vec<String>),
}

impl Scale {
    /// The axis that holds all these positions; `padded` leaves room on both sides.
    pub(super) fn of<'a>(positions: impl Iterator<Item = &'a Positions> + Clone, padded: bool) -> Self {
        let is_named = positions.clone().any(|part| matches!(part, Positions::Categories(_)));
        if is_named {
            return Self::Bands(names(positions));
        }
        let is_time = positions.clone().any(|part| matches!(part, Positions::Times(_)));
        let values: Vec<f64> =
            positions.flat_map(|part| (0..len(part)).filter_map(|index| number(part, index))).collect();
        let (least, most) = ends(values.into_iter());
        let room = if padded { (most - least) * 0.02 } else { 0.0 };
        if is_time {
            let room = if most > least { room } else { HOUR };
            return Self::Time(least - room, most + room);
        }
        let room = if most > least { room } else { if least == 0.0 { 1.0 } else { least.abs() * 0.1 } };
        Self::Linear(least - room, most + room)
    }

    /// The axis of heights: round ends, and zero among them where bars stand on it.
    pub(super) fn heights(values: impl Iterator<Item = f64>, from_zero: bool) -> Self {
        let (mut least, mut most) = ends(values);
        if from_zero {
            (least, most) = (least.min(0.0), most.max(0.0));
        }
        if least == most {
            let room = if least == 0.0 { 1.0 } else { least.abs() * 0.1 };
            (least, most) = if from_zero { (least, most + room) } else { (least - room, most + room) };
        }
        let step = step(most - least, 6);
        Self::Linear((least / step).floor() * step, (most / step).ceil() * step)
    }

    /// Where a value stands, from 0 to 1.
    pub(super) fn place(&self, value: f64) -> f64 {
        match self {
            Self::Linear(least, most) | Self::Time(least, most) => (value - least) / (most - least),
            Self::Bands(names) => (value + 0.5) / names.len().max(1) as f64,
        }
    }

    /// Values and names of the ticks, about `wanted` of them.
    pub(super) fn ticks(&self, wanted: usize) -> Vec<(f64, String)> {
        match self {
            Self::Linear(least, most) => numbers(*least, *most, wanted),
            Self::Time(least, most) => times(*least, *most, wanted),
            Self::Bands(names) => {
                names.iter().enumerate().map(|(place, name)| (place as f64, name.clone())).collect()
            }
        }
    }

    /// The value of a mark on this axis.
    pub(super) fn value(&self, positions: &Positions, index: usize) -> Option<f64> {
        match (self, positions) {
            (Self::Bands(names), Positions::Categories(marks)) => {
                let wanted = label(marks.get(index)?.as_deref());
                names.iter().position(|name| *name == wanted).map(|place| place as f64)
            }
            (Self::Bands(_), _) => None,
            (_, positions) => number(positions, index),
        }
    }
}

/// How many positions there are.
pub(super) fn len(positions: &Positions) -> usize {
    match positions {
        Positions::Numbers(marks) => marks.len(),
        Positions::Times(marks) => marks.len(),
        Positions::Categories(marks) => marks.len(),
    }
}

/// How many different categories there are, those that are not drawn too.
pub(super) fn categories<'a>(positions: impl Iterator<Item = &'a Positions>) -> usize {
    let mut found = std::collections::BTreeSet::new();
    for part in positions {
        if let Positions::Categories(marks) = part {
            found.extend(marks.iter().map(|mark| mark.as_deref()));
        }
    }
    found.len()
}

fn number(positions: &Positions, index: usize) -> Option<f64> {
    match positions {
        Positions::Numbers(marks) => marks.get(index).copied().flatten().filter(|value| value.is_finite()),
        Positions::Times(marks) => marks.get(index).copied().flatten().map(|micros| micros as f64),
        Positions::Categories(_) => None,
    }
}

/// The first categories in the order of their marks.
fn names<'a>(positions: impl Iterator<Item = &'a Positions>) -> Vec<String> {
    let mut seen = std::collections::BTreeSet::new();
    let mut names = Vec::new();
    for part in positions {
        let Positions::Categories(marks) = part else { continue };
        for mark in marks {
            let name = label(mark.as_deref());
            if names.len() < MOST_CATEGORIES && seen.insert(name.clone()) {
                names.push(name);
            }
        }
    }
    names
}

fn label(name: Option<&str>) -> String {
    match name {
        None => "null".into(),
        Some("") => "\"\"".into(),
        Some(name) => on_one_line(name),
    }
}

fn ends(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let found = values.filter(|value| value.is_finite()).fold(None, |ends: Option<(f64, f64)>, value| {
        Some(ends.map_or((value, value), |(least, most)| (least.min(value), most.max(value))))
    });
    found.unwrap_or((0.0, 0.0))
}

/// A round distance between ticks: 1, 2, 2.5 or 5 times a power of ten.
fn step(span: f64, wanted: usize) -> f64 {
    let rough = span / wanted.max(1) as f64;
    if rough <= 0.0 || !rough.is_finite() {
        return 1.0;
    }
    let power = 10f64.powf(rough.log10().floor());
    [1.0, 2.0, 2.5, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * power)
        .find(|step| *step >= rough * 0.999)
        .unwrap_or(power * 10.0)
}

fn numbers(least: f64, most: f64, wanted: usize) -> Vec<(f64, String)> {
    let step = step(most - least, wanted);
    let first = (least / step - 1e-9).ceil() as i64;
    let last = (most / step + 1e-9).floor() as i64;
    (first..=last.min(first + 50))
        .map(|count| (count as f64 * step, written(count as f64 * step, step)))
        .collect()
}

/// A tick's number: large ones with a unit, the digits that the step needs.
pub(super) fn written(value: f64, step: f64) -> String {
    const UNITS: &[(f64, &str)] = &[(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e4, "k")];
    let size = value.abs().max(step);
    if value == 0.0 {
        return "0".into();
    }
    if !(1e-4..1e15).contains(&size) {
        return format!("{value:.1e}");
    }
    for (least, unit) in UNITS {
        if size >= *least {
            let divisor = if *unit == "k" { 1e3 } else { *least };
            return format!("{}{unit}", digits(value / divisor, step / divisor));
        }
    }
    digits(value, step)
}

fn digits(value: f64, step: f64) -> String {
    let places = (0..8).find(|places| {
        let scaled = step * 10f64.powi(*places);
        (scaled - scaled.round()).abs() < 1e-6 * scaled.max(1.0)
    });
    let text = format!("{value:.*}", usize::try_from(places.unwrap_or(3)).unwrap_or(3));
    if text.starts_with('-') && text.trim_matches(['-', '0', '.']).is_empty() {
        text.trim_start_matches('-').to_owned()
    } else {
        text
    }
}

/// Distances between ticks of time, in microseconds, with the form of their labels.
const TIME_STEPS: &[(f64, &str)] = &[
    (1.0, "%H:%M:%S%.6f"),
    (1e3, "%H:%M:%S%.3f"),
    (1e4, "%H:%M:%S%.3f"),
    (1e5, "%H:%M:%S%.3f"),
    (SECOND, "%H:%M:%S"),
    (5.0 * SECOND, "%H:%M:%S"),
    (15.0 * SECOND, "%H:%M:%S"),
    (30.0 * SECOND, "%H:%M:%S"),
    (MINUTE, "%H:%M"),
    (5.0 * MINUTE, "%H:%M"),
    (15.0 * MINUTE, "%H:%M"),
    (30.0 * MINUTE, "%H:%M"),
    (HOUR, "%H:%M"),
    (3.0 * HOUR, "%H:%M"),
    (6.0 * HOUR, "%H:%M"),
    (12.0 * HOUR, "%H:%M"),
    (DAY, "%b %d"),
    (2.0 * DAY, "%b %d"),
    (7.0 * DAY, "%b %d"),
    (14.0 * DAY, "%b %d"),
];

fn times(least: f64, most: f64, wanted: usize) -> Vec<(f64, String)> {
    let rough = (most - least) / wanted.max(1) as f64;
    let Some((step, form)) = TIME_STEPS.iter().find(|(step, _)| *step >= rough) else {
        return months(least, most, rough);
    };
    let first = (least / step).ceil() as i64;
    let last = (most / step).floor() as i64;
    let mut day = None;
    (first..=last)
        .filter_map(|count| {
            let value = count as f64 * step;
            let moment = DateTime::from_timestamp_micros(value as i64)?.naive_utc();
            // The first tick of each day says which day it is.
            let is_new = day.replace(moment.date()) != Some(moment.date());
            let text = moment.format(form).to_string();
            let text =
                if is_new && *step < DAY { format!("{} {text}", moment.format("%b %d")) } else { text };
            Some((value, text))
        })
        .collect()
}

/// Ticks at the beginnings of months or years.
fn months(least: f64, most: f64, rough: f64) -> Vec<(f64, String)> {
    const MONTH: f64 = 30.44 * DAY;
    let every = [1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1_200]
        .into_iter()
        .find(|months| f64::from(*months) * MONTH >= rough)
        .unwrap_or(12_000);
    let Some(start) = DateTime::from_timestamp_micros(least as i64) else { return Vec::new() };
    let mut count = start.year() * 12 + i32::try_from(start.month0()).unwrap_or(0);
    count -= count.rem_euclid(every);
    let mut ticks = Vec::new();
    while ticks.len() < 60 {
        let (year, month) = (count.div_euclid(12), count.rem_euclid(12).unsigned_abs() + 1);
        let Some(date) = NaiveDate::from_ymd_opt(year, month, 1) else { break };
        let value =
            date.and_hms_opt(0, 0, 0).map_or(0.0, |moment| moment.and_utc().timestamp_micros() as f64);
        if value > most {
            break;
        }
        if value >= least {
            let form = if every % 12 == 0 { "%Y" } else { "%b %Y" };
            ticks.push((value, date.format(form).to_string()));
        }
        count += every;
    }
    ticks
}

/// The day that all of a time axis lies in, for its label.
pub(super) fn only_day(scale: &Scale) -> Option<String> {
    let Scale::Time(least, most) = scale else { return None };
    let (from, to) =
        (DateTime::from_timestamp_micros(*least as i64)?, DateTime::from_timestamp_micros(*most as i64)?);
    let is_one = from.date_naive() == to.date_naive() || (to - from).num_hours() < 48 && to.hour() == 0;
    is_one.then(|| from.format("%Y-%m-%d").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round() {
        let texts = |scale: Scale| scale.ticks(5).into_iter().map(|(_, text)| text).collect::<Vec<_>>();
        assert_eq!(texts(Scale::Linear(0.0, 1.0)), ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(texts(Scale::Linear(-30_000.0, 30_000.0)), ["-20k", "0", "20k"]);
        assert_eq!(texts(Scale::Time(0.0, 4.0 * HOUR)), ["Jan 01 00:00", "01:00", "02:00", "03:00", "04:00"]);
        assert_eq!(
            texts(Scale::Time(0.0, 800.0 * DAY)),
            ["Jan 1970", "Jul 1970", "Jan 1971", "Jul 1971", "Jan 1972"]
        );
    }

    #[test]
    fn one_value_has_room_around_it() {
        let one = Positions::Numbers(vec![Some(5.0), None, Some(f64::NAN)]);
        assert_eq!(Scale::of([&one].into_iter(), true), Scale::Linear(4.5, 5.5));
        let none = Positions::Numbers(Vec::new());
        assert_eq!(Scale::of([&none].into_iter(), true), Scale::Linear(-1.0, 1.0));
        assert_eq!(Scale::heights([0.0].into_iter(), true), Scale::Linear(0.0, 1.0));
        assert_eq!(Scale::heights([-3.0, 7.0].into_iter(), true), Scale::Linear(-4.0, 8.0));
    }

    #[test]
    fn no_range_is_too_large_or_small() {
        for (least, most) in [(0.0, 1e-300), (-1e300, 1e300), (1e18, 1e18 + 1e3), (0.0, f64::MIN_POSITIVE)] {
            let scale = Scale::heights([least, most].into_iter(), false);
            assert!(scale.ticks(6).len() < 100, "{least} {most}");
        }
    }
}
