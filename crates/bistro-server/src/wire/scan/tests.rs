//! What a scanner sees, however the octets are cut.

use super::{Head, Malformed, Place, Scanner};

/// Scans `text` whole and octet by octet, and gives what both found.
fn scan(text: &str) -> (Vec<Head>, Place, Result<(), usize>) {
    let mut heads = Vec::new();
    let mut scanner = Scanner::default();
    let whole = scanner.scan(text.as_bytes(), |head| heads.push(head));

    let mut heads_of_pieces = Vec::new();
    let mut pieces = Scanner::default();
    let mut result = Ok(());
    for octet in text.as_bytes().chunks(1) {
        result = pieces.scan(octet, |head| heads_of_pieces.push(head));
        if result.is_err() {
            break;
        }
    }
    assert_eq!(heads, heads_of_pieces, "{text:?}");
    assert_eq!(scanner.place(), pieces.place(), "{text:?}");
    assert_eq!(whole.is_err(), result.is_err(), "{text:?}");
    let whole = whole.map_err(|Malformed { sound }| sound);
    (heads, scanner.place(), whole)
}

#[test]
fn heads_are_counted_and_bodies_skipped() {
    let check = |text: &str, heads: usize, place: Place| {
        let (found, at, result) = scan(text);
        assert_eq!(
            (found.len(), at, result),
            (heads, place, Ok(())),
            "{text:?}"
        );
    };
    check("", 0, Place::Between);
    check("\r\n\r\n", 0, Place::Between);
    check("GET", 0, Place::Head);
    check("GET / HTTP/1.1\r\nHost: a\r\n", 0, Place::Head);
    check("GET / HTTP/1.1\r\nHost: a\r\n\r\n", 1, Place::Between);
    check("GET / HTTP/1.1\nHost: a\n\n", 1, Place::Between);
    check(
        "\r\nGET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\nG",
        2,
        Place::Head,
    );
    check(
        "PUT / HTTP/1.1\r\nContent-Length: 3\r\n\r\nab",
        1,
        Place::Body,
    );
    check(
        "PUT / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET / HTTP/1.1\r\n\r\n",
        2,
        Place::Between,
    );
    check(
        "PUT / HTTP/1.1\r\ncontent-LENGTH:0\r\n\r\n",
        1,
        Place::Between,
    );
    check(
        "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
        1,
        Place::Body,
    );
    check(
        "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n\
         A;x=\"y\"\r\n0123456789\r\n1\r\n\n\r\n0\r\nTrailer: 1\r\n\r\nGET / HTTP/1.1\r\n\r\n",
        2,
        Place::Between,
    );
    check(
        "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\nGET / HTTP/1.1\r\n\r\n",
        1,
        Place::Lost,
    );
}

#[test]
fn a_head_tells_what_hyper_drops() {
    let check = |head: &str, expected: Head| {
        let (found, _, _) = scan(&format!("{head}\r\n\r\n"));
        assert_eq!(found, [expected], "{head:?}");
    };
    let plain = Head {
        target_bytes: 1,
        ..Head::default()
    };
    check("GET / HTTP/1.1", plain.clone());
    check(
        "GET /#a HTTP/1.1",
        Head {
            target_bytes: 3,
            stray: Some((1, b'#')),
            ..plain.clone()
        },
    );
    check(
        "GET /é HTTP/1.1",
        Head {
            target_bytes: 3,
            stray: Some((1, 0xc3)),
            ..plain.clone()
        },
    );
    check(
        "GET /a b HTTP/1.1",
        Head {
            target_bytes: 4,
            stray: Some((2, b' ')),
            ..plain.clone()
        },
    );
    check(
        "GET / HTTP/1.1\r\nContent-Length: 2\r\nTransfer-Encoding: chunked",
        Head {
            has_length: true,
            has_coding: true,
            length: 2,
            ..plain.clone()
        },
    );
}

#[test]
fn a_chunked_body_is_read_strictly() {
    let head = "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
    let check = |body: &str, is_sound: bool| {
        let (_, _, result) = scan(&format!("{head}{body}"));
        let expected = if is_sound { Ok(()) } else { Err(head.len()) };
        assert_eq!(result, expected, "{body:?}");
    };
    check("0\r\n\r\n", true);
    check("00\r\n\r\n", true);
    check("1;a\r\nx\r\n0\r\n\r\n", true);
    check("fffffffffffffff\r\n", true);
    check("1 \r\nx\r\n0\r\n\r\n", false);
    check(" 1\r\nx\r\n0\r\n\r\n", false);
    check("1;\r\nx\r\n0\r\n\r\n", false);
    check("1;a\0\r\nx\r\n0\r\n\r\n", false);
    check("1\nx\r\n0\r\n\r\n", false);
    check("1\r\nxx\r\n0\r\n\r\n", false);
    check("\r\n", false);
    check("-1\r\n", false);
    check("0x1\r\n", false);
    check("10000000000000000\r\n", false);
    check("0\r\n\rx", false);
    check(&format!("1;{}", "a".repeat(5_000)), false);
}

#[test]
fn the_length_of_a_target_is_known_before_its_line_ends() {
    let check = |octets: &str, expected: usize| {
        let mut scanner = Scanner::default();
        scanner
            .scan(octets.as_bytes(), |_| {})
            .expect("there is no body");
        assert_eq!(scanner.target_bytes(), expected, "{octets:?}");
    };
    check("GET", 0);
    check("GET /abc", 4);
    check("GET /abc HTTP/1.1\r\nHost: a", 4);
}

#[test]
fn what_hyper_refuses_in_a_query_is_kept_aside() {
    let check = |text: &str, shown: &str, query: Option<&str>| {
        let (heads, _, _) = scan(text);
        let found = heads.first().and_then(|head| head.query.as_deref());
        assert_eq!(found, query, "{text:?}");
        // However the octets are cut, hyper is shown the same.
        for length in [1, 2, 7, text.len()] {
            let mut scanner = Scanner::default();
            let mut seen = text.as_bytes().to_vec();
            for piece in seen.chunks_mut(length) {
                scanner.scan(piece, |_| {}).unwrap();
                for &at in scanner.tolerated() {
                    piece[at] = super::STAND_IN;
                }
            }
            assert_eq!(
                String::from_utf8(seen).unwrap(),
                shown,
                "{text:?} by {length}"
            );
        }
    };
    check(
        "GET /a?b=c HTTP/1.1\r\n\r\n",
        "GET /a?b=c HTTP/1.1\r\n\r\n",
        None,
    );
    check(
        "GET /a?select=b->>c HTTP/1.1\r\n\r\n",
        "GET /a?select=b-__c HTTP/1.1\r\n\r\n",
        Some("select=b-%3E%3Ec"),
    );
    check(
        "GET /a?b=in.(\"c\") HTTP/1.1\r\nX: \"?>\r\n\r\n",
        "GET /a?b=in.(_c_) HTTP/1.1\r\nX: \"?>\r\n\r\n",
        Some("b=in.(%22c%22)"),
    );
    check(
        "GET /a>?b HTTP/1.1\r\n\r\n",
        "GET /a>?b HTTP/1.1\r\n\r\n",
        None,
    );
}
