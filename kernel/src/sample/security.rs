//! What the Security log of a host says of processes, connections, shares and the log itself; logons are told in
//! `logons`, services and tasks in `services`.

use super::clock::Moment;
use super::message::Message;
use super::process::{Logon, Process};
use super::record::{Kind, Log, Record};
use super::recorder::Recorder;
use super::sysmon::Connection;

/// A kind of event in the Security log.
pub(crate) const fn kind(id: i64, task: i64, version: i64, category: &'static str) -> Kind {
    Kind { log: Log::Security, id, task, version, category }
}

const CREATED: Kind = kind(4688, 13_312, 2, "Process Creation");
const ENDED: Kind = kind(4689, 13_313, 0, "Process Termination");
const CONNECTED: Kind = kind(5156, 12_810, 1, "Filtering Platform Connection");
const HANDLE_ASKED: Kind = kind(4656, 12_801, 1, "Registry");
const HANDLE_CLOSED: Kind = kind(4658, 12_801, 0, "Registry");
const SHARE: Kind = kind(5140, 12_808, 1, "File Share");
const SHARE_FILE: Kind = kind(5145, 12_811, 0, "Detailed File Share");
const CLEARED: Kind = kind(1102, 104, 0, "Log clear");

/// Who an event is about, as the Security log writes it.
pub(crate) struct Subject {
    /// The security identifier.
    pub(crate) sid: String,
    /// The account; a computer's own where the system acts.
    pub(crate) name: String,
    /// Its domain.
    pub(crate) domain: String,
    /// The logon id.
    pub(crate) logon: String,
}

impl Subject {
    /// The four lines of a message's section.
    pub(crate) fn lines(&self) -> [(&str, &str); 4] {
        [
            ("Security ID", &self.sid),
            ("Account Name", &self.name),
            ("Account Domain", &self.domain),
            ("Logon ID", &self.logon),
        ]
    }

    /// The event's members, whose keys begin with `prefix`: `Subject` or `Target`.
    pub(crate) fn put(&self, record: Record, prefix: &str) -> Record {
        record
            .text(&format!("{prefix}UserSid"), &self.sid)
            .text(&format!("{prefix}UserName"), &self.name)
            .text(&format!("{prefix}DomainName"), &self.domain)
            .text(&format!("{prefix}LogonId"), &self.logon)
    }
}

