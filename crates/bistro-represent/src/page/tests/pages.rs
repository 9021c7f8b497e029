//! What pages show and where they lead.

use std::sync::Arc;

use bistro_dialect::Limits;
use bistro_dialect::filter::Condition;
use bistro_dialect::query::Query;
use bistro_http::method::Method;
use bistro_http::percent::encode_query;
use bistro_plan::catalog::Kind;
use bistro_plan::plan::{Cast, Expression, Output, Taken};
use bistro_plan::value::Value;

use crate::page::tests::document::{self, Element};
use crate::page::tests::places::{context, page, relation, shop, source, survey};
use crate::page::{self, sources};
use crate::tests::{plain, shape, text, write};
use crate::{Encoder, Footer, Format, Place};

/// What would become markup, an attribute, an address or a word of a shell, if anything let it.
pub(super) const HOSTILE: &str =
    "</td><script>alert(1)</script>\"'><img src=x onerror=alert(1)> & javascript:alert(1) `$(id)`";

fn links(elements: &[Element]) -> Vec<(&str, &str)> {
    let links = elements.iter().filter(|element| element.name == "a");
    links
        .map(|link| {
            (
                link.text.as_str(),
                link.attribute("href").expect("a link leads somewhere"),
            )
        })
        .collect()
}

#[track_caller]
fn has_link(elements: &[Element], text: &str, href: &str) {
    let links = links(elements);
    assert!(
        links.contains(&(text, href)),
        "no link {text:?} to {href:?} in {links:#?}"
    );
}

fn song(id: i64, artist: i64) -> Vec<Value> {
    vec![Value::Integer(id), text("Creep"), Value::Integer(artist)]
}

#[test]
fn rows_lead_to_their_own_page_and_along_foreign_keys() {
    let shop = shop();
    let songs = page(
        context(&shop, "songs", "/songs", ""),
        &[song(3, 7)],
        &Footer::default(),
    );
    has_link(&songs, "3", "/songs/3");
    has_link(&songs, "7", "/artists/7");

    let row = vec![text("a/b,c"), Value::Integer(2), text("Creep & co")];
    let lines = page(
        context(&shop, "order lines", "/order%20lines", ""),
        &[row],
        &Footer::default(),
    );
    has_link(&lines, "→", "/order%20lines/a%2Fb%2Cc,2");
    has_link(&lines, "Creep & co", "/songs?title=eq.Creep%20%26%20co");
}

#[test]
fn what_cannot_be_said_in_an_address_is_not_linked() {
    let shop = shop();
    let count = |name: &str, path: &str, row: Vec<Value>| {
        let elements = page(context(&shop, name, path, ""), &[row], &Footer::default());
        let cells = elements
            .iter()
            .skip_while(|element| element.name != "tbody");
        cells
            .take_while(|element| element.name != "nav")
            .filter(|element| element.name == "a")
            .count()
    };
    assert_eq!(count("songs", "/songs", song(1, 1)), 2);
    assert_eq!(
        count(
            "songs",
            "/songs",
            vec![Value::Null, Value::Null, Value::Null]
        ),
        0
    );
    assert_eq!(
        count(
            "songs",
            "/songs",
            vec![text(".."), Value::Null, Value::Blob(vec![1])]
        ),
        0
    );
    assert_eq!(
        count(
            "songs",
            "/songs",
            vec![text(""), Value::Null, text(&"x".repeat(2000))]
        ),
        0
    );
}

#[test]
fn links_lead_nowhere_this_caller_may_not_read() {
    let shop = shop();
    let mut alone = context(&shop, "songs", "/songs/3", "");
    alone.readable.retain(|relation| relation.name == "songs");
    let page = source(alone, &[song(3, 7)], &Footer::default());
    assert!(
        !links(&document::read(&page))
            .iter()
            .any(|(text, _)| *text == "7")
    );
    assert!(
        !page.contains("artists") && !page.contains("order"),
        "{page}"
    );
}

#[test]
fn an_item_leads_to_what_refers_to_it() {
    let shop = shop();
    let item = page(
        context(&shop, "artists", "/artists/7", ""),
        &[vec![Value::Integer(7), text("Radiohead")]],
        &Footer::default(),
    );
    has_link(&item, "artists", "/artists");
    has_link(&item, "songs", "/songs?artist_id=eq.7");
}

