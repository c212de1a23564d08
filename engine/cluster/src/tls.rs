//! Certificates: what a process shows to others, and whose it believes. Without them, connections are not encrypted.
//! Until when one is good is left to `expiry`.

mod expiry;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ServerConfig, crypto};
use tonic::transport::{Certificate, ClientTlsConfig, Identity, Server, ServerTlsConfig};

use crate::caller::{QUIET, UNANSWERED};

/// How long before its end a certificate is spoken of.
const SOON: Duration = Duration::from_secs(14 * 24 * 60 * 60);

/// Certificates of a process.
#[derive(Clone, Serialize, Deserialize)]
pub struct Tls {
    /// Its certificate, with those that lead to the authority, and the key.
    identity: Option<(String, String)>,
    /// The authority that it believes.
    authority: Option<String>,
    /// The name in the certificates of others, where it is not their address.
    name: Option<String>,
    /// Whether others must show a certificate of the authority, too.
    is_mutual: bool,
}

/// Where certificates lie.
#[derive(Debug, Clone, Default)]
pub struct TlsFiles {
    /// The certificate that is shown, with those that lead to the authority, in PEM.
    pub certificate: Option<PathBuf>,
    /// The key of it.
    pub key: Option<PathBuf>,
    /// Certificates of the authority that is believed.
    pub authority: Option<PathBuf>,
    /// The name in the certificates of others, where it is not their address.
    pub name: Option<String>,
    /// Whether others must show a certificate of the authority, too.
    pub is_mutual: bool,
}

/// Why certificates cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("{} cannot be read: {error}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// A file holds something else.
    #[error("{} holds no {what}: {reason}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What should be in it.
        what: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// A certificate and no key, or an option that needs another.
    #[error("{0}")]
    Missing(&'static str),
    /// A certificate that nobody accepts any more.
    #[error("the certificate in {} has expired on {until}", path.display())]
    Expired {
        /// The file.
        path: PathBuf,
        /// The day.
        until: String,
    },
    /// Certificate and key do not belong together.
    #[error("the certificate and the key do not fit: {0}")]
    Pair(String),
}

impl TlsError {
    /// What to do about it, where that is not plain.
    pub fn remedy(&self) -> Option<&'static str> {
        match self {
            Self::Expired { .. } => Some("renew it: have the authority sign a new one, and name its file"),
            Self::Missing(_) => {
                Some("--tls-cert FILE and --tls-key FILE are what is shown, --tls-ca FILE is whom to believe")
            }
            Self::Pair(_) => Some("name the key that the certificate was made for with --tls-key FILE"),
            Self::File { .. } | Self::Content { .. } => None,
        }
    }
}

impl Tls {
    /// The certificates in these files; none where no file is named.
    pub fn read(files: &TlsFiles) -> Result<Option<Self>, TlsError> {
        let identity = match (&files.certificate, &files.key) {
            (Some(certificate), Some(key)) => Some((text(certificate)?, text(key)?)),
            (None, None) => None,
            _ => return Err(TlsError::Missing("a certificate and its key are named together")),
        };
        let authority = files.authority.as_deref().map(text).transpose()?;
        if identity.is_none() && authority.is_none() {
            if files.is_mutual || files.name.is_some() {
                return Err(TlsError::Missing("no certificate is named"));
            }
            return Ok(None);
        }
        if files.is_mutual && authority.is_none() {
            return Err(TlsError::Missing(
                "whoever others must show a certificate of is not named: the authority",
            ));
        }
        let tls = Self { identity, authority, name: files.name.clone(), is_mutual: files.is_mutual };
        tls.check(files)?;
        Ok(Some(tls))
    }