impl Recorder<'_> {
    /// The owner of a logon.
    pub(crate) fn subject(&self, logon: &Logon) -> Subject {
        let account = &logon.account;
        let (name, domain) = if logon.is_built_in() {
            (self.domain.machine_account(logon.host), self.domain.name.clone())
        } else {
            (account.name.clone(), account.domain.clone())
        };
        Subject { sid: account.sid.clone(), name, domain, logon: logon.hex() }
    }

    /// Event 4688: a process began.
    pub(crate) fn process_audited(&mut self, moment: Moment, process: &Process) {
        let creator = process.parent.as_ref().map_or(process, |parent| parent);
        let (subject, target) = (self.subject(&creator.logon), self.subject(&process.logon));
        let label = match process.logon.integrity {
            "System" => "S-1-16-16384",
            "High" => "S-1-16-12288",
            _ => "S-1-16-8192",
        };
        let message = Message::new("A new process has been created.")
            .section("Creator Subject", &subject.lines())
            .section("Target Subject", &target.lines())
            .section(
                "Process Information",
                &[
                    ("New Process ID", &process.hex_pid()),
                    ("New Process Name", &process.image),
                    ("Token Elevation Type", "%%1936"),
                    ("Mandatory Label", label),
                    ("Creator Process ID", &creator.hex_pid()),
                    ("Creator Process Name", &creator.image),
                    ("Process Command Line", &process.command_line),
                ],
            );
        let record = subject.put(Record::new(CREATED), "Subject");
        let record = target.put(record, "Target").texts(&[
            ("NewProcessId", &process.hex_pid()),
            ("NewProcessName", &process.image),
            ("TokenElevationType", "%%1936"),
            ("MandatoryLabel", label),
            ("ProcessId", &creator.hex_pid()),
            ("ParentProcessName", &creator.image),
            ("CommandLine", &process.command_line),
            ("Message", message.text()),
        ]);
        self.enveloped(moment, process.logon.host, record);
    }

    /// Event 4689: a process ended.
    pub(crate) fn exit_audited(&mut self, moment: Moment, process: &Process) {
        let subject = self.subject(&process.logon);
        let lines = [
            ("Process ID", process.hex_pid()),
            ("Process Name", process.image.clone()),
            ("Exit Status", "0x0".into()),
        ];
        let message = Message::new("A process has exited.")
            .section("Subject", &subject.lines())
            .section("Process Information", &lines.each_ref().map(|(name, value)| (*name, value.as_str())));
        let record = subject.put(Record::new(ENDED), "Subject").texts(&[
            ("ProcessId", &process.hex_pid()),
            ("ProcessName", &process.image),
            ("Status", "0x0"),
            ("Message", message.text()),
        ]);
        self.enveloped(moment, process.logon.host, record);
    }

    /// Event 5156: the firewall let a connection through; its process id is in `ProcessID`, in decimal digits.
    pub(crate) fn connection_audited(
        &mut self,
        moment: Moment,
        process: &Process,
        to: Connection<'_>,
        port: &str,
    ) {
        let own = self.host(process.logon.host).address.clone();
        let (pid, fixed) = (process.pid.to_string(), to.port.to_string());
        let protocol = if to.port == 53 || to.port == 123 { "17" } else { "6" };
        let (direction, word, source_port, destination_port) = if to.initiated {
            ("%%14593", "Outbound", port, fixed.as_str())
        } else {
            ("%%14592", "Inbound", fixed.as_str(), port)
        };
        let application = process.image.replacen("C:", r"\device\harddiskvolume2", 1).to_lowercase();
        let message = Message::new("The Windows Filtering Platform has permitted a connection.")
            .section("Application Information", &[("Process ID", &pid), ("Application Name", &application)])
            .section(
                "Network Information",
                &[
                    ("Direction", word),
                    ("Source Address", &own),
                    ("Source Port", source_port),
                    ("Destination Address", to.address),
                    ("Destination Port", destination_port),
                    ("Protocol", protocol),
                ],
            );
        let record = Record::new(CONNECTED).texts(&[
            ("ProcessID", &pid),
            ("Application", &application),
            ("Direction", direction),
            ("SourceAddress", &own),
            ("SourcePort", source_port),
            ("DestAddress", to.address),
            ("DestPort", destination_port),
            ("Protocol", protocol),
            ("FilterRTID", "65853"),
            ("LayerName", if to.initiated { "%%14611" } else { "%%14610" }),
            ("LayerRTID", if to.initiated { "48" } else { "44" }),
            ("RemoteUserID", "S-1-0-0"),
            ("RemoteMachineID", "S-1-0-0"),
            ("Message", message.text()),
        ]);
        self.enveloped(moment, process.logon.host, record);
    }

    /// Events 4656 and 4658: a process asked for a registry key and closed it again.
    pub(crate) fn key_opened(&mut self, moment: Moment, process: &Process, key: &str) {
        let subject = self.subject(&process.logon);
        let handle = format!("{:#x}", 4 * self.random.between(20, 4_000));
        let object = [
            ("Object Server", "Security"),
            ("Object Type", "Key"),
            ("Object Name", key),
            ("Handle ID", &handle),
        ];
        let actor = [("Process ID", process.hex_pid()), ("Process Name", process.image.clone())];
        let actor = actor.each_ref().map(|(name, value)| (*name, value.as_str()));
        let asked = Message::new("A handle to an object was requested.")
            .section("Subject", &subject.lines())
            .section("Object", &object)
            .section("Process Information", &actor);
        let closed = Message::new("The handle to an object was closed.")
            .section("Subject ", &subject.lines())
            .section("Object", &[("Object Server", "Security"), ("Handle ID", &handle)])
            .section("Process Information", &actor);
        let shared = [
            ("ObjectServer", "Security"),
            ("HandleId", &handle),
            ("ProcessId", actor[0].1),
            ("ProcessName", &process.image),
        ];
        let record = subject.put(Record::new(HANDLE_ASKED), "Subject").texts(&shared).texts(&[
            ("ObjectType", "Key"),
            ("ObjectName", key),
            ("TransactionId", "{00000000-0000-0000-0000-000000000000}"),
            ("AccessList", "%%4432\r\n\t\t\t\t"),
            ("AccessReason", "-"),
            ("AccessMask", "0x1"),
            ("PrivilegeList", "-"),
            ("RestrictedSidCount", "0"),
            ("ResourceAttributes", "-"),
            ("Message", asked.text()),
        ]);
        self.enveloped(moment, process.logon.host, record);
        let record =
            subject.put(Record::new(HANDLE_CLOSED), "Subject").texts(&shared).text("Message", closed.text());
        self.enveloped(moment + 1, process.logon.host, record);
    }

    /// Events 5140 and 5145: somebody reached a file on a share of the host that the logon is on. The share is its
    /// name and the place of its files there.
    pub(crate) fn share_opened(
        &mut self,
        moment: Moment,
        logon: &Logon,
        from: usize,
        share: (&str, &str),
        file: &str,
    ) {
        let subject = self.subject(logon);
        let address = self.host(from).address.clone();
        let port = self.random.between(49_152, 65_535).to_string();
        let (name, place) = (format!(r"\\*\{}", share.0), format!(r"\??\{}", share.1));
        let network = [("Object Type", "File"), ("Source Address", address.as_str()), ("Source Port", &port)];
        let opened = Message::new("A network share object was accessed.")
            .section("Subject", &subject.lines())
            .section("Network Information", &network)
            .section("Share Information", &[("Share Name", &name), ("Share Path", &place)]);
        let checked = Message::new(
            "A network share object was checked to see whether client can be granted desired access.",
        )
        .section("Subject", &subject.lines())
        .section("Network Information", &network)
        .section(
            "Share Information",
            &[("Share Name", &name), ("Share Path", &place), ("Relative Target Name", file)],
        );
        let shared = [
            ("ObjectType", "File"),
            ("IpAddress", address.as_str()),
            ("IpPort", &port),
            ("ShareName", &name),
            ("ShareLocalPath", &place),
        ];
        let record = subject.put(Record::new(SHARE), "Subject").texts(&shared).texts(&[
            ("AccessMask", "0x1"),
            ("AccessList", "%%4416\r\n\t\t\t\t"),
            ("Message", opened.text()),
        ]);
        self.enveloped(moment, logon.host, record);
        let record = subject.put(Record::new(SHARE_FILE), "Subject").texts(&shared).texts(&[
            ("RelativeTargetName", file),
            ("AccessMask", "0x120089"),
            ("AccessList", "%%1538\r\n\t\t\t\t%%4416\r\n\t\t\t\t"),
            ("Message", checked.text()),
        ]);
        self.enveloped(moment + 1, logon.host, record);
    }

    /// Event 1102: somebody cleared the Security log of the host.
    pub(crate) fn log_cleared(&mut self, moment: Moment, logon: &Logon) {
        let subject = self.subject(logon);
        let message = Message::new("The audit log was cleared.").section("Subject", &subject.lines());
        let record = subject.put(Record::new(CLEARED), "Subject").text("Message", message.text());
        self.enveloped(moment, logon.host, record);
    }
}
