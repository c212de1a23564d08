//! One event as a line of JSON in the making: keys in the order they are given; who puts it in its place in time is
//! the recorder.

use std::fmt::Write as _;

/// Which log of its host an event goes to; record numbers count by log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Log {
    /// Microsoft-Windows-Sysmon/Operational.
    Sysmon,
    /// Security (one host writes `security`).
    Security,
    /// System.
    System,
    /// Microsoft-Windows-PowerShell/Operational.
    PowerShell,
}

/// What is the same in every event of one kind.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    /// The log that the event goes to.
    pub(crate) log: Log,
    /// `EventID`.
    pub(crate) id: i64,
    /// `Task`.
    pub(crate) task: i64,
    /// `Version` of the event's template.
    pub(crate) version: i64,
    /// `Category`; empty where the logs have none.
    pub(crate) category: &'static str,
}

/// The members of an event's JSON object, each preceded by a comma.
#[derive(Debug)]
pub(crate) struct Record {
    /// The kind that the event is of.
    pub(crate) kind: Kind,
    members: String,
}

impl Record {
    /// An event without members.
    pub(crate) fn new(kind: Kind) -> Self {
        Self { kind, members: String::with_capacity(1200) }
    }

    /// With a string member.
    pub(crate) fn text(mut self, key: &str, value: &str) -> Self {
        self.key(key);
        self.members.push('"');
        escape(value, &mut self.members);
        self.members.push('"');
        self
    }

    /// With several string members.
    pub(crate) fn texts(self, members: &[(&str, &str)]) -> Self {
        members.iter().fold(self, |record, (key, value)| record.text(key, value))
    }

    /// With a whole number as member.
    pub(crate) fn number(mut self, key: &str, value: i64) -> Self {
        self.key(key);
        push_number(value, &mut self.members);
        self
    }

    /// With a list of one string as member.
    pub(crate) fn list(mut self, key: &str, value: &str) -> Self {
        self.key(key);
        self.members.push_str("[\"");
        escape(value, &mut self.members);
        self.members.push_str("\"]");
        self
    }

    /// The members as JSON text that begins with a comma.
    pub(crate) fn into_members(self) -> String {
        self.members
    }

    fn key(&mut self, key: &str) {
        self.members.push_str(",\"");
        self.members.push_str(key);
        self.members.push_str("\":");
    }
}

/// Appends `value` in decimal digits.
fn push_number(value: i64, to: &mut String) {
    to.push_str(&value.to_string());
}

/// Appends `value` with the escapes of RFC 8259.
fn escape(value: &str, to: &mut String) {
    for character in value.chars() {
        match character {
            '"' => to.push_str("\\\""),
            '\\' => to.push_str("\\\\"),
            '\r' => to.push_str("\\r"),
            '\n' => to.push_str("\\n"),
            '\t' => to.push_str("\\t"),
            control if control < ' ' => {
                // Writing to a string cannot fail.
                write!(to, "\\u{:04x}", u32::from(control)).unwrap_or_default();
            }
            other => to.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_json() {
        let kind = Kind { log: Log::Sysmon, id: 1, task: 1, version: 5, category: "" };
        let record =
            Record::new(kind).text("a", "C:\\x \"y\"\r\n\t\u{1}é").number("n", i64::MIN).list("tags", "one");
        let line = format!("{{\"first\":0{}}}", record.into_members());
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["a"], "C:\\x \"y\"\r\n\t\u{1}é");
        assert_eq!(value["n"], i64::MIN);
        assert_eq!(value["tags"][0], "one");
    }
}
