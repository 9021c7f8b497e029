//! Documents, patches, and the bounds of both.

use super::{Bounds, DataError, EMPTY, merge, replace};

const BOUNDS: Bounds = Bounds {
    octets: 40,
    depth: 3,
};

#[test]
fn a_document_takes_the_place_of_another() {
    let check = |body: &str, expected: &str| {
        assert_eq!(
            replace(body.as_bytes(), &BOUNDS).as_deref(),
            Ok(expected),
            "{body}"
        );
    };
    check("{}", EMPTY);
    check(
        " { \"b\" : 1 ,\n \"a\" : [ 1.50, null ] } ",
        r#"{"a":[1.5,null],"b":1}"#,
    );
    check(r#"{"a":1,"a":2}"#, r#"{"a":2}"#);
    check(r#"{"a":"\u00e9\/"}"#, r#"{"a":"é/"}"#);
    check(r#"{"a":9007199254740993}"#, r#"{"a":9007199254740993}"#);
}

/// RFC 7396, appendix A, as far as a document stays an object.
#[test]
fn a_patch_is_merged_as_its_rfc_says() {
    let table = [
        (r#"{"a":"b"}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
        (r#"{"a":"b"}"#, r#"{"b":"c"}"#, r#"{"a":"b","b":"c"}"#),
        (r#"{"a":"b"}"#, r#"{"a":null}"#, "{}"),
        (r#"{"a":"b","b":"c"}"#, r#"{"a":null}"#, r#"{"b":"c"}"#),
        (r#"{"a":["b"]}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
        (r#"{"a":"c"}"#, r#"{"a":["b"]}"#, r#"{"a":["b"]}"#),
        (
            r#"{"a":{"b":"c"}}"#,
            r#"{"a":{"b":"d","c":null}}"#,
            r#"{"a":{"b":"d"}}"#,
        ),
        (r#"{"a":[{"b":"c"}]}"#, r#"{"a":[1]}"#, r#"{"a":[1]}"#),
        (r#"{"e":null}"#, r#"{"a":1}"#, r#"{"a":1,"e":null}"#),
        ("{}", r#"{"a":{"bb":{"ccc":null}}}"#, r#"{"a":{"bb":{}}}"#),
        // What is stored and damaged is begun anew.
        ("{", r#"{"a":1}"#, r#"{"a":1}"#),
        ("[1]", r#"{"a":1}"#, r#"{"a":1}"#),
    ];
    for (document, patch, expected) in table {
        let merged = merge(document, patch.as_bytes(), &BOUNDS);
        assert_eq!(merged.as_deref(), Ok(expected), "{document} {patch}");
    }
}

#[test]
fn what_is_no_object_is_no_document() {
    for body in ["[]", "null", "1", "\"a\"", "true"] {
        assert_eq!(replace(body.as_bytes(), &BOUNDS), Err(DataError::NoObject));
        assert_eq!(
            merge(EMPTY, body.as_bytes(), &BOUNDS),
            Err(DataError::NoObject)
        );
    }
    for body in [
        &b""[..],
        b"{",
        b"{\"a\":1}}",
        b"{\"a\":\"\xff\"}",
        b"{'a':1}",
        b"\xef\xbb\xbf{}",
    ] {
        let error = replace(body, &BOUNDS);
        assert!(
            matches!(error, Err(DataError::Syntax { .. })),
            "{body:?} {error:?}"
        );
    }
}

#[test]
fn a_document_has_an_end_and_a_ground() {
    let most = format!(r#"{{"a":"{}"}}"#, "x".repeat(32));
    assert_eq!(
        replace(most.as_bytes(), &BOUNDS).as_deref(),
        Ok(most.as_str())
    );
    let more = format!(r#"{{"a":"{}"}}"#, "x".repeat(33));
    let error = DataError::TooLong {
        octets: 41,
        max: 40,
    };
    assert_eq!(replace(more.as_bytes(), &BOUNDS), Err(error));
    let error = DataError::TooLong {
        octets: 46,
        max: 40,
    };
    assert_eq!(merge(&most, br#"{"b":1}"#, &BOUNDS), Err(error));
    // It is what is kept that counts, not the space around it.
    let spaced = format!("{{{}\"a\":1}}", " ".repeat(100));
    assert_eq!(
        replace(spaced.as_bytes(), &BOUNDS).as_deref(),
        Ok(r#"{"a":1}"#)
    );
    let spaced = format!("{{{}\"a\":1}}", " ".repeat(200));
    assert!(matches!(
        replace(spaced.as_bytes(), &BOUNDS),
        Err(DataError::TooLong { .. })
    ));

    assert!(replace(br#"{"a":[{}]}"#, &BOUNDS).is_ok());
    let error = Err(DataError::TooDeep { max: 3 });
    assert_eq!(replace(br#"{"a":[{"b":[]}]}"#, &BOUNDS), error);
    assert_eq!(
        merge(r#"{"a":{"b":{}}}"#, br#"{"a":{"b":{"c":{}}}}"#, &BOUNDS),
        error
    );
    // A patch into the bounds is possible from outside of them.
    assert!(merge(r#"{"a":{"b":{"c":{}}}}"#, br#"{"a":{"b":1}}"#, &BOUNDS).is_ok());
    let abyss = format!("{}{}", r#"{"a":"#.repeat(100_000), "}".repeat(100_000));
    let deep = Bounds {
        octets: 1 << 20,
        depth: 32,
    };
    assert!(matches!(
        replace(abyss.as_bytes(), &deep),
        Err(DataError::Syntax { .. })
    ));
}
