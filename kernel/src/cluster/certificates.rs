//! The certificates that the command line names, and what is wrong with them.

use std::ffi::OsString;

use fram_cluster::{Tls, TlsFiles};

use crate::cli::cluster::TlsOptions;
use crate::console::Complaint;

/// The options again, for a worker that this program starts.
pub(super) fn tls_arguments(options: &TlsOptions) -> Vec<OsString> {
    let files =
        [("--tls-cert", &options.tls_cert), ("--tls-key", &options.tls_key), ("--tls-ca", &options.tls_ca)];
    let files = files.into_iter().filter_map(|(option, file)| Some((option, file.clone()?.into_os_string())));
    let name = options.tls_name.clone().map(|name| ("--tls-name", OsString::from(name)));
    let mut arguments: Vec<OsString> =
        files.chain(name).flat_map(|(option, value)| [OsString::from(option), value]).collect();
    arguments.extend(options.tls_mutual.then(|| "--tls-mutual".into()));
    arguments
}

/// The certificates that the options name.
pub(super) fn certificates(options: &TlsOptions) -> Result<Option<Tls>, Complaint> {
    let files = TlsFiles {
        certificate: options.tls_cert.clone(),
        key: options.tls_key.clone(),
        authority: options.tls_ca.clone(),
        name: options.tls_name.clone(),
        is_mutual: options.tls_mutual,
    };
    let found = Tls::read(&files).map_err(|error| {
        let complaint = Complaint::new(error.to_string());
        match error.remedy() {
            Some(remedy) => complaint.remedy(remedy),
            None => complaint,
        }
    })?;
    if let (Some(until), Some(file)) = (found.as_ref().and_then(Tls::expires_soon), &files.certificate) {
        log::warn!(
            "the certificate in {} expires on {until}: renew it before, and begin again",
            file.display()
        );
    }
    if found.as_ref().is_some_and(|tls| !tls.can_serve()) {
        return Err(Complaint::new("there is no certificate to show to others")
            .remedy("name it with --tls-cert FILE --tls-key FILE"));
    }
    Ok(found)
}

/// A worker calls others, too, and must know whom it calls.
pub(super) fn worker_certificates(options: &TlsOptions) -> Result<Option<Tls>, Complaint> {
    let found = certificates(options)?;
    if found.as_ref().is_some_and(|tls| !tls.can_call()) {
        return Err(Complaint::new("a worker must know whose certificates to believe")
            .remedy("name the authority's file with --tls-ca FILE"));
    }
    Ok(found)
}
