//! What Sysmon writes when something happens: the fields and shapes of its events 1, 3, 5, 7, 8, 10 to 13, 17, 18, 22
//! and 23. When it happens is for others to say.

use super::clock::Moment;
use super::process::Process;
use super::programs::{Binary, hashes};
use super::record::{Kind, Log, Record};
use super::recorder::Recorder;

const fn kind(id: i64, version: i64, category: &'static str) -> Kind {
    Kind { log: Log::Sysmon, id, task: id, version, category }
}

const CREATED: Kind = kind(1, 5, "Process Create (rule: ProcessCreate)");
const CONNECTED: Kind = kind(3, 5, "Network connection detected (rule: NetworkConnect)");
const ENDED: Kind = kind(5, 3, "Process terminated (rule: ProcessTerminate)");
const LOADED: Kind = kind(7, 3, "Image loaded (rule: ImageLoad)");
const THREAD: Kind = kind(8, 2, "CreateRemoteThread detected (rule: CreateRemoteThread)");
const ACCESSED: Kind = kind(10, 3, "Process accessed (rule: ProcessAccess)");
const FILE: Kind = kind(11, 2, "File created (rule: FileCreate)");
const KEY: Kind = kind(12, 2, "Registry object added or deleted (rule: RegistryEvent)");
const VALUE: Kind = kind(13, 2, "Registry value set (rule: RegistryEvent)");
const PIPE: Kind = kind(17, 1, "Pipe Created (rule: PipeEvent)");
const PIPE_USED: Kind = kind(18, 1, "Pipe Connected (rule: PipeEvent)");
const QUERY: Kind = kind(22, 5, "Dns query (rule: DnsQuery)");
const DELETED: Kind = kind(23, 5, "File Delete (rule: FileDelete)");

/// One end of a connection to the other.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Connection<'a> {
    /// The address at the other end.
    pub(crate) address: &'a str,
    /// The name at the other end; `-` when there is none.
    pub(crate) name: &'a str,
    /// The port of the one who was called.
    pub(crate) port: u16,
    /// Whether this side called.
    pub(crate) initiated: bool,
}

/// One process's grip on another.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Access<'a> {
    /// What was granted, like `0x1000`.
    pub(crate) granted: &'a str,
    /// The libraries that the call came through, with offsets.
    pub(crate) trace: &'a str,
}

