//! Why a master does not take whoever calls it, in words, and what to do: the same for notebooks and workers.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tonic::{Code, Status};

use crate::address::{Address, DEFAULT_PORT};
use crate::caller::Caller;
use crate::failure::Failure;

/// How long what answers at an address may take to say that it is something else.
const ANSWER: Duration = Duration::from_secs(1);
/// The port of a master's pages that names none.
const DEFAULT_PAGES: u16 = 7080;

/// Why a master does not take a caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// What is the matter.
    pub(crate) reason: String,
    /// What to do about it.
    pub(crate) remedy: String,
    /// Whether it will be refused again, however often it is tried.
    pub(crate) is_final: bool,
}

impl Refusal {
    /// What the status of a call to the master says; who answers is looked at where that is not clear.
    pub(crate) async fn of(master: &Address, caller: &Caller, status: &Status) -> Self {
        let refusal = Self::said(master, caller, status);
        match refusal {
            Some(refusal) => refusal,
            None if has_pages(master).await => Self::passing(
                format!("what answers at {master} is no master, but serves web pages"),
                format!(
                    "{DEFAULT_PAGES} is the port of a master's pages; `fram://` wants the one where it listens, which is {DEFAULT_PORT} unless its --port says another"
                ),
            ),
            None => Self::unanswered(master, status),
        }
    }

    /// What the status says; none where it could mean anything.
    pub(crate) fn said(master: &Address, caller: &Caller, status: &Status) -> Option<Self> {
        let said = status.message();
        match status.code() {
            Code::Unauthenticated => {
                return Some(Self {
                    reason: format!("the master at {master} does not accept this token"),
                    remedy: "name the file with that master's token with --token-file FILE".into(),
                    is_final: true,
                });
            }
            Code::FailedPrecondition => {
                return Some(Self { reason: said.to_owned(), remedy: String::new(), is_final: true });
            }
            _ => {}
        }
        if let Some(until) = caller.expired() {
            return Some(Self::passing(
                format!("the certificate that is shown to the master at {master} has expired on {until}"),
                "renew it (the file of --tls-cert), and begin again".into(),
            ));
        }
        if let Some((what, remedy)) = encryption(said) {
            let reason =
                format!("the connection to the master at {master} cannot be encrypted: {what} ({said})");
            return Some(Self::passing(reason, remedy.to_owned()));
        }
        // Another protocol is spoken there, or it is encrypted.
        let is_unclear = !matches!(status.code(), Code::Internal | Code::InvalidArgument)
            || said.contains("h2 protocol error");
        (!is_unclear).then(|| {
            let remedy =
                "what `fram master` has printed may say why; `%cluster local` runs cells on this machine";
            Self::passing(format!("the master at {master} failed: {said}"), remedy.into())
        })
    }

    /// Nobody speaks there as a master does.
    pub(crate) fn unanswered(master: &Address, status: &Status) -> Self {
        Self::passing(
            format!("no master answers at {master} ({})", status.message()),
            "is `fram master` running there, and does it want encrypted connections (--tls-ca FILE) or your certificate (--tls-cert FILE --tls-key FILE)? `%cluster local` runs cells on this machine".into(),
        )
    }

    fn passing(reason: String, remedy: String) -> Self {
        Self { reason, remedy, is_final: false }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Cluster { reason: refusal.reason, remedy: refusal.remedy }
    }
}

/// Why a connection to a worker failed, where that is for a certificate, as the words for it say; none where it is for something else.
pub(crate) fn mistrust(worker: &str, said: &str) -> Option<Failure> {
    let words = said.to_lowercase();
    let is_of_certificates =
        ["invalidcertificate(", "peer certificate", "alert: certificate", "alertreceived(certificate"]
            .iter()
            .any(|mark| words.contains(mark));
    let (what, remedy) = encryption(said).filter(|_| is_of_certificates)?;
    let reason = format!("the connection to worker {worker} cannot be encrypted: {what}");
    Some(Failure::Cluster { reason, remedy: remedy.to_owned() })
}

