//! Connections that are encrypted: who believes whom, and what is said when somebody does not.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair, date_time_ymd,
};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, crypto};

use crate::CELLS;
use crate::ports::assert_nothing_is_held;
use crate::processes::{Cluster, tables};

/// An authority, which signs certificates into files of a folder.
struct Authority {
    folder: PathBuf,
    issuer: Issuer<'static, KeyPair>,
    file: PathBuf,
}

impl Authority {
    fn new(folder: &Path, name: &str) -> Self {
        let mut parameters = CertificateParams::new(Vec::new()).unwrap();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.distinguished_name = DistinguishedName::new();
        parameters.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        let file = folder.join(format!("{name}.pem"));
        std::fs::write(&file, parameters.self_signed(&key).unwrap().pem()).unwrap();
        Self { folder: folder.to_owned(), issuer: Issuer::new(parameters, key), file }
    }

    /// A certificate for this name or address, good until the year's begin; the files of it and of its key.
    fn signed(&self, what: &str, name: &str, until: i32) -> (PathBuf, PathBuf) {
        self.signed_for(what, name, |parameters| parameters.not_after = date_time_ymd(until, 1, 1))
    }

    /// One for this address that is good for so long from now.
    fn signed_briefly(&self, what: &str, time: Duration) -> (PathBuf, PathBuf) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let until = date_time_ymd(1970, 1, 1) + now + time;
        self.signed_for(what, "127.0.0.1", |parameters| parameters.not_after = until)
    }

    fn signed_for(
        &self,
        what: &str,
        name: &str,
        change: impl FnOnce(&mut CertificateParams),
    ) -> (PathBuf, PathBuf) {
        let mut parameters = CertificateParams::new(vec![name.to_owned()]).unwrap();
        parameters.not_before = date_time_ymd(2020, 1, 1);
        change(&mut parameters);
        let key = KeyPair::generate().unwrap();
        let certificate = parameters.signed_by(&key, &self.issuer).unwrap();
        let (file, key_file) = (self.folder.join(what), self.folder.join(format!("{what}.key")));
        std::fs::write(&file, certificate.pem()).unwrap();
        std::fs::write(&key_file, key.serialize_pem()).unwrap();
        (file, key_file)
    }
}

/// The options that name these files.
fn options(authority: &Authority, files: &(PathBuf, PathBuf)) -> Vec<String> {
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let words =
        ["--tls-ca".into(), text(&authority.file), "--tls-cert".into(), text(&files.0), "--tls-key".into()];
    words.into_iter().chain([text(&files.1)]).collect()
}

fn started(master: &[String], worker: &[String], workers: usize) -> Cluster {
    let words: Vec<&str> = ["master", "--port", "0", "--ui-port", "0"]
        .into_iter()
        .chain(master.iter().map(String::as_str))
        .collect();
    let mut cluster = Cluster::begun(&words);
    let worker: Vec<&str> = worker.iter().map(String::as_str).collect();
    (0..workers).for_each(|_| cluster.add_worker(&worker));
    cluster
}

#[test]
fn a_cluster_whose_members_show_certificates_gives_the_same_rows() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new(folder.path(), "authority");
    let own = authority.signed("member", "127.0.0.1", 2099);
    let mut words = options(&authority, &own);
    words.push("--tls-mutual".into());
    let cluster = started(&words, &words, 2);
    let join = format!("{} {}", cluster.join(), options(&authority, &own).join(" "));
    cluster.wait_for_workers_by(&join, 2);
    let here = cluster.run("%cluster local", CELLS).succeeded();
    assert_eq!(tables(&here), tables(&cluster.run(&join, CELLS).succeeded()));

    // Who shows no certificate, or does not encrypt, is refused with what to do.
    let no_own = format!("{} --tls-ca {}", cluster.join(), authority.file.display());
    let told = cluster.run(&no_own, "1").failed();
    assert!(told.contains("--tls-cert"), "{told}");
    let told = cluster.run(&cluster.join(), "1").failed();
    assert!(told.contains("no master answers") && told.contains("--tls-ca"), "{told}");
    let other = Authority::new(folder.path(), "other");
    let told = cluster.run(&format!("{} --tls-ca {}", cluster.join(), other.file.display()), "1").failed();
    assert!(told.contains("--tls-ca"), "{told}");

    // Pages are encrypted, and open to the token of a browser that has no certificate.
    let page = page(&cluster.pages, &authority.file, &cluster.token());
    assert!(page.contains("<h1>Cluster") && page.contains("ready"), "{page}");
    assert!(cluster.link.contains("key="));
    let plain = super::pages::asked(&cluster.pages, "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    assert!(!plain.contains("HTTP/1.1 200"), "{plain}");
}