#[test]
fn headers_sort_upwards_then_downwards_then_not() {
    let shop = shop();
    let check = |query: &str, sorted: Option<&str>, label: &str, href: &str| {
        let elements = page(
            context(&shop, "songs", "/songs", query),
            &[],
            &Footer::default(),
        );
        has_link(&elements, label, href);
        let header = elements
            .iter()
            .find(|element| element.name == "th" && element.text == label);
        assert_eq!(
            header.expect("a header").attribute("aria-sort"),
            sorted,
            "{query}"
        );
    };
    check("", None, "title", "/songs?order=title");
    check(
        "id=gt.1&offset=20",
        None,
        "title",
        "/songs?id=gt.1&order=title",
    );
    check(
        "order=title&id=gt.1&after=abc",
        Some("ascending"),
        "title ↑",
        "/songs?id=gt.1&order=title.desc",
    );
    check(
        "order=title.asc,id",
        Some("ascending"),
        "title ↑",
        "/songs?order=title.desc",
    );
    check(
        "order=title.desc.nullslast",
        Some("descending"),
        "title ↓",
        "/songs",
    );
    check("order=title_long", None, "title", "/songs?order=title");
}

#[test]
fn filters_can_be_taken_away_one_by_one() {
    let shop = shop();
    let elements = page(
        context(
            &shop,
            "songs",
            "/songs",
            "id=gt.1&title=ilike.%2Aa+b%2A&id=lt.9&order=id&limit=5&offset=5",
        ),
        &[],
        &Footer::default(),
    );
    let removals = elements.iter().filter_map(|element| {
        let label = element.attribute("aria-label")?.strip_prefix("Remove ")?;
        Some((label, element.attribute("href")?))
    });
    assert_eq!(
        removals.collect::<Vec<_>>(),
        [
            (
                "id=gt.1",
                "/songs?title=ilike.%2Aa+b%2A&id=lt.9&order=id&limit=5"
            ),
            (
                "title=ilike.*a b*",
                "/songs?id=gt.1&id=lt.9&order=id&limit=5"
            ),
            (
                "id=lt.9",
                "/songs?id=gt.1&title=ilike.%2Aa+b%2A&order=id&limit=5"
            ),
        ]
    );
}

#[test]
fn filters_are_said_in_words() {
    let shop = shop();
    let check = |query: &str, expected: &str| {
        let elements = page(
            context(&shop, "songs", "/songs", query),
            &[],
            &Footer::default(),
        );
        let filters = elements
            .iter()
            .skip_while(|element| element.attribute("class") != Some("filters"));
        let words = filters
            .into_iter()
            .find(|element| element.name == "span")
            .expect("a filter");
        assert_eq!(words.text, expected);
        assert!(query.contains('%') || words.attribute("title") == Some(query));
    };
    check("year=gte.1990", "year is at least 1990");
    check(
        "title=not.ilike.*love*",
        "not: title looks, in any case, like *love*",
    );
    check("id=in.(1,2)", "id is one of 1, 2");
    check("title=like(any).{a*,b*}", "title looks like any of a*, b*");
    check("title=is.not_null", "title is not null");
    check("title=eq.%3Cb%3E", "title is <b>");
    check("or=(id.eq.1,id.eq.2)", "or=(id.eq.1,id.eq.2)");
    check("json->a=eq.1", "json->a=eq.1");
    check("select=id", "select=id");
}

#[test]
fn columns_may_be_called_anything() {
    let names = ["order", "limit", "and", "a.b", "a b", "a\"b", "서울", "not"];
    for name in names {
        let relation = [Arc::new(relation("songs", &[(name, Kind::Text)], &[]))];
        let elements = page(
            context(&relation, "songs", "/songs", ""),
            &[],
            &Footer::default(),
        );
        let header = elements
            .iter()
            .find(|element| element.attribute("title") == Some("Sort, smallest first"));
        let (_, order) = header
            .and_then(|link| link.attribute("href"))
            .and_then(|href| href.split_once('?'))
            .expect("a query");
        let sorted = Query::read(order, &Limits::default()).expect("it is a query");
        assert_eq!(sorted.order[0].value[0].field.name, name);
        let elements = page(
            context(&relation, "songs", "/songs", order),
            &[],
            &Footer::default(),
        );
        assert!(
            elements
                .iter()
                .any(|element| element.attribute("aria-sort") == Some("ascending")),
            "{name}"
        );
        let input = elements
            .iter()
            .find(|element| element.attribute("id") == Some("filter-0"));
        let input = input
            .and_then(|input| input.attribute("name"))
            .expect("an input");
        let filtered = Query::read(&format!("{}=eq.1", encode_query(input)), &Limits::default());
        let filtered = filtered.expect("it is a query");
        assert!(
            matches!(
                &filtered.conditions[0].value,
                Condition::Predicate(predicate) if predicate.field.name == name
            ),
            "{name}: {filtered:?}"
        );
    }
}

