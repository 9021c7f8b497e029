//! What `Allow` says.

use bistro_dialect::Target;

use crate::fixture::{catalog, open};
use crate::plan;
use crate::principal::Principal;
use crate::rule::{Access, Audience, Operation, Policy, Rule, Subject};

fn allowed(target: &Target, policy: &Policy) -> String {
    match plan::methods(target, &Principal::Anyone, &catalog(), policy) {
        Ok(methods) => methods
            .iter()
            .map(|method| method.name())
            .collect::<Vec<_>>()
            .join(" "),
        Err(error) => error.to_string(),
    }
}

fn collection(relation: &str) -> Target {
    Target::Collection {
        relation: relation.to_owned(),
    }
}

fn item(relation: &str) -> Target {
    Target::Item {
        relation: relation.to_owned(),
        key: vec!["1".to_owned()],
    }
}

#[test]
fn each_resource_has_the_methods_that_work_on_it() {
    for (target, expected) in [
        (Target::Root, "GET HEAD OPTIONS"),
        (
            collection("songs"),
            "GET HEAD QUERY POST PUT PATCH DELETE OPTIONS",
        ),
        (
            collection("log"),
            "GET HEAD QUERY POST PATCH DELETE OPTIONS",
        ),
        (collection("hits"), "GET HEAD QUERY POST OPTIONS"),
        (item("songs"), "GET HEAD PUT PATCH DELETE OPTIONS"),
        (
            item("hits"),
            "`hits` has no primary key, so its rows have no address",
        ),
        (collection("nope"), "no relation `nope`"),
    ] {
        assert_eq!(allowed(&target, &open()), expected, "{target:?}");
    }
}

#[test]
fn a_caller_is_told_only_what_he_may() {
    let read_only = Policy {
        is_read_only: true,
        ..open()
    };
    assert_eq!(
        allowed(&collection("songs"), &read_only),
        "GET HEAD QUERY OPTIONS"
    );
    let rules = Policy {
        access: Access::Rules(vec![Rule {
            on: Subject::Relation("songs".to_owned()),
            to: Audience::Anyone,
            operations: vec![Operation::Create, Operation::Delete],
        }]),
        ..open()
    };
    assert_eq!(allowed(&collection("songs"), &rules), "POST DELETE OPTIONS");
    assert_eq!(allowed(&item("songs"), &rules), "DELETE OPTIONS");
    assert_eq!(allowed(&collection("log"), &rules), "no relation `log`");
}
