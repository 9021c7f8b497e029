//! What the document says of some relations, and that it hangs together.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bistro_dialect::operator::OPERATORS;
use bistro_dialect::{Exchange, Limits, Request};
use bistro_plan::catalog::{
    Catalog, Column, ForeignKey, Generated, Kind, Relation, RelationKind, Writable,
};
use bistro_plan::plan;
use bistro_plan::principal::Principal;
use bistro_plan::rule::{Access, Audience, Operation, Policy, Rule, Subject};
use serde_json::Value;

use crate::Survey;
use crate::openapi::kind::KINDS;
use crate::openapi::{Version, describe, pattern};

fn column(name: &str, kind: Kind) -> Column {
    Column {
        name: name.to_owned(),
        declared: kind.name().to_owned(),
        kind,
        is_nullable: true,
        default: None,
        generated: Generated::No,
        origin: None,
    }
}

fn table(name: &str, columns: Vec<Column>) -> Relation {
    let key = columns.first();
    let has_rowid_key = key.is_some_and(|column| column.declared == "integer");
    Relation {
        name: name.to_owned(),
        kind: RelationKind::Table,
        columns,
        primary_key: vec![0],
        uniques: Vec::new(),
        foreign_keys: Vec::new(),
        writable: Writable {
            can_insert: true,
            can_update: true,
            can_delete: true,
        },
        has_rowid: true,
        has_rowid_key,
        rows_estimated: None,
        seen: None,
    }
}

fn catalog(relations: Vec<Relation>) -> Catalog {
    let relations = relations.into_iter();
    Catalog {
        relations: relations
            .map(|relation| (relation.name.clone(), Arc::new(relation)))
            .collect(),
        ..Catalog::default()
    }
}

fn open() -> Policy {
    Policy {
        access: Access::Open,
        is_read_only: false,
        allows_unfiltered_writes: false,
        rows_max: None,
        limits: Limits::default(),
    }
}

/// Artists and songs, and a table nobody would call so.
fn shop() -> Catalog {
    let mut songs = table(
        "songs",
        vec![
            column("id", Kind::Integer),
            Column {
                is_nullable: false,
                ..column("title", Kind::Text)
            },
            column("artist_id", Kind::Integer),
            Column {
                generated: Generated::Stored,
                ..column("length", Kind::Integer)
            },
        ],
    );
    songs.foreign_keys.push(ForeignKey {
        name: "songs_artist_id_fkey".to_owned(),
        columns: vec![2],
        target: "artists".to_owned(),
        target_columns: vec!["id".to_owned()],
    });
    let artists = table("artists", vec![column("id", Kind::Integer)]);
    let odd = table(
        "a/b {c}.d\"#",
        vec![
            column("x,{y}/z", Kind::Text),
            column("select", Kind::Any),
            column("w\"e\\i.r(d)", Kind::Json),
        ],
    );
    catalog(vec![songs, artists, odd])
}

fn described(catalog: &Catalog, policy: &Policy, version: Version) -> Value {
    let survey = Survey::of(catalog, &Principal::Anyone, policy, true);
    serde_json::from_slice(&describe(&survey, version)).expect("it is JSON")
}

