//! The laws: what is printed reads as the same, and nothing a stranger sends makes the reader panic.

use bistro_http::method::Method;
use proptest::prelude::{ProptestConfig, any, prop_assert_eq, proptest};

use crate::generate;
use crate::page::Cursor;
use crate::print::print_query;
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
    fn no_query_makes_the_reader_panic(parts in proptest::collection::vec(generate::text(), 0..12)) {
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
