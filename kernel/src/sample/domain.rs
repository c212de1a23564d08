//! The Windows domain that the sample watches: its hosts, people and service accounts, all named by the seed.

use std::rc::Rc;

use super::clock::{Day, Moment};
use super::random::Random;

/// What a host is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// The domain controller.
    Controller,
    /// The file server.
    Files,
    /// Where people without a workstation of their own work by remote desktop.
    Terminal,
    /// One person's computer.
    Workstation,
}

/// A computer.
#[derive(Debug, Clone)]
pub(crate) struct Host {
    /// The short name, upper case.
    pub(crate) name: String,
    /// The name with the domain, as `Hostname` has it.
    pub(crate) full_name: String,
    /// The address inside the network.
    pub(crate) address: String,
    /// What it is for.
    pub(crate) role: Role,
    /// The first part of the GUIDs that Sysmon gives to its processes.
    pub(crate) machine: u32,
    /// How this host spells the name of its Security log: one of them writes it in lower case.
    pub(crate) security_channel: &'static str,
    /// Milliseconds from an event to its arrival at the collector.
    pub(crate) delay: Moment,
}

/// Somebody or something that can log on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    /// The domain part of the name, upper case.
    pub(crate) domain: String,
    /// The name.
    pub(crate) name: String,
    /// The security identifier.
    pub(crate) sid: String,
}

impl Account {
    /// An account from its three parts.
    pub(crate) fn new(domain: &str, name: &str, sid: &str) -> Rc<Self> {
        Rc::new(Self { domain: domain.to_owned(), name: name.to_owned(), sid: sid.to_owned() })
    }

    /// `DOMAIN\name`, as Sysmon writes users.
    pub(crate) fn qualified(&self) -> String {
        format!("{}\\{}", self.domain, self.name)
    }
}

/// Everything that stays as it is the whole day.
#[derive(Debug)]
pub(crate) struct Domain {
    /// The day that the sample tells of.
    pub(crate) day: Day,
    /// The short name, upper case.
    pub(crate) name: String,
    /// The name in DNS.
    pub(crate) dns: String,
    /// The host that gathers the events.
    pub(crate) collector: String,
    /// Its address.
    pub(crate) collector_address: String,
    /// The controller, the file server, the terminal server, then the workstations.
    pub(crate) hosts: Vec<Host>,
    /// People; the first ones have the workstations, the others work on the terminal server.
    pub(crate) people: Vec<Rc<Account>>,
    /// The administrator's account for administration.
    pub(crate) admin: Rc<Account>,
    /// The account that backs files up at night.
    pub(crate) backup: Rc<Account>,
    /// The account that other jobs run under.
    pub(crate) jobs: Rc<Account>,
}

/// Workstations in the domain.
pub(crate) const WORKSTATIONS: usize = 3;
/// The place of the domain controller among the hosts.
pub(crate) const CONTROLLER: usize = 0;
/// The place of the file server among the hosts.
pub(crate) const FILES: usize = 1;
/// The place of the terminal server among the hosts.
pub(crate) const TERMINAL: usize = 2;
/// The place of the first workstation among the hosts.
pub(crate) const FIRST_WORKSTATION: usize = 3;

const DOMAINS: &[&str] =
    &["HALYARD", "TAMARACK", "MERIDIAN", "FERNHILL", "OSTERBY", "KESTREL", "ASHGROVE", "LINDWALL"];
const WORKSTATION_PREFIXES: &[&str] = &["WS", "PC", "DESK", "LT", "WKS"];
const GIVEN_NAMES: &[&str] = &[
    "anna", "bruno", "chen", "dalia", "emre", "freya", "goran", "hana", "ivan", "jonas", "karla", "lars",
    "mina", "noor", "otto", "petra", "quinn", "rosa", "sven", "tara",
];
const FAMILY_NAMES: &[&str] = &[
    "adler", "berg", "costa", "dahl", "ekman", "fuchs", "garcia", "horn", "ito", "jensen", "kovac", "lund",
    "meyer", "novak", "okafor", "price", "rossi", "silva", "toth", "weber",
];

