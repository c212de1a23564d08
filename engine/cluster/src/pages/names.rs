//! The names by which a machine may be asked for pages: its own, and those that callers with the token have used. No other
//! name may lead a browser here, so that nobody can show these pages as those of a site of his.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use parking_lot::Mutex;

/// Names that are remembered; callers have few.
const MOST: usize = 100;

/// Names of this machine, beside its addresses and `localhost`.
#[derive(Debug, Clone, Default)]
pub(super) struct Names(Arc<Mutex<BTreeSet<String>>>);

impl Names {
    /// A name that the machine is called by from now on.
    pub(super) fn add(&self, name: &str) {
        let mut names = self.0.lock();
        if !name.is_empty() && names.len() < MOST {
            names.insert(name.to_ascii_lowercase());
        }
    }

    /// The name that the machine gives itself.
    pub(super) fn add_own(&self) {
        if let Ok(name) = nix::unistd::gethostname() {
            self.add(&name.to_string_lossy());
        }
    }

    /// Whether the host of a request is this machine: an address, or one of its names, with any port.
    pub(super) fn have(&self, host: &str) -> bool {
        let name = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((address, _)) => address,
            None => host.rsplit_once(':').map_or(host, |(name, _)| name),
        };
        let name = name.to_ascii_lowercase();
        name.parse::<IpAddr>().is_ok() || name == "localhost" || self.0.lock().contains(&name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_is_known_by_its_addresses_and_by_what_callers_have_called_it() {
        let names = Names::default();
        let have = |host: &str| names.have(host);
        assert!(have("10.0.0.1:7080") && have("[fd00::1]:7080") && have("[::1]") && have("localhost:7080"));
        for strange in ["", ":7080", "master.example:7080", "localhost.example", "[evil.example]"] {
            assert!(!have(strange), "{strange}");
        }
        names.add("Master.example");
        assert!(have("master.example:7080") && have("MASTER.EXAMPLE") && !have("other.master.example"));
    }

    #[test]
    fn callers_cannot_fill_the_memory_with_names() {
        let names = Names::default();
        (0..10 * MOST).for_each(|number| names.add(&format!("name{number}")));
        names.add("");
        assert_eq!(names.0.lock().len(), MOST);
    }
}
