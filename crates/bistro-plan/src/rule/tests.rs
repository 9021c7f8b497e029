//! Whom rules admit, and whom they take for alike.

use crate::principal::{Scope, User};

use super::*;

fn rule(on: &str, to: Audience) -> Rule {
    let on = Subject::Relation(on.to_owned());
    Rule::new(on, to, vec![Operation::Read])
}

fn policy(rules: Vec<Rule>) -> Policy {
    Policy {
        access: Access::Rules(rules),
        is_read_only: false,
        allows_unfiltered_writes: false,
        rows_max: None,
        limits: Limits::default(),
    }
}

fn user(id: &str, roles: &[&str], scope: Option<&[(Operation, Option<&str>)]>) -> Principal {
    let part = |(operation, on): &(Operation, Option<&str>)| Scope {
        operation: *operation,
        on: on.map(str::to_owned),
    };
    Principal::User(Arc::new(User {
        id: id.to_owned(),
        roles: roles.iter().map(|role| (*role).to_owned()).collect(),
        scope: scope.map(|scope| scope.iter().map(part).collect()),
        ..User::default()
    }))
}

/// A rule for each audience, called by its first letter, and one for owners.
fn for_each_audience() -> Policy {
    policy(vec![
        rule("a", Audience::Anyone),
        rule("v", Audience::Visitor),
        rule("u", Audience::User),
        rule("r", Audience::Role("editor".to_owned())),
        Rule {
            owner: Some("owner".to_owned()),
            ..rule("o", Audience::Anyone)
        },
    ])
}

#[test]
fn a_rule_admits_its_audience() {
    let policy = for_each_audience();
    let read = |on| (Operation::Read, on);
    for (principal, open) in [
        (Principal::Anyone, "ao"),
        (Principal::Visitor("x".into()), "avo"),
        (user("x", &[], None), "avuo"),
        (user("x", &["author"], None), "avuo"),
        (user("x", &["author", "editor"], None), "avuro"),
        (user("x", &["editor"], Some(&[read(None)])), "avuro"),
        (
            user("x", &["editor"], Some(&[read(Some("a")), read(Some("r"))])),
            "ar",
        ),
        (
            user("x", &["editor"], Some(&[(Operation::Create, None)])),
            "",
        ),
        (user("x", &["editor"], Some(&[])), ""),
    ] {
        let found: String = ["a", "v", "u", "r", "o"]
            .into_iter()
            .filter(|on| policy.admits(&principal, on, Operation::Read))
            .collect();
        assert_eq!(found, open, "{principal:?}");
    }
}

#[test]
fn a_class_is_of_those_for_whom_the_same_plans_are_made() {
    let policy = for_each_audience();
    let read = |on| (Operation::Read, on);
    // Those of a row are alike, and unlike those of every other row.
    let classes = [
        vec![Principal::Anyone],
        vec![
            Principal::Visitor("x".into()),
            Principal::Visitor("y".into()),
        ],
        vec![user("x", &[], None), user("y", &["author"], None)],
        vec![
            user("x", &["editor"], None),
            user("z", &["a", "editor"], None),
        ],
        vec![user("x", &[], Some(&[]))],
        vec![
            user("x", &[], Some(&[read(None)])),
            user("y", &[], Some(&[read(None), read(None)])),
        ],
        vec![user("x", &[], Some(&[read(Some(""))]))],
        vec![
            user("x", &[], Some(&[read(Some("a")), read(Some("o"))])),
            user("y", &[], Some(&[read(Some("o")), read(Some("a"))])),
        ],
        vec![user("x", &[], Some(&[read(Some("a\0read:o"))]))],
    ];
    let classes = classes.map(|row| row.iter().map(|one| policy.class(one)).collect::<Vec<_>>());
    for (place, row) in classes.iter().enumerate() {
        for (other_place, other_row) in classes.iter().enumerate() {
            for (one, other) in row
                .iter()
                .flat_map(|one| other_row.iter().map(move |other| (one, other)))
            {
                assert_eq!(one == other, place == other_place, "{one:?} {other:?}");
            }
        }
    }
}

#[test]
fn where_rules_are_for_everybody_all_are_of_one_class() {
    let policy = policy(vec![rule("a", Audience::Anyone)]);
    for principal in [
        Principal::Anyone,
        Principal::Visitor("x".into()),
        user("x", &["a"], None),
    ] {
        assert_eq!(policy.class(&principal), Class::default());
        assert!(policy.class(&principal).octets().is_empty());
    }
}