/// What is wrong with a connection whose encryption failed, as the words for it say, and what to do.
fn encryption(said: &str) -> Option<(&'static str, &'static str)> {
    let words = said.to_lowercase();
    let own_has_expired = (
        "it says that the certificate that it was shown has expired",
        "renew it, name it with --tls-cert FILE --tls-key FILE, and begin again",
    );
    let is_for_another = (
        "its certificate is for another name",
        "it must bear the address where it is reached, or the name that --tls-name NAME says for all machines of the cluster",
    );
    let marks = [
        // What is said of our own certificate comes as an alert.
        ("alert: certificateexpired", own_has_expired),
        ("alertreceived(certificateexpired", own_has_expired),
        ("expired", ("its certificate has expired", "renew it on its machine, and begin it again there")),
        ("notvalidforname", is_for_another),
        ("not valid for name", is_for_another),
        (
            "certificaterequired",
            ("it wants to see a certificate", "name yours with --tls-cert FILE --tls-key FILE"),
        ),
        ("invalidcontenttype", ("it does not encrypt connections", "leave --tls-ca away")),
        (
            "noapplicationprotocol",
            (
                "what answers is no master, but serves web pages",
                "`fram://` wants the port where the master listens, which is 7077 unless its --port says another",
            ),
        ),
        (
            "certificate",
            (
                "its certificate is not believed",
                "name the file of the authority that signed it with --tls-ca FILE",
            ),
        ),
    ];
    marks.iter().find(|(mark, _)| words.contains(mark)).map(|(_, told)| *told)
}

/// Whether a web server answers there: a master says nothing that its pages' protocol knows.
async fn has_pages(address: &Address) -> bool {
    let asked = async {
        let mut stream =
            TcpStream::connect((address.host.trim_matches(['[', ']']), address.port)).await.ok()?;
        stream
            .write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            .await
            .ok()?;
        let mut begin = [0; 7];
        stream.read_exact(&mut begin).await.ok()?;
        Some(begin)
    };
    matches!(timeout(ANSWER, asked).await, Ok(Some(begin)) if begin == *b"HTTP/1.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::Token;

    fn refused(status: &Status) -> Option<Refusal> {
        let master = "fram://127.0.0.1:1".parse().unwrap();
        Refusal::said(&master, &Caller::new(&Token::random(), None), status)
    }

    #[test]
    fn whose_certificate_has_expired_is_told_apart() {
        for (said, wanted) in [
            (
                "invalid peer certificate: certificate expired: verified at time 2",
                "its certificate has expired",
            ),
            ("received fatal alert: CertificateExpired", "that it was shown has expired"),
            ("received fatal alert: CertificateRequired", "wants to see a certificate"),
            ("invalid peer certificate: UnknownIssuer", "not believed"),
        ] {
            let refusal = refused(&Status::unavailable(said)).unwrap();
            assert!(refusal.reason.contains(wanted) && !refusal.is_final, "{refusal:?}");
            assert_eq!(refusal.remedy.contains("renew"), said.to_lowercase().contains("expired"));
        }
        assert_eq!(refused(&Status::unavailable("connection refused")), None);
    }

    #[test]
    fn what_a_worker_says_of_certificates_is_told_from_other_words() {
        let told = |said: &str| match mistrust("host:7", said) {
            Some(Failure::Cluster { reason, remedy }) => format!("{reason}; {remedy}"),
            other => panic!("{other:?}"),
        };
        let expired = told("ConnectError(InvalidCertificate(ExpiredContext { time: UnixTime(3) }))");
        assert!(
            expired.contains("worker host:7") && expired.contains("its certificate has expired"),
            "{expired}"
        );
        assert!(expired.contains("renew it on its machine"), "{expired}");
        let shown = told("Custom { error: AlertReceived(CertificateExpired) }");
        assert!(shown.contains("that it was shown has expired"), "{shown}");
        assert!(told("invalid peer certificate: UnknownIssuer").contains("--tls-ca"));
        for other in
            ["connection refused", "no file /data/certificates/expired.parquet", "a ticket has expired"]
        {
            assert_eq!(mistrust("host:7", other), None);
        }
    }

    #[test]
    fn a_wrong_token_and_another_build_are_refused_for_good() {
        assert!(refused(&Status::unauthenticated("")).unwrap().is_final);
        let build = refused(&Status::failed_precondition("upgrade yours")).unwrap();
        assert!(build.is_final && build.reason.contains("upgrade yours"));
    }
}
