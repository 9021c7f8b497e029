//! Tables of media types, of `Accept`, and of choices.

use super::{Accepted, MediaType, MediaTypeError, MediaTypeReason, Offer, accept, choose};

/// Type, subtype, parameters and weight of a member of `Accept`.
type Member<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)], u16);

fn media_type(kind: &str, subtype: &str, parameters: &[(&str, &str)]) -> MediaType {
    MediaType {
        kind: kind.to_owned(),
        subtype: subtype.to_owned(),
        parameters: parameters
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
    }
}

#[test]
fn media_types_are_read_whatever_their_case() {
    let check = |text: &str, kind: &str, subtype: &str, parameters: &[(&str, &str)]| {
        assert_eq!(
            MediaType::read(text),
            Ok(media_type(kind, subtype, parameters)),
            "{text:?}"
        );
    };
    check("application/json", "application", "json", &[]);
    check(" Text/CSV ", "text", "csv", &[]);
    check(
        "text/csv;Header=Present",
        "text",
        "csv",
        &[("header", "Present")],
    );
    check(
        "text/csv ; a=b\t;; c=\"d; e=\\\"\" ;",
        "text",
        "csv",
        &[("a", "b"), ("c", "d; e=\"")],
    );
    check("text/csv;a=\"\"", "text", "csv", &[("a", "")]);
    check("text/csv;a=1;a=2", "text", "csv", &[("a", "1"), ("a", "2")]);
    check(
        "application/vnd.pgrst.object+json;nulls=stripped",
        "application",
        "vnd.pgrst.object+json",
        &[("nulls", "stripped")],
    );
    check("text/x;a=\"서울\"", "text", "x", &[("a", "서울")]);
}

#[test]
fn what_is_no_media_type_says_where() {
    let check = |text: &str, at: usize, reason: MediaTypeReason| {
        assert_eq!(
            MediaType::read(text),
            Err(MediaTypeError { at, reason }),
            "{text:?}"
        );
    };
    for text in [
        "",
        " ",
        ";",
        "json",
        "/",
        "text/",
        "/csv",
        "a/b/c",
        "te xt/csv",
        "text/ csv",
        "text/csv,",
        "téxt/csv",
        "a/b\0",
        "a/b\r\n",
        "\"a/b\"",
        ";a=b",
        "=",
        "\u{10ffff}",
    ] {
        check(text, 0, MediaTypeReason::Essence);
    }
    check("a/b;c", 4, MediaTypeReason::Parameter);
    check("a/b;c=d;=e", 8, MediaTypeReason::Parameter);
    check("a/b;c=", 4, MediaTypeReason::Parameter);
    check("a/b;c = d", 4, MediaTypeReason::Parameter);
    check("a/b;c=d e", 4, MediaTypeReason::Parameter);
    check("a/b;c=\"open", 4, MediaTypeReason::Parameter);
    check("a/b;c=\"d\"e", 4, MediaTypeReason::Parameter);
    check("a/b;c=\"\n\"", 4, MediaTypeReason::Parameter);
    check("a/b;ç=d", 4, MediaTypeReason::Parameter);
}

#[test]
fn a_media_type_is_printed_as_it_can_be_read() {
    for text in ["text/csv", "a/b;c=d", r#"a/b;c="d e\"";f="""#] {
        let read = MediaType::read(text).expect("it is a media type");
        assert_eq!(read.to_string(), text);
    }
}

#[test]
fn the_first_of_a_repeated_parameter_counts() {
    let read = MediaType::read("a/b;c=1;C=2").expect("it is a media type");
    assert_eq!(read.parameter("c"), Some("1"));
    assert_eq!(read.parameter("d"), None);
    assert!(read.is("a", "b") && !read.is("a", "c") && !read.is("b", "b"));
}

#[test]
fn accept_is_a_list_of_weighted_ranges() {
    let check = |lines: &[&str], expected: &[Member<'_>]| {
        let expected: Vec<_> = expected
            .iter()
            .map(|(kind, subtype, parameters, quality)| Accepted {
                range: media_type(kind, subtype, parameters),
                quality: *quality,
            })
            .collect();
        assert_eq!(accept(lines), expected, "{lines:?}");
    };
    check(&[], &[]);
    check(&["", " ,, "], &[]);
    check(
        &["text/csv", "*/*;q=0"],
        &[("text", "csv", &[], 1000), ("*", "*", &[], 0)],
    );
    check(
        &["text/*;Q=0.25,a/b;c=d;q=1.000;e=f"],
        &[("text", "*", &[], 250), ("a", "b", &[("c", "d")], 1000)],
    );
    check(
        &["a/b;c=\"x,y;q=0\";q=0.5"],
        &[("a", "b", &[("c", "x,y;q=0")], 500)],
    );
    check(
        &["text/html, image/gif, *; q=.2, */*; q=.2"],
        &[
            ("text", "html", &[], 1000),
            ("image", "gif", &[], 1000),
            ("*", "*", &[], 200),
            ("*", "*", &[], 200),
        ],
    );
    check(&["a/b;q=0.99999"], &[("a", "b", &[], 999)]);
    check(
        &["a/b;q=0.", "a/c;q=1."],
        &[("a", "b", &[], 0), ("a", "c", &[], 1000)],
    );
}

