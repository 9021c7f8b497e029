//! What is typed, and where it leads.

use super::{BASE, Scheme, Target};

fn read(typed: &str) -> Result<Target, super::Error> {
    Target::read(typed, BASE, Scheme::Http)
}

#[test]
fn shorthands_are_written_out() {
    for (typed, expected) in [
        ("http://example.org", "http://example.org/"),
        ("HTTPS://Example.org:443/X", "https://example.org/X"),
        (
            "https://example.org:8443/x?y=1",
            "https://example.org:8443/x?y=1",
        ),
        ("example.org", "http://example.org/"),
        (" example.org ", "http://example.org/"),
        ("example.org:8080/x", "http://example.org:8080/x"),
        (
            "example.org?u=http://other",
            "http://example.org/?u=http://other",
        ),
        ("://example.org/x", "http://example.org/x"),
        ("localhost/x", "http://localhost/x"),
        ("[::1]:8080/x", "http://[::1]:8080/x"),
        ("[::1]", "http://[::1]/"),
        ("127.0.0.1:1", "http://127.0.0.1:1/"),
        (":", "http://localhost/"),
        (":/x", "http://localhost/x"),
        (":?y", "http://localhost/?y"),
        (":8080", "http://localhost:8080/"),
        (":8080/x?y#z", "http://localhost:8080/x?y"),
        ("example.org:/x", "http://example.org/x"),
        ("/songs", "http://localhost:8080/songs"),
        ("/", "http://localhost:8080/"),
        ("/songs?id=eq.1#top", "http://localhost:8080/songs?id=eq.1"),
        ("?id=1", "http://localhost:8080/?id=1"),
        ("#top", "http://localhost:8080/"),
        ("bücher.example/ü", "http://xn--bcher-kva.example/%C3%BC"),
    ] {
        let target = read(typed).unwrap_or_else(|error| panic!("{typed}: {error}"));
        assert_eq!(target.url.as_str(), expected, "{typed}");
        assert!(!target.is_asterisk && target.socket.is_none() && target.user.is_none());
    }
}

#[test]
fn the_scheme_and_the_base_are_what_they_are_told_to_be() {
    for (typed, base, expected) in [
        ("example.org", BASE, "https://example.org/"),
        ("://example.org", BASE, "https://example.org/"),
        (":8443", BASE, "https://localhost:8443/"),
        ("http://example.org", BASE, "http://example.org/"),
        ("/x", "http://h", "http://h/x"),
        ("/x", "h:81", "https://h:81/x"),
        ("/x?y", "http://h/api/", "http://h/api/x?y"),
        ("?y", "http://h/api?z", "http://h/api?y"),
        ("*", "http://h/api", "http://h/api"),
    ] {
        let target = Target::read(typed, base, Scheme::Https).expect(typed);
        assert_eq!(target.url.as_str(), expected, "{typed} at {base}");
    }
}

#[test]
fn what_no_url_has_is_encoded_and_what_is_encoded_stays() {
    for (typed, expected) in [
        (
            "/a b\"c<d>e|f\\g^h`i{j}",
            "/a%20b%22c%3Cd%3Ee%7Cf%5Cg%5Eh%60i%7Bj%7D",
        ),
        ("/a%20b%2fc", "/a%20b%2fc"),
        ("/100%/50%zz", "/100%25/50%25zz"),
        ("/서울", "/%EC%84%9C%EC%9A%B8"),
        ("/a:b@c;d,e!$&()*+=~", "/a:b@c;d,e!$&()*+=~"),
        ("/x?a=b c&d[]=\"e\"", "/x?a=b%20c&d%5B%5D=%22e%22"),
        ("/x?a?b/c", "/x?a?b/c"),
        ("/x?or=(a.eq.1,b.like.*x*)", "/x?or=(a.eq.1,b.like.*x*)"),
        ("/x?a\tb\nc", "/x?a%09b%0Ac"),
        ("/a/../b/./c", "/b/c"),
    ] {
        let url = read(typed).expect(typed).url;
        assert_eq!(url.as_str().strip_prefix(BASE), Some(expected), "{typed}");
        url.as_str().parse::<http::Uri>().expect(typed);
    }
}

