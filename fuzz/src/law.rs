//! What must hold for every request, however hostile.

use bistro_dialect::page::Cursor;
use bistro_dialect::preference::Preferences;
use bistro_dialect::print::{print_query, print_target};
use bistro_dialect::query::Query;
use bistro_dialect::{Exchange, Limits, Request, Target};

/// Reading does not panic, an error can be shown, and what was understood can be printed and reads as the same.
pub fn check_request(exchange: &Exchange<'_>) {
    let limits = Limits::default();
    let request = match Request::read(exchange, &limits) {
        Ok(request) => request,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    let path = print_target(&request.target);
    assert_eq!(Target::read(&path).as_ref(), Ok(&request.target), "{path}");

    let printed = print_query(&request.query);
    assert!(
        printed.bytes().all(|octet| octet.is_ascii_graphic()),
        "{printed}"
    );
    // Encoding makes text longer: only what still fits has to read as the same.
    if printed.len() <= limits.query_bytes {
        let again = Query::read_for(&request.target, &[&printed], &limits);
        assert_eq!(again.as_ref(), Ok(&request.query), "{printed}");
    }

    if let Some(cursor) = &request.query.after {
        // Compared as text: a cursor may hold NaN, which is not equal to itself.
        let printed = cursor.print();
        let again = Cursor::read(&printed).map(|cursor| cursor.print());
        assert_eq!(again, Ok(printed));
    }

    let every = [
        "resolution",
        "missing",
        "return",
        "count",
        "tx",
        "handling",
        "timezone",
        "max-affected",
    ];
    let applied = request.preferences.applied(&every).unwrap_or_default();
    let again = Preferences::read(&[&applied])
        .applied(&every)
        .unwrap_or_default();
    assert_eq!(again, applied);
}
