//! Where a master listens, as people write it, and how a worker is reached from there.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::str::FromStr;
use std::time::Duration;

use tokio::net::UdpSocket;

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
        if !is_host(host) {
            return Err(failed());
        }
        let host = host.parse().map_or_else(|_| host.to_owned(), |ip| host_of(IpAddr::V6(ip)));
        Ok(Self { host, port })
    }
}

impl From<SocketAddr> for Address {
    fn from(address: SocketAddr) -> Self {
        Self { host: host_of(address.ip()), port: address.port() }
    }
}

impl Address {
    /// Whether it is this machine's own, where no other is reached; a name that is not known leads elsewhere.
    pub fn is_loopback(&self) -> bool {
        let Ok(mut found) = (self.bare_host(), self.port).to_socket_addrs() else { return false };
        found.all(|found| found.ip().is_loopback())
    }

    /// The command that adds a worker to the cluster whose master listens here.
    pub fn worker_command(&self) -> String {
        let reach = if self.is_loopback() { "" } else { " --bind 0.0.0.0 --allow-path FOLDER" };
        format!("fram worker {self}{reach}")
    }

    /// The host without the brackets of an IPv6 address.
    fn bare_host(&self) -> &str {
        self.host.trim_matches(['[', ']'])
    }
}

/// The address as a host in front of a port: that of IPv6 in brackets.
pub(crate) fn host_of(ip: IpAddr) -> String {
    if ip.is_ipv6() { format!("[{ip}]") } else { ip.to_string() }
}

/// Whether the text may be the name or the number of a machine.
pub(crate) fn is_host(text: &str) -> bool {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-._[]:".contains(letter);
    !text.is_empty() && text.chars().all(is_plain)
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "fram://{}:{}", self.host, self.port)
    }
}

/// How often it is looked again for the address of a machine that has none.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// The address at which the other machine reaches what listens here: where that is at all addresses, the one that packets
/// to the other machine come from. Waits until the other's name is known.
pub(crate) async fn reached_from(other: &Address, listens: SocketAddr) -> SocketAddr {
    if !listens.ip().is_unspecified() {
        return listens;
    }
    let mut is_told = false;
    loop {
        match address_towards(other, listens.is_ipv4()).await {
            Ok(ip) => return SocketAddr::new(ip, listens.port()),
            Err(error) if !is_told => log::warn!("no way leads to {other} ({error}); it is looked for again"),
            Err(_) => {}
        }
        is_told = true;
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// An address of the block that is reserved for examples: no machine has it, and the way to it is the one to the network.
const ELSEWHERE: &str = "192.0.2.1";

/// Where other machines reach what listens there: where that is at all addresses, the one that packets to the network
/// come from; this machine's own where there is no network.
pub async fn reached_from_network(listens: SocketAddr) -> SocketAddr {
    if !listens.ip().is_unspecified() {
        return listens;
    }
    let elsewhere = Address { host: ELSEWHERE.to_owned(), port: DEFAULT_PORT };
    let found = address_towards(&elsewhere, listens.is_ipv4()).await;
    SocketAddr::new(found.unwrap_or(Ipv4Addr::LOCALHOST.into()), listens.port())
}

/// The address that packets to the other machine come from; one of IPv4 where nothing else is listened at.
async fn address_towards(other: &Address, is_ipv4: bool) -> io::Result<IpAddr> {
    let mut found = tokio::net::lookup_host((other.bare_host(), other.port)).await?;
    let other = found
        .find(|found| found.is_ipv4() || !is_ipv4)
        .ok_or_else(|| io::Error::other("it has no address"))?;
    let any: IpAddr =
        if other.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    // Nothing is sent: the system says only which way it would go.
    let socket = UdpSocket::bind((any, 0)).await?;
    socket.connect(other).await?;
    Ok(socket.local_addr()?.ip())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_ipv6_are_in_brackets() {
        let address = |text: &str| text.parse::<Address>().unwrap().to_string();
        assert_eq!(address("fram://[::1]:7"), "fram://[::1]:7");
        assert_eq!(address("fram://::1"), "fram://[::1]:7077");
        assert_eq!(address("fram://[fd00::1]"), "fram://[fd00::1]:7077");
        assert_eq!(address("fram://master.example:7"), "fram://master.example:7");
        let bound: SocketAddr = "[::1]:7".parse().unwrap();
        assert_eq!(Address::from(bound).to_string(), "fram://[::1]:7");
    }

    #[test]
    fn workers_elsewhere_are_told_what_they_must_say() {
        let command = |text: &str| text.parse::<Address>().unwrap().worker_command();
        assert_eq!(command("fram://127.0.0.1:7"), "fram worker fram://127.0.0.1:7");
        assert_eq!(
            command("fram://192.0.2.1"),
            "fram worker fram://192.0.2.1:7077 --bind 0.0.0.0 --allow-path FOLDER"
        );
    }

    #[test]
    fn no_name_of_a_machine_says_anything_else() {
        for strange in ["", "<script>", "a b", "a/../b", "host\u{202e}", "h\r\nx: y", "a?key=1", "a#b", "a@b"]
        {
            assert!(!is_host(strange), "{strange:?}");
            assert!(format!("fram://{strange}:7077").parse::<Address>().is_err(), "{strange:?}");
        }
        assert!(is_host("a-b.example") && is_host("10.0.0.1") && is_host("[fd00::1]"));
    }

    #[test]
    fn an_address_is_this_machines_own_or_leads_elsewhere() {
        for (text, expected) in [
            ("fram://127.0.0.1:7", true),
            ("fram://[::1]:7", true),
            ("fram://localhost", true),
            ("fram://10.0.0.1:7", false),
            ("fram://0.0.0.0:7", false),
            ("fram://no-such-machine.invalid:7", false),
        ] {
            assert_eq!(text.parse::<Address>().unwrap().is_loopback(), expected, "{text}");
        }
    }

    #[tokio::test]
    async fn what_listens_everywhere_is_reached_where_packets_come_from() {
        let master: Address = "fram://127.0.0.1:7077".parse().unwrap();
        let named: Address = "fram://localhost:7077".parse().unwrap();
        let reached_by_name = reached_from(&named, "0.0.0.0:7".parse().unwrap()).await;
        assert_eq!(reached_by_name.to_string(), "127.0.0.1:7");
        let reached = async |listens: &str| reached_from(&master, listens.parse().unwrap()).await.to_string();
        assert_eq!(reached("0.0.0.0:7").await, "127.0.0.1:7");
        assert_eq!(reached("[::]:7").await, "127.0.0.1:7");
        assert_eq!(reached("10.0.0.2:7").await, "10.0.0.2:7");
    }

    #[tokio::test]
    async fn what_listens_everywhere_is_reached_from_the_network() {
        let reached = async |listens: &str| reached_from_network(listens.parse().unwrap()).await;
        for listens in ["0.0.0.0:7", "[::]:7"] {
            let found = reached(listens).await;
            assert!(!found.ip().is_unspecified() && found.port() == 7, "{found}");
            // One of this machine's own.
            UdpSocket::bind((found.ip(), 0)).await.unwrap();
        }
        assert_eq!(reached("127.0.0.1:7").await.to_string(), "127.0.0.1:7");
    }
}
