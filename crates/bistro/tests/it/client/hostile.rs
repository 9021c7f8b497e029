//! Servers that mean harm, or are merely broken: what they send ends, and costs no more than it may.

use std::io::{Read as _, Write as _};
use std::thread;
use std::time::Duration;

use crate::client::desk::Desk;
use crate::client::script::{Script, answer, head};

/// How much memory the client may have held, in kilobytes.
const MEMORY_MAX: u64 = 96 * 1024;

#[test]
fn redirects_in_circles_end_with_their_chain() {
    let server = Script::answering(|seen| {
        let next = if seen.target() == "/a" { "/b" } else { "/a" };
        answer("302 Found", &[&format!("Location: {next}")], "")
    });
    let desk = Desk::new();
    let ran = desk.run(&["get", &server.url("/a"), "--follow"]).ended(1);
    ran.says(&["/a", "/b"]);
    assert!(server.seen().len() <= 3, "{}", server.seen().len());
}

#[test]
fn no_more_redirects_are_followed_than_was_said() {
    let server = Script::answering(|seen| {
        answer(
            "302 Found",
            &[&format!("Location: /{}", seen.number + 1)],
            "",
        )
    });
    let desk = Desk::new();
    let url = server.url("/");
    let follow = ["get", &url, "--follow", "--max-redirects", "3"];
    desk.run(&follow).ended(1).says(&["3"]);
    assert_eq!(server.seen().len(), 4);
    desk.run(&["get", &url, "--follow"]).ended(1).says(&["30"]);
    assert_eq!(server.seen().len(), 4 + 31);
    desk.run(&["get", &url]).well();
    assert_eq!(server.seen().len(), 4 + 31 + 1, "none is followed unasked");
}

#[test]
fn a_redirect_to_a_file_or_to_another_scheme_is_not_followed() {
    for place in [
        "file:///etc/passwd",
        "ftp://127.0.0.1/",
        "javascript:alert(1)",
        "http+unix://%2Frun%2Fx.sock/",
    ] {
        let location = format!("Location: {place}");
        let server = Script::answering(move |_| answer("302 Found", &[&location], ""));
        let desk = Desk::new();
        let ran = desk.run(&["get", &server.url("/"), "--follow"]).ended(1);
        assert_eq!(ran.text(), "", "{place}");
        ran.says(&["error: "]);
    }
}

#[test]
fn fields_without_end_are_an_error() {
    let server = Script::conversing(|_, stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\n")?;
        for number in 0_u64.. {
            stream.write_all(format!("X-Field-{number}: {}\r\n", "x".repeat(1000)).as_bytes())?;
        }
        Ok(())
    });
    let one = Script::conversing(|_, stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\nX-Field: ")?;
        loop {
            stream.write_all(&[b'x'; 8192])?;
        }
    });
    let desk = Desk::new();
    for server in [server, one] {
        let ran = desk.run(&["get", &server.url("/")]).ended(1);
        ran.says(&["error: the head of the response is longer than"]);
    }
}

#[test]
fn announcements_of_a_response_that_never_comes_are_an_error() {
    let server = Script::conversing(|_, stream| {
        let hint = "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n".repeat(100);
        loop {
            stream.write_all(hint.as_bytes())?;
        }
    });
    let few = Script::conversing(|_, stream| {
        let hint = "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n".repeat(20);
        stream.write_all(hint.as_bytes())?;
        stream.write_all(&answer("200 OK", &[], "at last"))
    });
    let desk = Desk::new();
    let ran = desk.run(&["get", &server.url("/")]).ended(1);
    ran.says(&["127.0.0.1", "interim responses", "hint: "]);
    assert_eq!(desk.run(&["get", &few.url("/")]).well().text(), "at last");
}

#[test]
fn a_body_that_is_shorter_than_it_says_is_shown_and_then_an_error() {
    let server = Script::conversing(|_, stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this")
    });
    let chunked = Script::conversing(|_, stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nonly this\r\n")
    });
    let desk = Desk::new();
    let ran = desk.run(&["get", &server.url("/")]).ended(1);
    assert_eq!(ran.text(), "only this");
    ran.says(&["9 of 100"]);
    let ran = desk.run(&["get", &chunked.url("/")]).ended(1);
    assert_eq!(ran.text(), "only this");
    ran.says(&["error: "]);
}

#[test]
fn answers_that_are_no_http_are_an_error() {
    for octets in [
        &b"220 mail.example.org ESMTP\r\n"[..],
        b"",
        b"HTTP/1.1 999999 X\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
        b"\x15\x03\x01\x00\x02\x02\x46",
        b"\0\0\0\0",
    ] {
        let server = Script::conversing(move |_, stream| stream.write_all(octets));
        let desk = Desk::new();
        let ran = desk.run(&["get", &server.url("/")]).ended(1);
        assert!(
            ran.err.contains("error: "),
            "{}: {}",
            octets.escape_ascii(),
            ran.err
        );
    }
}

