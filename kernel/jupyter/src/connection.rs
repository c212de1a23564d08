//! The connection file: where the five sockets are and what signs their messages. Whether the addresses can be
//! listened on is left to the guard.

use std::net::{SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::ConnectionError;

/// What a connection file says. Unknown fields are kept out, but for curve keys, which are refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionInfo {
    /// How the sockets are reached.
    #[serde(default)]
    pub transport: Transport,
    /// Host name or address; for ipc, the beginning of the sockets' paths.
    pub ip: String,
    /// Port of the shell socket; for ipc, the number at the end of its path.
    pub shell_port: u16,
    /// Port of the control socket.
    pub control_port: u16,
    /// Port of the stdin socket.
    pub stdin_port: u16,
    /// Port of the iopub socket.
    pub iopub_port: u16,
    /// Port of the heartbeat socket.
    pub hb_port: u16,
    /// Signs the messages; may be empty.
    #[serde(default)]
    pub key: String,
    /// `hmac-sha256`, or empty with an empty key.
    #[serde(default)]
    pub signature_scheme: String,
    /// Name of the kernelspec that was started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kernel_name: Option<String>,
}

/// How sockets are reached.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// TCP on a host and port.
    #[default]
    Tcp,
    /// Unix domain sockets, `ip-port` being the path.
    Ipc,
}

/// Which of the five sockets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// Requests, cells among them.
    Shell,
    /// Requests that never wait for a cell.
    Control,
    /// The kernel asks the user.
    Stdin,
    /// The kernel tells everybody.
    Iopub,
    /// Echoes what comes.
    Heartbeat,
}

/// Where a socket is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// TCP.
    Tcp(SocketAddr),
    /// The path of a Unix domain socket.
    Ipc(PathBuf),
}

impl std::fmt::Display for Address {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Tcp(address) => write!(formatter, "tcp://{address}"),
            Self::Ipc(path) => write!(formatter, "ipc://{}", path.display()),
        }
    }
}

impl Channel {
    /// All five.
    pub const ALL: [Self; 5] = [Self::Shell, Self::Control, Self::Stdin, Self::Iopub, Self::Heartbeat];

    /// Its name in messages to the user.
    pub fn name(self) -> &'static str {
        match self {
            Self::Shell => "shell",
            Self::Control => "control",
            Self::Stdin => "stdin",
            Self::Iopub => "iopub",
            Self::Heartbeat => "heartbeat",
        }
    }
}

impl ConnectionInfo {
    /// Reads a connection file and refuses what this kernel cannot do.
    pub fn read(path: &Path) -> Result<Self, ConnectionError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConnectionError::Read { path: path.to_owned(), source })?;
        let syntax = |source| ConnectionError::Syntax { path: path.to_owned(), source };
        let fields: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(&text).map_err(syntax)?;
        if let Some((field, _)) =
            fields.iter().find(|(name, value)| name.starts_with("curve_") && !is_blank(value))
        {
            return Err(ConnectionError::Curve { field: field.clone() });
        }
        let info: Self = serde_json::from_str(&text).map_err(syntax)?;
        info.check()?;
        Ok(info)
    }

    /// Refuses signature schemes other than HMAC-SHA256, and addresses that cannot be ones.
    pub fn check(&self) -> Result<(), ConnectionError> {
        if !(self.signature_scheme == "hmac-sha256" || self.signature_scheme.is_empty()) {
            return Err(ConnectionError::Scheme { scheme: self.signature_scheme.clone() });
        }
        Channel::ALL.iter().try_for_each(|channel| self.address(*channel).map(drop))
    }

    /// Where this socket is.
    pub fn address(&self, channel: Channel) -> Result<Address, ConnectionError> {
        let refuse = |reason: String| ConnectionError::Address { channel: channel.name(), reason };
        let port = self.port(channel);
        if port == 0 {
            return Err(refuse("its port is 0".to_owned()));
        }
        match self.transport {
            Transport::Tcp => {
                let host = if self.ip == "*" { "0.0.0.0" } else { self.ip.trim_matches(['[', ']']) };
                let found: Vec<SocketAddr> = (host, port)
                    .to_socket_addrs()
                    .map_err(|error| refuse(format!("`{host}`: {error}")))?
                    .collect();
                // As libzmq does: `localhost` means 127.0.0.1 to the other side, whatever the system lists first.
                let address = found.iter().find(|address| address.is_ipv4()).or(found.first());
                address.copied().map(Address::Tcp).ok_or_else(|| refuse(format!("`{host}` names no address")))
            }
            Transport::Ipc => {
                let path = PathBuf::from(format!("{}-{port}", self.ip));
                // The kernel's limit for sun_path, its closing zero included, is 108 bytes on Linux, 104 elsewhere.
                if path.as_os_str().len() > 103 {
                    return Err(refuse(format!("the path {} is longer than 103 bytes", path.display())));
                }
                Ok(Address::Ipc(path))
            }
        }
    }

    fn port(&self, channel: Channel) -> u16 {
        match channel {
            Channel::Shell => self.shell_port,
            Channel::Control => self.control_port,
            Channel::Stdin => self.stdin_port,
            Channel::Iopub => self.iopub_port,
            Channel::Heartbeat => self.hb_port,
        }
    }
}

