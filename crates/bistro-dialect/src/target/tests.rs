//! Paths, by example.

use crate::error::Problem;
use crate::print::print_target;
use crate::target::Target;

fn check(path: &str, expected: &Target) {
    assert_eq!(Target::read(path).as_ref(), Ok(expected), "{path}");
    let printed = print_target(expected);
    assert_eq!(Target::read(&printed).as_ref(), Ok(expected), "{printed}");
}

fn collection(relation: &str) -> Target {
    Target::Collection {
        relation: relation.to_owned(),
    }
}

fn item(relation: &str, key: &[&str]) -> Target {
    Target::Item {
        relation: relation.to_owned(),
        key: key.iter().map(|&value| value.to_owned()).collect(),
    }
}

fn own(path: &[&str]) -> Target {
    Target::Own {
        path: path.iter().map(|&segment| segment.to_owned()).collect(),
    }
}

#[test]
fn paths_name_resources() {
    check("", &Target::Root);
    check("/", &Target::Root);
    check("/songs", &collection("songs"));
    check("/songs/", &collection("songs"));
    check("/songs/7", &item("songs", &["7"]));
    check("/order_lines/7,3", &item("order_lines", &["7", "3"]));
    check(
        "/songs/7/artist",
        &Target::Related {
            relation: "songs".to_owned(),
            key: vec!["7".to_owned()],
            related: "artist".to_owned(),
        },
    );
    check(
        "/rpc/search",
        &Target::Function {
            name: "search".to_owned(),
        },
    );
    check("/-", &own(&[]));
    check("/-/", &own(&[]));
    check("/-/session", &own(&["session"]));
    check("/-/session/data/", &own(&["session", "data"]));
    check("/-/a/b/c/d/e", &own(&["a", "b", "c", "d", "e"]));
}

#[test]
fn the_prefix_of_supabase_clients_is_no_difference() {
    check("/rest/v1", &Target::Root);
    check("/rest/v1/", &Target::Root);
    check("/rest/v1/songs", &collection("songs"));
    check("/rest/v1/songs/7", &item("songs", &["7"]));
    check("/rest/v10", &item("rest", &["v10"]));
    check("/rest", &collection("rest"));
    check("/rest/v1/rest/v1", &item("rest", &["v1"]));
    check("/rpc", &collection("rpc"));
}

#[test]
fn what_is_encoded_is_data() {
    check("/a%2Fb", &collection("a/b"));
    check("/t/a%2Fb", &item("t", &["a/b"]));
    check("/t/a%2Cb,c", &item("t", &["a,b", "c"]));
    check("/t/a+b", &item("t", &["a+b"]));
    check("/t/%ED%95%9C", &item("t", &["한"]));
    check("/t/한", &item("t", &["한"]));
    check("/t/a%00", &item("t", &["a\0"]));
    check("/t/,", &item("t", &["", ""]));
    check("/t/a=b;c&d?", &item("t", &["a=b;c&d?"]));
}

#[test]
fn unreserved_characters_may_be_encoded_without_a_difference() {
    check("/%2D/session", &own(&["session"]));
    check(
        "/%72pc/f",
        &Target::Function {
            name: "f".to_owned(),
        },
    );
}

#[test]
fn mistakes_have_positions() {
    let check = |path: &str, at: usize| {
        let error = Target::read(path).expect_err(path);
        let (Problem::Syntax { at: found, .. } | Problem::Encoding { at: found, .. }) =
            error.problem
        else {
            panic!("{path}: {error:?}");
        };
        assert_eq!(found, at, "{path}");
    };
    check("songs", 0);
    check("//", 1);
    check("//a", 1);
    check("/a//b", 3);
    check("/a//", 3);
    check("/a/1/", 5);
    check("/a/1/b/", 6);
    check("/a/1/b/c", 6);
    check("/rpc/f/x", 6);
    check("/a%", 2);
    check("/a/1,%zz", 5);
    check("/rest/v1/a/%FF", 11);
    check("/-/a//b", 5);
}
