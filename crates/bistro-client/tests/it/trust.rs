//! Certificates that are trusted, and what is said of those that are not.

use std::path::PathBuf;
use std::sync::Arc;

use bistro_client::error::Error;
use bistro_client::exchange::{Settings, Versions};
use expect_test::{Expect, expect};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd,
};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::server::{Server, accept, get, reply, serve_http2, serve_tls, settings};

/// An authority of our own, and what it signs.
pub(crate) struct Authority {
    root: CertifiedIssuer<'static, KeyPair>,
    folder: TempDir,
}

pub(crate) fn params(names: &[&str], common: &str) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.distinguished_name.push(DnType::CommonName, common);
    params
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

fn config(certificate: &rcgen::Certificate, key: &KeyPair) -> ServerConfig {
    let key = PrivatePkcs8KeyDer::from(key.serialize_der());
    ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key.into())
        .unwrap()
}

impl Authority {
    pub(crate) fn new() -> Self {
        Self::named("Bistro Test Root")
    }

    fn named(name: &str) -> Self {
        let mut authority = params(&[], name);
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
        Self {
            root,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    pub(crate) fn config(&self, params: &CertificateParams) -> ServerConfig {
        let key = KeyPair::generate().unwrap();
        config(&params.signed_by(&key, &self.root).unwrap(), &key)
    }

    /// Settings that trust this authority.
    pub(crate) fn trusted(&self) -> Settings {
        let mut settings = settings();
        settings.trust.authorities = Some(self.write("root.pem", &self.root.pem()));
        settings
    }
}

fn url(server: &Server) -> String {
    format!("https://localhost:{}/", server.address.port())
}

/// Settings by which `localhost` is where the servers of these tests are.
pub(crate) fn local(mut settings: Settings, server: &Server) -> Settings {
    settings.network.overrides = vec![
        format!("localhost:{}:127.0.0.1", server.address.port())
            .parse()
            .unwrap(),
    ];
    settings
}

async fn refusal(settings: Settings, config: ServerConfig, expected: Expect) {
    let server = serve_tls(config, |_| reply("200 OK", "", "ok")).await;
    let error = get(local(settings.clone(), &server), &url(&server))
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Distrusted { .. }), "{error:?}");
    expected.assert_eq(&format!(
        "{error}\nhint: {}",
        error.hint().unwrap_or_default()
    ));
    let mut insecure = local(settings, &server);
    insecure.trust.is_insecure = true;
    assert_eq!(get(insecure, &url(&server)).await.unwrap(), "ok");
}

#[tokio::test]
async fn a_certificate_of_a_named_authority_is_trusted() {
    let authority = Authority::new();
    let server = serve_tls(authority.config(&params(&["localhost"], "x")), |_| {
        reply("200 OK", "", "ok")
    })
    .await;
    assert_eq!(
        get(local(authority.trusted(), &server), &url(&server))
            .await
            .unwrap(),
        "ok"
    );
}