/// Newer clients write empty or null curve fields when encryption is off.
fn is_blank(value: &serde_json::Value) -> bool {
    value.is_null() || value.as_str().is_some_and(str::is_empty)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<ConnectionInfo, ConnectionError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        ConnectionInfo::read(file.path())
    }

    const PORTS: &str = r#""shell_port":1,"control_port":2,"stdin_port":3,"iopub_port":4,"hb_port":5"#;

    #[test]
    fn a_file_of_jupyter_client_is_read() {
        let info = read(&format!(
            r#"{{{PORTS},"ip":"127.0.0.1","key":"k","transport":"tcp","signature_scheme":"hmac-sha256","kernel_name":"fram","jupyter_session":"a.ipynb"}}"#
        ))
        .unwrap();
        assert_eq!(info.address(Channel::Iopub).unwrap().to_string(), "tcp://127.0.0.1:4");
        assert_eq!(info.kernel_name.as_deref(), Some("fram"));
    }

    #[test]
    fn ipc_addresses_are_paths_with_a_number() {
        let info = read(&format!(r#"{{{PORTS},"ip":"/tmp/kernel-ipc","transport":"ipc"}}"#)).unwrap();
        assert_eq!(info.address(Channel::Shell).unwrap().to_string(), "ipc:///tmp/kernel-ipc-1");
        let long = "x".repeat(120);
        let error = read(&format!(r#"{{{PORTS},"ip":"/tmp/{long}","transport":"ipc"}}"#)).unwrap_err();
        assert!(error.to_string().contains("longer than 103 bytes"), "{error}");
    }

    #[test]
    fn what_cannot_be_served_is_refused_with_its_reason() {
        let cases = [
            (
                format!(r#"{{{PORTS},"ip":"127.0.0.1","signature_scheme":"hmac-md5"}}"#),
                "signature scheme `hmac-md5`",
            ),
            (format!(r#"{{{PORTS},"ip":"127.0.0.1","curve_secretkey":"s"}}"#), "`curve_secretkey`"),
            (r#"{"ip":"127.0.0.1"}"#.to_owned(), "missing field `shell_port`"),
            (format!(r#"{{{PORTS},"ip":"127.0.0.1","shell_port":70000}}"#), "not valid"),
            ("[]".to_owned(), "not valid"),
            (String::new(), "not valid"),
            (
                PORTS.replace(":4", ":0").replacen('"', r#"{"ip":"127.0.0.1",""#, 1) + "}",
                "iopub has no usable address",
            ),
        ];
        for (text, reason) in cases {
            let error = read(&text).unwrap_err().to_string();
            assert!(error.contains(reason), "{text}: {error}");
        }
        let error = ConnectionInfo::read(Path::new("/nowhere/at/all.json")).unwrap_err().to_string();
        assert!(error.starts_with("cannot read the connection file"), "{error}");
    }

    #[test]
    fn blank_curve_fields_are_no_encryption() {
        assert!(
            read(&format!(r#"{{{PORTS},"ip":"::1","curve_publickey":null,"curve_secretkey":""}}"#)).is_ok()
        );
    }
}
