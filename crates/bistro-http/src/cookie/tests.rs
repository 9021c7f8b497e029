//! Tables of `Cookie` fields and what is found in them, and of cookies that are set.

use super::{COOKIE_OCTETS_MAX, Found, SetCookie, SetCookieError, find};

const NAME: &str = "__Host-sid";

fn check(fields: &[&[u8]], expected: Found<'_>) {
    let found = find(fields.iter().copied(), NAME);
    assert_eq!(found, expected, "{fields:?}");
}

#[test]
fn a_cookie_is_found_by_its_octets() {
    let table: [(&[u8], Found<'_>); 27] = [
        (b"__Host-sid=ID", Found::One(b"ID")),
        (b"a=1; __Host-sid=ID; b=2", Found::One(b"ID")),
        (b"a=1;__Host-sid=ID;", Found::One(b"ID")),
        (b" \t__Host-sid \t=\t ID \t", Found::One(b"ID")),
        (b"__Host-sid=", Found::One(b"")),
        (b"__Host-sid=a=b=", Found::One(b"a=b=")),
        (b"__Host-sid=\"ID\"", Found::One(b"\"ID\"")),
        (b"__Host-sid=\xff\x00", Found::One(b"\xff\x00")),
        (b"__Host-sid=a,b", Found::One(b"a,b")),
        (b";;; ; __Host-sid=ID", Found::One(b"ID")),
        (b"", Found::None),
        (b"__Host-sid", Found::None),
        (b"=__Host-sid=ID", Found::None),
        (b"=ID", Found::None),
        (b"__host-sid=ID", Found::None),
        (b"__Host-sid2=ID", Found::None),
        (b"x__Host-sid=ID", Found::None),
        (b"__Host%2Dsid=ID", Found::None),
        // Spaces of other alphabets are no spaces: browsers send such names, and set them for whoever asks.
        (b"\xe2\x80\x80__Host-sid=ID", Found::None),
        (b"\xc2\xa0__Host-sid=ID", Found::None),
        (b"\x0b__Host-sid=ID", Found::None),
        (b"\r\n__Host-sid=ID", Found::None),
        (b"__Host-sid\xe2\x80\x80=ID", Found::None),
        // What was quoting in RFC 2109 is not.
        (b"x=\"a, __Host-sid=ID\"", Found::None),
        (b"a=1, __Host-sid=ID", Found::None),
        (b"__Host-sid=A; __Host-sid=B", Found::Several),
        (b"__Host-sid=A; x=1; __Host-sid=A", Found::Several),
    ];
    for (field, expected) in table {
        check(&[field], expected);
    }
}

#[test]
fn older_grammars_hide_nothing_and_smuggle_nothing() {
    // `$Version` is a cookie like any other, and a `;` separates wherever it stands.
    check(&[b"$Version=1; __Host-sid=ID"], Found::One(b"ID"));
    check(&[b"x=\"a; __Host-sid=ID\""], Found::One(b"ID\""));
    check(&[b"__Host-sid=ID; x=\"a; __Host-sid=B\""], Found::Several);
}

#[test]
fn several_fields_are_one_list() {
    check(&[b"a=1", b"__Host-sid=ID", b"junk"], Found::One(b"ID"));
    check(&[b"__Host-sid=A", b"__Host-sid=B"], Found::Several);
    check(&[b"a=1", b"b=2"], Found::None);
    check(&[], Found::None);
}

#[test]
fn nobody_finds_a_cookie_without_a_name() {
    for field in ["=ID", "ID", "", " = x"] {
        assert_eq!(find([field.as_bytes()], ""), Found::None, "{field}");
    }
}

#[test]
fn a_cookie_says_all_that_user_agents_must_know() {
    let table = [
        (
            SetCookie::new("__Host-sid", "AbC-_9", 3_600, true),
            "__Host-sid=AbC-_9; Max-Age=3600; Path=/; Secure; HttpOnly; SameSite=Lax",
        ),
        (
            SetCookie::new("sid", "x", 1, false),
            "sid=x; Max-Age=1; Path=/; HttpOnly; SameSite=Lax",
        ),
        (
            SetCookie::new("sid", "x", u64::MAX, false),
            "sid=x; Max-Age=34560000; Path=/; HttpOnly; SameSite=Lax",
        ),
        (
            SetCookie::deletion("__Host-sid", true),
            "__Host-sid=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax",
        ),
    ];
    for (cookie, expected) in table {
        assert_eq!(
            cookie.map(|cookie| cookie.to_string()).as_deref(),
            Ok(expected)
        );
    }
}

#[test]
fn a_cookie_that_would_be_lost_is_refused() {
    let prefix = |name: &str| {
        Err(SetCookieError::Prefix {
            name: name.to_owned(),
        })
    };
    for name in [
        "__Host-sid",
        "__host-sid",
        "__Secure-sid",
        "__Host-Http-sid",
    ] {
        assert_eq!(SetCookie::new(name, "x", 1, false), prefix(name));
        assert!(SetCookie::new(name, "x", 1, true).is_ok());
    }
    for name in ["", "a b", "a=b", "a;b", "é"] {
        let name = name.to_owned();
        let error = Err(SetCookieError::Name { name: name.clone() });
        assert_eq!(SetCookie::new(&name, "x", 1, true), error);
    }
    for value in ["a;", "a ", "a,", "a\"", "a\\", "a\r\nSet-Cookie: b=1", "aé"] {
        let error = Err(SetCookieError::Value {
            name: "sid".to_owned(),
            at: 1,
        });
        assert_eq!(SetCookie::new("sid", value, 1, true), error, "{value:?}");
    }
    let most = "x".repeat(COOKIE_OCTETS_MAX - 3);
    assert!(SetCookie::new("sid", &most, 1, true).is_ok());
    let error =
        SetCookie::new("sid", &format!("{most}x"), 1, true).map_err(|error| error.to_string());
    let expected = "the cookie `sid` would have 4097 bytes, user agents keep at most 4096";
    assert_eq!(error, Err(expected.to_owned()));
}

#[test]
fn what_is_set_is_found_again() {
    let cookie = SetCookie::new(NAME, "AbC-_9", 60, true).expect("it is sound");
    let text = cookie.to_string();
    let pair = text.split(';').next().unwrap_or_default();
    check(&[b"a=1", pair.as_bytes()], Found::One(b"AbC-_9"));
    assert!(!format!("{cookie:?}").contains("AbC"));
}
