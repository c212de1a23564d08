//! Numbers in words for people: counts, amounts of bytes, times.

use chrono::{DateTime, Utc};

/// So many of something, as `1 task` and `2 tasks`.
pub fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{} {what}s", grouped(count as u64)) }
}

/// So many rows.
pub(crate) fn rows(count: u64) -> String {
    counted(usize::try_from(count).unwrap_or(usize::MAX), "row")
}

/// A number with its thousands apart, as `12,345`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// An amount of bytes in the unit that fits.
pub(crate) fn amount(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let (mut size, mut unit) = (bytes as f64 / 1024.0, 0);
    while size >= 1024.0 && unit + 1 < UNITS.len() {
        (size, unit) = (size / 1024.0, unit + 1);
    }
    if size < 9.95 { format!("{size:.1} {}", UNITS[unit]) } else { format!("{size:.0} {}", UNITS[unit]) }
}

/// A time of so many milliseconds.
pub(crate) fn time(milliseconds: u64) -> String {
    let seconds = milliseconds / 1000;
    match seconds {
        0 => format!("{milliseconds} ms"),
        1..60 => format!("{:.1} s", milliseconds as f64 / 1000.0),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3600..172_800 => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// A moment, in milliseconds since 1970, by the clock of Greenwich.
pub(crate) fn moment(milliseconds: u64) -> String {
    let moment = i64::try_from(milliseconds).ok().and_then(DateTime::<Utc>::from_timestamp_millis);
    moment.map_or_else(String::new, |moment| moment.format("%Y-%m-%d %H:%M:%S").to_string())
}

/// What names are ordered by, so that `10.0.0.9` stands before `10.0.0.10`: the texts before numbers, and these.
pub(crate) fn by_numbers(name: &str) -> Vec<(&str, u64)> {
    let (mut parts, mut rest) = (Vec::new(), name);
    while !rest.is_empty() {
        let (text, more) = rest.split_at(rest.find(|next: char| next.is_ascii_digit()).unwrap_or(rest.len()));
        let end = more.find(|next: char| !next.is_ascii_digit()).unwrap_or(more.len());
        parts.push((text, more[..end].parse().unwrap_or_default()));
        rest = &more[end..];
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_readable() {
        assert_eq!(counted(1, "task"), "1 task");
        assert_eq!(counted(1_234_567, "task"), "1,234,567 tasks");
        assert_eq!((rows(0), rows(1), rows(2_000)), ("0 rows".into(), "1 row".into(), "2,000 rows".into()));
        assert_eq!(
            (amount(1023), amount(1536), amount(20 << 30)),
            ("1023 B".into(), "1.5 KiB".into(), "20 GiB".into())
        );
        assert_eq!((time(999), time(61_000)), ("999 ms".into(), "1 min 1 s".into()));
        assert_eq!(moment(1_000), "1970-01-01 00:00:01");
        assert_eq!(moment(u64::MAX), "");
    }

    #[test]
    fn names_stand_by_their_numbers() {
        let sorted = ["10.0.0.9:7", "10.0.0.10:7", "10.0.0.10:41000", "[::1]:7", "node2.x", "node10.x", "ü"];
        let mut names = sorted;
        names.sort_unstable();
        assert_ne!(names, sorted);
        names.sort_by_key(|name| by_numbers(name));
        assert_eq!(names, sorted);
        assert_eq!((by_numbers(""), by_numbers("9".repeat(99).as_str())), (vec![], vec![("", 0)]));
    }
}
