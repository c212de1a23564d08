//! A host that is switched on: the processes that stay all day, and the people's sessions; made at the start of the
//! day, so that everything later has a parent.

use std::rc::Rc;

use super::clock::{HOUR, MINUTE, Moment, SECOND};
use super::domain::{Account, FIRST_WORKSTATION, Role, TERMINAL, WORKSTATIONS};
use super::logons::Way;
use super::process::{Logon, Process, Start};
use super::programs::{self as programs, Binary};
use super::recorder::Recorder;

/// A host with what runs on it.
pub(crate) struct Station {
    /// The host.
    pub(crate) host: usize,
    /// What runs all day; the kernel first.
    pub(crate) resident: Vec<Rc<Process>>,
    /// Who works here.
    pub(crate) sessions: Vec<Session>,
}

/// A person at work.
pub(crate) struct Session {
    /// The logon.
    pub(crate) logon: Rc<Logon>,
    /// The desktop.
    pub(crate) desktop: Rc<Process>,
    /// Mail.
    pub(crate) mail: Rc<Process>,
    /// The browser.
    pub(crate) browser: Rc<Process>,
    /// When everything above runs.
    pub(crate) begins: Moment,
    /// When the person leaves.
    pub(crate) ends: Moment,
}

impl Station {
    /// The resident process of the program, or the kernel where it does not run.
    pub(crate) fn resident(&self, binary: &Binary) -> &Rc<Process> {
        self.resident.iter().find(|process| process.binary == binary).unwrap_or(&self.resident[0])
    }

    /// The kernel.
    pub(crate) fn kernel(&self) -> &Rc<Process> {
        &self.resident[0]
    }

    /// The logon of the system itself.
    pub(crate) fn system(&self) -> &Rc<Logon> {
        &self.resident[0].logon
    }
}

const HOSTS_OF_SERVICES: [&str; 6] = [
    r"C:\Windows\system32\svchost.exe -k DcomLaunch -p",
    r"C:\Windows\system32\svchost.exe -k RPCSS -p",
    r"C:\Windows\system32\svchost.exe -k netsvcs -p -s Schedule",
    r"C:\Windows\system32\svchost.exe -k NetworkService -p -s Dnscache",
    r"C:\Windows\system32\svchost.exe -k LocalServiceNetworkRestricted -p -s EventLog",
    r"C:\Windows\system32\svchost.exe -k netsvcs -p -s Winmgmt",
];

/// Switches all hosts on and lets people come to work.
pub(crate) fn stations(recorder: &mut Recorder<'_>) -> Vec<Station> {
    let mut stations: Vec<Station> =
        (0..recorder.domain.hosts.len()).map(|host| station(recorder, host)).collect();
    let domain = Rc::clone(&recorder.domain);
    for (place, person) in domain.people.iter().enumerate() {
        let host = if place < WORKSTATIONS { FIRST_WORKSTATION + place } else { TERMINAL };
        let session = session(recorder, &stations[host], person, place as u32 + 1);
        stations[host].sessions.push(session);
    }
    stations
}

fn station(recorder: &mut Recorder<'_>, host: usize) -> Station {
    let role = recorder.host(host).role;
    let mut moment = 4 * HOUR + recorder.random.between(0, 8 * MINUTE);
    let built_in = |id, name, sid| Logon {
        host,
        id,
        guid: format!("{{00000000-0000-0000-0000-{id:012x}}}"),
        account: Account::new("NT AUTHORITY", name, sid),
        session: 0,
        integrity: "System",
    };
    let system = Rc::new(built_in(0x3e7, "SYSTEM", "S-1-5-18"));
    let network = Rc::new(built_in(0x3e4, "NETWORK SERVICE", "S-1-5-20"));
    let kernel = Start {
        parent: None,
        binary: &programs::UNKNOWN,
        image: Some("System".to_owned()),
        command_line: "System",
        logon: &system,
    };
    let kernel = Rc::new(Process::new(kernel, 4, kernel_guid(recorder.host(host).machine)));
    let mut resident = vec![kernel];
    let mut begin = |recorder: &mut Recorder<'_>, parent: usize, binary, line: &str, logon: &Rc<Logon>| {
        moment += recorder.random.between(40, 900);
        let start = Start::child(&resident[parent], binary, line).on(logon);
        let process = recorder.new_process(moment, start, true);
        recorder.process_created(moment, &process);
        resident.push(process);
        resident.len() - 1
    };
    let smss = begin(recorder, 0, &programs::SMSS, r"\SystemRoot\System32\smss.exe", &system);
    let wininit = begin(recorder, smss, &programs::WININIT, "wininit.exe", &system);
    begin(
        recorder,
        smss,
        &programs::CSRSS,
        r"%SystemRoot%\system32\csrss.exe ObjectDirectory=\Windows",
        &system,
    );
    begin(recorder, smss, &programs::WINLOGON, "winlogon.exe", &system);
    let services =
        begin(recorder, wininit, &programs::SERVICES, r"C:\Windows\system32\services.exe", &system);
    begin(recorder, wininit, &programs::LSASS, r"C:\Windows\system32\lsass.exe", &system);
    for (place, line) in HOSTS_OF_SERVICES.into_iter().enumerate() {
        let logon = if place % 2 == 1 { &network } else { &system };
        begin(recorder, services, &programs::SVCHOST, line, logon);
    }
    begin(recorder, services, &programs::SPOOLER, r"C:\Windows\System32\spoolsv.exe", &system);
    begin(recorder, services, &programs::SCANNER, "", &system);
    begin(recorder, services, &programs::SYSMON, r"C:\Windows\Sysmon64.exe", &system);
    begin(recorder, services, &programs::KEEL, "", &system);
    if role == Role::Controller {
        begin(recorder, services, &programs::DNS, r"C:\Windows\system32\dns.exe", &system);
        begin(recorder, services, &programs::DFSR, r"C:\Windows\system32\dfsrs.exe", &system);
    }
    let station = Station { host, resident, sessions: Vec::new() };
    let services = Rc::clone(station.resident(&programs::SERVICES));
    recorder.logged_on(moment + SECOND, &system, Way::Service, Some(&services));
    recorder.logged_on(moment + 2 * SECOND, &network, Way::Service, Some(&services));
    station
}

