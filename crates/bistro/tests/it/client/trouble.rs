//! What is said when there is no answer: what happened, in which leg, and what to try.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::PrivatePkcs8KeyDer;

use crate::client::desk::Desk;
use crate::client::script::{Script, answer};

/// An authority of certificates.
pub(crate) struct Authority {
    root: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    /// One that nobody trusts so far.
    pub(crate) fn new() -> Self {
        let mut params = params(&[], "Trial Root");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("keys can be made");
        let root = CertifiedIssuer::self_signed(params, key).expect("it signs itself");
        Self { root }
    }

    /// Its own certificate.
    pub(crate) fn pem(&self) -> String {
        self.root.pem()
    }

    /// A server with a certificate for these names.
    pub(crate) fn server(&self, names: &[&str]) -> ServerConfig {
        self.server_with(&params(names, "Trial Server"))
    }

    fn server_with(&self, params: &CertificateParams) -> ServerConfig {
        let key = KeyPair::generate().expect("keys can be made");
        let certificate = params.signed_by(&key, &self.root).expect("it signs");
        let key = PrivatePkcs8KeyDer::from(key.serialize_der());
        ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("the provider has them")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key.into())
            .expect("they belong together")
    }
}

fn params(names: &[&str], common: &str) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).expect("they are names");
    params.distinguished_name.push(DnType::CommonName, common);
    params
}

fn secret(config: ServerConfig) -> (Script, String) {
    let server = Script::secret(config, |_| answer("200 OK", &[], "secret"));
    let url = format!("https://localhost:{}/", server.address.port());
    (server, url)
}

#[test]
fn a_name_that_is_not_found_is_told() {
    let ran = Desk::new()
        .run(&["get", "http://no-such-name.invalid/"])
        .ended(1);
    ran.says(&[
        "error: the name no-such-name.invalid was not found",
        "hint: ",
    ]);
}

#[test]
fn a_port_where_nobody_listens_is_told() {
    let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = free.local_addr().expect("bound").to_string();
    drop(free);
    let ran = Desk::new()
        .run(&["get", &format!("http://{address}/")])
        .ended(1);
    ran.says(&[
        &format!("nothing listens on {address}"),
        "hint: ",
        "bistro serve",
    ]);
}

#[test]
fn a_timeout_names_its_leg() {
    let desk = Desk::new();
    // It accepts, and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = silent.local_addr().expect("bound");
    thread::spawn(move || {
        let held: Vec<_> = silent.incoming().collect();
        drop(held);
    });
    let ran = desk.run(&["get", &format!("http://{address}/"), "--timeout", "0.3"]);
    ran.ended(1).says(&["0.3", "response"]);
    let url = format!("https://{address}/");
    let ran = desk.run(&["get", &url, "--connect-timeout", "0.3", "--insecure"]);
    ran.ended(1)
        .says(&["while making the connection secure", "--connect-timeout"]);
}

#[test]
fn a_certificate_that_is_not_trusted_is_named_with_the_reason() {
    let authority = Authority::new();
    let desk = Desk::new();
    desk.write("root.pem", authority.pem());
    let (_server, url) = secret(authority.server(&["localhost"]));
    let ran = desk.run(&["get", &url, "--cacert", "root.pem"]).well();
    assert_eq!(ran.text(), "secret");
    desk.write("other.pem", Authority::new().pem());
    let ran = desk.run(&["get", &url, "--cacert", "other.pem"]).ended(1);
    ran.says(&["Trial Server", "Trial Root", "--cacert", "--insecure"]);
    let ran = desk.run(&["get", &url, "--insecure"]).well();
    assert_eq!(ran.text(), "secret");
    ran.says(&["warning: certificates are not checked"]);

    let (_server, url) = secret(authority.server(&["elsewhere.test"]));
    let ran = desk.run(&["get", &url, "--cacert", "root.pem"]).ended(1);
    ran.says(&["localhost", "elsewhere.test"]);

    let mut old = params(&["localhost"], "Trial Server");
    old.not_before = date_time_ymd(2019, 1, 1);
    old.not_after = date_time_ymd(2020, 1, 2);
    let (_server, url) = secret(authority.server_with(&old));
    let ran = desk.run(&["get", &url, "--cacert", "root.pem"]).ended(1);
    ran.says(&["expired", "2020"]);
}

#[test]
fn http_where_tls_is_spoken_and_the_other_way_round_is_told() {
    let authority = Authority::new();
    let desk = Desk::new();
    let (server, _) = secret(authority.server(&["localhost"]));
    let ran = desk.run(&["get", &server.url("/")]).ended(1);
    ran.says(&["error: ", "https://"]);
    let plain = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("https://{}/", plain.local_addr().expect("bound"));
    thread::spawn(move || {
        let (mut stream, _) = plain.accept().expect("a connection");
        let mut octets = [0; 4096];
        let _ = stream.read(&mut octets);
        let _ = stream.write_all(&answer("400 Bad Request", &[], ""));
    });
    let ran = desk.run(&["get", &url, "--insecure"]).ended(1);
    ran.says(&["error: ", "http://"]);
}

#[test]
fn a_file_of_certificates_that_is_none_is_named() {
    let desk = Desk::new();
    desk.write("empty.pem", "nothing");
    for file in ["empty.pem", "nowhere.pem"] {
        let ran = desk
            .run(&["get", "https://localhost:1/", "--cacert", file])
            .ended(1);
        ran.says(&[file]);
    }
}

#[test]
fn a_host_can_be_said_to_be_somewhere_else() {
    let server = Script::answering(|seen| answer("200 OK", &[], seen.field("Host").unwrap_or("")));
    let desk = Desk::new();
    let port = server.address.port();
    let host = format!("songs.test:{port}");
    let resolve = format!("{host}:127.0.0.1");
    let url = format!("http://{host}/");
    let ran = desk.run(&["get", &url, "--resolve", &resolve]).well();
    assert_eq!(ran.text(), host);
}

#[test]
fn no_message_tells_a_password() {
    let desk = Desk::new();
    for arguments in [
        &["get", "http://ada:secret@127.0.0.1:1/"][..],
        &["get", "http://ada:secret@no-such-name.invalid/"],
        &[
            "get",
            "http://127.0.0.1:1/",
            "--proxy",
            "http://ada:secret@127.0.0.1:1/",
        ],
        &[
            "get",
            "http://127.0.0.1:1/",
            "--proxy",
            "ftp://ada:secret@127.0.0.1:1/",
        ],
        &["connect", "x:1", "--via", "http://ada:secret@127.0.0.1:1"],
        &["get", "http://127.0.0.1:1/", "--auth", "ada:secret"],
    ] {
        let ran = desk.run(arguments);
        assert!([1, 2].contains(&ran.code), "{arguments:?}: {}", ran.err);
        assert!(!ran.err.contains("secret"), "{arguments:?}: {}", ran.err);
    }
}