/// Every object in a document.
fn each<'a>(value: &'a Value, visit: &mut dyn FnMut(&'a serde_json::Map<String, Value>)) {
    match value {
        Value::Object(members) => {
            visit(members);
            members.values().for_each(|member| each(member, visit));
        }
        Value::Array(members) => members.iter().for_each(|member| each(member, visit)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn whatever_it_refers_to_is_there_and_operations_have_names_of_their_own() {
    for version in Version::ALL {
        let document = described(&shop(), &open(), version);
        let mut references = 0;
        let mut names = BTreeSet::new();
        let mut linked = BTreeSet::new();
        each(&document, &mut |object| {
            if let Some(Value::String(target)) = object.get("$ref") {
                let pointer = target.strip_prefix('#').expect("only to itself");
                assert!(document.pointer(pointer).is_some(), "{target}");
                references += 1;
            }
            if let Some(Value::String(name)) = object.get("operationId") {
                if object.contains_key("responses") {
                    assert!(names.insert(name.clone()), "{name}");
                } else {
                    linked.insert(name.clone());
                }
            }
        });
        assert!(linked.is_subset(&names), "{linked:?}");
        assert!(references > 500, "{references}");
        assert!(names.len() > 30, "{names:?}");
    }
}

#[test]
fn names_of_components_have_only_letters_that_such_names_may_have() {
    let document = described(&shop(), &open(), Version::V3_1);
    let sections = document["components"].as_object().expect("an object");
    for name in sections
        .values()
        .flat_map(|section| section.as_object().expect("an object").keys())
    {
        let is_allowed = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
        assert!(name.chars().all(is_allowed), "{name}");
    }
}

#[test]
fn each_address_has_the_methods_that_allow_says_of_it() {
    let catalog = shop();
    let document = described(&catalog, &open(), Version::V3_2);
    let methods = |path: &str| -> Vec<&str> {
        let item = document["paths"][path]
            .as_object()
            .unwrap_or_else(|| panic!("{path} is missing"));
        item.keys()
            .map(String::as_str)
            .filter(|name| *name != "parameters")
            .collect()
    };
    for (path, expected) in [
        ("/", "get options trace"),
        ("/songs", "delete get patch post put query trace"),
        ("/songs/{id}", "delete get patch put trace"),
        ("/artists/{id}/songs", "get post query trace"),
        ("/songs/{id}/artists", "get query trace"),
        (
            "/a%2Fb%20%7Bc%7D.d%22%23/{column_1}",
            "delete get patch put trace",
        ),
        ("/-/health", "get trace"),
    ] {
        let mut found = methods(path);
        found.sort_unstable();
        assert_eq!(found.join(" "), expected, "{path}");
    }
}

#[test]
fn before_openapi_3_2_query_stands_in_an_extension() {
    let document = described(&shop(), &open(), Version::V3_1);
    let songs = &document["paths"]["/songs"];
    assert!(songs.get("query").is_none());
    let query = &songs["x-oai-additionalOperations"]["QUERY"];
    assert_eq!(
        *query,
        described(&shop(), &open(), Version::V3_2)["paths"]["/songs"]["query"]
    );
}

#[test]
fn what_is_not_open_to_a_caller_is_not_named() {
    let policy = Policy {
        access: Access::Rules(vec![Rule::new(
            Subject::Relation("songs".to_owned()),
            Audience::Anyone,
            vec![Operation::Read],
        )]),
        ..open()
    };
    let document = described(&shop(), &policy, Version::V3_1);
    assert!(document["paths"]["/songs"].get("post").is_none());
    let text = document.to_string();
    assert!(text.contains("songs"));
    assert!(!text.contains("artists"), "{text}");
    assert!(!text.contains("songs.write"), "{text}");
}

#[test]
fn columns_that_rules_close_are_not_named() {
    let on = || Subject::Relation("songs".to_owned());
    let names = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect());
    let policy = Policy {
        access: Access::Rules(vec![
            Rule {
                columns: names(&["id", "title"]),
                ..Rule::new(on(), Audience::Anyone, vec![Operation::Read])
            },
            Rule {
                columns: names(&["artist_id"]),
                owner: Some("title".to_owned()),
                ..Rule::new(
                    on(),
                    Audience::User,
                    vec![Operation::Create, Operation::Update],
                )
            },
            Rule::new(
                Subject::Relation("artists".to_owned()),
                Audience::Anyone,
                vec![Operation::Read],
            ),
        ]),
        ..open()
    };
    let of = |principal: &Principal| -> Value {
        let survey = Survey::of(&shop(), principal, &policy, true);
        serde_json::from_slice(&describe(&survey, Version::V3_1)).expect("it is JSON")
    };
    let anyone = of(&Principal::Anyone);
    let text = anyone.to_string();
    assert!(
        !text.contains("length") && !text.contains("artist_id"),
        "{text}"
    );
    assert!(anyone["paths"]["/songs"].get("post").is_none());
    // Nothing is embedded by a column that is closed.
    assert!(anyone["paths"].get("/artists/{id}/songs").is_none());
    let user = of(&Principal::User(Arc::default()));
    let schemas = &user["components"]["schemas"];
    let names = |schema: &str| -> Vec<&str> {
        let properties = schemas[schema]["properties"].as_object();
        let properties = properties.expect("a schema of an object");
        properties.keys().map(String::as_str).collect()
    };
    assert_eq!(names("songs"), ["id", "title"]);
    assert_eq!(names("songs.write"), ["artist_id", "title"]);
    // Who creates it is known.
    assert!(schemas["songs.create"].get("required").is_none());
    assert_eq!(names("songs.form"), ["artist_id", "title"]);
}

#[test]
fn a_new_row_needs_what_the_table_does_and_what_the_database_computes_is_not_taken() {
    let document = described(&shop(), &open(), Version::V3_1);
    let schemas = &document["components"]["schemas"];
    assert_eq!(
        schemas["songs.create"]["required"],
        Value::from(vec!["title"])
    );
    let names = |schema: &str| -> Vec<&str> {
        let properties = schemas[schema]["properties"].as_object();
        let properties = properties.expect("a schema of an object");
        properties.keys().map(String::as_str).collect()
    };
    assert_eq!(names("songs.write"), ["artist_id", "id", "title"]);
    assert_eq!(
        names("songs"),
        ["artist_id", "artists", "id", "length", "title"]
    );
    assert_eq!(schemas["songs"]["properties"]["length"]["readOnly"], true);
}

/// A value for an operator of the tables, on a column called `c`.
fn request(example: &str) -> Request {
    let (_, predicate) = example.split_once('=').expect("a name and a value");
    let exchange = Exchange {
        path: "/t",
        query: &format!("c={}", predicate.replace('&', "%26")),
        ..Exchange::default()
    };
    Request::read(&exchange, &Limits::default()).expect("an example can be read")
}

#[test]
fn the_operators_of_a_kind_are_those_that_the_plan_takes() {
    let mut wrong = BTreeMap::new();
    for kind in KINDS {
        for is_searchable in [false, true] {
            let mut relation = table("t", vec![column("c", kind)]);
            if is_searchable {
                relation.kind = RelationKind::Search;
            }
            let catalog = catalog(vec![relation]);
            let listed: Vec<_> = pattern::operators(kind, is_searchable)
                .map(|row| row.token)
                .collect();
            for row in &OPERATORS {
                let plan = plan::make(&request(row.example), &Principal::Anyone, &catalog, &open());
                let is_taken = !matches!(plan, Err(bistro_plan::Error::UnsupportedOperator { .. }));
                if is_taken != listed.contains(&row.token) {
                    wrong.insert((row.token, kind.name(), is_searchable), plan.err());
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
