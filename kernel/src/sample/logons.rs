//! What the logs say when somebody logs on and off: Security events 4624, 4625, 4634, 4648, 4672 and 4769.

use std::rc::Rc;

use super::clock::Moment;
use super::domain::{Account, CONTROLLER};
use super::message::Message;
use super::process::{Logon, Process};
use super::record::{Kind, Record};
use super::recorder::Recorder;
use super::security::{Subject, kind};

const LOGGED_ON: Kind = kind(4624, 12_544, 2, "Logon");
const FAILED: Kind = kind(4625, 12_544, 0, "Logon");
const LOGGED_OFF: Kind = kind(4634, 12_545, 0, "Logoff");
const EXPLICIT: Kind = kind(4648, 12_544, 0, "Logon");
const SPECIAL: Kind = kind(4672, 12_548, 0, "Special Logon");
const TICKET: Kind = kind(4769, 14_337, 0, "Kerberos Service Ticket Operations");

const PRIVILEGES: &str = "SeSecurityPrivilege\r\n\t\t\tSeBackupPrivilege\r\n\t\t\tSeRestorePrivilege\r\n\t\t\t\
    SeTakeOwnershipPrivilege\r\n\t\t\tSeDebugPrivilege\r\n\t\t\tSeLoadDriverPrivilege\r\n\t\t\tSeImpersonatePrivilege";

/// How somebody logged on: the `LogonType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// At the keyboard.
    Interactive,
    /// Over the network, from the host at the index.
    Network(usize),
    /// As a job.
    Batch,
    /// As a service.
    Service,
    /// By remote desktop, from the host at the index.
    Remote(usize),
}

impl Way {
    fn number(self) -> &'static str {
        match self {
            Self::Interactive => "2",
            Self::Network(_) => "3",
            Self::Batch => "4",
            Self::Service => "5",
            Self::Remote(_) => "10",
        }
    }

    /// The logon process and the authentication package.
    fn machinery(self) -> (&'static str, &'static str) {
        match self {
            Self::Network(_) => ("Kerberos", "Kerberos"),
            Self::Interactive | Self::Remote(_) => ("User32 ", "Negotiate"),
            Self::Batch | Self::Service => ("Advapi  ", "Negotiate"),
        }
    }

    fn source(self) -> Option<usize> {
        match self {
            Self::Network(host) | Self::Remote(host) => Some(host),
            _ => None,
        }
    }
}

