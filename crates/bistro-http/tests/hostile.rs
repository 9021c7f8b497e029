//! Every reader against every short text of hostile fragments: none panics, and what is read can be written and read again.

use bistro_http::authority::Authority;
use bistro_http::cookie::{self, Found, SetCookie};
use bistro_http::etag::{Conditions, EntityTag, Verdict as Precondition};
use bistro_http::forwarded::{Fields, Forwarded};
use bistro_http::link::{self, Link};
use bistro_http::media::{self, MediaType, Offer};
use bistro_http::method::Method;
use bistro_http::network::Network;
use bistro_http::origin::{CrossSite, Origin, Verdict};
use bistro_http::problem::ProblemDetails;
use bistro_http::range::ItemRange;
use bistro_http::{json_string, percent, prefer};

const FRAGMENTS: [&str; 42] = [
    "",
    " ",
    "\t",
    "\r\n",
    "\0",
    "\x7f",
    "\u{80}",
    "é",
    "서울",
    "\u{1f37d}",
    "\u{202e}",
    "\u{feff}",
    ",",
    ";",
    "=",
    "\"",
    "\\",
    "/",
    "*",
    "%",
    "%41",
    "%C3",
    "+",
    "-",
    ".",
    ":",
    "@",
    "[",
    "]",
    "[::1]",
    "://",
    "?",
    "#",
    "<",
    ">",
    "q=",
    "W/",
    "a",
    "Z",
    "0",
    "items=",
    "99999999999999999999999999",
];

/// Every text of up to three fragments.
fn texts() -> impl Iterator<Item = String> {
    FRAGMENTS.iter().flat_map(|first| {
        FRAGMENTS.iter().flat_map(move |second| {
            FRAGMENTS
                .iter()
                .map(move |third| [*first, *second, *third].concat())
        })
    })
}

