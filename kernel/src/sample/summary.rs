//! The truth about the intrusion in a sample: what a hunter should find.

use std::fmt;

/// Who was hit, how, and when; times are UTC as Sysmon writes them, names as the logs write them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Summary {
    /// The domain's name in DNS.
    pub(crate) domain: String,
    /// The host that the intrusion began on, as `Hostname` has it.
    pub(crate) first_host: String,
    /// The person who opened the document, `DOMAIN\name`.
    pub(crate) user: String,
    /// The document's file name.
    pub(crate) document: String,
    /// When Word started PowerShell.
    pub(crate) opened: String,
    /// `ProcessGuid` of the PowerShell that calls home.
    pub(crate) beacon_guid: String,
    /// The address that it calls.
    pub(crate) beacon_address: String,
    /// The name that it asks for.
    pub(crate) beacon_name: String,
    /// The port that it calls.
    pub(crate) beacon_port: u16,
    /// Seconds between two calls; each comes up to a hundredth late.
    pub(crate) beacon_interval_seconds: i64,
    /// How often that process called that address.
    pub(crate) beacon_connections: usize,
    /// When the memory of `lsass.exe` was dumped.
    pub(crate) credential_access: String,
    /// `ProcessGuid` of the process that dumped it.
    pub(crate) credential_process_guid: String,
    /// The account that was used afterwards, `DOMAIN\name`.
    pub(crate) stolen_account: String,
    /// The host that it was used on.
    pub(crate) second_host: String,
    /// When it was.
    pub(crate) movement: String,
    /// `a service` or `WMI`.
    pub(crate) movement_by: String,
    /// `ProcessGuid` of the PowerShell on the second host.
    pub(crate) second_host_guid: String,
    /// When the second host's Security log was cleared.
    pub(crate) cleared: String,
    /// How many events were written.
    pub(crate) events: usize,
}

impl fmt::Display for Summary {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(to, "{} events of the domain {}", self.events, self.domain)?;
        writeln!(to, "{}  {} opens {} on {}", self.opened, self.user, self.document, self.first_host)?;
        writeln!(
            to,
            "                         PowerShell {} calls {} ({}) port {} every {} s, {} times",
            self.beacon_guid,
            self.beacon_address,
            self.beacon_name,
            self.beacon_port,
            self.beacon_interval_seconds,
            self.beacon_connections
        )?;
        writeln!(to, "{}  {} dumps lsass.exe", self.credential_access, self.credential_process_guid)?;
        writeln!(
            to,
            "{}  {} is used on {} by {}: PowerShell {}",
            self.movement, self.stolen_account, self.second_host, self.movement_by, self.second_host_guid
        )?;
        write!(to, "{}  the Security log of {} is cleared", self.cleared, self.second_host)
    }
}