#[test]
fn a_filter_form_says_what_held_before() {
    let shop = shop();
    let elements = page(
        context(&shop, "songs", "/songs", "id=gt.1&order=id&offset=5"),
        &[],
        &Footer::default(),
    );
    let inputs = elements
        .iter()
        .skip_while(|element| element.attribute("for") != Some("filter-0"));
    let id = inputs
        .into_iter()
        .find(|element| element.name == "input")
        .expect("an input");
    assert_eq!(
        (id.attribute("name"), id.attribute("value")),
        (Some("id"), Some("gt.1"))
    );
    let hidden = elements
        .iter()
        .filter(|element| element.attribute("type") == Some("hidden"));
    let hidden = hidden.map(|input| (input.attribute("name"), input.attribute("value")));
    assert_eq!(
        hidden.collect::<Vec<_>>(),
        [
            (Some("order"), Some("id")),
            (Some("id"), Some("gt.1")),
            (Some("order"), Some("id")),
            (Some("id"), Some("gt.1")),
            (Some("order"), Some("id")),
        ]
    );
}

#[test]
fn pages_lead_to_each_other() {
    let shop = shop();
    let footer = Footer {
        next: Some("/songs?after=abc".to_owned()),
        total: Some(2_000_000),
    };
    let mut second = context(&shop, "songs", "/songs", "order=id&offset=15");
    second.offset = 15;
    let elements = page(second, &[song(1, 1), song(2, 1)], &footer);
    has_link(&elements, "First", "/songs?order=id");
    has_link(&elements, "← Previous", "/songs?order=id&offset=5");
    has_link(&elements, "Next →", "/songs?after=abc");
    let extent = |elements: &[Element]| {
        let extent = elements
            .iter()
            .find(|element| element.attribute("class") == Some("extent"));
        extent.expect("an extent").text.clone()
    };
    assert_eq!(extent(&elements), "Rows 16–17 of 2,000,000");
    let after = page(
        context(&shop, "songs", "/songs", "after=abc"),
        &[song(1, 1)],
        &Footer::default(),
    );
    has_link(&after, "First", "/songs");
    assert_eq!(extent(&after), "1 row");
}

#[test]
fn a_next_page_elsewhere_is_not_linked() {
    let shop = shop();
    for next in [
        "javascript:alert(1)",
        "//evil.example/",
        "https://evil.example/",
        "http://localhost.evil.example/",
    ] {
        let footer = Footer {
            next: Some(next.to_owned()),
            total: None,
        };
        let elements = page(context(&shop, "songs", "/songs", ""), &[], &footer);
        assert!(
            !links(&elements).iter().any(|(text, _)| *text == "Next →"),
            "{next}"
        );
    }
}

#[test]
fn values_are_shown_as_people_read_them() {
    let kinds = [
        Kind::Boolean,
        Kind::Real,
        Kind::Json,
        Kind::Blob,
        Kind::Text,
        Kind::Any,
    ];
    let columns = kinds.map(|kind| ("c", kind));
    let row = vec![
        Value::Integer(1),
        Value::Real(2.0),
        text("{\"a\":1}"),
        Value::Blob(vec![0; 1042]),
        text(&"긴".repeat(500)),
        Value::Null,
    ];
    let things = [Arc::new(relation("things", &columns, &[]))];
    let cells = |path: &str, name: &str| {
        let elements = page(
            context(&things, "things", path, ""),
            std::slice::from_ref(&row),
            &Footer::default(),
        );
        let cells = elements.iter().filter(|element| element.name == name);
        cells
            .map(|cell| cell.text.clone())
            .take(kinds.len())
            .collect::<Vec<_>>()
    };
    let beginning = format!("{}…", "긴".repeat(160));
    assert_eq!(
        cells("/things", "td"),
        [
            "true",
            "2.0",
            "{\"a\":1}",
            "1,042 bytes",
            &beginning,
            "null"
        ]
    );
    assert_eq!(
        cells("/things/1", "dd"),
        [
            "true",
            "2.0",
            "{\"a\":1}",
            "1,042 bytes",
            &"긴".repeat(500),
            "null"
        ]
    );
}

#[test]
fn other_forms_are_a_line_to_copy() {
    let shop = shop();
    let page = page(
        context(&shop, "songs", "/songs", "title=eq.it's"),
        &[],
        &Footer::default(),
    );
    let lines = page
        .iter()
        .filter(|element| element.name == "pre")
        .map(|line| line.text.as_str());
    assert_eq!(
        lines.collect::<Vec<_>>(),
        [
            "curl 'http://localhost/songs?title=eq.it%27s'",
            "curl -H 'Accept: text/csv' 'http://localhost/songs?title=eq.it%27s'",
            "curl -H 'Accept: application/x-ndjson' 'http://localhost/songs?title=eq.it%27s'",
        ]
    );
    let alternates = page
        .iter()
        .filter(|element| element.attribute("rel") == Some("alternate"));
    let alternates = alternates.map(|link| (link.attribute("type"), link.attribute("href")));
    let address = Some("/songs?title=eq.it's");
    assert_eq!(
        alternates.collect::<Vec<_>>(),
        [
            (Some("application/json"), address),
            (Some("text/csv"), address),
            (Some("application/x-ndjson"), address),
        ]
    );
}

