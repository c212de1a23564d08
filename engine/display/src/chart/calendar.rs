//! Round ticks on an axis of time, from microseconds to centuries, with labels that name the day or year where it changes.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime};

use super::scale::{Scale, Tick};

/// The distance between two ticks.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    /// Microseconds, of which a whole number fills a day, or whole days.
    Fixed(i64),
    Months(i32),
}

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// The mean month, to choose a step by.
const MONTH: i64 = 2_629_746 * SECOND;
/// 1970-01-05, a Monday, from which weeks are counted.
const MONDAY: i64 = 4 * DAY;

/// Times as chrono's calendar holds them.
pub(super) fn in_calendar(micros: i64) -> bool {
    DateTime::from_timestamp_micros(micros).is_some()
}

/// At most this number of round ticks, where the span has round times at all.
pub(super) fn ticks(scale: Scale, most: usize) -> Vec<Tick> {
    let (low, high) = (scale.low.ceil() as i64, scale.high.floor() as i64);
    let step = step(scale.high - scale.low, most.max(1));
    let times = match step {
        Step::Fixed(step) => fixed_times(low, high, step),
        Step::Months(months) => month_times(low, high, months),
    };
    labelled(&times, step)
}

/// A time as it is written in notes and text.
pub(super) fn time(micros: f64) -> String {
    let Some(time) = moment(micros as i64) else { return micros.to_string() };
    let pattern = if micros as i64 % DAY == 0 { "%Y-%m-%d" } else { "%Y-%m-%d %H:%M:%S" };
    time.format(pattern).to_string()
}

fn step(span: f64, most: usize) -> Step {
    let least = span / most as f64;
    let below_second = (0..6).flat_map(|power| [1, 2, 5].map(|digit| digit * 10_i64.pow(power)));
    let seconds = [1, 2, 5, 10, 15, 30].map(|seconds| seconds * SECOND);
    let minutes = [1, 2, 5, 10, 15, 30].map(|minutes| minutes * MINUTE);
    let hours = [1, 2, 3, 6, 12].map(|hours| hours * HOUR);
    let days = [1, 2, 7, 14].map(|days| days * DAY);
    let fixed = below_second
        .chain(seconds)
        .chain(minutes)
        .chain(hours)
        .chain(days)
        .find(|&step| step as f64 >= least);
    if let Some(step) = fixed {
        return Step::Fixed(step);
    }
    let years = (0..6).flat_map(|power| [1, 2, 5].map(|digit| 12 * digit * 10_i32.pow(power)));
    let months =
        [1, 2, 3, 6].into_iter().chain(years).find(|&months| f64::from(months) * MONTH as f64 >= least);
    Step::Months(months.unwrap_or(12_000_000))
}

fn fixed_times(low: i64, high: i64, step: i64) -> Vec<i64> {
    let origin = if step >= 7 * DAY { MONDAY } else { 0 };
    let first = (low - origin).div_euclid(step) * step + origin;
    (0..)
        .map_while(|place: i64| first.checked_add(place * step))
        .take_while(|&time| time <= high)
        .filter(|&time| time >= low)
        .collect()
}

fn month_times(low: i64, high: i64, months: i32) -> Vec<i64> {
    let Some(start) = moment(low) else { return Vec::new() };
    let first = (start.year() * 12 + start.month0() as i32).div_euclid(months) * months;
    (0..200)
        .filter_map(|place| first_of_month(first + place * months))
        .filter(|&time| time >= low && time <= high)
        .collect()
}

/// The first moment of a month, counted from the year 0.
fn first_of_month(month: i32) -> Option<i64> {
    let date = NaiveDate::from_ymd_opt(month.div_euclid(12), month.rem_euclid(12) as u32 + 1, 1)?;
    Some(date.and_hms_opt(0, 0, 0)?.and_utc().timestamp_micros())
}

