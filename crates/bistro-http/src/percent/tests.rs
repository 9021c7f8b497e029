//! Tables of what is encoded and how, and of what cannot be decoded.

use super::{DecodeError, DecodeReason, decode, decode_form, encode_query, encode_segment};

#[test]
fn escapes_become_the_text_they_stand_for() {
    let check = |encoded: &str, expected: &str| {
        assert_eq!(decode(encoded).as_deref(), Ok(expected), "{encoded:?}");
    };
    check("", "");
    check("a+b", "a+b");
    check("%41%2f%2F%25", "A//%");
    check("%EC%84%9C%EC%9A%B8", "서울");
    check("서%EC%9A%B8", "서울");
    check("%00%0a", "\0\n");
    check("%2541", "%41");
}

#[test]
fn a_plus_in_a_form_is_a_space() {
    assert_eq!(decode_form("a+b%2Bc+").as_deref(), Ok("a b+c "));
}

#[test]
fn what_cannot_be_decoded_says_where() {
    let check = |encoded: &str, at: usize, reason: DecodeReason| {
        let expected = Err(DecodeError { at, reason });
        assert_eq!(decode(encoded), expected, "{encoded:?}");
        assert_eq!(decode_form(encoded), expected, "{encoded:?}");
    };
    check("%", 0, DecodeReason::Escape);
    check("abc%4", 3, DecodeReason::Escape);
    check("%zz", 0, DecodeReason::Escape);
    check("%+1", 0, DecodeReason::Escape);
    check("%%41", 0, DecodeReason::Escape);
    check("%é", 0, DecodeReason::Escape);
    check("%4é", 0, DecodeReason::Escape);
    check("%FF", 0, DecodeReason::Utf8);
    check("서%41%C3", 6, DecodeReason::Utf8);
    check("%C3%28", 0, DecodeReason::Utf8);
    // An overlong `/`, a surrogate, and more than Unicode has.
    check("a%C0%AF", 1, DecodeReason::Utf8);
    check("ab%ED%A0%80", 2, DecodeReason::Utf8);
    check("%F4%90%80%80", 0, DecodeReason::Utf8);
}

#[test]
fn errors_name_the_place() {
    let error = decode("ab%4").expect_err("an escape is cut");
    assert_eq!(
        error.to_string(),
        "`%` needs two hexadecimal digits after it at byte 2"
    );
}

#[test]
fn segments_stay_segments() {
    let check = |text: &str, expected: &str| {
        assert_eq!(encode_segment(text), expected);
    };
    check("plain-1_2.3~", "plain-1_2.3~");
    check("a/b?c#d%e f", "a%2Fb%3Fc%23d%25e%20f");
    check("7,3", "7%2C3");
    check("a+b", "a%2Bb");
    check("a:b@c;d=e", "a:b@c;d=e");
    check("서", "%EC%84%9C");
    check("..", "%2E%2E");
    check(".", "%2E");
    check("...", "...");
    check("\r\n\0\x7f", "%0D%0A%00%7F");
    check("\"<>\\^`{|}[]", "%22%3C%3E%5C%5E%60%7B%7C%7D%5B%5D");
}

#[test]
fn query_components_stay_readable_and_apart() {
    let check = |text: &str, expected: &str| {
        assert_eq!(encode_query(text), expected);
    };
    check("not.in.(1,2)", "not.in.(1,2)");
    check("and=(a.gte.1)&b+c #%", "and%3D(a.gte.1)%26b%2Bc%20%23%25");
    check("data->>'x'", "data-%3E%3E'x'");
    check("\"<", "%22%3C");
    check("10:30*!~_", "10:30*!~_");
    check("é", "%C3%A9");
}

#[test]
fn every_character_survives_a_journey() {
    let mut text: String = (0..=0x17f).filter_map(char::from_u32).collect();
    text.push_str("\u{2028}서울\u{1f37d}\u{10ffff}");
    assert_eq!(decode(&encode_segment(&text)).as_ref(), Ok(&text));
    assert_eq!(decode_form(&encode_query(&text)).as_ref(), Ok(&text));
    assert!(
        encode_segment(&text)
            .bytes()
            .all(|byte| byte.is_ascii_graphic())
    );
    assert!(
        encode_query(&text)
            .bytes()
            .all(|byte| byte.is_ascii_graphic())
    );
}
