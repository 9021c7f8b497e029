//! How queries look when they are printed.

use crate::limits::Limits;
use crate::print::{print_key, print_query};
use crate::query::Query;

fn check(text: &str, expected: &str) {
    let query = Query::read(text, &Limits::default());
    let query = query.unwrap_or_else(|error| panic!("{text}: {error}"));
    let printed = print_query(&query);
    assert_eq!(printed, expected, "{text}");
    assert_eq!(
        Query::read(&printed, &Limits::default()),
        Ok(query),
        "{printed}"
    );
}

#[test]
fn plain_queries_stay_plain() {
    for text in [
        "",
        "select=",
        "select=id,title,artist(name)",
        "year=gte.1990&year=lt.2000&order=year",
        "city=eq.Seoul",
        "or=(a.eq.1,not.and(b.in.(1,2),c.is.not_null))",
        "artist.not.or=(a.like(any).%7B*x*,y*%7D)",
        "order=a.desc.nullslast,artist(name).asc&artist.order=b",
        "limit=10&offset=20&artist.limit=1",
        "columns=a,b&on_conflict=a",
    ] {
        check(text, text);
    }
}

#[test]
fn the_rest_is_encoded_and_in_one_order() {
    check("limit=1&select=a", "select=a&limit=1");
    check("a=eq.x+y", "a=eq.x%20y");
    check("a=eq.x%26y%3Dz", "a=eq.x%26y%3Dz");
    check("a->>b=eq.1", "a-%3E%3Eb=eq.1");
    check("%22a.b%22=eq.1", "%22a.b%22=eq.1");
    check("or=(a.eq.%22x,y%22)", "or=(a.eq.%22x,y%22)");
    check("\"limit\"=eq.1", "%22limit%22=eq.1");
    check("title=eq.서울", "title=eq.%EC%84%9C%EC%9A%B8");
}

#[test]
fn keys_are_one_segment() {
    let check = |values: &[&str], expected: &str| {
        let values: Vec<_> = values.iter().map(|&value| value.to_owned()).collect();
        assert_eq!(print_key(&values), expected);
    };
    check(&["7"], "7");
    check(&["7", "3"], "7,3");
    check(&["a,b", "c/d"], "a%2Cb,c%2Fd");
}
