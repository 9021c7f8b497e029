//! Which requests are for this server.

use std::net::SocketAddr;

use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::{StatusCode, Uri, Version};

use super::resolve;
use crate::settings::Settings;

fn settings(is_development: bool, hosts: &[&str]) -> Settings {
    Settings {
        is_development,
        hosts: hosts.iter().map(|&host| host.to_owned()).collect(),
        ..Settings::closed(SocketAddr::from(([127, 0, 0, 1], 8080)))
    }
}

fn check(
    settings: &Settings,
    version: Version,
    target: &str,
    hosts: &[&str],
    expected: Result<&str, u16>,
) {
    let mut headers = HeaderMap::new();
    for host in hosts {
        headers.append(
            header::HOST,
            HeaderValue::from_str(host).expect("a field value"),
        );
    }
    let uri: Uri = target.parse().expect("a target");
    let found = resolve(
        version,
        uri.authority(),
        &headers,
        settings,
        settings.listen,
    );
    let expected = expected
        .map(str::to_owned)
        .map_err(|status| StatusCode::from_u16(status).expect("a status"));
    assert_eq!(
        found
            .map(|name| name.as_str().to_owned())
            .map_err(|refusal| refusal.status()),
        expected,
        "{version:?} {target} {hosts:?}"
    );
}

#[test]
fn http_1_takes_host_or_the_targets_own() {
    let open = settings(false, &[]);
    let one = Version::HTTP_11;
    check(&open, one, "/", &["Example.com"], Ok("example.com"));
    check(&open, one, "/", &[], Err(400));
    check(&open, one, "/", &["a", "a"], Err(400));
    check(&open, one, "http://b/", &["a"], Ok("b"));
    check(&open, one, "http://b/", &[], Err(400));
    check(&open, one, "http://b/", &["a b"], Err(400));
    check(&open, Version::HTTP_10, "/", &[], Ok("127.0.0.1:8080"));
    check(&open, Version::HTTP_10, "/", &["a", "a"], Err(400));
}

#[test]
fn http_2_takes_authority_and_host_must_not_differ() {
    let open = settings(false, &[]);
    let two = Version::HTTP_2;
    check(&open, two, "http://a/", &[], Ok("a"));
    check(&open, two, "http://a/", &["A"], Ok("a"));
    check(&open, two, "http://a/", &["b"], Err(400));
    check(&open, two, "http://a/", &["a", "a"], Err(400));
    check(&open, two, "http://me@a/", &[], Err(400));
    check(&open, two, "/", &["a"], Ok("a"));
    check(&open, two, "/", &[], Err(400));
}

#[test]
fn development_mode_knows_loopback_names_the_address_and_the_list() {
    let ours = settings(true, &["my.test"]);
    for host in [
        "localhost",
        "a.localhost:1",
        "127.0.0.1",
        "127.0.0.1:8080",
        "[::1]",
        "my.test",
    ] {
        check(&ours, Version::HTTP_11, "/", &[host], Ok(host));
    }
    for host in [
        "evil.test",
        "localhost.evil.test",
        "127.0.0.1.evil.test",
        "192.168.0.1",
        "2130706433",
    ] {
        check(&ours, Version::HTTP_11, "/", &[host], Err(421));
    }
}
