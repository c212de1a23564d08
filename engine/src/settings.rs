//! The notebook's settings: one table that the parser, `%config` and the docs read.

use std::collections::BTreeMap;

use crate::fault::Fault;
use crate::nearest;

/// One setting.
pub(crate) struct Setting {
    /// Its name.
    pub(crate) name: &'static str,
    /// What it takes.
    pub(crate) kind: SettingKind,
    /// What holds until it is set.
    pub(crate) default: &'static str,
    /// One sentence, with the unit.
    pub(crate) about: &'static str,
}

/// What a setting takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SettingKind {
    /// A whole number from the first to the second.
    Count(u64, u64),
    /// An amount of memory, as `4GiB`, `80%` or `none`.
    Memory,
    /// An amount of disk space, as `4GiB`, `50%` of what is free, or `none`.
    Disk,
    /// `true` or `false`.
    Flag,
}

/// Every setting.
pub(crate) const SETTINGS: &[Setting] = &[
    Setting {
        name: "rows",
        kind: SettingKind::Count(1, 10_000),
        default: "20",
        about: "Rows of a table that are shown.",
    },
    Setting {
        name: "columns",
        kind: SettingKind::Count(1, 1_000),
        default: "30",
        about: "Columns of a table that are shown.",
    },
    Setting {
        name: "text_width",
        kind: SettingKind::Count(40, 1_000),
        default: "120",
        about: "Width of a table shown as text, in characters.",
    },
    Setting {
        name: "memory_limit",
        kind: SettingKind::Memory,
        default: "80%",
        about: "Memory at which a query is stopped: bytes with a unit, a share of the machine's memory, or none.",
    },
    Setting {
        name: "spill_limit",
        kind: SettingKind::Disk,
        default: "50%",
        about: "Disk space that a query may use when it does not fit in memory: bytes with a unit, a share of what is \
                free, or none.",
    },
    Setting {
        name: "progress",
        kind: SettingKind::Flag,
        default: "true",
        about: "Whether long queries show a progress line.",
    },
];

/// The values of the settings in a notebook.
#[derive(Debug, Clone, Default)]
pub(crate) struct Settings {
    set: BTreeMap<&'static str, String>,
}

impl Settings {
    /// The value of a setting, as text.
    pub(crate) fn get(&self, name: &str) -> &str {
        let set = self.set.get(name).map(String::as_str);
        set.or_else(|| find(name).map(|setting| setting.default)).unwrap_or_default()
    }

    /// A count.
    pub(crate) fn count(&self, name: &str) -> usize {
        self.get(name).parse().unwrap_or_default()
    }

    /// Whether a flag is set.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.get(name) == "true"
    }

    /// The memory limit in bytes; `None` where there is none.
    pub(crate) fn memory_limit(&self) -> Option<u64> {
        amount(self.get("memory_limit"), fram_frame::memory_bytes).unwrap_or_default()
    }

    /// The most that a query may write to disk, in bytes, as much as is free now; `None` where there is no limit.
    pub(crate) fn spill_limit(&self) -> Option<u64> {
        amount(self.get("spill_limit"), fram_frame::free_disk_bytes).unwrap_or_default()
    }

    /// Sets a setting, or says why not.
    pub(crate) fn set(&mut self, name: &str, value: &str) -> Result<(), Fault> {
        let setting = find(name).ok_or_else(|| unknown(name))?;
        let value = value.trim().trim_matches('"');
        let fits = match setting.kind {
            SettingKind::Count(least, most) => {
                value.parse::<u64>().is_ok_and(|count| (least..=most).contains(&count))
            }
            SettingKind::Memory | SettingKind::Disk => amount(value, || None).is_some(),
            SettingKind::Flag => matches!(value, "true" | "false"),
        };
        if !fits {
            let wanted = setting.kind.words();
            return Err(Fault::argument(format!("`{name}` is {wanted}, not \"{value}\""))
                .hint(setting.about)
                .at(value));
        }
        self.set.insert(setting.name, value.to_owned());
        Ok(())
    }
}

impl SettingKind {
    /// In words, as they stand in a sentence.
    pub(crate) fn words(self) -> String {
        match self {
            Self::Count(least, most) => format!("a whole number from {least} to {most}"),
            Self::Memory => "an amount of memory such as 4GiB or 80%, or none".into(),
            Self::Disk => "an amount of disk space such as 20GiB or 50%, or none".into(),
            Self::Flag => "true or false".into(),
        }
    }
}

fn find(name: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.name == name)
}

fn unknown(name: &str) -> Fault {
    let names: Vec<&str> = SETTINGS.iter().map(|setting| setting.name).collect();
    let fault = Fault::new("UnknownSetting", format!("there is no setting `{name}`")).at(name);
    match nearest::names(name, names.iter().copied()).first() {
        Some(near) => fault.hint(format!("did you mean `{near}`? settings: {}", names.join(", "))),
        None => fault.hint(format!("settings: {}", names.join(", "))),
    }
}

/// Bytes of memory that the text names, as `4GiB` or `80%` of the machine's; `None` where it names none.
pub fn memory_amount(text: &str) -> Option<u64> {
    amount(text, fram_frame::memory_bytes)?
}

/// `80%` of the whole, `4GiB`, `500MB` or `none`; the outer `None` means that the text is none of these.
#[expect(clippy::option_option, reason = "not readable, no limit and a limit are three things")]
fn amount(text: &str, whole: impl Fn() -> Option<u64>) -> Option<Option<u64>> {
    const UNITS: &[(&str, u64)] = &[
        ("KiB", 1 << 10),
        ("MiB", 1 << 20),
        ("GiB", 1 << 30),
        ("TiB", 1 << 40),
        ("KB", 1_000),
        ("MB", 1_000_000),
        ("GB", 1_000_000_000),
        ("TB", 1_000_000_000_000),
    ];
    if text == "none" {
        return Some(None);
    }
    if let Some(share) = text.strip_suffix('%') {
        let share: f64 = share.trim().parse().ok().filter(|share| (1.0..=100.0).contains(share))?;
        return Some(whole().map(|bytes| (bytes as f64 * share / 100.0) as u64));
    }
    let (number, unit) = UNITS.iter().find_map(|(name, bytes)| Some((text.strip_suffix(name)?, *bytes)))?;
    let number: f64 = number.trim().parse().ok().filter(|number: &f64| *number > 0.0)?;
    Some(Some((number * unit as f64) as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_fits_its_setting() {
        for setting in SETTINGS {
            Settings::default().set(setting.name, setting.default).unwrap();
        }
    }

    #[test]
    fn memory_is_read_in_its_units() {
        let bytes = |text| amount(text, || Some(1_000));
        assert_eq!(bytes("80%"), Some(Some(800)));
        assert_eq!(bytes("4GiB"), Some(Some(4 << 30)));
        assert_eq!(bytes("1.5 MB"), Some(Some(1_500_000)));
        assert_eq!(bytes("none"), Some(None));
        assert_eq!(bytes("much"), None);
        assert_eq!(bytes("120%"), None);
    }

    #[test]
    fn a_wrong_setting_names_the_right_ones() {
        let fault = Settings::default().set("row", "5").unwrap_err();
        assert!(fault.hint.unwrap().starts_with("did you mean `rows`?"));
        assert!(Settings::default().set("rows", "0").unwrap_err().message.contains("from 1 to 10000"));
    }
}