#[test]
fn broken_members_of_accept_are_skipped() {
    for member in [
        "json",
        "*/json",
        "*x",
        "a/b;q",
        "a/b;q=",
        "a/b;q=\"\"",
        "a/b;q=2",
        "a/b;q=1.001",
        "a/b;q=-1",
        "a/b;q=+1",
        "a/b;q=0,5",
        "a/b;q=.",
        "a/b;q=0.5x",
        "a/b;q=1e0",
        "a/b;q=00.5",
        "a/b;q=99999999999999999999",
        "a/b;q=0.٣",
        "a b/c",
        "\"",
        "a/b;\0",
    ] {
        let line = format!("{member}\t, text/csv");
        let read = accept(&[&line]);
        // `q=0,5` breaks into a good member and a broken one, and an open quote swallows what follows.
        let expected = match member {
            "\"" => 0,
            "a/b;q=0,5" => 2,
            _ => 1,
        };
        assert_eq!(read.len(), expected, "{line:?} {read:?}");
    }
}

const OFFERS: [(Offer<'static>, &str); 6] = [
    (Offer::new("application", "json"), "json"),
    (Offer::new("application", "vnd.pgrst.object+json"), "object"),
    (
        Offer::with(
            "application",
            "vnd.pgrst.object+json",
            &[("nulls", "stripped")],
        ),
        "stripped object",
    ),
    (Offer::new("text", "csv"), "csv"),
    (Offer::new("text", "html"), "html"),
    (
        Offer::with("text", "plain", &[("format", "flowed")]),
        "flowed",
    ),
];

#[test]
fn the_offer_wanted_most_is_chosen() {
    let check = |line: &str, expected: Option<&str>| {
        assert_eq!(choose(&accept(&[line]), &OFFERS), expected, "{line:?}");
    };
    check("", Some("json"));
    check("*/*", Some("json"));
    check("text/csv", Some("csv"));
    check("TEXT/*", Some("csv"));
    check("image/png", None);
    check("image/png, */*;q=0.1", Some("json"));
    check("text/csv;q=0.5, text/html", Some("html"));
    check("text/html, text/csv", Some("html"));
    check("text/csv, text/html", Some("csv"));
    check("text/csv, */*", Some("csv"));
    check("application/json, text/plain, */*", Some("json"));
    check(
        "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8",
        Some("html"),
    );
    check(
        "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2",
        Some("html"),
    );
    check("nonsense", Some("json"));
}

#[test]
fn weight_zero_excludes() {
    let check = |line: &str, expected: Option<&str>| {
        assert_eq!(choose(&accept(&[line]), &OFFERS), expected, "{line:?}");
    };
    check("*/*;q=0", None);
    check("text/csv;q=0", None);
    check("*/*, application/json;q=0", Some("object"));
    check("*/*, application/*;q=0", Some("csv"));
    check("text/*;q=0, text/html", Some("html"));
    check("text/html;q=0, text/*;q=0.1", Some("csv"));
}

#[test]
fn parameters_make_a_range_more_exact() {
    let check = |line: &str, expected: Option<&str>| {
        assert_eq!(choose(&accept(&[line]), &OFFERS), expected, "{line:?}");
    };
    check("application/vnd.pgrst.object+json", Some("object"));
    check(
        "application/vnd.pgrst.object+json;nulls=stripped",
        Some("stripped object"),
    );
    check(
        "application/vnd.pgrst.object+json;nulls=\"Stripped\"",
        Some("stripped object"),
    );
    check("application/vnd.pgrst.object+json;nulls=other", None);
    check(
        "application/vnd.pgrst.object+json;q=0.9, application/vnd.pgrst.object+json;nulls=stripped",
        Some("stripped object"),
    );
    check(
        "application/vnd.pgrst.object+json, application/vnd.pgrst.object+json;nulls=stripped;q=0",
        Some("object"),
    );
    check("application/json;charset=utf-8", Some("json"));
    check("application/json;nulls=stripped", Some("json"));
    check("text/plain", Some("flowed"));
    check("text/plain;format=fixed", None);
}

#[test]
fn of_no_offers_none_is_chosen() {
    let offers: [(Offer<'_>, ()); 0] = [];
    assert_eq!(choose(&[], &offers), None);
    assert_eq!(choose(&accept(&["*/*"]), &offers), None);
}
