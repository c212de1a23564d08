//! What every event carries whatever it tells: channel, source, host and the collector's marks.

use super::clock::Moment;
use super::record::{Kind, Log, Record};
use super::recorder::Recorder;

/// The event of a failed logon, the one audit failure here.
const LOGON_FAILED: i64 = 4625;
/// The event of a cleared log, which the event log service writes itself.
const LOG_CLEARED: i64 = 1102;

/// Who writes an event.
struct Source {
    name: &'static str,
    guid: &'static str,
    keywords: i64,
    event_type: &'static str,
}

impl Recorder<'_> {
    /// Records the event with the members that every event has.
    pub(crate) fn enveloped(&mut self, moment: Moment, host: usize, record: Record) {
        let kind = record.kind;
        let source = source(kind);
        let thread = 4 * self.random.between(25, 2_400);
        let owner = self.host(host);
        let writer = match kind.log {
            Log::Security => 4 + 4 * i64::from(owner.machine % 2 * 180),
            _ => 2_000 + 4 * i64::from(owner.machine % 500),
        };
        let channel = match kind.log {
            Log::Sysmon => "Microsoft-Windows-Sysmon/Operational",
            Log::Security => owner.security_channel,
            Log::System => "System",
            Log::PowerShell => "Microsoft-Windows-PowerShell/Operational",
        };
        let day = &self.domain.day;
        let mut record = record
            .number("EventID", kind.id)
            .texts(&[("Channel", channel), ("Hostname", &owner.full_name)])
            .texts(&[("SourceName", source.name), ("ProviderGuid", source.guid)])
            .number("Task", kind.task)
            .number("Version", kind.version)
            .number("OpcodeValue", 0)
            .number("Keywords", source.keywords)
            .number("SeverityValue", if kind.id == LOGON_FAILED { 4 } else { 2 })
            .number("ExecutionProcessID", writer)
            .number("ThreadID", thread)
            .number("port", 64_545)
            .texts(&[
                ("Opcode", "Info"),
                ("Severity", if kind.id == LOGON_FAILED { "ERROR" } else { "INFO" }),
                ("EventTime", &day.local(moment)),
                ("EventReceivedTime", &day.local(moment + owner.delay)),
                ("SourceModuleName", "eventlog"),
                ("SourceModuleType", "im_msvistalog"),
                ("host", &self.domain.collector),
                ("@version", "1"),
            ])
            .list("tags", "framSample");
        if !kind.category.is_empty() {
            record = record.text("Category", kind.category);
        }
        // Registry and pipe events bring an `EventType` of their own.
        if kind.log != Log::Sysmon || !matches!(kind.id, 12 | 13 | 17 | 18) {
            record = record.text("EventType", source.event_type);
        }
        self.record(moment, host, record);
    }
}

fn source(kind: Kind) -> Source {
    match (kind.log, kind.id) {
        (Log::Sysmon, _) => Source {
            name: "Microsoft-Windows-Sysmon",
            guid: "{5770385F-C22A-43E0-BF4C-06F5698FFBD9}",
            keywords: i64::MIN,
            event_type: "INFO",
        },
        (Log::Security, LOG_CLEARED) => Source {
            name: "Microsoft-Windows-Eventlog",
            guid: "{FC65DDD8-D6EF-4962-83D5-6E5CFE9CE148}",
            keywords: 0x4020_0000_0000_0000,
            event_type: "INFO",
        },
        (Log::Security, id) => Source {
            name: "Microsoft-Windows-Security-Auditing",
            guid: "{54849625-5478-4994-A5BA-3E3B0328C30D}",
            // Audit success and audit failure.
            keywords: if id == LOGON_FAILED {
                -9_218_868_437_227_405_312
            } else {
                -9_214_364_837_600_034_816
            },
            event_type: if id == LOGON_FAILED { "AUDIT_FAILURE" } else { "AUDIT_SUCCESS" },
        },
        (Log::System, _) => Source {
            name: "Service Control Manager",
            guid: "{555908D1-A6D7-4695-8E1E-26931D2012F4}",
            keywords: -9_187_343_239_835_811_840,
            event_type: "INFO",
        },
        (Log::PowerShell, _) => Source {
            name: "Microsoft-Windows-PowerShell",
            guid: "{A0C1853B-5C40-4B15-8766-3CF1C58F985A}",
            keywords: 0,
            event_type: "INFO",
        },
    }
}