/// The beginning of a gzip that never ends: each 13 octets become 2064 (RFC 1951 §3.2.6: eight times a length of 258 at distance 1).
fn explosion() -> (Vec<u8>, Vec<u8>) {
    let mut bits = Vec::new();
    // Not the last block, with the fixed codes; then one `A` to repeat.
    bits.extend([0, 1, 0]);
    let literal = 0x30_u8 + b'A';
    bits.extend((0..8).rev().map(|bit| literal >> bit & 1));
    while bits.len() % 8 != 0 {
        repeat(&mut bits);
    }
    let mut head = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    head.extend(packed(&bits));
    let mut more = Vec::new();
    for _ in 0..8 * 1024 {
        repeat(&mut more);
    }
    (head, packed(&more))
}

fn repeat(bits: &mut Vec<u8>) {
    bits.extend([1, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0]);
}

fn packed(bits: &[u8]) -> Vec<u8> {
    bits.chunks(8)
        .map(|octet| octet.iter().rev().fold(0, |all, bit| all << 1 | bit))
        .collect()
}

#[test]
fn a_compressed_body_that_explodes_costs_no_memory() {
    let server = Script::conversing(|_, stream| {
        let (begin, more) = explosion();
        stream.write_all(&head("200 OK", &["Content-Encoding: gzip"]))?;
        stream.write_all(&begin)?;
        loop {
            stream.write_all(&more)?;
        }
    });
    let desk = Desk::new();
    let url = server.url("/");
    let mut running = desk.start(&["get", &url]);
    let mut out = running.child.stdout.take().expect("piped");
    let mut octets = vec![0; 1 << 20];
    for _ in 0..48 {
        out.read_exact(&mut octets).expect("it goes on");
    }
    assert!(octets.iter().all(|octet| *octet == b'A'));
    let memory = running.memory_max();
    assert!(memory < MEMORY_MAX, "{memory} kB");
    drop(out);
    assert_eq!(running.wait(), 0);
}

#[test]
fn a_body_without_end_costs_no_memory_in_a_file() {
    let server = Script::conversing(|_, stream| {
        stream.write_all(&head("200 OK", &[]))?;
        let octets = vec![b'x'; 1 << 20];
        for _ in 0..64 {
            stream.write_all(&octets)?;
        }
        thread::park();
        Ok(())
    });
    let desk = Desk::new();
    let running = desk.start(&["get", &server.url("/"), "--output", "file"]);
    let part = desk.path("file.part");
    crate::server::until("64 MiB are there", || {
        std::fs::metadata(&part).is_ok_and(|part| part.len() >= 64 << 20)
    });
    let memory = running.memory_max();
    assert!(memory < MEMORY_MAX, "{memory} kB");
}

#[test]
fn a_slow_body_ends_with_the_time_that_was_given() {
    let server = Script::conversing(|_, stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")?;
        loop {
            stream.write_all(b"x")?;
            thread::park_timeout(Duration::from_millis(20));
        }
    });
    let desk = Desk::new();
    let ran = desk
        .run(&["get", &server.url("/"), "--timeout", "0.7"])
        .ended(1);
    assert!(ran.text().starts_with('x'), "what came is shown");
    ran.says(&["error: ", "body", "--timeout"]);
}

#[test]
fn a_gzip_that_breaks_off_or_is_none_is_an_error() {
    let (whole, _) = explosion();
    for octets in [whole, b"this is no gzip".to_vec()] {
        let server =
            Script::answering(move |_| answer("200 OK", &["Content-Encoding: gzip"], &octets));
        let desk = Desk::new();
        desk.run(&["get", &server.url("/")])
            .ended(1)
            .says(&["gzip"]);
    }
}

#[test]
fn json_that_is_nested_without_end_overflows_nothing() {
    let server = Script::answering(|seen| {
        let unit = if seen.target() == "/lists" {
            "["
        } else {
            "{\"a\":"
        };
        let body = format!("[{{\"a\":{}", unit.repeat(500_000));
        answer("200 OK", &["Content-Type: application/json"], body)
    });
    let desk = Desk::new();
    for path in ["/lists", "/objects"] {
        let url = server.url(path);
        for form in [
            "--table",
            "--csv",
            "--ndjson",
            "--all-pages",
            "--colour=always",
        ] {
            let ran = desk.run(&["get", &url, form]);
            assert!(
                [0, 1].contains(&ran.code),
                "{form}: {} {}",
                ran.code,
                ran.err
            );
        }
    }
}
