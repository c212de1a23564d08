//! Who calls: what everybody in a cluster shows when it opens a connection, and whom it believes.

use std::sync::Arc;

use ballista_core::extension::EndpointOverrideFn;
use serde::{Deserialize, Serialize};
use tonic::transport::Endpoint;

use crate::tls::Tls;
use crate::token::Token;

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

    /// The address as it is called.
    pub(crate) fn url(&self, host: &str, port: u16) -> String {
        let scheme = if self.is_encrypted() { "https" } else { "http" };
        format!("{scheme}://{host}:{port}")
    }

    /// The endpoint, as this one calls it.
    pub(crate) fn endpoint(&self, endpoint: Endpoint) -> Result<Endpoint, tonic::transport::Error> {
        let endpoint = endpoint.user_agent(self.agent.clone())?.tcp_nodelay(true);
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
