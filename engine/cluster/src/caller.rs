//! Who calls: what everybody in a cluster shows when it opens a connection, and whom it believes.

use std::sync::Arc;
use std::time::Duration;

use ballista_core::extension::EndpointOverrideFn;
use serde::{Deserialize, Serialize};
use tonic::transport::Endpoint;

use crate::tls::Tls;
use crate::token::Token;

/// How long a connection may take to come about.
const CONNECTING: Duration = Duration::from_secs(5);
/// How long nothing is heard on a connection before the other side is asked whether it is there, and how long it may
/// take to answer: a network that broke, or a process that hangs, says nothing by itself.
pub(crate) const QUIET: Duration = Duration::from_secs(4);
pub(crate) const UNANSWERED: Duration = Duration::from_secs(8);

/// What is shown to whoever is called. It travels to a worker's slots, and is never logged.
#[derive(Clone, Serialize, Deserialize)]
pub struct Caller {
    /// The user agent that shows the token.
    agent: String,
    tls: Option<Tls>,
}

impl Caller {
    /// One who shows this token, over connections that are encrypted where there are certificates.
    pub fn new(token: &Token, tls: Option<Tls>) -> Self {
        Self { agent: token.user_agent(), tls: tls.filter(Tls::can_call) }
    }

    /// Whether its connections are encrypted.
    pub(crate) fn is_encrypted(&self) -> bool {
        self.tls.is_some()
    }

    /// The day on which the certificate that is shown has expired, if it has.
    pub(crate) fn expired(&self) -> Option<String> {
        self.tls.as_ref().and_then(Tls::expired)
    }

    /// The address as it is called.
    pub(crate) fn url(&self, host: &str, port: u16) -> String {
        let scheme = if self.is_encrypted() { "https" } else { "http" };
        format!("{scheme}://{host}:{port}")
    }

    /// The endpoint, as this one calls it.
    pub(crate) fn endpoint(&self, endpoint: Endpoint) -> Result<Endpoint, tonic::transport::Error> {
        let endpoint = endpoint.user_agent(self.agent.clone())?.tcp_nodelay(true);
        let endpoint = endpoint
            .connect_timeout(CONNECTING)
            .http2_keep_alive_interval(QUIET)
            .keep_alive_timeout(UNANSWERED)
            .keep_alive_while_idle(true);
        match &self.tls {
            Some(tls) => endpoint.tls_config(tls.for_calls()),
            None => Ok(endpoint),
        }
    }

    /// The same, for connections that Ballista makes.
    pub(crate) fn for_ballista(&self) -> EndpointOverrideFn {
        let caller = self.clone();
        Arc::new(move |endpoint| Ok(caller.endpoint(endpoint)?))
    }
}

impl std::fmt::Debug for Caller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Caller(…)")
    }
}
