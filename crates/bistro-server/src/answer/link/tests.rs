//! Links lead where they say.

use bistro_dialect::page::{Cursor, CursorValue};
use bistro_dialect::{Exchange, Limits, Request};
use bistro_represent::Representation;

use super::{field, item_path, next_page};

fn request(path: &str, query: &str) -> Request {
    let exchange = Exchange {
        path,
        query,
        ..Exchange::default()
    };
    Request::read(&exchange, &Limits::default()).unwrap()
}

#[test]
fn an_items_path_keeps_the_commas_of_its_key_apart() {
    let check = |relation: &str, key: &[&str], expected: &str| {
        let key = key.iter().map(|&part| part.to_owned()).collect();
        assert_eq!(item_path(relation, key), expected);
    };
    check("songs", &["7"], "/songs/7");
    check("order_lines", &["7", "3"], "/order_lines/7,3");
    check("odd name", &["a,b", "c/d"], "/odd%20name/a%2Cb,c%2Fd");
    check("가수", &["서울"], "/%EA%B0%80%EC%88%98/%EC%84%9C%EC%9A%B8");
}

#[test]
fn the_next_page_keeps_the_request_and_replaces_where_it_starts() {
    let cursor = Cursor {
        values: vec![CursorValue::Integer(7)],
    };
    let next = next_page(
        &request("/songs", "year=gte.1990&limit=5&offset=10&order=year"),
        5,
        &cursor,
    );
    let (path, query) = next.split_once('?').unwrap();
    assert_eq!(path, "/songs");
    let read = request("/songs", query);
    assert_eq!(read.query.after, Some(cursor));
    assert_eq!(read.query.pages.len(), 1);
    assert_eq!(read.query.pages[0].value.limit, Some(5));
    assert_eq!(read.query.pages[0].value.offset, None);
    assert_eq!(read.query.conditions.len(), 1);
    assert_eq!(read.query.order.len(), 1);
}

#[test]
fn links_that_clients_could_not_take_are_left_out() {
    let links = |octets: usize| {
        let request = request("/songs", &format!("title=eq.{}", "a".repeat(octets)));
        let next = format!("/songs?after=W10&title=eq.{}", "a".repeat(octets));
        let field = field(&request, Representation::choose(&[]).unwrap(), Some(&next));
        (
            field.matches("\"next\"").count(),
            field.matches("\"alternate\"").count(),
        )
    };
    assert_eq!(links(100), (1, 3));
    assert_eq!(links(3_000), (1, 3));
    assert_eq!(links(4_000), (1, 0));
    assert_eq!(links(12_000), (1, 0));
    assert_eq!(links(13_000), (0, 0));
}
