//! Tokens are known when they are seen, and scopes are what they say.
#![expect(
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "what a test looks at is there, or the test fails"
)]

use super::{ScopeError, TOKEN_CHARACTERS, Token, is_alive, read_scopes};

#[test]
fn tokens_read_as_they_are_written() {
    for _ in 0..100 {
        let token = Token::random();
        let text = token.print();
        assert_eq!(text.len(), TOKEN_CHARACTERS);
        assert!(Token::is_meant(&text));
        assert_eq!(Token::read(&text), Some(token.clone()));
        assert_ne!(Token::random(), token);
        assert_eq!(format!("{token:?}"), "Token(…)");
    }
}

#[test]
fn the_form_of_a_token_stays_what_it_is() {
    // The checksum by hand: base64url of the first four octets of SHA-256 of SHA-256 of the secret.
    let text = Token([0; 32]).print();
    let secret = "A".repeat(43);
    assert_eq!(text, format!("bistro_{secret}KzLbbA"));
}

#[test]
fn a_mistyped_token_is_none() {
    let text = Token::random().print();
    for at in 0..text.len() {
        let mut octets = text.clone().into_bytes();
        octets[at] = if octets[at] == b'x' { b'y' } else { b'x' };
        let wrong = String::from_utf8(octets).expect("it is ASCII");
        assert_eq!(Token::read(&wrong), None, "{at}");
    }
    let longer = format!("{text}A");
    let wrong = [
        "",
        "bistro_",
        &text[1..],
        &text[..text.len() - 1],
        &longer,
        "bistro_é",
    ];
    for text in wrong {
        assert_eq!(Token::read(text), None, "{text}");
    }
    assert!(!Token::is_meant("eyJhbGciOiJIUzI1NiJ9.e30.x"));
}

#[test]
fn a_token_ends_when_it_says() {
    assert!(is_alive(i64::MAX, None));
    assert!(is_alive(99, Some(100)));
    assert!(!is_alive(100, Some(100)));
}

#[test]
fn scopes_are_read_one_by_one() {
    let check = |text: &str, expected: &[&str]| {
        let expected: Vec<String> = expected.iter().map(|&scope| scope.to_owned()).collect();
        assert_eq!(read_scopes(text), Ok(expected), "{text}");
    };
    check("", &[]);
    check("read", &["read"]);
    check("read:songs, call:rpc/top", &["read:songs", "call:rpc/top"]);
    check(
        " create\tupdate\ndelete,,read ",
        &["create", "update", "delete", "read"],
    );
    check("read read", &["read"]);
    check("read:노래", &["read:노래"]);
    for scope in ["write", "READ", "rea", ":songs", "*"] {
        let scope = scope.to_owned();
        assert_eq!(
            read_scopes(&scope),
            Err(ScopeError::Operation {
                scope: scope.clone()
            })
        );
    }
    for scope in [
        "read:",
        "read:a:b",
        "read:\"a\"",
        "read:a\u{a0}b",
        "read:a\0",
    ] {
        let scope = scope.to_owned();
        assert_eq!(
            read_scopes(&scope),
            Err(ScopeError::Resource {
                scope: scope.clone()
            })
        );
    }
}