#[test]
fn a_user_is_taken_out_of_the_url() {
    for (typed, name, password) in [
        ("http://ann:secret@example.org/", "ann", "secret"),
        ("ann:a:b@example.org/", "ann", "a:b"),
        ("ann@example.org/", "ann", ""),
        ("a%40b:p%3A%2F@example.org/", "a@b", "p:/"),
        ("ann:p@ss@example.org/", "ann", "p@ss"),
    ] {
        let target = read(typed).expect(typed);
        let user = target.user.expect(typed);
        assert_eq!(
            (user.name.as_str(), user.password.as_str()),
            (name, password),
            "{typed}"
        );
        assert_eq!(target.url.as_str(), "http://example.org/", "{typed}");
        assert!(password.is_empty() || !format!("{user:?}").contains(password));
    }
    assert!(read("example.org/x@y").expect("a path").user.is_none());
}

#[test]
fn a_socket_is_told_by_its_path() {
    let target = read("http+unix://%2Frun%2Fapp.sock/songs?x").expect("a socket");
    assert_eq!(target.socket.as_deref(), Some("/run/app.sock".as_ref()));
    assert_eq!(target.url.as_str(), "http://localhost/songs?x");
    let target = Target::read("/songs", "http+unix://%2Fs", Scheme::Http).expect("a socket");
    assert_eq!(target.socket.as_deref(), Some("/s".as_ref()));
    assert_eq!(target.url.as_str(), "http://localhost/songs");
}

#[test]
fn an_asterisk_means_the_server_as_a_whole() {
    for (typed, expected) in [
        ("*", "http://localhost:8080/"),
        ("example.org*", "http://example.org/"),
        (":81*", "http://localhost:81/"),
        ("https://[::1]:1*", "https://[::1]:1/"),
        ("http+unix://%2Fs*", "http://localhost/"),
    ] {
        let target = read(typed).expect(typed);
        assert!(target.is_asterisk, "{typed}");
        assert_eq!(target.url.as_str(), expected, "{typed}");
    }
    assert!(!read("/*").expect("a path").is_asterisk);
}

#[test]
fn errors_say_what_to_type() {
    for (typed, expected) in [
        (
            "",
            "the URL is empty: write one like `:8080/songs`, `/songs` or `https://example.org`",
        ),
        (
            "ftp://x",
            "`ftp://` is not spoken here, only `http://`, `https://` and `http+unix://` are",
        ),
        (
            "http:///x",
            "`http:///x` has no host: write one, as in `http://example.org`, or `:8080` for this machine",
        ),
        (
            "http://:80",
            "`http://:80` has no host: write one, as in `http://example.org`, or `:8080` for this machine",
        ),
        (
            "http://ann@/",
            "`http://ann@/` has no host: write one, as in `http://example.org`, or `:8080` for this machine",
        ),
        (
            "example.org:80x/",
            "`80x` is no port (character 13): a number from 0 to 65535 is",
        ),
        (
            "http://ü:65536",
            "`65536` is no port (character 10): a number from 0 to 65535 is",
        ),
        (
            ":x",
            "`x` is no port (character 2): a number from 0 to 65535 is",
        ),
        (
            ":+1",
            "`+1` is no port (character 2): a number from 0 to 65535 is",
        ),
        (
            "::1",
            "`::1` has several colons: an IPv6 address stands in brackets, as in `[::1]:8080`",
        ),
        (
            "fe80::1/x",
            "`fe80::1` has several colons: an IPv6 address stands in brackets, as in `[::1]:8080`",
        ),
        (
            "http://exa mple.org/",
            "`exa mple.org` is no host (character 8): invalid international domain name",
        ),
        (
            "[::g]/",
            "`[::g]` is no host (character 1): invalid IPv6 address",
        ),
        (
            "[::1]x/",
            "`[::1]x` is no host (character 1): invalid IPv6 address",
        ),
        (
            "a%zz:b@example.org",
            "the user's name cannot be decoded: `%` needs two hexadecimal digits after it at byte 1; a `%` itself is written `%25`",
        ),
        (
            "http+unix:///x",
            "`http+unix://` needs the path of a socket, percent-encoded: `http+unix://%2Frun%2Fapp.sock/songs`",
        ),
    ] {
        let error = read(typed).expect_err(typed);
        assert_eq!(error.to_string(), expected, "{typed}");
    }
}

#[test]
fn a_base_that_does_not_do_is_told_from_a_url_that_does_not() {
    for (base, expected) in [
        (
            "/x",
            "the base `/x` does not do: it begins with `/`, and needs a host",
        ),
        (
            "ftp://x",
            "the base `ftp://x` does not do: `ftp://` is not spoken here, only `http://`, `https://` and `http+unix://` are",
        ),
    ] {
        let error = Target::read("/songs", base, Scheme::Http).expect_err(base);
        assert_eq!(error.to_string(), expected);
        assert!(Target::read("example.org", base, Scheme::Http).is_ok());
    }
}
