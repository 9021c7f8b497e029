//! A table of `Accept` and what it gets.

use crate::negotiate::{Format, Representation};

const JSON: &str = "application/json; charset=utf-8";
const CSV: &str = "text/csv; charset=utf-8";
const NDJSON: &str = "application/x-ndjson; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";
const SINGULAR: &str = "application/vnd.pgrst.object+json; charset=utf-8";
const STRIPPED: &str = "application/vnd.pgrst.array+json;nulls=stripped; charset=utf-8";
const SINGULAR_STRIPPED: &str = "application/vnd.pgrst.object+json;nulls=stripped; charset=utf-8";

#[test]
fn accept_decides() {
    let check = |accept: &[&str], expected: Option<&str>| {
        let chosen = Representation::choose(accept);
        assert_eq!(
            chosen.map(|chosen| chosen.content_type()),
            expected,
            "{accept:?}"
        );
    };
    check(&[], Some(JSON));
    check(&[""], Some(JSON));
    check(
        &["application/vnd.pgrst.plan+text; for=\"application/json\"; options=;"],
        None,
    );
    check(&["*/*"], Some(JSON));
    check(&["application/*"], Some(JSON));
    check(&["application/json"], Some(JSON));
    check(&["application/json; charset=utf-8"], Some(JSON));
    check(&["application/json, text/plain, */*"], Some(JSON));
    check(&["application/json;nulls=stripped"], Some(STRIPPED));
    check(&["application/problem+json"], Some(JSON));
    check(&["application/problem+json, text/csv"], Some(CSV));
    check(&["application/vnd.pgrst.object+json"], Some(SINGULAR));
    check(&["application/vnd.pgrst.object"], Some(SINGULAR));
    check(
        &["application/vnd.pgrst.object+json;nulls=stripped"],
        Some(SINGULAR_STRIPPED),
    );
    check(
        &["application/vnd.pgrst.object; nulls=stripped"],
        Some(SINGULAR_STRIPPED),
    );
    check(&["application/vnd.pgrst.array+json"], Some(JSON));
    check(
        &["application/vnd.pgrst.array+json;nulls=stripped"],
        Some(STRIPPED),
    );
    check(
        &["application/vnd.pgrst.array;nulls=stripped"],
        Some(STRIPPED),
    );
    check(&["text/csv"], Some(CSV));
    check(&["text/*"], Some(CSV));
    check(&["TEXT/CSV;header=present"], Some(CSV));
    check(&["text/csv, */*"], Some(CSV));
    check(&["text/csv;q=0.5", "application/x-ndjson"], Some(NDJSON));
    check(&["application/ndjson"], Some(NDJSON));
    check(&["application/jsonl"], Some(NDJSON));
    check(&["application/x-jsonlines"], Some(NDJSON));
    check(&["text/html"], Some(HTML));
    check(
        &["text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"],
        Some(HTML),
    );
    check(&["application/json;q=0, */*"], Some(CSV));
    check(&["image/png"], None);
    check(&["text/plain"], None);
    check(&["*/*;q=0"], None);
    check(&["application/json;q=0"], None);
}

#[test]
fn every_other_format_is_an_alternate() {
    let check = |accept: &str, expected: &[&str]| {
        let chosen = Representation::choose(&[accept]).expect("it is offered");
        assert!(
            chosen
                .alternates()
                .map(|(_, label)| label)
                .eq(expected.iter().copied()),
            "{accept}"
        );
    };
    check("application/json", &["CSV", "NDJSON", "HTML"]);
    check(
        "application/vnd.pgrst.object+json",
        &["CSV", "NDJSON", "HTML"],
    );
    check("text/html", &["JSON", "CSV", "NDJSON"]);
}

#[test]
fn an_alternate_is_what_its_media_type_gets() {
    for format in Format::ALL {
        let (media_type, label) = format.names();
        let chosen = Representation::choose(&[media_type]).expect("it is offered");
        assert_eq!(chosen.format, format, "{label}");
        assert!(chosen.content_type().starts_with(media_type), "{label}");
    }
}
