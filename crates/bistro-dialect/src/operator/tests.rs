//! The table of operators.

use crate::limits::Limits;
use crate::operator::{OPERATORS, Operator};
use crate::query::Query;

#[test]
fn each_operator_has_its_row() {
    assert_eq!(Operator::ALL.len(), OPERATORS.len());
    for (operator, row) in Operator::ALL.into_iter().zip(&OPERATORS) {
        assert_eq!(operator, row.operator);
        assert_eq!(operator.row().operator, operator);
        assert_eq!(Operator::read(operator.token()), Some(operator));
        assert!(!operator.english().is_empty());
    }
}

#[test]
fn examples_can_be_read() {
    for row in &OPERATORS {
        let (name, value) = row.example.split_once('=').expect("a parameter");
        assert!(value.starts_with(row.token), "{}", row.example);
        let query = format!("{name}={}", bistro_http::percent::encode_query(value));
        let query = Query::read(&query, &Limits::default()).expect(row.example);
        assert_eq!(query.conditions.len(), 1, "{}", row.example);
    }
}

#[test]
fn the_nearest_operator_is_suggested_if_it_is_near() {
    let check = |word: &str, expected: Option<&str>| {
        assert_eq!(
            Operator::nearest(word).map(Operator::token),
            expected,
            "{word}"
        );
    };
    check("ne", Some("neq"));
    check("ilke", Some("ilike"));
    check("liek", Some("like"));
    check("mtach", Some("match"));
    check("isdistict", Some("isdistinct"));
    check("1990", None);
    check("", None);
    check("contains", None);
    check(&"eq".repeat(1000), None);
}