    /// Refuses what would fail at the first connection only.
    fn check(&self, files: &TlsFiles) -> Result<(), TlsError> {
        let wrong = |path: &Option<PathBuf>, what, reason: String| {
            Err(TlsError::Content { path: path.clone().unwrap_or_default(), what, reason })
        };
        if let Some((certificate, key)) = &self.identity {
            if let Err(reason) = certificates(certificate) {
                return wrong(&files.certificate, "certificate", reason);
            }
            if let Err(error) = PrivateKeyDer::from_pem_slice(key.as_bytes()) {
                return wrong(&files.key, "key", error.to_string());
            }
            if let Some(until) = self.expired() {
                let path = files.certificate.clone().unwrap_or_default();
                return Err(TlsError::Expired { path, until });
            }
        }
        if let Some(Err(reason)) = self.authority.as_deref().map(certificates) {
            return wrong(&files.authority, "certificate", reason);
        }
        match self.identity {
            Some(_) => self.server_config().map(drop).map_err(TlsError::Pair),
            None => Ok(()),
        }
    }

    /// The day on which the certificate that is shown has expired, if it has.
    pub fn expired(&self) -> Option<String> {
        self.expires_within(Duration::ZERO)
    }

    /// The day on which the certificate that is shown expires, if that is soon.
    pub fn expires_soon(&self) -> Option<String> {
        self.expires_within(SOON)
    }

    fn expires_within(&self, time: Duration) -> Option<String> {
        let (certificate, _) = self.identity.as_ref()?;
        expiry::before(certificates(certificate).ok()?.first()?, time)
    }

    /// Whether it can be shown to those who call.
    pub fn can_serve(&self) -> bool {
        self.identity.is_some()
    }

    /// Whether it says whom to believe.
    pub fn can_call(&self) -> bool {
        self.authority.is_some()
    }

    /// How calls are made.
    pub(crate) fn for_calls(&self) -> ClientTlsConfig {
        let mut config = ClientTlsConfig::new();
        if let Some(authority) = &self.authority {
            config = config.ca_certificate(Certificate::from_pem(authority));
        }
        if let Some((certificate, key)) = &self.identity {
            config = config.identity(Identity::from_pem(certificate, key));
        }
        match &self.name {
            Some(name) => config.domain_name(name),
            None => config,
        }
    }

    /// How calls are answered; `None` where no certificate can be shown.
    pub(crate) fn for_answers(&self) -> Option<ServerTlsConfig> {
        let (certificate, key) = self.identity.as_ref()?;
        let config = ServerTlsConfig::new().identity(Identity::from_pem(certificate, key));
        Some(match &self.authority {
            Some(authority) if self.is_mutual => config.client_ca_root(Certificate::from_pem(authority)),
            _ => config,
        })
    }

    /// How pages are served: browsers show no certificate, but the token.
    pub(crate) fn for_pages(&self) -> Option<TlsAcceptor> {
        let mut config = self.server_config().ok()?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Some(TlsAcceptor::from(Arc::new(config)))
    }

    fn server_config(&self) -> Result<ServerConfig, String> {
        let (certificate, key) = self.identity.as_ref().ok_or("there is no certificate")?;
        let provider = Arc::new(crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider);
        let builder = builder.with_safe_default_protocol_versions().map_err(|error| error.to_string())?;
        let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(|error| error.to_string())?;
        let builder = builder.with_no_client_auth();
        builder.with_single_cert(certificates(certificate)?, key).map_err(|error| error.to_string())
    }
}

/// A server whose connections are encrypted where there are certificates to show.
pub(crate) fn server_with(tls: Option<&Tls>) -> io::Result<Server> {
    // A caller whose network broke is noticed, and what it had begun is ended.
    let server =
        Server::builder().http2_keepalive_interval(Some(QUIET)).http2_keepalive_timeout(Some(UNANSWERED));
    match tls.and_then(Tls::for_answers) {
        Some(config) => server.tls_config(config).map_err(io::Error::other),
        None => Ok(server),
    }
}

fn text(path: impl AsRef<Path>) -> Result<String, TlsError> {
    let path = path.as_ref();
    fs::read_to_string(path).map_err(|error| TlsError::File { path: path.to_owned(), error })
}

/// The certificates in the text, at least one.
fn certificates(text: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let found = CertificateDer::pem_slice_iter(text.as_bytes()).collect::<Result<Vec<_>, _>>();
    match found.map_err(|error| error.to_string())? {
        found if found.is_empty() => Err("it is not in PEM".to_owned()),
        found => Ok(found),
    }
}
