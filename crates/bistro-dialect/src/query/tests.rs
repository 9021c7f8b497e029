//! Queries as a whole, by example.

use crate::error::{Error, Place, Problem};
use crate::limits::Limits;
use crate::print::print_query;
use crate::query::Query;
use crate::target::Target;

fn read(text: &str) -> Query {
    Query::read(text, &Limits::default()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn function(text: &str) -> Result<Query, Error> {
    let target = Target::Function {
        name: "f".to_owned(),
    };
    Query::read_for(&target, &[text], &Limits::default())
}

#[test]
fn nothing_is_a_query() {
    for text in ["", "&", "&&&"] {
        assert_eq!(read(text), Query::default(), "{text:?}");
    }
}

#[test]
fn parameters_are_sorted_by_what_they_are_for() {
    let query = read(
        "select=a&b=eq.1&order=c&d.order=e&limit=1&columns=f,%22g,h%22&on_conflict=i, j&or=(k.eq.1)&l.limit=2",
    );
    assert_eq!(query.select.map(|items| items.len()), Some(1));
    assert_eq!(query.conditions.len(), 2);
    assert_eq!(query.order.len(), 2);
    assert_eq!(query.pages.len(), 2);
    assert_eq!(query.columns, Some(vec!["f".to_owned(), "g,h".to_owned()]));
    assert_eq!(
        query.on_conflict,
        Some(vec!["i".to_owned(), "j".to_owned()])
    );
    assert!(query.arguments.is_empty());
}

#[test]
fn what_may_be_said_once_is_refused_twice() {
    for text in [
        "select=a&select=b",
        "order=a&order=b",
        "a.order=b&a.order=c",
        "limit=1&limit=1",
        "a.limit=1&a.limit=1",
        "offset=1&limit=1&offset=1",
        "columns=a&columns=a",
        "on_conflict=a&on_conflict=a",
        "after=W10&after=W10",
    ] {
        let error = Query::read(text, &Limits::default()).expect_err(text);
        assert_eq!(error.problem, Problem::Repeated, "{text}");
        let name = text
            .rsplit('&')
            .next()
            .and_then(|last| last.split('=').next());
        assert_eq!(
            Some(error.place),
            name.map(|name| Place::Parameter(name.to_owned())),
            "{text}"
        );
    }
    read("select=a&\"select\"=eq.b&a.limit=1&b.limit=1&limit=1");
}

#[test]
fn two_queries_are_read_as_one() {
    let read = Query::read_for(
        &Target::Root,
        &["a=eq.1&limit=1", "b=eq.2"],
        &Limits::default(),
    );
    assert_eq!(read.as_ref(), Ok(&self::read("a=eq.1&limit=1&b=eq.2")));
    let twice = Query::read_for(&Target::Root, &["limit=1", "limit=1"], &Limits::default());
    assert_eq!(twice.map_err(|error| error.problem), Err(Problem::Repeated));
}

#[test]
fn a_function_takes_any_parameter() {
    let query = function("a=1&b=eq.2&c!d=x&limit=3&or=(e.eq.1)&after=x&a=%20").expect("arguments");
    let arguments: Vec<_> = query
        .arguments
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let expected = [
        ("a", "1"),
        ("b", "eq.2"),
        ("c!d", "x"),
        ("limit", "3"),
        ("or", "(e.eq.1)"),
        ("after", "x"),
        ("a", " "),
    ];
    assert_eq!(arguments, expected);
    assert_eq!(query.conditions.len(), 2);
    assert_eq!(query.pages.len(), 1);
    assert_eq!(query.after, None);
    let mistakes: Vec<_> = query
        .mistakes
        .iter()
        .map(|mistake| &mistake.place)
        .collect();
    let named = ["a", "c!d", "after", "a"].map(|name| Place::Parameter(name.to_owned()));
    assert_eq!(mistakes, named.iter().collect::<Vec<_>>());
    let own = Target::Own {
        path: vec!["requests".to_owned()],
    };
    let read = Query::read_for(&own, &["last=10"], &Limits::default()).expect("arguments");
    assert_eq!(read.arguments, [("last".to_owned(), "10".to_owned())]);
    assert!(function("select=(").is_err());
    assert!(function("limit=x").is_err());
}

#[test]
fn a_function_is_printed_with_its_paging_as_it_is_now() {
    let mut query = function("a=1&limit=3&b=x").expect("arguments");
    assert_eq!(print_query(&query), "a=1&limit=3&b=x");
    query.pages.first_mut().expect("a page").value.limit = Some(4);
    query.pages.first_mut().expect("a page").value.offset = Some(8);
    assert_eq!(print_query(&query), "a=1&limit=4&b=x&offset=8");
    query.pages.clear();
    assert_eq!(print_query(&query), "a=1&b=x");
    let spelled = "a=1&%20limit=05&after=W10&offset%09=%201&limit.after=1";
    let query = function(spelled).expect("arguments");
    assert_eq!(function(&print_query(&query)), Ok(query));
}

#[test]
fn bad_encoding_is_told_by_its_position_in_the_raw_text() {
    let check = |text: &str, place: &str, at: usize| {
        let error = Query::read(text, &Limits::default()).expect_err(text);
        let Problem::Encoding { at: found, .. } = error.problem else {
            panic!("{text}: {error}");
        };
        assert_eq!(
            (error.place, found),
            (Place::Parameter(place.to_owned()), at),
            "{text}"
        );
    };
    check("a=like.%x", "a", 7);
    check("b=eq.1&a=eq.%FF", "a", 12);
    check("%=eq.1", "%", 0);
    check("%61%C3=eq.%", "%61%C3", 3);
}

#[test]
fn there_is_a_limit_on_everything() {
    let limits = Limits {
        query_bytes: 200,
        depth: 2,
        terms: 4,
        list: 3,
        rows: 1,
        columns: 2,
        requests: 1,
    };
    let check = |text: &str, expected: usize| {
        let problem = Query::read(text, &limits).expect_err(text).problem;
        let Problem::TooMuch { limit, .. } = problem else {
            panic!("{text}: {problem}");
        };
        assert_eq!(limit, expected, "{text}");
    };
    let fits = |text: &str| assert!(Query::read(text, &limits).is_ok(), "{text}");
    check(&"a".repeat(201), 200);
    fits("or=(and(a.eq.1))");
    check("or=(and(or(a.eq.1)))", 2);
    fits("select=a(b(c))");
    check("select=a(b(c(d)))", 2);
    check("select=a(b(c()))", 2);
    fits("a.b.c=eq.1");
    check("a.b.c.d=eq.1", 2);
    check("a.b.c.order=a", 2);
    fits("select=a,b&c=eq.1&order=d");
    check("select=a,b&c=eq.1&order=d,e", 4);
    fits("a->b->c->d=eq.1");
    check("a->b->c->d->e=eq.1", 4);
    fits("a=in.(1,2,3)");
    check("a=in.(1,2,3,4)", 3);
    check("or=(a.in.(1,2,3,4))", 3);
    check("a=eq(any).{1,2,3,4}", 3);
    fits("columns=a,b");
    check("columns=a,b,c", 2);
    check("on_conflict=a,b,c", 2);
    check("a=eq.1&a=eq.1&a=eq.1&a=eq.1&a=eq.1", 4);
}

#[test]
fn deep_nesting_does_not_exhaust_the_stack() {
    for opening in [
        "(", "a(", "and(", "not.or(", "{", "\"", "a->", "a.", "((", "...a(",
    ] {
        for name in ["or", "select", "order", "a", "a.or", "columns"] {
            let text = format!("{name}={}", opening.repeat(65_000 / opening.len() - 10));
            assert!(
                Query::read(&text, &Limits::default()).is_err(),
                "{name}={opening}…"
            );
        }
    }
    let key = "a.".repeat(32_000);
    assert!(Query::read(&key, &Limits::default()).is_err());
}
