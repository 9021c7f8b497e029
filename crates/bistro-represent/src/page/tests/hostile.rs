//! Names, values and queries that would be markup, links or commands if anything let them.

use std::sync::Arc;

use bistro_http::percent::encode_segment;
use bistro_plan::catalog::{Kind, Unique};
use bistro_plan::value::Value;
use proptest::prelude::any;
use proptest::{collection, proptest};

use crate::page;
use crate::page::tests::document;
use crate::page::tests::pages::HOSTILE;
use crate::page::tests::places::{context, page, reference, relation, survey};
use crate::tests::{text, values};
use crate::{Footer, Place};

/// Pages of a database in which everything that can have a name is called `name`, asked for in every way.
fn hostile_pages(name: &str, query: &str, rows: &[Vec<Value>]) {
    let mut hostile = relation(name, &[(name, Kind::Text), ("json", Kind::Json)], &[0]);
    hostile.foreign_keys.push(reference(&[1], name, &[name]));
    hostile.uniques.push(Unique {
        name: name.to_owned(),
        columns: vec![0],
        is_partial: false,
    });
    for column in &mut hostile.columns {
        column.declared = name.to_owned();
        column.default = Some(name.to_owned());
    }
    let readable = [Arc::new(hostile)];
    let path = encode_segment(name);
    let footer = Footer {
        next: Some(name.to_owned()),
        total: Some(u64::MAX),
    };
    for path in [format!("/{path}"), format!("/{path}/{path}")] {
        let mut context = context(&readable, name, &path, query);
        context.offset = u64::MAX;
        let elements = page(context, rows, &footer);
        assert!(
            elements
                .iter()
                .any(|element| element.name == "h1" && element.text.starts_with(name))
        );
    }
    let summary = Place {
        relation: Arc::clone(&readable[0]),
        written: Arc::clone(&readable[0]),
        collection: Vec::new(),
        item: Vec::new(),
        relatives: Vec::new(),
    };
    let viewer = page::Viewer::User(name.to_owned());
    document::read(
        &String::from_utf8(page::root(&survey(vec![summary]), HOSTILE, &viewer))
            .expect("pages are UTF-8"),
    );
    let elements = document::read(
        &String::from_utf8(page::session(&session(viewer, name))).expect("pages are UTF-8"),
    );
    assert!(
        elements
            .iter()
            .any(|element| element.name == "strong" && element.text == name)
    );
}

/// The page of a session in which everything that somebody else can choose is `name`.
fn session(viewer: page::Viewer, name: &str) -> page::SessionPage {
    page::SessionPage {
        viewer,
        roles: vec![name.to_owned()],
        has_session: true,
        has_signed_in: true,
        sessions: vec![page::SessionLine {
            id: name.to_owned(),
            is_current: false,
            seen: name.to_owned(),
            created: name.to_owned(),
            agent: Some(name.to_owned()),
            address: Some(name.to_owned()),
        }],
        data: name.to_owned(),
        typed: name.to_owned(),
        fault: Some(page::Fault {
            message: name.to_owned(),
            hint: Some(name.to_owned()),
        }),
        ..page::SessionPage::default()
    }
}

#[test]
fn hostile_names_values_and_queries_stay_text() {
    let rows = [
        vec![text(HOSTILE), text(HOSTILE)],
        vec![text("javascript:alert(1)"), Value::Null],
    ];
    hostile_pages(HOSTILE, HOSTILE, &rows);
    hostile_pages(
        "javascript:alert(1)",
        "order=javascript:alert(1)&javascript:x=\"><script>",
        &rows,
    );
    hostile_pages("//evil.example", "%22%3E%3Cscript%3E=%zz&&=&a", &rows);
    hostile_pages("\\evil", "", &rows);
    hostile_pages("/\\evil.example", "", &rows);
}

proptest! {
    #[test]
    fn no_text_becomes_markup(
        name in ".+",
        query in any::<String>(),
        rows in collection::vec(collection::vec(values(), 2), 0..4),
    ) {
        hostile_pages(&name, &query, &rows);
    }
}
