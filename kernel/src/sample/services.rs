//! What the logs say of services, scheduled tasks and scripts: Security 4697 and 4698, System 7036 and 7045,
//! PowerShell 4104.

use super::clock::Moment;
use super::message::Message;
use super::process::{Logon, Process};
use super::record::{Kind, Log, Record};
use super::recorder::Recorder;
use super::security::kind;

const INSTALLED: Kind = kind(4697, 12_289, 0, "Security System Extension");
const TASK: Kind = kind(4698, 12_804, 1, "Other Object Access Events");
const SYSTEM_INSTALLED: Kind = Kind { log: Log::System, id: 7045, task: 0, version: 0, category: "" };
const STATE: Kind = Kind { log: Log::System, id: 7036, task: 0, version: 0, category: "" };
const SCRIPT: Kind =
    Kind { log: Log::PowerShell, id: 4104, task: 2, version: 1, category: "Execute a Remote Command" };

impl Recorder<'_> {
    /// Events 4697 and 7045: somebody installed a service that runs `command`.
    pub(crate) fn service_installed(&mut self, moment: Moment, logon: &Logon, name: &str, command: &str) {
        let subject = self.subject(logon);
        let message = Message::new("A service was installed in the system.")
            .section("Subject", &subject.lines())
            .section(
                "Service Information",
                &[
                    ("Service Name", name),
                    ("Service File Name", command),
                    ("Service Type", "0x10"),
                    ("Service Start Type", "3"),
                    ("Service Account", "LocalSystem"),
                ],
            );
        let record = subject.put(Record::new(INSTALLED), "Subject").texts(&[
            ("ServiceName", name),
            ("ServiceFileName", command),
            ("ServiceType", "0x10"),
            ("ServiceStartType", "3"),
            ("ServiceAccount", "LocalSystem"),
            ("Message", message.text()),
        ]);
        self.enveloped(moment, logon.host, record);
        let message = format!(
            "A service was installed in the system.\r\n\r\nService Name:  {name}\r\nService File Name:  {command}\r\n\
             Service Type:  user mode service\r\nService Start Type:  demand start\r\nService Account:  LocalSystem"
        );
        let record = Record::new(SYSTEM_INSTALLED).texts(&[
            ("ServiceName", name),
            ("ImagePath", command),
            ("ServiceType", "user mode service"),
            ("StartType", "demand start"),
            ("AccountName", &subject.name),
            ("AccountType", "User"),
            ("Domain", &subject.domain),
            ("UserID", &subject.sid),
            ("Message", &message),
        ]);
        self.enveloped(moment + 2, logon.host, record);
    }

    /// Event 7036: a service of `host` began or ended.
    pub(crate) fn service_changed(&mut self, moment: Moment, host: usize, name: &str, state: &str) {
        let message = format!("The {name} service entered the {state} state.");
        let record = Record::new(STATE).texts(&[("param1", name), ("param2", state), ("Message", &message)]);
        self.enveloped(moment, host, record);
    }

    /// Event 4698: somebody made a scheduled task that runs `command`.
    pub(crate) fn task_made(&mut self, moment: Moment, logon: &Logon, name: &str, command: &str) {
        let subject = self.subject(logon);
        let content = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-16\"?>\r\n<Task version=\"1.2\">\r\n  <Actions>\r\n    <Exec>\r\n      \
             <Command>{command}</Command>\r\n    </Exec>\r\n  </Actions>\r\n</Task>"
        );
        let message = Message::new("A scheduled task was created.")
            .section("Subject", &subject.lines())
            .section("Task Information", &[("Task Name", name), ("Task Content", &content)]);
        let record = subject.put(Record::new(TASK), "Subject").texts(&[
            ("TaskName", name),
            ("TaskContent", &content),
            ("Message", message.text()),
        ]);
        self.enveloped(moment, logon.host, record);
    }

    /// Event 4104: PowerShell was given a script.
    pub(crate) fn script_given(&mut self, moment: Moment, process: &Process, script: &str) {
        let account = process.logon.account.clone();
        let guid = self.random.guid();
        let block = guid.trim_matches(['{', '}']).to_owned();
        let message = format!(
            "Creating Scriptblock text (1 of 1):\r\n{script}\r\n\r\nScriptBlock ID: {block}\r\nPath: "
        );
        let record = Record::new(SCRIPT).texts(&[
            ("MessageNumber", "1"),
            ("MessageTotal", "1"),
            ("ScriptBlockText", script),
            ("ScriptBlockId", &block),
            ("ActivityID", &guid),
            ("AccountName", &account.name),
            ("AccountType", "User"),
            ("Domain", &account.domain),
            ("UserID", &account.sid),
            ("Message", &message),
        ]);
        self.enveloped(moment, process.logon.host, record);
    }
}