fn is_field_value(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

#[test]
fn percent_encoding_gives_back_every_text() {
    for text in texts() {
        let segment = percent::encode_segment(&text);
        assert_eq!(percent::decode(&segment).as_ref(), Ok(&text));
        assert!(
            is_field_value(&segment) && !segment.contains(['/', '?', '#', ',', ' ']),
            "{segment:?}"
        );
        let component = percent::encode_query(&text);
        assert_eq!(percent::decode_form(&component).as_ref(), Ok(&text));
        assert!(
            is_field_value(&component) && !component.contains(['&', '=', '#', '+', ' ']),
            "{component:?}"
        );
        for error in [
            percent::decode(&text).err(),
            percent::decode_form(&text).err(),
        ] {
            assert!(
                error.is_none_or(|error| text.is_char_boundary(error.at)),
                "{text:?} {error:?}"
            );
        }
    }
}

#[test]
fn authorities_and_origins_read_what_they_write() {
    for text in texts() {
        if let Ok(read) = Authority::read(&text) {
            assert!(
                is_field_value(&read.to_string()) && !read.host().contains([' ', ',', '/', '@']),
                "{text:?}"
            );
            assert_eq!(Authority::read(&read.to_string()), Ok(read), "{text:?}");
        }
        if let Ok(read) = Origin::read(&text) {
            assert!(is_field_value(&read.to_string()), "{text:?}");
            assert_eq!(Origin::read(&read.to_string()), Ok(read), "{text:?}");
        }
        let trusted = [text.clone()];
        let judge = |site, origin| {
            CrossSite::judge(Method::Post, site, origin, "http://localhost", &trusted)
        };
        let evil = Some("https://evil.test");
        assert_eq!(
            judge(Some("cross-site"), evil),
            Verdict::Refused,
            "{text:?}"
        );
        assert_eq!(judge(None, evil), Verdict::Refused, "{text:?}");
        // Without `Sec-Fetch-Site`, only a trusted origin passes, and none at all.
        let is_listed = Origin::read(text.trim_matches([' ', '\t'])).is_ok();
        let is_absent = text.trim_matches([' ', '\t']).is_empty();
        let is_allowed = judge(None, Some(&text)) == Verdict::Allowed;
        assert!(!is_allowed || is_listed || is_absent, "{text:?}");
    }
}

#[test]
fn media_types_are_written_as_they_are_read() {
    let offers = [
        (Offer::new("a", "z"), ()),
        (Offer::with("a", "z", &[("q", "a")]), ()),
    ];
    for text in texts() {
        for text in [
            text.clone(),
            format!("a/z;{text}"),
            format!("a/z;a=\"{text}\""),
        ] {
            if let Ok(read) = MediaType::read(&text) {
                let written = read.to_string();
                assert!(is_field_value(&written), "{text:?}");
                let again = MediaType::read(&written).expect("what is written can be read");
                // Control characters and what is not ASCII are left out where it is written.
                assert!(again == read || !is_field_value(&text), "{text:?}");
            }
            let accepted = media::accept(&[&text, &text]);
            assert!(
                accepted
                    .iter()
                    .all(|member| member.quality <= media::QUALITY_MAX),
                "{text:?}"
            );
            let chosen = media::choose(&accepted, &offers);
            assert!(chosen.is_some() || !accepted.is_empty(), "{text:?}");
        }
    }
}

#[test]
fn preferences_and_ranges_survive_anything() {
    for text in texts() {
        for preference in prefer::preferences(&[&text, &text]) {
            assert!(
                text.contains(&preference.raw) && !preference.raw.is_empty(),
                "{text:?}"
            );
            assert_ne!(preference.value.as_deref(), Some(""), "{text:?}");
        }
        for unit in [None, Some("items"), Some(text.as_str())] {
            if let Ok(Some(range)) = ItemRange::read(&text, unit) {
                assert!(range.count() != Some(0), "{text:?}");
            }
        }
    }
}

#[test]
fn entity_tags_read_what_they_write_and_bad_ones_stop_writes() {
    let current = EntityTag {
        is_weak: false,
        opaque: "there".to_owned(),
    };
    for text in texts() {
        if let Some(read) = EntityTag::read(&text) {
            assert_eq!(
                EntityTag::read(&read.to_string()).as_ref(),
                Some(&read),
                "{text:?}"
            );
        }
        let written = EntityTag {
            is_weak: false,
            opaque: text.clone(),
        };
        assert!(EntityTag::read(&written.to_string()).is_some(), "{text:?}");
        // No text of these fragments names the tag that is there, so only a star may let the write pass.
        let verdict = Conditions::read(Some(&text), None).evaluate(Some(&current), Method::Put);
        let is_star = text.contains('*') && text.trim_matches([' ', '\t', ',']) == "*";
        assert_eq!(verdict == Precondition::Proceed, is_star, "{text:?}");
    }
}

#[test]
fn what_is_written_has_no_way_out() {
    for text in texts() {
        let value = link::write(&[Link {
            target: &text,
            relation: &text,
            media: Some(&text),
        }]);
        assert!(is_field_value(&value), "{value:?}");
        let (target, _) = value
            .split_once(">; rel=\"")
            .expect("a target and a relation");
        assert!(!target.contains(['>', '"', ' ']), "{value:?}");
        let mut json = String::new();
        json_string::escape_into(&text, &mut json);
        assert!(
            !json.contains(|character: char| character < ' '),
            "{json:?}"
        );
        let problem = ProblemDetails {
            detail: Some(text),
            ..ProblemDetails::default()
        };
        let expected =
            format!(r#"{{"type":"about:blank","title":"","status":500,"detail":"{json}"}}"#);
        assert_eq!(problem.write(), expected);
    }
}

#[test]
fn cookies_are_found_as_they_were_set_and_nothing_else_is() {
    for text in texts() {
        let found = cookie::find([text.as_bytes()], "sid");
        assert_eq!(found, Found::None, "{text:?}");
        // Whatever stands before and behind in fields of their own changes nothing.
        let around = [text.as_bytes(), b"sid=ID", text.as_bytes()];
        assert_eq!(cookie::find(around, "sid"), Found::One(b"ID"), "{text:?}");
        for cookie in [
            SetCookie::new("sid", &text, 60, true),
            SetCookie::new(&text, "ID", 60, true),
        ] {
            let Ok(cookie) = cookie else { continue };
            let written = cookie.to_string();
            assert!(is_field_value(&written), "{written:?}");
            assert_eq!(written.matches(';').count(), 5, "{written:?}");
        }
    }
}

#[test]
fn proxies_are_believed_as_far_as_they_are_trusted() {
    let trusted = [Network::read("10.0.0.0/8").expect("a network")];
    let [stranger, proxy] = ["203.0.113.9", "10.0.0.1"].map(|text| text.parse().expect(text));
    for text in texts() {
        if let Ok(network) = Network::read(&text) {
            assert_eq!(Network::read(&network.to_string()), Ok(network), "{text:?}");
        }
        let element = format!("{text},for=192.0.2.1;proto=https");
        let quoted = format!("for=\"{text}\"");
        for forwarded in [
            &[text.as_str()][..],
            &[&element],
            &[&quoted],
            &[&text, &element],
        ] {
            let fields = Fields {
                forwarded,
                x_forwarded_for: &[&text],
                x_forwarded_proto: &[&text],
                x_forwarded_host: &[&text],
            };
            let read = Forwarded::read(stranger, &trusted, &fields);
            assert_eq!(
                (read.client, read.is_secure, read.host),
                (stranger, false, None)
            );
            let read = Forwarded::read(proxy, &trusted, &fields);
            let is_said = forwarded.last() == Some(&element.as_str());
            assert!(
                !is_said || read.client.to_string() == "192.0.2.1",
                "{text:?}"
            );
            assert!(!is_said || read.is_secure, "{text:?}");
            let host = read.host.unwrap_or_default();
            assert!(
                host.is_empty() || Authority::read(&host).is_ok(),
                "{text:?}"
            );
        }
    }
}
