//! `order`, by example.

use crate::error::Problem;
use crate::limits::Limits;
use crate::order::{Direction, Nulls};
use crate::query::Query;

const ASCENDING: Option<Direction> = Some(Direction::Ascending);
const DESCENDING: Option<Direction> = Some(Direction::Descending);

fn check(text: &str, expected: &[(&str, Option<Direction>, Option<Nulls>)]) {
    let query = Query::read(&format!("order={text}"), &Limits::default());
    let query = query.unwrap_or_else(|error| panic!("{text}: {error}"));
    let terms: Vec<_> = query
        .order
        .iter()
        .flat_map(|order| &order.value)
        .map(|term| {
            let steps = term.field.path.iter();
            let steps: Vec<_> = steps
                .map(|step| format!("{}{:?}", step.arrow.token(), step.key))
                .collect();
            let steps = steps.concat();
            let relation = term
                .relation
                .as_ref()
                .map(|relation| format!("<{relation}>"));
            let shown = format!("{}{}{steps}", relation.unwrap_or_default(), term.field.name);
            (shown, term.direction, term.nulls)
        })
        .collect();
    let expected: Vec<_> = expected
        .iter()
        .map(|(shown, direction, nulls)| ((*shown).to_owned(), *direction, *nulls))
        .collect();
    assert_eq!(terms, expected, "{text}");
}

fn check_error(text: &str, at: usize, part: &str) {
    let error = Query::read(&format!("order={text}"), &Limits::default()).expect_err(text);
    let Problem::Syntax { at: found, .. } = &error.problem else {
        panic!("{text}: {error}");
    };
    assert_eq!(*found, at, "{text}: {error}");
    assert!(error.to_string().contains(part), "{text}: {error}");
}

#[test]
fn terms_are_read() {
    check("a", &[("a", None, None)]);
    check("a.asc", &[("a", ASCENDING, None)]);
    check("a.desc", &[("a", DESCENDING, None)]);
    check("a.nullsfirst", &[("a", None, Some(Nulls::First))]);
    check("a.desc.nullslast", &[("a", DESCENDING, Some(Nulls::Last))]);
    check(
        "a, b.asc ,c",
        &[("a", None, None), ("b", ASCENDING, None), ("c", None, None)],
    );
    check("\"a.b\".desc", &[("a.b", DESCENDING, None)]);
    check(
        "a->b->>0.desc",
        &[("a->Name(\"b\")->>Index(0)", DESCENDING, None)],
    );
    check("limit", &[("limit", None, None)]);
    check(
        "label(name).desc,label(data->>x)",
        &[
            ("<label>name", DESCENDING, None),
            ("<label>data->>Name(\"x\")", None, None),
        ],
    );
}

#[test]
fn mistakes_have_positions() {
    check_error("", 0, "end of input");
    check_error("a,", 2, "end of input");
    check_error("a.", 2, "`asc`");
    check_error("a.ac", 2, "`ac`");
    check_error("a.descc", 2, "`descc`");
    check_error("a.desc.asc", 7, "`nullsfirst`");
    check_error("a.nullsfirst.desc", 13, "`,` or end of input");
    check_error("a(b,c)", 3, "`)`");
    check_error("a(b", 3, "`)`");
    check_error("a b,(c)", 4, "`(`");
    check_error("a.desc b", 7, "`b`");
}
