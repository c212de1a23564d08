//! Where a master listens, as people write it.

use std::fmt;
use std::str::FromStr;

/// The port of a master that names none.
pub const DEFAULT_PORT: u16 = 7077;

/// Where a master listens, as `fram://host:7077`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Name or number of the machine.
    pub host: String,
    /// The port.
    pub port: u16,
}

/// Why something is no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is no address of a master; write fram://HOST:PORT, for example fram://127.0.0.1:{DEFAULT_PORT}"
)]
pub struct AddressError {
    text: String,
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let failed = || AddressError { text: text.to_owned() };
        let rest = text.trim().strip_prefix("fram://").ok_or_else(failed)?.trim_end_matches('/');
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !host.ends_with(':') => (host, port.parse().map_err(|_| failed())?),
            _ => (rest, DEFAULT_PORT),
        };
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-._[]:".contains(letter);
        if host.is_empty() || !host.chars().all(is_plain) {
            return Err(failed());
        }
        Ok(Self { host: host.to_owned(), port })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "fram://{}:{}", self.host, self.port)
    }
}
