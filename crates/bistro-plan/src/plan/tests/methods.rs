//! What `Allow` says.

use bistro_dialect::Target;
use bistro_http::method::Method;

use crate::catalog::RelationKind;
use crate::fixture::{catalog, open, related};
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
        access: Access::Rules(vec![Rule::new(
            Subject::Relation("songs".to_owned()),
            Audience::Anyone,
            vec![Operation::Create, Operation::Delete],
        )]),
        ..open()
    };
    assert_eq!(allowed(&collection("songs"), &rules), "POST DELETE OPTIONS");
    assert_eq!(allowed(&item("songs"), &rules), "DELETE OPTIONS");
    assert_eq!(allowed(&collection("log"), &rules), "no relation `log`");
}

#[test]
fn what_belongs_to_a_row_is_found_by_the_name_it_is_listed_with() {
    let catalog = related();
    let mut listed = Vec::new();
    for relation in catalog.relations.values() {
        for relative in plan::relatives(relation, &Principal::Anyone, &catalog, &open()) {
            let target = Target::Related {
                relation: relation.name.clone(),
                key: vec!["1".to_owned(); relation.primary_key.len()],
                related: relative.name.clone(),
            };
            let methods = plan::methods(&target, &Principal::Anyone, &catalog, &open());
            assert_eq!(methods.unwrap_or_default(), relative.methods, "{target:?}");
            let can_create = relative.methods.contains(&Method::Post);
            assert!(!can_create || !relative.filled.is_empty(), "{target:?}");
            let are_tables = [relation, &relative.relation]
                .iter()
                .all(|one| one.kind == RelationKind::Table);
            if !are_tables {
                continue;
            }
            listed.push(format!(
                "{}/{} {}{}",
                relation.name,
                relative.name,
                if relative.is_many { "n " } else { "" },
                relative.relation.name
            ));
        }
    }
    assert_eq!(
        listed,
        [
            "artists/artists n artists",
            "artists/songs n songs",
            "artists/artists_mentor_id_fkey artists",
            "artists/duets_lead_id_fkey n duets",
            "artists/duets_guest_id_fkey n duets",
            "covers/songs songs",
            "duets/duets_lead_id_fkey artists",
            "duets/duets_guest_id_fkey artists",
            "song_tags/songs songs",
            "song_tags/tags tags",
            "songs/artists artists",
            "songs/covers covers",
            "songs/song_tags n song_tags",
            "songs/tags n tags",
            "tags/song_tags n song_tags",
            "tags/songs n songs",
        ]
    );
}

#[test]
fn what_belongs_to_a_row_is_listed_for_those_who_may_read_both() {
    let catalog = related();
    let songs = catalog.relations.get("songs").expect("it is there");
    let policy = |on: &[&str]| Policy {
        access: Access::Rules(
            on.iter()
                .map(|on| {
                    Rule::new(
                        Subject::Relation((*on).to_owned()),
                        Audience::Anyone,
                        vec![Operation::Read],
                    )
                })
                .collect(),
        ),
        ..open()
    };
    let names = |on: &[&str]| -> Vec<String> {
        plan::relatives(songs, &Principal::Anyone, &catalog, &policy(on))
            .into_iter()
            .map(|relative| relative.name)
            .collect()
    };
    assert!(names(&["artists"]).is_empty());
    assert_eq!(names(&["songs", "artists"]), ["artists"]);
    assert!(names(&["songs"]).is_empty());
}