fn labelled(times: &[i64], step: Step) -> Vec<Tick> {
    let (fine, coarse) = patterns(step);
    let mut before = String::new();
    let mut ticks = Vec::with_capacity(times.len());
    for &value in times {
        let Some(time) = moment(value) else { continue };
        let label = time.format(fine).to_string();
        let under = time.format(coarse).to_string();
        let changed = under != before;
        before.clone_from(&under);
        ticks.push(Tick {
            value: value as f64,
            label,
            under: (changed && !under.is_empty()).then_some(under),
        });
    }
    ticks
}

/// How a tick is written, and the larger unit beneath it.
fn patterns(step: Step) -> (&'static str, &'static str) {
    match step {
        Step::Fixed(step) if step < 1_000 => ("%H:%M:%S%.6f", "%b %-d, %Y"),
        Step::Fixed(step) if step < SECOND => ("%H:%M:%S%.3f", "%b %-d, %Y"),
        Step::Fixed(step) if step < MINUTE => ("%H:%M:%S", "%b %-d, %Y"),
        Step::Fixed(step) if step < DAY => ("%H:%M", "%b %-d, %Y"),
        Step::Fixed(_) => ("%b %-d", "%Y"),
        Step::Months(months) if months < 12 => ("%b", "%Y"),
        Step::Months(_) => ("%Y", ""),
    }
}

fn moment(micros: i64) -> Option<NaiveDateTime> {
    DateTime::from_timestamp_micros(micros).map(|time| time.naive_utc())
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    const MARCH: i64 = 1_772_323_200_000_000;

    fn check(span: i64, expected: &Expect) {
        let low = MARCH - 3 * HOUR - 7;
        let scale = Scale { low: low as f64, high: (low + span) as f64 };
        let ticks = ticks(scale, 6);
        let written = ticks.iter().map(|tick| match &tick.under {
            Some(under) => format!("{} ({under})", tick.label),
            None => tick.label.clone(),
        });
        expected.assert_eq(&written.collect::<Vec<_>>().join(", "));
    }

    #[test]
    fn ticks_are_round_and_named_by_the_span() {
        check(
            20,
            &expect!["20:59:59.999995 (Feb 28, 2026), 21:00:00.000000, 21:00:00.000005, 21:00:00.000010"],
        );
        check(40 * SECOND, &expect!["21:00:00 (Feb 28, 2026), 21:00:10, 21:00:20, 21:00:30"]);
        check(10 * HOUR, &expect!["22:00 (Feb 28, 2026), 00:00 (Mar 1, 2026), 02:00, 04:00, 06:00"]);
        check(
            3 * DAY,
            &expect!["00:00 (Mar 1, 2026), 12:00, 00:00 (Mar 2, 2026), 12:00, 00:00 (Mar 3, 2026), 12:00"],
        );
        check(40 * DAY, &expect!["Mar 2 (2026), Mar 9, Mar 16, Mar 23, Mar 30, Apr 6"]);
        check(400 * DAY, &expect!["Apr (2026), Jul, Oct, Jan (2027), Apr"]);
        check(4_000 * DAY, &expect!["2028, 2030, 2032, 2034, 2036"]);
        check(400_000 * DAY, &expect!["2200, 2400, 2600, 2800, 3000"]);
    }

    #[test]
    fn times_before_the_epoch_and_at_the_ends_of_the_calendar_have_ticks() {
        let year = 365.25 * DAY as f64;
        for (low, high) in [(-3.0, -1.0), (-2_000.0, 100.0), (-260_000.0, 260_000.0)] {
            let ticks = ticks(Scale { low: low * year, high: high * year }, 8);
            assert!((2..=9).contains(&ticks.len()), "{low} to {high}: {ticks:?}");
        }
        assert!(!in_calendar(i64::MAX) && !in_calendar(i64::MIN) && in_calendar(0));
        assert_eq!(ticks(Scale { low: i64::MIN as f64, high: i64::MAX as f64 }, 8).len(), 0);
    }
}