impl Domain {
    /// The domain that `seed` stands for.
    pub(crate) fn new(seed: u64) -> Self {
        let mut random = Random::named(seed, "domain");
        let name = random.pick(DOMAINS).to_owned();
        let dns = format!("{}.local", name.to_lowercase());
        let authority = format!(
            "S-1-5-21-{}-{}-{}",
            random.between(1_000_000_000, 4_200_000_000),
            random.between(1_000_000_000, 4_200_000_000),
            random.between(1_000_000_000, 4_200_000_000)
        );
        let people = people(&mut random, &name, &authority);
        let subnet = format!("10.{}.{}", random.between(10, 200), random.between(0, 200));
        let admin_name = format!("adm.{}", people[0].name.split('.').next().unwrap_or("it"));
        Self {
            day: Day::working(random.below(40)),
            collector: format!("wec.{dns}"),
            collector_address: format!("{subnet}.20"),
            hosts: hosts(&mut random, &dns, &subnet),
            admin: Account::new(&name, &admin_name, &format!("{authority}-1180")),
            backup: Account::new(&name, "svc_backup", &format!("{authority}-1190")),
            jobs: Account::new(&name, "svc_jobs", &format!("{authority}-1191")),
            people,
            name,
            dns,
        }
    }

    /// The account of the computer itself, as Security events name it.
    pub(crate) fn machine_account(&self, host: usize) -> String {
        format!("{}$", self.hosts[host].name)
    }
}

/// Eight people with different names.
fn people(random: &mut Random, domain: &str, authority: &str) -> Vec<Rc<Account>> {
    let (first_given, first_family) = (random.index(20), random.index(20));
    (0..8)
        .map(|place| {
            // Steps of 7 and 3 through lists of 20 meet no name twice.
            let given = GIVEN_NAMES[(first_given + 7 * place) % 20];
            let family = FAMILY_NAMES[(first_family + 3 * place) % 20];
            Account::new(domain, &format!("{given}.{family}"), &format!("{authority}-{}", 1104 + place))
        })
        .collect()
}

fn hosts(random: &mut Random, dns: &str, subnet: &str) -> Vec<Host> {
    let prefix = random.pick(WORKSTATION_PREFIXES);
    let first_number = random.between(1, 60);
    let spelt_small = FIRST_WORKSTATION + random.index(WORKSTATIONS);
    (0..FIRST_WORKSTATION + WORKSTATIONS)
        .map(|index| {
            let (name, role) = match index {
                CONTROLLER => ("DC01".to_owned(), Role::Controller),
                FILES => ("FS01".to_owned(), Role::Files),
                TERMINAL => ("TS01".to_owned(), Role::Terminal),
                _ => (format!("{prefix}{:02}", first_number + index as i64), Role::Workstation),
            };
            let last = if index < FIRST_WORKSTATION { 10 + index } else { 100 + index };
            Host {
                full_name: format!("{name}.{dns}"),
                name,
                address: format!("{subnet}.{last}"),
                role,
                machine: random.next() as u32,
                security_channel: if index == spelt_small { "security" } else { "Security" },
                delay: random.between(400, 1900),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_differ_within_a_domain() {
        for seed in 0..50 {
            let domain = Domain::new(seed);
            let people: BTreeSet<_> = domain.people.iter().map(|person| person.name.clone()).collect();
            assert_eq!(people.len(), 8, "seed {seed}");
            let hosts: BTreeSet<_> = domain.hosts.iter().map(|host| host.address.clone()).collect();
            assert_eq!(hosts.len(), 6, "seed {seed}");
        }
    }

    #[test]
    fn one_host_spells_its_channel_small() {
        let domain = Domain::new(3);
        assert_eq!(domain.hosts.iter().filter(|host| host.security_channel == "security").count(), 1);
    }
}
