//! Tables of who is behind proxies, and of who only says so.

use std::net::IpAddr;

use super::{Fields, Forwarded};
use crate::network::Network;

fn address(text: &str) -> IpAddr {
    text.parse().expect(text)
}

/// What is read of fields that come from `10.0.0.1`, where `10.0.0.0/8` and `fd00::/8` are trusted: client, scheme and host.
fn read(fields: &Fields<'_>) -> String {
    read_from("10.0.0.1", fields)
}

fn read_from(peer: &str, fields: &Fields<'_>) -> String {
    let trusted = ["10.0.0.0/8", "fd00::/8"].map(|text| Network::read(text).expect(text));
    let read = Forwarded::read(address(peer), &trusted, fields);
    let scheme = if read.is_secure { "https" } else { "http" };
    format!(
        "{} {scheme} {}",
        read.client,
        read.host.unwrap_or_else(|| "-".to_owned())
    )
}

fn forwarded(lines: &[&str]) -> String {
    read(&Fields {
        forwarded: lines,
        ..Fields::default()
    })
}

#[test]
fn a_stranger_speaks_for_nobody() {
    let fields = Fields {
        forwarded: &["for=192.0.2.1;proto=https;host=evil.test"],
        x_forwarded_for: &["192.0.2.1"],
        x_forwarded_proto: &["https"],
        x_forwarded_host: &["evil.test"],
    };
    assert_eq!(read_from("203.0.113.9", &fields), "203.0.113.9 http -");
    assert_eq!(read_from("2001:db8::9", &fields), "2001:db8::9 http -");
    assert_eq!(
        read_from("::ffff:203.0.113.9", &fields),
        "203.0.113.9 http -"
    );
    assert_eq!(
        read_from("::ffff:10.0.0.1", &fields),
        "192.0.2.1 https evil.test"
    );
    assert_eq!(read(&Fields::default()), "10.0.0.1 http -");
}

