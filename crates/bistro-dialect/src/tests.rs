//! The laws: what is printed reads as the same, and nothing a stranger sends makes the reader panic.

use bistro_http::method::Method;
use bistro_http::percent::encode_query;
use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, any, prop_assert_eq, prop_assume, proptest};

use crate::generate;
use crate::page::Cursor;
use crate::payload::{Datum, Payload};
use crate::print::{print_query, print_target};
use crate::query::Query;
use crate::{Exchange, Limits, Request, Target};

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_printed_query_reads_as_the_same(query in generate::query()) {
        let printed = print_query(&query);
        prop_assert_eq!(Query::read(&printed, &Limits::default()), Ok(query), "{}", printed);
    }

    #[test]
    fn a_printed_cursor_reads_as_the_same(cursor in generate::cursor()) {
        let printed = cursor.print();
        prop_assert_eq!(Cursor::read(&printed), Ok(cursor), "{}", printed);
    }

    #[test]
    fn a_printed_path_reads_as_the_same(relation in generate::text(), key in vec(generate::text(), 1..4)) {
        // An empty segment names nothing, and two words of the URL space cannot be tables.
        prop_assume!(!["", "-", "rpc"].contains(&relation.as_str()) && key != [""]);
        let target = Target::Item { relation, key };
        let printed = print_target(&target);
        prop_assert_eq!(Target::read(&printed), Ok(target), "{}", printed);
    }

    #[test]
    fn quoted_csv_is_read_to_the_character(fields in vec([generate::text(), generate::text()], 1..5)) {
        let records = fields.iter().map(|record| {
            let quoted = record.each_ref().map(|field| format!("\"{}\"", field.replace('"', "\"\"")));
            format!("{}\r\n", quoted.join(","))
        });
        let body: Vec<_> = std::iter::once("a,b\n".to_owned()).chain(records).collect();
        let expected: Vec<_> = fields
            .iter()
            .map(|record| record.iter().map(|field| Some(Datum::Text(field.clone()))).collect::<Vec<_>>())
            .collect();
        prop_assert_eq!(rows("text/csv", body.concat().as_bytes()), expected);
    }

    #[test]
    fn forms_are_read_to_the_character(values in vec(generate::text(), 1..5)) {
        let pairs = values.iter().enumerate().map(|(at, value)| format!("{at}={}", encode_query(value)));
        let body: Vec<_> = pairs.collect();
        let expected: Vec<_> = values.iter().map(|value| Some(Datum::Text(value.clone()))).collect();
        prop_assert_eq!(rows("application/x-www-form-urlencoded", body.join("&").as_bytes()), [expected]);
    }

    #[test]
    fn json_strings_are_kept_to_the_byte(values in vec(generate::text(), 1..5)) {
        let json: Vec<_> = values.iter().map(|value| serde_json::to_string(value).expect("a string")).collect();
        let members = json.iter().enumerate().map(|(at, value)| format!("\"{at}\" : {value}"));
        let body = format!("{{{}}}", members.collect::<Vec<_>>().join(" , "));
        let expected: Vec<_> = json.iter().map(|value| Some(Datum::Json(value.clone()))).collect();
        prop_assert_eq!(rows("application/json", body.as_bytes()), [expected]);
    }

    #[test]
    fn no_query_makes_the_reader_panic(parts in vec(generate::text(), 0..12)) {
        let text = parts.concat();
        check_law(&text);
        check_law(&format!("select={text}"));
        check_law(&format!("or=({text})"));
        check_law(&format!("a={text}"));
    }

    #[test]
    fn no_octets_make_the_reader_panic(body in any::<Vec<u8>>(), path in any::<String>()) {
        check_body(&body);
        drop(Target::read(&path));
    }
}

/// The rows of a body that is right.
fn rows(media_type: &str, body: &[u8]) -> Vec<Vec<Option<Datum>>> {
    let limits = Limits::default();
    let payload = Payload::read(Method::Post, Some(media_type), body, None, &limits);
    match payload {
        Ok(Some(Payload::Rows(rows))) => rows.rows,
        other => panic!("{other:?}"),
    }
}

/// Whatever can be read is printed so that it reads as the same.
fn check_law(text: &str) {
    let limits = Limits::default();
    if let Ok(query) = Query::read(text, &limits) {
        let printed = print_query(&query);
        assert_eq!(
            Query::read(&printed, &limits).as_ref(),
            Ok(&query),
            "{text:?} as {printed:?}"
        );
    }
    let function = Target::Function {
        name: "f".to_owned(),
    };
    if let Ok(query) = Query::read_for(&function, &[text], &limits) {
        let printed = print_query(&query);
        let again = Query::read_for(&function, &[&printed], &limits);
        assert_eq!(again.as_ref(), Ok(&query), "{text:?} as {printed:?}");
    }
}

/// A body of any media type is taken or refused.
fn check_body(body: &[u8]) {
    let media_types = [
        None,
        Some("application/json"),
        Some("text/csv"),
        Some("application/x-www-form-urlencoded"),
        Some("application/merge-patch+json"),
        Some("application/json-patch+json"),
        Some("text/plain"),
    ];
    for content_type in media_types {
        for method in [Method::Query, Method::Patch] {
            let exchange = Exchange {
                method,
                path: "/songs",
                content_type,
                body,
                ..Exchange::default()
            };
            drop(Request::read(&exchange, &Limits::default()));
        }
    }
}
