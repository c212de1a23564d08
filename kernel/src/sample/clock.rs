//! The day that the sample tells of: moments are milliseconds since its midnight in UTC.

use chrono::{Days, NaiveDate, NaiveTime};

/// A moment: milliseconds since midnight, UTC.
pub(crate) type Moment = i64;

/// A second, in milliseconds.
pub(crate) const SECOND: Moment = 1000;
/// A minute, in milliseconds.
pub(crate) const MINUTE: Moment = 60 * SECOND;
/// An hour, in milliseconds.
pub(crate) const HOUR: Moment = 60 * MINUTE;
/// Local time is this far ahead of UTC; `EventTime` is local, `UtcTime` is not, as in real logs.
pub(crate) const LOCAL_AHEAD: Moment = HOUR;

/// A working day.
#[derive(Debug, Clone)]
pub(crate) struct Day {
    date: String,
    midnight: i64,
}

impl Day {
    /// The `number`th working day of 2025 (from 0, Monday 6 January), in weeks of five days.
    pub(crate) fn working(number: u64) -> Self {
        let monday = NaiveDate::from_ymd_opt(2025, 1, 6).unwrap_or_default();
        let date = monday.checked_add_days(Days::new(number / 5 * 7 + number % 5)).unwrap_or(monday);
        let midnight = date.and_time(NaiveTime::MIN).and_utc().timestamp();
        Self { date: date.format("%Y-%m-%d").to_string(), midnight }
    }

    /// Seconds since 1970 at `moment`.
    pub(crate) fn unix_seconds(&self, moment: Moment) -> u32 {
        (self.midnight + moment / SECOND) as u32
    }

    /// As Sysmon writes it: `2025-01-06 09:00:00.000`, UTC.
    pub(crate) fn utc(&self, moment: Moment) -> String {
        self.format(moment, ' ', true, "")
    }

    /// As the collector writes it: `2025-01-06T09:00:00.000Z`.
    pub(crate) fn iso(&self, moment: Moment) -> String {
        self.format(moment, 'T', true, "Z")
    }

    /// As the agent on the host writes it: `2025-01-06 10:00:00`, local time.
    pub(crate) fn local(&self, moment: Moment) -> String {
        self.format(moment + LOCAL_AHEAD, ' ', false, "")
    }

    /// Moments stay within the day: the sample ends before midnight in both zones.
    fn format(&self, moment: Moment, between: char, with_milliseconds: bool, end: &str) -> String {
        let (hour, minute) = (moment / HOUR, moment / MINUTE % 60);
        let (second, millisecond) = (moment / SECOND % 60, moment % SECOND);
        let date = &self.date;
        if with_milliseconds {
            format!("{date}{between}{hour:02}:{minute:02}:{second:02}.{millisecond:03}{end}")
        } else {
            format!("{date}{between}{hour:02}:{minute:02}:{second:02}{end}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_ways_to_write_a_moment() {
        let day = Day::working(7);
        let moment = 9 * HOUR + 5 * MINUTE + 7 * SECOND + 42;
        assert_eq!(day.utc(moment), "2025-01-15 09:05:07.042");
        assert_eq!(day.iso(moment), "2025-01-15T09:05:07.042Z");
        assert_eq!(day.local(moment), "2025-01-15 10:05:07");
        assert_eq!(day.unix_seconds(moment), 1_736_931_907);
    }
}