/// Where connections are encrypted, somebody may begin to agree on how, and never come to an end.
#[test]
fn every_port_closes_connections_that_agree_on_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new(folder.path(), "authority");
    let words = options(&authority, &authority.signed("member", "127.0.0.1", 2099));
    let cluster = started(&words, &words, 1);
    let join = format!("{} {}", cluster.join(), words.join(" "));
    cluster.wait_for_workers_by(&join, 1);
    assert_nothing_is_held(&cluster);
    let told = cluster.run(&join, "1").succeeded();
    assert!(told.contains("1 worker,"), "{told}");
}

#[test]
fn certificates_that_do_not_fit_are_errors_that_say_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new(folder.path(), "authority");
    let trusted = |cluster: &Cluster| format!("{} --tls-ca {}", cluster.join(), authority.file.display());
    let named = started(&options(&authority, &authority.signed("named", "fram.example", 2099)), &[], 0);
    let told = named.run(&trusted(&named), "1").failed();
    assert!(told.contains("--tls-name"), "{told}");
    let told = named.run(&format!("{} --tls-name fram.example", trusted(&named)), "1").succeeded();
    assert!(told.contains("0 workers"), "{told}");
    let plain = started(&[], &[], 0);
    let told = plain.run(&trusted(&plain), "1").failed();
    assert!(told.contains("leave --tls-ca away"), "{told}");

    let (certificate, _) = authority.signed("own", "127.0.0.1", 2099);
    let words = |key: &str| {
        let text = |path: &Path| path.to_string_lossy().into_owned();
        ["master", "--port", "0", "--ui-port", "0", "--tls-cert", &text(&certificate), "--tls-key", key]
            .map(str::to_owned)
    };
    let other_key = folder.path().join("named.key").to_string_lossy().into_owned();
    for (key, wanted) in [
        ("/nowhere", "/nowhere"),
        (&certificate.to_string_lossy(), "holds no key"),
        (&other_key, "do not fit"),
    ] {
        let words = words(key);
        let output = plain.program(&words.each_ref().map(String::as_str)).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(told.contains(wanted) && !output.status.success(), "{told}");
    }
}

#[test]
fn a_certificate_that_has_expired_is_named_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new(folder.path(), "authority");
    let trusted = |cluster: &Cluster| format!("{} --tls-ca {}", cluster.join(), authority.file.display());
    // One's own, in its file.
    let old = authority.signed("old", "127.0.0.1", 2021);
    let words = options(&authority, &old);
    let plain = started(&[], &[], 0);
    let told = plain.run(&format!("{} {}", plain.join(), words.join(" ")), "1").failed();
    let named = format!("{} has expired on 2021-01-01", old.0.display());
    assert!(told.contains(&named) && told.contains("renew it"), "{told}");
    for process in [&["master", "--port", "0", "--ui-port", "0"][..], &["worker", &plain.address]] {
        let words: Vec<&str> = process.iter().copied().chain(words.iter().map(String::as_str)).collect();
        let output = plain.program(&words).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && told.contains(&named), "{told}");
        assert!(told.contains("renew it"), "{told}");
    }
    // The master's, and a notebook's, while they run.
    let brief = authority.signed_briefly("brief", Duration::from_secs(3));
    let master = started(&options(&authority, &brief), &[], 0);
    let lasting = authority.signed("lasting", "127.0.0.1", 2099);
    let mut words = options(&authority, &lasting);
    words.push("--tls-mutual".into());
    let mutual = started(&words, &[], 0);
    let shown = authority.signed_briefly("shown", Duration::from_secs(3));
    let join = format!("{} {}", mutual.join(), options(&authority, &shown).join(" "));
    sleep(Duration::from_secs(4));
    let told = master.run(&trusted(&master), "1").failed();
    assert!(told.contains("its certificate has expired") && told.contains("renew"), "{told}");
    let told = mutual.run(&join, "1").failed();
    assert!(told.contains("has expired on") && told.contains("renew"), "{told}");
}

#[test]
fn a_workers_certificate_that_expires_while_it_runs_is_named_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new(folder.path(), "authority");
    let lasting = options(&authority, &authority.signed("lasting", "127.0.0.1", 2099));
    let brief = options(&authority, &authority.signed_briefly("brief", Duration::from_secs(8)));
    let cluster = started(&lasting, &brief, 1);
    let join = format!("{} --tls-ca {}", cluster.join(), authority.file.display());
    cluster.wait_for_workers_by(&join, 1);
    sleep(Duration::from_secs(9));
    let told = cluster.run(&join, CELLS).failed();
    assert!(told.contains("its certificate has expired") && told.contains("renew it"), "{told}");
    assert!(!told.contains("tonic") && !told.contains("Grpc"), "{told}");
}

/// The first page, asked for as a browser does that believes the authority.
fn page(address: &str, authority: &Path, token: &str) -> String {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(authority).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap();
    let config = config.with_root_certificates(roots).with_no_client_auth();
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = StreamOwned::new(connection, TcpStream::connect(address).unwrap());
    let head = format!(
        "GET / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = Vec::new();
    drop(stream.read_to_end(&mut answer));
    String::from_utf8_lossy(&answer).into_owned()
}
