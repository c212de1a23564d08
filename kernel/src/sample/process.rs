//! Processes and logons: what they are called, who they belong to and what they come from.

use std::rc::Rc;

use super::domain::Account;
use super::programs::Binary;

/// What somebody got by logging on to a host.
#[derive(Debug, Clone)]
pub(crate) struct Logon {
    /// The host.
    pub(crate) host: usize,
    /// The logon id: `0x3e7` for the system.
    pub(crate) id: i64,
    /// The GUID that ties it to the ticket.
    pub(crate) guid: String,
    /// Who logged on.
    pub(crate) account: Rc<Account>,
    /// The session: 0 for services.
    pub(crate) session: u32,
    /// `System`, `High` or `Medium`.
    pub(crate) integrity: &'static str,
}

impl Logon {
    /// The id as both logs write it.
    pub(crate) fn hex(&self) -> String {
        format!("{:#x}", self.id)
    }

    /// Whether this is one of the three built-in accounts, which Security events name after the computer.
    pub(crate) fn is_built_in(&self) -> bool {
        self.id < 0x1000
    }
}

/// A running process.
#[derive(Debug)]
pub(crate) struct Process {
    /// The file that it runs.
    pub(crate) binary: &'static Binary,
    /// The path of that file.
    pub(crate) image: String,
    /// The command line.
    pub(crate) command_line: String,
    /// The process id.
    pub(crate) pid: u32,
    /// The GUID.
    pub(crate) guid: String,
    /// The logon that it belongs to.
    pub(crate) logon: Rc<Logon>,
    /// What started it; none for the system itself.
    pub(crate) parent: Option<Rc<Process>>,
}

/// How a process starts.
pub(crate) struct Start<'a> {
    /// What starts it.
    pub(crate) parent: Option<&'a Rc<Process>>,
    /// The file that it runs.
    pub(crate) binary: &'static Binary,
    /// Another path than the binary's own.
    pub(crate) image: Option<String>,
    /// The command line; the quoted path when empty.
    pub(crate) command_line: &'a str,
    /// The logon that it belongs to.
    pub(crate) logon: &'a Rc<Logon>,
}

impl<'a> Start<'a> {
    /// A child of `parent`, on its logon.
    pub(crate) fn child(parent: &'a Rc<Process>, binary: &'static Binary, command_line: &'a str) -> Self {
        Self { parent: Some(parent), binary, image: None, command_line, logon: &parent.logon }
    }

    /// The same on another logon.
    pub(crate) fn on(self, logon: &'a Rc<Logon>) -> Self {
        Self { logon, ..self }
    }

    /// The same from another path.
    pub(crate) fn at_path(self, image: String) -> Self {
        Self { image: Some(image), ..self }
    }
}

impl Process {
    /// The process that `start` describes, with its numbers.
    pub(crate) fn new(start: Start<'_>, pid: u32, guid: String) -> Self {
        let image = start.image.unwrap_or_else(|| start.binary.path.to_owned());
        let command_line = if start.command_line.is_empty() {
            format!("\"{image}\"")
        } else {
            start.command_line.to_owned()
        };
        Self {
            binary: start.binary,
            image,
            command_line,
            pid,
            guid,
            logon: Rc::clone(start.logon),
            parent: start.parent.map(Rc::clone),
        }
    }

    /// The directory that it works in.
    pub(crate) fn directory(&self) -> String {
        if self.logon.session == 0 {
            r"C:\Windows\system32\".to_owned()
        } else {
            format!(r"C:\Users\{}\", self.logon.account.name)
        }
    }

    /// The process id as the Security log writes it.
    pub(crate) fn hex_pid(&self) -> String {
        format!("{:#x}", self.pid)
    }
}
