//! Tables of authorities, good, bad and loopback.

use super::{Authority, AuthorityError, HOST_BYTES_MAX};

#[test]
fn hosts_and_ports_are_read() {
    let check = |text: &str, host: &str, port: Option<u16>| {
        let read = Authority::read(text).expect("it is an authority");
        assert_eq!((read.host(), read.port()), (host, port), "{text:?}");
        let again = Authority::read(&read.to_string());
        assert_eq!(again, Ok(read), "{text:?}");
    };
    check("localhost", "localhost", None);
    check("LocalHost:8080", "localhost", Some(8080));
    check("example.com:", "example.com", None);
    check("example.com:0", "example.com", Some(0));
    check("example.com:00080", "example.com", Some(80));
    check("example.com:65535", "example.com", Some(65535));
    check("127.0.0.1:80", "127.0.0.1", Some(80));
    check("[::1]", "[::1]", None);
    check("[0:0:0:0:0:0:0:1]:8080", "[::1]", Some(8080));
    check("[2001:DB8::A]:", "[2001:db8::a]", None);
    check("[::ffff:127.0.0.1]", "[::ffff:127.0.0.1]", None);
    check("xn--bcher-kva.example", "xn--bcher-kva.example", None);
    check("a_b~c.d-e", "a_b~c.d-e", None);
    check("%41b", "%41b", None);
}

fn refuse(text: &str, expected: AuthorityError) {
    assert_eq!(Authority::read(text), Err(expected), "{text:?}");
}

#[test]
fn a_host_has_to_be_there_and_alone() {
    refuse("", AuthorityError::Empty);
    refuse(":", AuthorityError::Empty);
    refuse(":80", AuthorityError::Empty);
    refuse("::1", AuthorityError::Empty);
    refuse("user@host", AuthorityError::UserInfo { at: 4 });
    refuse("user:pass@host:80", AuthorityError::UserInfo { at: 9 });
    refuse("host:80@evil", AuthorityError::UserInfo { at: 7 });
    refuse("@", AuthorityError::UserInfo { at: 0 });
}

#[test]
fn characters_that_no_host_has_are_named() {
    for (text, character, at) in [
        (" ", ' ', 0),
        ("a b", ' ', 1),
        (" a", ' ', 0),
        ("a ", ' ', 1),
        ("a\t", '\t', 1),
        ("a/b", '/', 1),
        ("a/", '/', 1),
        ("a,b", ',', 1),
        ("a, b", ',', 1),
        ("a?b", '?', 1),
        ("a#b", '#', 1),
        ("a\\b", '\\', 1),
        ("a\0", '\0', 1),
        ("a\r\nb", '\r', 1),
        ("a<b", '<', 1),
        ("a\"b", '"', 1),
        ("a[::1]", '[', 1),
        ("a]", ']', 1),
        ("bücher.example", 'ü', 1),
        ("서울", '서', 0),
        ("ｌocalhost", 'ｌ', 0),
    ] {
        refuse(text, AuthorityError::Character { character, at });
    }
    for text in ["%", "%4", "%zz", "a%4é"] {
        let at = text.find('%').expect("it is there");
        refuse(text, AuthorityError::Escape { at });
    }
}

#[test]
fn brackets_hold_an_ipv6_address() {
    for text in [
        "[",
        "[]",
        "[::1",
        "[::1:80",
        "[:::1]",
        "[1.2.3.4]",
        "[::1%25eth0]",
        "[::1%eth0]",
        "[v1.a]",
        "[localhost]",
        "[ ::1]",
        "[::g]",
        "[1:2:3:4:5:6:7:8:9]",
        "[[::1]]",
    ] {
        refuse(text, AuthorityError::Ipv6);
    }
    for text in ["[::1]80", "[::1]a", "[::1] ", "[::1]]"] {
        refuse(text, AuthorityError::Port { at: 5 });
    }
}

#[test]
fn a_port_is_a_number_up_to_65535() {
    for digits in [
        "65536",
        "99999999999999999999",
        "-1",
        "+80",
        "80a",
        " 80",
        "80 ",
        "80:80",
        "0x50",
        "٨٠",
        "80,a",
        "80/",
    ] {
        refuse(&format!("a:{digits}"), AuthorityError::Port { at: 2 });
        refuse(&format!("[::1]:{digits}"), AuthorityError::Port { at: 6 });
    }
    refuse("fe80::1", AuthorityError::Port { at: 5 });
    refuse("http://a", AuthorityError::Port { at: 5 });
}

#[test]
fn a_host_is_no_longer_than_a_name_can_be() {
    assert!(Authority::read(&"a".repeat(HOST_BYTES_MAX)).is_ok());
    let bytes = HOST_BYTES_MAX + 1;
    assert_eq!(
        Authority::read(&"a".repeat(bytes)),
        Err(AuthorityError::TooLong { bytes })
    );
}

#[test]
fn loopback_is_only_what_cannot_be_elsewhere() {
    let check = |text: &str, expected: bool| {
        let read = Authority::read(text).expect("it is an authority");
        assert_eq!(read.is_loopback(), expected, "{text:?}");
    };
    for text in [
        "localhost",
        "LOCALHOST:80",
        "a.localhost",
        "a.b.localhost:1",
        "127.0.0.1",
        "127.0.0.1:8080",
        "127.255.255.254",
        "[::1]",
        "[::1]:80",
        "[0::0:1]",
    ] {
        check(text, true);
    }
    for text in [
        "evil.test",
        "localhost.evil.test",
        "evil-localhost",
        "xlocalhost",
        ".localhost",
        "a..localhost",
        "localhost.",
        "127.0.0.1.evil.test",
        "127.1",
        "127.0.1",
        "0x7f.1",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "127.0.0.01",
        "2130706433",
        "0.0.0.0",
        "128.0.0.1",
        "126.255.255.255",
        "127.0.0.256",
        "127.0.0.1.",
        "[::]",
        "[::2]",
        "[::ffff:127.0.0.1]",
        "%6cocalhost",
        "127%2e0.0.1",
    ] {
        check(text, false);
    }
}

#[test]
fn the_port_a_scheme_implies_need_not_be_said() {
    let check = |text: &str, scheme: &str, expected: &str| {
        let read = Authority::read(text).expect("it is an authority");
        assert_eq!(read.without_default_port(scheme).to_string(), expected);
    };
    check("a:80", "http", "a");
    check("a:443", "https", "a");
    check("a:443", "http", "a:443");
    check("a:80", "https", "a:80");
    check("a:80", "other", "a:80");
    check("a", "http", "a");
}