#[test]
fn a_page_without_context_shows_the_rows() {
    let shape = shape(&[("<b>", Kind::Text)]);
    for is_item in [false, true] {
        let row = crate::tests::Values(vec![text(HOSTILE)]);
        let encoder = Encoder::new(plain(Format::Html), &shape, is_item);
        let elements = document::read(&write(encoder, &[&row], &Footer::default()));
        assert!(elements.iter().any(|element| element.text == HOSTILE));
        assert!(elements.iter().any(|element| element.text == "<b>"));
    }
}

#[test]
fn a_long_query_is_not_repeated_for_every_column() {
    let columns: Vec<String> = (0..2000).map(|n| format!("c{n}")).collect();
    let columns: Vec<_> = columns
        .iter()
        .map(|name| (name.as_str(), Kind::Text))
        .collect();
    let wide = [Arc::new(relation("wide", &columns, &[]))];
    let query = format!("c1=eq.{}", "x".repeat(60_000));
    let page = source(
        context(&wide, "wide", "/wide", &query),
        &[],
        &Footer::default(),
    );
    assert!(page.len() < 2 * 1024 * 1024, "{} bytes", page.len());
    let query = "c1=eq.x&".repeat(8000);
    let page = source(
        context(&wide, "wide", "/wide", &query),
        &[],
        &Footer::default(),
    );
    assert!(page.len() < 4 * 1024 * 1024, "{} bytes", page.len());
}

#[test]
fn columns_are_traced_to_their_relation() {
    let output = |expression: Expression| Output {
        name: "id".to_owned(),
        kind: Kind::Any,
        expression,
        is_aggregate: false,
    };
    let outputs = [
        output(Expression::Column(1)),
        output(Expression::Cast {
            of: Box::new(Expression::Column(0)),
            from: Kind::Integer,
            to: Cast::Text,
        }),
        output(Expression::Related {
            place: 0,
            taken: Taken::Object,
        }),
        output(Expression::Column(0)),
    ];
    assert_eq!(sources(&outputs), [Some(1), None, None, Some(0)]);
    assert!(sources(&[]).is_empty());
}

#[test]
fn the_root_lists_resources_and_says_where_programs_find_them() {
    let shop = shop();
    let places = shop.iter().map(|relation| Place {
        relation: Arc::clone(relation),
        written: Arc::clone(relation),
        collection: vec![Method::Get, Method::Post],
        item: Vec::new(),
        relatives: Vec::new(),
    });
    let places: Vec<_> = places.collect();
    let read = |page: Vec<u8>| document::read(&String::from_utf8(page).expect("pages are UTF-8"));
    let page = read(page::root(
        &survey(places),
        "http://localhost:8080",
        &page::Viewer::default(),
    ));
    has_link(&page, "order lines", "/order%20lines");
    let description = page
        .iter()
        .find(|element| element.attribute("rel") == Some("service-desc"))
        .expect("there is a description");
    assert_eq!(description.attribute("href"), Some("/-/"));
    assert!(
        page.iter()
            .any(|element| element.text == "curl http://localhost:8080/-/")
    );
    let empty = read(page::root(
        &survey(Vec::new()),
        "http://localhost:8080",
        &page::Viewer::default(),
    ));
    assert!(empty.iter().any(|element| element.name == "h1"));
}

#[test]
fn an_error_is_explained() {
    let page = page::error(404, "Not Found", Some("no `<b>` here"), Some("perhaps"));
    let elements = document::read(&String::from_utf8(page).expect("pages are UTF-8"));
    let texts: Vec<_> = elements
        .iter()
        .map(|element| element.text.as_str())
        .collect();
    for expected in ["404", "Not Found", "no <b> here", "<b>", "Hint: perhaps"] {
        assert!(texts.contains(&expected), "{expected}");
    }
}

#[test]
fn a_path_that_looks_like_a_host_is_a_path() {
    let shop = shop();
    for path in ["//songs", "/\\songs", "\\/songs"] {
        let elements = page(context(&shop, "songs", path, ""), &[], &Footer::default());
        has_link(&elements, "title", "/songs?order=title");
    }
}