impl Recorder<'_> {
    /// Events 1 and 4688: a process began.
    pub(crate) fn process_created(&mut self, moment: Moment, process: &Process) {
        let (binary, logon) = (process.binary, &process.logon);
        let mut record = self.sysmon(moment, CREATED, process).texts(&[
            ("FileVersion", binary.maker.version),
            ("Description", binary.description),
            ("Product", binary.maker.product),
            ("Company", binary.maker.company),
            ("OriginalFileName", binary.original),
            ("CommandLine", &process.command_line),
            ("CurrentDirectory", &process.directory()),
            ("User", &logon.account.qualified()),
            ("LogonGuid", &logon.guid),
            ("LogonId", &logon.hex()),
            ("TerminalSessionId", &logon.session.to_string()),
            ("IntegrityLevel", logon.integrity),
            ("Hashes", &hashes(&process.image)),
        ]);
        if let Some(parent) = &process.parent {
            record = record.texts(&[
                ("ParentProcessGuid", &parent.guid),
                ("ParentProcessId", &parent.pid.to_string()),
                ("ParentImage", &parent.image),
                ("ParentCommandLine", &parent.command_line),
            ]);
        }
        self.say(moment, process, record);
        self.process_audited(moment + 1, process);
    }

    /// Events 5 and 4689: a process ended.
    pub(crate) fn process_ended(&mut self, moment: Moment, process: &Process) {
        let record = self.sysmon(moment, ENDED, process);
        self.say(moment, process, record);
        self.exit_audited(moment + 1, process);
    }

    /// Event 7: a process loaded a library.
    pub(crate) fn image_loaded(&mut self, moment: Moment, process: &Process, library: &Binary) {
        let signed = library.maker.signature != "-";
        let record = self.sysmon(moment, LOADED, process).texts(&[
            ("ImageLoaded", library.path),
            ("FileVersion", library.maker.version),
            ("Description", library.description),
            ("Product", library.maker.product),
            ("Company", library.maker.company),
            ("OriginalFileName", library.original),
            ("Hashes", &hashes(library.path)),
            ("Signed", if signed { "true" } else { "false" }),
            ("Signature", library.maker.signature),
            ("SignatureStatus", if signed { "Valid" } else { "Unavailable" }),
        ]);
        self.say(moment, process, record);
    }

    /// Events 3 and 5156: a process connected, or was connected to.
    pub(crate) fn connected(&mut self, moment: Moment, process: &Process, to: Connection<'_>) {
        let host = self.host(process.logon.host);
        let (own_address, own_name) = (host.address.clone(), host.full_name.clone());
        let passing_port = self.random.between(49_152, 65_535).to_string();
        let fixed_port = to.port.to_string();
        let ((from_address, from_name, from_port), (to_address, to_name, to_port)) = if to.initiated {
            ((own_address.as_str(), own_name.as_str(), &passing_port), (to.address, to.name, &fixed_port))
        } else {
            ((to.address, to.name, &passing_port), (own_address.as_str(), own_name.as_str(), &fixed_port))
        };
        let record = self.sysmon(moment, CONNECTED, process).texts(&[
            ("User", &process.logon.account.qualified()),
            ("Protocol", if to.port == 53 || to.port == 123 { "udp" } else { "tcp" }),
            ("Initiated", if to.initiated { "true" } else { "false" }),
            ("SourceIsIpv6", "false"),
            ("SourceIp", from_address),
            ("SourceHostname", from_name),
            ("SourcePort", from_port),
            ("SourcePortName", "-"),
            ("DestinationIsIpv6", "false"),
            ("DestinationIp", to_address),
            ("DestinationHostname", to_name),
            ("DestinationPort", to_port),
            ("DestinationPortName", port_name(to.port)),
        ]);
        self.say(moment, process, record);
        self.connection_audited(moment + 1, process, to, &passing_port);
    }

    /// Event 22: a process asked for a name.
    pub(crate) fn name_asked(&mut self, moment: Moment, process: &Process, name: &str, answer: &str) {
        let status = if answer.is_empty() { "9003" } else { "0" };
        let answer = if answer.is_empty() { "-".to_owned() } else { format!("::ffff:{answer};") };
        let record = self.sysmon(moment, QUERY, process).texts(&[
            ("QueryName", name),
            ("QueryStatus", status),
            ("QueryResults", &answer),
        ]);
        self.say(moment, process, record);
    }

    /// Event 10: a process opened another.
    pub(crate) fn process_accessed(
        &mut self,
        moment: Moment,
        source: &Process,
        target: &Process,
        how: Access<'_>,
    ) {
        let record = self.timed(moment, ACCESSED);
        let thread = self.random.between(500, 9_999).to_string();
        let record = pair(record, source, target, "SourceProcessGUID", "TargetProcessGUID").texts(&[
            ("SourceThreadId", &thread),
            ("GrantedAccess", how.granted),
            ("CallTrace", how.trace),
        ]);
        self.say(moment, source, record);
    }

    /// Event 8: a process began a thread in another.
    pub(crate) fn thread_created(&mut self, moment: Moment, source: &Process, target: &Process) {
        let address = format!("0x{:016X}", 0x7ff6_0000_0000_u64 + self.random.below(0xffff_ffff));
        let record = self.timed(moment, THREAD);
        let record = pair(record, source, target, "SourceProcessGuid", "TargetProcessGuid").texts(&[
            ("NewThreadId", &self.random.between(500, 9_999).to_string()),
            ("StartAddress", &address),
            ("StartModule", r"C:\Windows\System32\KernelBase.dll"),
            ("StartFunction", "CtrlRoutine"),
        ]);
        self.say(moment, source, record);
    }

    /// Event 11: a process made a file.
    pub(crate) fn file_created(&mut self, moment: Moment, process: &Process, path: &str) {
        let created = self.domain.day.utc(moment);
        let record = self
            .sysmon(moment, FILE, process)
            .texts(&[("TargetFilename", path), ("CreationUtcTime", &created)]);
        self.say(moment, process, record);
    }

    /// Event 23: a process deleted a file, of which a copy was kept.
    pub(crate) fn file_deleted(&mut self, moment: Moment, process: &Process, path: &str, executable: bool) {
        let record = self.sysmon(moment, DELETED, process).texts(&[
            ("User", &process.logon.account.qualified()),
            ("TargetFilename", path),
            ("Hashes", &hashes(path)),
            ("IsExecutable", if executable { "true" } else { "false" }),
            ("Archived", "true"),
        ]);
        self.say(moment, process, record);
    }

    /// Event 12: a process made a registry key.
    pub(crate) fn key_created(&mut self, moment: Moment, process: &Process, key: &str) {
        let record = self.sysmon(moment, KEY, process).texts(&[
            ("EventTypeOrignal", "INFO"),
            ("EventType", "CreateKey"),
            ("TargetObject", key),
        ]);
        self.say(moment, process, record);
    }

    /// Event 13: a process set a registry value.
    pub(crate) fn value_set(&mut self, moment: Moment, process: &Process, value: &str, details: &str) {
        let record = self.sysmon(moment, VALUE, process).texts(&[
            ("EventTypeOrignal", "INFO"),
            ("EventType", "SetValue"),
            ("TargetObject", value),
            ("Details", details),
        ]);
        self.say(moment, process, record);
    }

    /// Events 17 and 18: a process made a pipe, or connected to one.
    pub(crate) fn pipe(&mut self, moment: Moment, process: &Process, name: &str, made: bool) {
        let record = self.sysmon(moment, if made { PIPE } else { PIPE_USED }, process).texts(&[
            ("EventTypeOrignal", "INFO"),
            ("EventType", if made { "CreatePipe" } else { "ConnectPipe" }),
            ("PipeName", name),
        ]);
        self.say(moment, process, record);
    }

    /// An event about one process.
    fn sysmon(&self, moment: Moment, kind: Kind, process: &Process) -> Record {
        self.timed(moment, kind).texts(&[
            ("ProcessGuid", &process.guid),
            ("ProcessId", &process.pid.to_string()),
            ("Image", &process.image),
        ])
    }

    fn timed(&self, moment: Moment, kind: Kind) -> Record {
        Record::new(kind).texts(&[("RuleName", "-"), ("UtcTime", &self.domain.day.utc(moment))])
    }

    fn say(&mut self, moment: Moment, process: &Process, record: Record) {
        let record = record.texts(&[
            ("AccountName", "SYSTEM"),
            ("AccountType", "User"),
            ("Domain", "NT AUTHORITY"),
            ("UserID", "S-1-5-18"),
        ]);
        self.enveloped(moment, process.logon.host, record);
    }
}

fn pair(record: Record, source: &Process, target: &Process, source_key: &str, target_key: &str) -> Record {
    record.texts(&[
        (source_key, &source.guid),
        ("SourceProcessId", &source.pid.to_string()),
        ("SourceImage", &source.image),
        (target_key, &target.guid),
        ("TargetProcessId", &target.pid.to_string()),
        ("TargetImage", &target.image),
    ])
}

/// The well-known name of a port.
fn port_name(port: u16) -> &'static str {
    match port {
        53 => "domain",
        80 => "http",
        88 => "kerberos",
        135 => "epmap",
        389 => "ldap",
        443 => "https",
        445 => "microsoft-ds",
        _ => "-",
    }
}
