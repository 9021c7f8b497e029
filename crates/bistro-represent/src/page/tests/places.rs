//! A small database to make pages of.

use std::sync::Arc;

use bistro_http::method::Method;
use bistro_plan::catalog::{Column, ForeignKey, Generated, Kind, Relation, RelationKind, Writable};
use bistro_plan::sql::{Shape, ShapeColumn};
use bistro_plan::value::{Row, Value};

use crate::page::tests::document::{self, Element};
use crate::page::{PageContext, Viewer};
use crate::tests::{Values, write};
use crate::{Encoder, Footer, Place, Survey};

pub(super) fn relation(name: &str, columns: &[(&str, Kind)], primary_key: &[usize]) -> Relation {
    let columns = columns.iter().map(|(name, kind)| Column {
        name: (*name).to_owned(),
        declared: "TEXT".to_owned(),
        kind: *kind,
        is_nullable: true,
        default: None,
        generated: Generated::No,
        origin: None,
    });
    Relation {
        name: name.to_owned(),
        kind: RelationKind::Table,
        columns: columns.collect(),
        primary_key: primary_key.to_vec(),
        uniques: Vec::new(),
        foreign_keys: Vec::new(),
        writable: Writable {
            can_insert: true,
            can_update: true,
            can_delete: true,
        },
        has_rowid: true,
        has_rowid_key: false,
        rows_estimated: None,
        seen: None,
    }
}

pub(super) fn reference(columns: &[usize], target: &str, target_columns: &[&str]) -> ForeignKey {
    ForeignKey {
        name: "a_key".to_owned(),
        columns: columns.to_vec(),
        target: target.to_owned(),
        target_columns: target_columns
            .iter()
            .map(|name| (*name).to_owned())
            .collect(),
    }
}

/// Artists, their songs, and the lines of orders for them.
pub(super) fn shop() -> Vec<Arc<Relation>> {
    let artists = relation(
        "artists",
        &[("id", Kind::Integer), ("name", Kind::Text)],
        &[0],
    );
    let mut songs = relation(
        "songs",
        &[
            ("id", Kind::Integer),
            ("title", Kind::Text),
            ("artist_id", Kind::Integer),
        ],
        &[0],
    );
    songs.foreign_keys.push(reference(&[2], "artists", &["id"]));
    let mut lines = relation(
        "order lines",
        &[
            ("order", Kind::Text),
            ("line", Kind::Integer),
            ("song", Kind::Text),
        ],
        &[0, 1],
    );
    // Not the key of songs: the way there is a filter.
    lines
        .foreign_keys
        .push(reference(&[2], "songs", &["title"]));
    [artists, songs, lines].into_iter().map(Arc::new).collect()
}

pub(super) fn context(
    readable: &[Arc<Relation>],
    name: &str,
    path: &str,
    query: &str,
) -> PageContext {
    let relation = readable
        .iter()
        .find(|relation| relation.name == name)
        .expect("it is there");
    PageContext {
        relation: Arc::clone(relation),
        readable: readable.to_vec(),
        function: None,
        sources: (0..relation.columns.len()).map(Some).collect(),
        origin: "http://localhost".to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        is_item: path.trim_start_matches('/').contains('/') && !path.starts_with('\\'),
        viewer: Viewer::default(),
        methods: vec![Method::Get, Method::Head],
        limit: Some(10),
        offset: 0,
    }
}

/// A page's source: every column of the relation, in order.
pub(super) fn source(context: PageContext, rows: &[Vec<Value>], footer: &Footer) -> String {
    let columns = context.relation.columns.iter().map(|column| ShapeColumn {
        name: column.name.clone(),
        kind: column.kind,
        is_written: false,
    });
    let shape = Shape {
        columns: columns.collect(),
        hidden: 0,
    };
    let rows: Vec<_> = rows.iter().map(|row| Values(row.clone())).collect();
    let rows: Vec<_> = rows.iter().map(|row| row as &dyn Row).collect();
    write(Encoder::page(context, &shape), &rows, footer)
}

/// A page, taken apart.
pub(super) fn page(context: PageContext, rows: &[Vec<Value>], footer: &Footer) -> Vec<Element> {
    document::read(&source(context, rows, footer))
}

/// Places and nothing else, as the root shows them.
pub(super) fn survey(places: Vec<Place>) -> Survey {
    Survey {
        version: 1,
        places,
        calls: Vec::new(),
        can_change: true,
        echoes: false,
    }
}