#[test]
fn forwarded_is_read_from_the_right_as_far_as_it_is_trusted() {
    let table: [(&[&str], &str); 27] = [
        (
            &["for=192.0.2.1;proto=https;host=example.org"],
            "192.0.2.1 https example.org",
        ),
        (
            &["For=192.0.2.1; Proto=HTTPS ;HOST=Example.ORG"],
            "192.0.2.1 https example.org",
        ),
        (
            &[r#"for="192.0.2.1:4711";host="example.org:8443""#],
            "192.0.2.1 http example.org:8443",
        ),
        (&[r#"for="[2001:db8::1]";proto=http"#], "2001:db8::1 http -"),
        (&[r#"for="[2001:db8::1]:_x""#], "2001:db8::1 http -"),
        (&[r#"for="[::ffff:192.0.2.1]""#], "192.0.2.1 http -"),
        (&["proto=https"], "10.0.0.1 https -"),
        (&["for=unknown;proto=https"], "10.0.0.1 https -"),
        (&["for=_hidden;proto=https"], "10.0.0.1 https -"),
        (&["for=192.0.2.1;by=10.0.0.1;ext=1"], "192.0.2.1 http -"),
        // The client's own words stand to the left of those of the first proxy.
        (
            &["for=198.51.100.7;proto=https, for=192.0.2.1;proto=http"],
            "192.0.2.1 http -",
        ),
        (
            &["for=198.51.100.7;proto=https", "for=192.0.2.1"],
            "192.0.2.1 http -",
        ),
        // Two proxies: the outer one saw the client.
        (
            &["for=192.0.2.1;proto=https;host=a.test, for=10.0.0.2;proto=http;host=b.test"],
            "192.0.2.1 https a.test",
        ),
        (
            &["for=192.0.2.1;proto=https;host=a.test", "for=10.0.0.2"],
            "192.0.2.1 https a.test",
        ),
        (
            &["for=192.0.2.1, for=10.0.0.2;proto=https;host=b.test"],
            "192.0.2.1 https b.test",
        ),
        (
            &["for=198.51.100.7;proto=https, for=192.0.2.1, for=10.0.0.2"],
            "192.0.2.1 http -",
        ),
        (&[r#"for=192.0.2.1, for="[fd00::2]""#], "192.0.2.1 http -"),
        // What cannot be read ends the walk.
        (&["for=192.0.2.1, garbage, for=10.0.0.2"], "10.0.0.2 http -"),
        (&["for=192.0.2.1;for=192.0.2.2"], "10.0.0.1 http -"),
        (&["for=192.0.2.1;proto"], "10.0.0.1 http -"),
        (&["for=[2001:db8::1]"], "10.0.0.1 http -"),
        (&["for=example.org;proto=https"], "10.0.0.1 https -"),
        (
            &["for=192.0.2.1;host=\"a b\";proto=gopher"],
            "192.0.2.1 http -",
        ),
        // A string that a client has begun swallows nothing behind it.
        (
            &["for=\"198.51.100.7, for=192.0.2.1;proto=https"],
            "192.0.2.1 https -",
        ),
        (
            &[r#"for="198.51.100.7\, for="192.0.2.1:1""#],
            "192.0.2.1 http -",
        ),
        (&[r#"for=192.0.2.1;ext="a, \"b, \\""#], "192.0.2.1 http -"),
        (&["", " , ,"], "10.0.0.1 http -"),
    ];
    for (lines, expected) in table {
        assert_eq!(forwarded(lines), expected, "{lines:?}");
    }
}

#[test]
fn the_older_fields_are_read_alike() {
    let check = |clients: &[&str], schemes: &[&str], hosts: &[&str], expected: &str| {
        let fields = Fields {
            x_forwarded_for: clients,
            x_forwarded_proto: schemes,
            x_forwarded_host: hosts,
            ..Fields::default()
        };
        assert_eq!(read(&fields), expected, "{fields:?}");
    };
    check(
        &["192.0.2.1"],
        &["https"],
        &["a.test"],
        "192.0.2.1 https a.test",
    );
    check(&["192.0.2.1"], &[], &[], "192.0.2.1 http -");
    check(&[], &["https"], &["a.test"], "10.0.0.1 https a.test");
    check(&["2001:db8::1"], &[], &[], "2001:db8::1 http -");
    check(&["[2001:db8::1]:80"], &[], &[], "2001:db8::1 http -");
    check(&["192.0.2.1:4711"], &[], &[], "192.0.2.1 http -");
    check(
        &["198.51.100.7, 192.0.2.1"],
        &["https"],
        &[],
        "192.0.2.1 https -",
    );
    check(&["198.51.100.7", "192.0.2.1"], &[], &[], "192.0.2.1 http -");
    check(
        &["192.0.2.1, 10.0.0.2"],
        &["https"],
        &["a.test"],
        "192.0.2.1 https a.test",
    );
    // One of each for every proxy: that of the outermost.
    check(
        &["192.0.2.1, 10.0.0.2"],
        &["https, http"],
        &["a.test, b.test"],
        "192.0.2.1 https a.test",
    );
    check(
        &["192.0.2.1, 10.0.0.2"],
        &["http, https"],
        &[],
        "192.0.2.1 http -",
    );
    // A client cannot put its own before those of a proxy that sets them.
    check(
        &["198.51.100.7, 192.0.2.1"],
        &["https, http"],
        &["evil.test, a.test"],
        "192.0.2.1 http a.test",
    );
    check(
        &["192.0.2.1"],
        &["https, http"],
        &["evil.test, a.test"],
        "192.0.2.1 http a.test",
    );
    check(
        &["192.0.2.1, nonsense, 10.0.0.2"],
        &[],
        &[],
        "10.0.0.2 http -",
    );
    check(&["unknown"], &["https"], &[], "10.0.0.1 https -");
    check(&["192.0.2.1"], &["HTTPS"], &["a/b"], "192.0.2.1 https -");
    check(&["10.0.0.3, 10.0.0.2"], &[], &[], "10.0.0.3 http -");
    check(&[" , "], &[" "], &[""], "10.0.0.1 http -");
}

#[test]
fn forwarded_says_all_where_it_is() {
    let fields = Fields {
        forwarded: &["for=192.0.2.1"],
        x_forwarded_for: &["198.51.100.7"],
        x_forwarded_proto: &["https"],
        x_forwarded_host: &["evil.test"],
    };
    assert_eq!(read(&fields), "192.0.2.1 http -");
    let fields = Fields {
        forwarded: &["garbage"],
        ..fields
    };
    assert_eq!(read(&fields), "10.0.0.1 http -");
}