#[tokio::test]
async fn a_self_signed_certificate_is_explained_whatever_it_is_marked_as() {
    let authority = Authority::new();
    for is_ca in [IsCa::NoCa, IsCa::Ca(BasicConstraints::Unconstrained)] {
        let key = KeyPair::generate().unwrap();
        let mut own = params(&["localhost"], "self.test");
        own.is_ca = is_ca;
        let own = own.self_signed(&key).unwrap();
        refusal(
            authority.trusted(),
            config(&own, &key),
            expect![[r"
                the certificate of localhost is not trusted: self.test signed it itself
                hint: if you know whose it is, give it with `--cacert FILE`; `--insecure` looks away"]],
        )
        .await;
    }
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_is_explained() {
    let authority = Authority::new();
    let mut expired = params(&["localhost"], "old.test");
    expired.not_before = date_time_ymd(2019, 1, 1);
    expired.not_after = date_time_ymd(2020, 1, 1);
    refusal(
        authority.trusted(),
        authority.config(&expired),
        expect![[r"
            the certificate of localhost is not trusted: the certificate for old.test expired on Wed, 01 Jan 2020 00:00:00 GMT
            hint: check this machine's clock, or ask the server's owner for a new one; `--insecure` looks away"]],
    )
    .await;
    let mut early = params(&["localhost"], "new.test");
    early.not_before = date_time_ymd(2090, 1, 1);
    early.not_after = date_time_ymd(2091, 1, 1);
    refusal(
        authority.trusted(),
        authority.config(&early),
        expect![[r"
            the certificate of localhost is not trusted: the certificate for new.test is not valid before Sun, 01 Jan 2090 00:00:00 GMT
            hint: check this machine's clock, or ask the server's owner for a new one; `--insecure` looks away"]],
    )
    .await;
    refusal(
        authority.trusted(),
        authority.config(&params(&["other.test", "*.other.test", "10.0.0.1"], "x")),
        expect![[r"
            the certificate of localhost is not trusted: it is for other.test, *.other.test, 10.0.0.1
            hint: use one of these names, or `--resolve` with one of them; `--insecure` looks away"]],
    )
    .await;
    refusal(
        Authority::named("Somebody Else").trusted(),
        Authority::new().config(&params(&["localhost"], "leaf.test")),
        expect![[r"
            the certificate of localhost is not trusted: the certificate for leaf.test is signed by Bistro Test Root, who is no authority here
            hint: if you know whose it is, give it with `--cacert FILE`; `--insecure` looks away"]],
    )
    .await;
    refusal(
        Authority::new().trusted(),
        Authority::new().config(&params(&["localhost"], "leaf.test")),
        expect![[r"
            the certificate of localhost is not trusted: the certificate for leaf.test is not signed with the key that Bistro Test Root has here
            hint: if you know whose it is, give it with `--cacert FILE`; `--insecure` looks away"]],
    )
    .await;
}

#[tokio::test]
async fn a_self_signed_certificate_is_trusted_when_it_is_named_itself() {
    let authority = Authority::new();
    for is_ca in [IsCa::NoCa, IsCa::Ca(BasicConstraints::Unconstrained)] {
        let key = KeyPair::generate().unwrap();
        let mut own = params(&["localhost"], "self.test");
        own.is_ca = is_ca;
        let own = own.self_signed(&key).unwrap();
        let server = serve_tls(config(&own, &key), |_| reply("200 OK", "", "ok")).await;
        let mut settings = local(settings(), &server);
        settings.trust.authorities = Some(authority.write("own.pem", &own.pem()));
        assert_eq!(get(settings, &url(&server)).await.unwrap(), "ok");
    }
}

#[tokio::test]
async fn a_certificate_that_is_named_itself_must_be_in_its_time_and_for_its_name() {
    let authority = Authority::new();
    for (name, year, expected) in [
        ("other.test", 2090, "it is for other.test"),
        (
            "localhost",
            2020,
            "the certificate for self.test expired on Wed, 01 Jan 2020 00:00:00 GMT",
        ),
    ] {
        let key = KeyPair::generate().unwrap();
        let mut own = params(&[name], "self.test");
        own.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        own.not_after = date_time_ymd(year, 1, 1);
        let own = own.self_signed(&key).unwrap();
        let server = serve_tls(config(&own, &key), |_| reply("200 OK", "", "ok")).await;
        let mut settings = local(settings(), &server);
        settings.trust.authorities = Some(authority.write("own.pem", &own.pem()));
        let error = get(settings, &url(&server)).await.unwrap_err().to_string();
        assert!(error.ends_with(expected), "{error}");
    }
}

#[tokio::test]
async fn a_server_that_wants_our_certificate_gets_it() {
    let authority = Authority::new();
    let mut roots = RootCertStore::empty();
    roots.add(authority.root.der().clone()).unwrap();
    let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider())
        .build()
        .unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = params(&["localhost"], "x")
        .signed_by(&key, &authority.root)
        .unwrap();
    let config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(verifier)
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
        )
        .unwrap();
    let server = serve_tls(config, |_| reply("200 OK", "", "ok")).await;

    let own = KeyPair::generate().unwrap();
    let me = params(&["me"], "me")
        .signed_by(&own, &authority.root)
        .unwrap();
    let mut settings = local(authority.trusted(), &server);
    let error = get(settings.clone(), &url(&server)).await.unwrap_err();
    let text = error.to_string();
    assert!(text.ends_with("give one with `--cert FILE`"), "{text}");
    settings.trust.certificate = Some(authority.write("me.pem", &me.pem()));
    settings.trust.key = Some(authority.write("me.key", &own.serialize_pem()));
    assert_eq!(get(settings, &url(&server)).await.unwrap(), "ok");
}

#[tokio::test]
async fn tls_settles_on_the_version() {
    let authority = Authority::new();
    let new = || {
        let mut config = authority.config(&params(&["localhost"], "x"));
        config.alpn_protocols = vec![b"h2".to_vec()];
        config
    };
    let server = serve_http2(Some(new())).await;
    let text = get(local(authority.trusted(), &server), &url(&server))
        .await
        .unwrap();
    assert!(text.starts_with("GET https://localhost:"), "{text}");

    let old = serve_tls(authority.config(&params(&["localhost"], "x")), |_| {
        reply("200 OK", "", "ok")
    })
    .await;
    assert_eq!(
        get(local(authority.trusted(), &old), &url(&old))
            .await
            .unwrap(),
        "ok"
    );
    let mut wanted = local(authority.trusted(), &old);
    wanted.version = Versions::Http2;
    let error = get(wanted, &url(&old)).await.unwrap_err();
    assert!(matches!(error, Error::NoHttp2 { .. }), "{error:?}");
}

#[tokio::test]
async fn the_wrong_scheme_is_recognized() {
    let authority = Authority::new();
    let answering = accept(|mut stream| async move {
        drop(stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await);
    })
    .await;
    let mut settings = authority.trusted();
    settings.network.overrides = vec![
        format!("localhost:{}:127.0.0.1", answering.port())
            .parse()
            .unwrap(),
    ];
    let error = get(
        settings,
        &format!("https://localhost:{}/", answering.port()),
    )
    .await
    .unwrap_err();
    assert_eq!(
        error.hint().as_deref(),
        Some("does it speak plain HTTP there? Try `http://`"),
        "{error}"
    );

    let secret = accept(|mut stream| async move {
        drop(stream.read(&mut [0; 1000]).await);
        drop(stream.write_all(b"\x15\x03\x01\x00\x02\x02\x46").await);
    })
    .await;
    let error = get(crate::server::settings(), &format!("http://{secret}/"))
        .await
        .unwrap_err();
    assert_eq!(
        error.hint().as_deref(),
        Some("if it speaks TLS there, write `https://`"),
        "{error}"
    );
}
