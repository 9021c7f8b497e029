//! The public corpus of cookies and dates, adapted to RFC 6265bis, and our own cases behind it: all of them, against the
//! jar.

use std::time::{Duration, UNIX_EPOCH};

use bistro_client::jar::Jar;
use bistro_client::jar::site::Initiator;
use bistro_http::cookie::date;
use url::Url;

/// 2011-01-01 00:00:00, when all dates of the corpus lay where they were meant to lie.
const NOW: u64 = 1_293_840_000;

/// Where the fields of a case come from.
const SOURCE: &str = "http://home.example.org:8888/cookie-parser";

/// Where the next request goes.
const RESULT: &str = "http://home.example.org:8888/cookie-parser-result";

/// The lines of a corpus that are cases, in columns.
fn cases(corpus: &str) -> Vec<Vec<&str>> {
    let lines = corpus.lines();
    lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split('|').map(str::trim).collect())
        .collect()
}

/// The octets of a column.
fn octets(text: &str) -> Vec<u8> {
    let mut octets = Vec::new();
    let mut rest = text;
    while let Some((before, escape)) = rest.split_once('\\') {
        octets.extend_from_slice(before.as_bytes());
        if let Some(after) = escape.strip_prefix('\\') {
            octets.push(b'\\');
            rest = after;
        } else if let Some(repeat) = escape.strip_prefix('{') {
            let (repeat, after) = repeat.split_once('}').expect("a brace is closed");
            let (what, count) = repeat.split_once('*').expect("something is repeated");
            let count = count.parse().expect("a number of times");
            octets.extend(what.repeat(count).into_bytes());
            rest = after;
        } else {
            let hex = escape.strip_prefix('x').expect("an escape is known");
            let (digits, after) = hex.split_at(2);
            octets.push(u8::from_str_radix(digits, 16).expect("two digits"));
            rest = after;
        }
    }
    octets.extend_from_slice(rest.as_bytes());
    octets
}

/// What a case says, and what the jar says.
fn run(case: &[&str]) -> (Vec<u8>, Vec<u8>) {
    let [_, received, target, expected, _] =
        <[&str; 5]>::try_from(case).expect("a case has five columns");
    let source = Url::parse(SOURCE).expect("it is one");
    let mut jar = Jar::default();
    for field in received.split(" ++ ") {
        let (url, field) = match field.split_once(" <- ") {
            Some((url, field)) => (Url::parse(url).expect("it is one"), field),
            None => (source.clone(), field),
        };
        // Whether it is refused is seen by what is sent.
        let _ = jar.receive(&url, &octets(field.trim()), NOW);
    }
    let result = Url::parse(RESULT).expect("it is one");
    let target = match target {
        "-" => result,
        target => result.join(target).expect("it is one"),
    };
    let sent = jar.cookie_field(&target, Initiator::SameSite, NOW);
    let sent = sent.map_or(b"-".to_vec(), |field| field.as_bytes().to_vec());
    (octets(expected), sent)
}

#[test]
fn every_case_of_the_corpus_is_right() {
    let cases = cases(include_str!("corpus/cookies.txt"));
    let mut wrong = Vec::new();
    for case in &cases {
        let (expected, sent) = run(case);
        if sent != expected {
            let (expected, sent) = (expected.escape_ascii(), sent.escape_ascii());
            wrong.push(format!("{case:?}: expected `{expected}`, sent `{sent}`"));
        }
    }
    let public = cases
        .iter()
        .take_while(|case| case.first() != Some(&"prefix-secure"));
    let public = public.count();
    println!(
        "{} cookies, {public} of them of the public corpus",
        cases.len()
    );
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert_eq!(public, 222, "cases of the public corpus are missing");
    assert_eq!(cases.len(), 325, "cases are missing");
}

#[test]
fn every_date_of_the_corpus_is_right() {
    let cases = cases(include_str!("corpus/dates.txt"));
    for case in &cases {
        let (text, expected) = (
            case.first().expect("a date"),
            case.get(1).expect("a moment"),
        );
        let moment = date::read(&octets(text)).map(|seconds| {
            let seconds = u64::try_from(seconds).expect("all of them are after 1970");
            httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds))
        });
        assert_eq!(moment.as_deref().unwrap_or("-"), *expected, "{text}");
    }
    println!("{} dates", cases.len());
    assert_eq!(cases.len(), 70, "cases are missing");
}

#[test]
fn no_two_cases_have_one_name() {
    let cases = cases(include_str!("corpus/cookies.txt"));
    let mut names: Vec<_> = cases.iter().filter_map(|case| case.first()).collect();
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), count);
}