impl Recorder<'_> {
    /// Events 4624 and, for those with rights of administration, 4672: somebody logged on; `by` is the local process
    /// that asked for it.
    pub(crate) fn logged_on(&mut self, moment: Moment, logon: &Logon, way: Way, by: Option<&Process>) {
        let target = self.target(logon);
        let subject = by.map_or_else(nobody, |process| self.subject(&process.logon));
        let (address, workstation, port) = self.origin(way);
        let (logon_process, package) = way.machinery();
        let (pid, image) =
            by.map_or_else(|| ("0x0".into(), "-".into()), |by| (by.hex_pid(), by.image.clone()));
        let elevated = logon.integrity != "Medium";
        let message = Message::new("An account was successfully logged on.")
            .section("Subject", &subject.lines())
            .section("Logon Information", &[("Logon Type", way.number())])
            .section("New Logon", &target.lines())
            .section("Process Information", &[("Process ID", &pid), ("Process Name", &image)])
            .section(
                "Network Information",
                &[
                    ("Workstation Name", &workstation),
                    ("Source Network Address", &address),
                    ("Source Port", &port),
                ],
            );
        let record = subject.put(Record::new(LOGGED_ON), "Subject");
        let record = target.put(record, "Target").texts(&[
            ("LogonType", way.number()),
            ("LogonProcessName", logon_process),
            ("AuthenticationPackageName", package),
            ("WorkstationName", &workstation),
            ("LogonGuid", &logon.guid),
            ("TransmittedServices", "-"),
            ("LmPackageName", "-"),
            ("KeyLength", "0"),
            ("ProcessId", &pid),
            ("ProcessName", &image),
            ("IpAddress", &address),
            ("IpPort", &port),
            ("ImpersonationLevel", "%%1833"),
            ("RestrictedAdminMode", "-"),
            ("VirtualAccount", "%%1843"),
            ("TargetLinkedLogonId", "0x0"),
            ("ElevatedToken", if elevated { "%%1842" } else { "%%1843" }),
            ("Message", message.text()),
        ]);
        self.enveloped(moment, logon.host, record);
        if elevated {
            self.privileges_given(moment + 1, logon);
        }
    }

    /// Event 4634: a logon ended.
    pub(crate) fn logged_off(&mut self, moment: Moment, logon: &Logon, way: Way) {
        let target = self.target(logon);
        let message = Message::new("An account was logged off.")
            .section("Subject", &target.lines())
            .section("Logon Information", &[("Logon Type", way.number())]);
        let record = target
            .put(Record::new(LOGGED_OFF), "Target")
            .texts(&[("LogonType", way.number()), ("Message", message.text())]);
        self.enveloped(moment, logon.host, record);
    }

    /// Event 4625: somebody gave a wrong password on `host`.
    pub(crate) fn logon_failed(&mut self, moment: Moment, host: usize, account: &Account, way: Way) {
        let (address, workstation, port) = self.origin(way);
        let (logon_process, package) = way.machinery();
        let name = [("Account Name", account.name.as_str()), ("Account Domain", &account.domain)];
        let message = Message::new("An account failed to log on.")
            .section("Account For Which Logon Failed", &name)
            .section(
                "Failure Information",
                &[
                    ("Failure Reason", "Unknown user name or bad password."),
                    ("Status", "0xC000006D"),
                    ("Sub Status", "0xC000006A"),
                ],
            )
            .section("Network Information", &[("Source Network Address", &address), ("Source Port", &port)]);
        let record = nobody().put(Record::new(FAILED), "Subject").texts(&[
            ("TargetUserSid", "S-1-0-0"),
            ("TargetUserName", &account.name),
            ("TargetDomainName", &account.domain),
            ("Status", "0xc000006d"),
            ("FailureReason", "%%2313"),
            ("SubStatus", "0xc000006a"),
            ("LogonType", way.number()),
            ("LogonProcessName", logon_process),
            ("AuthenticationPackageName", package),
            ("WorkstationName", &workstation),
            ("ProcessId", "0x0"),
            ("ProcessName", "-"),
            ("IpAddress", &address),
            ("IpPort", &port),
            ("Message", message.text()),
        ]);
        self.enveloped(moment, host, record);
    }

    /// Event 4648: a process used another account's password, on `server` or on its own host.
    pub(crate) fn password_used(
        &mut self,
        moment: Moment,
        process: &Process,
        account: &Rc<Account>,
        server: usize,
    ) {
        let subject = self.subject(&process.logon);
        let local = server == process.logon.host;
        let server = if local { "localhost".to_owned() } else { self.host(server).full_name.clone() };
        let name = [("Account Name", account.name.as_str()), ("Account Domain", &account.domain)];
        let message = Message::new("A logon was attempted using explicit credentials.")
            .section("Subject", &subject.lines())
            .section("Account Whose Credentials Were Used", &name)
            .section("Target Server", &[("Target Server Name", &server)])
            .section(
                "Process Information",
                &[("Process ID", &process.hex_pid()), ("Process Name", &process.image)],
            );
        let record = subject.put(Record::new(EXPLICIT), "Subject").texts(&[
            ("LogonGuid", &process.logon.guid),
            ("TargetUserName", &account.name),
            ("TargetDomainName", &account.domain),
            ("TargetLogonGuid", "{00000000-0000-0000-0000-000000000000}"),
            ("TargetServerName", &server),
            ("TargetInfo", &server),
            ("ProcessId", &process.hex_pid()),
            ("ProcessName", &process.image),
            ("IpAddress", "-"),
            ("IpPort", "-"),
            ("Message", message.text()),
        ]);
        self.enveloped(moment, process.logon.host, record);
    }

    /// Event 4769: the controller gave `account`, who works on `from`, a ticket for `server`.
    pub(crate) fn ticket_given(&mut self, moment: Moment, account: &Account, from: usize, server: usize) {
        let (realm, service) = (self.domain.dns.to_uppercase(), self.domain.machine_account(server));
        let who = format!("{}@{realm}", account.name);
        let address = format!("::ffff:{}", self.host(from).address);
        let port = self.random.between(49_152, 65_535).to_string();
        let guid = self.random.guid();
        let message = Message::new("A Kerberos service ticket was requested.")
            .section(
                "Account Information",
                &[("Account Name", &who), ("Account Domain", &realm), ("Logon GUID", &guid)],
            )
            .section("Service Information", &[("Service Name", &service)])
            .section("Network Information", &[("Client Address", &address), ("Client Port", &port)]);
        let record = Record::new(TICKET).texts(&[
            ("TargetUserName", &who),
            ("TargetDomainName", &realm),
            ("ServiceName", &service),
            ("ServiceSid", "S-1-5-21-0-0-0-1000"),
            ("TicketOptions", "0x40810000"),
            ("TicketEncryptionType", "0x12"),
            ("IpAddress", &address),
            ("IpPort", &port),
            ("Status", "0x0"),
            ("LogonGuid", &guid),
            ("TransmittedServices", "-"),
            ("Message", message.text()),
        ]);
        self.enveloped(moment, CONTROLLER, record);
    }

    fn privileges_given(&mut self, moment: Moment, logon: &Logon) {
        let subject = self.target(logon);
        let message = Message::new("Special privileges assigned to new logon.")
            .section("Subject", &subject.lines())
            .section("Privileges", &[("Privileges", PRIVILEGES)]);
        let record = subject
            .put(Record::new(SPECIAL), "Subject")
            .texts(&[("PrivilegeList", PRIVILEGES), ("Message", message.text())]);
        self.enveloped(moment, logon.host, record);
    }

    /// The owner of a new logon: the built-in accounts go by their own names here.
    fn target(&self, logon: &Logon) -> Subject {
        let account = &logon.account;
        Subject {
            sid: account.sid.clone(),
            name: account.name.clone(),
            domain: account.domain.clone(),
            logon: logon.hex(),
        }
    }

    /// The address, the computer and the port that a logon came from.
    fn origin(&mut self, way: Way) -> (String, String, String) {
        let Some(source) = way.source() else { return ("-".to_owned(), "-".to_owned(), "-".to_owned()) };
        let port = self.random.between(49_152, 65_535).to_string();
        let host = self.host(source);
        (host.address.clone(), host.name.clone(), port)
    }
}

fn nobody() -> Subject {
    Subject { sid: "S-1-0-0".into(), name: "-".into(), domain: "-".into(), logon: "0x0".into() }
}