/// The kernel is no process that Sysmon saw begin: its GUID is the machine's, with a start of zero.
fn kernel_guid(machine: u32) -> String {
    format!("{{{machine:08x}-0000-0000-0100-000000000400}}")
}

/// A person logs on in the morning, opens mail and browser, and leaves in the evening.
fn session(recorder: &mut Recorder<'_>, station: &Station, person: &Rc<Account>, number: u32) -> Session {
    let host = station.host;
    let arrival = 6 * HOUR + 30 * MINUTE + recorder.random.between(0, 75 * MINUTE);
    let ends = 16 * HOUR + recorder.random.between(0, 100 * MINUTE);
    // The first person administers the domain; the others are administrators of their own computers.
    let logon = Logon {
        host,
        id: 0,
        guid: String::new(),
        account: Rc::clone(person),
        session: number,
        integrity: if host == TERMINAL { "Medium" } else { "High" },
    };
    let logon = recorder.new_logon(arrival, host, logon);
    let way = if host == TERMINAL {
        Way::Remote(FIRST_WORKSTATION + number as usize % WORKSTATIONS)
    } else {
        Way::Interactive
    };
    let winlogon = Rc::clone(station.resident(&programs::WINLOGON));
    recorder.ticket_given(arrival - 40, person, host, host);
    recorder.logged_on(arrival, &logon, way, Some(&winlogon));
    let begin = |recorder: &mut Recorder<'_>, moment, parent: &Rc<Process>, binary, line: &str| {
        let process = recorder.new_process(moment, Start::child(parent, binary, line).on(&logon), true);
        recorder.process_created(moment, &process);
        process
    };
    let userinit = begin(recorder, arrival + SECOND, &winlogon, &programs::USERINIT, "");
    let desktop =
        begin(recorder, arrival + 2 * SECOND, &userinit, &programs::EXPLORER, r"C:\Windows\Explorer.EXE");
    recorder.process_ended(arrival + 30 * SECOND, &userinit);
    logon_script(recorder, arrival + 4 * SECOND, &userinit);
    let opened = arrival + recorder.random.between(1, 6) * MINUTE;
    let mail = begin(recorder, opened, &desktop, &programs::OUTLOOK, "");
    let browser = begin(recorder, opened + 20 * SECOND, &desktop, &programs::EDGE, "");
    for (process, after) in [(&browser, 10), (&mail, 14), (&desktop, 20)] {
        recorder.process_ended(ends + after * SECOND, process);
    }
    recorder.logged_off(ends + 22 * SECOND, &logon, way);
    Session { logon, desktop, mail, browser, begins: opened + MINUTE, ends }
}

/// The domain's logon script connects the drives.
fn logon_script(recorder: &mut Recorder<'_>, moment: Moment, userinit: &Rc<Process>) {
    let line = format!(r"C:\Windows\system32\cmd.exe /c \\{}\netlogon\logon.cmd", recorder.domain.dns);
    let script = recorder.run(moment, Start::child(userinit, &programs::CMD, &line), 4_000);
    let line = format!(r"net use S: \\{}\Shared /persistent:no", recorder.host(super::domain::FILES).name);
    let net = recorder.run(moment + 700, Start::child(&script, &programs::NET, &line), 1_500);
    let share = r"\\wkssvc";
    recorder.pipe(moment + 900, &net, &share[1..], false);
}
