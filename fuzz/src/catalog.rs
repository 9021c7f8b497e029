//! A catalog to plan against: a column of every kind, keys of one and two columns, a view that can be written, and references between tables.

use std::collections::BTreeMap;
use std::sync::Arc;

use bistro_plan::catalog::{
    Abilities, Catalog, Column, ForeignKey, Function, Generated, Kind, Origin, Parameter, Relation,
    RelationKind, Writable, inherit,
};
use bistro_plan::value::Value;

/// The catalog. Its names are those of the seeds.
pub fn catalog() -> Catalog {
    let songs = relation(
        "songs",
        RelationKind::Table,
        &[
            ("id", "INTEGER"),
            ("title", "TEXT"),
            ("year", "INTEGER"),
            ("rating", "REAL"),
            ("is_hit", "BOOLEAN"),
            ("data", "JSON"),
            ("cover", "BLOB"),
            ("released", "DATE"),
            ("a", ""),
            ("b", "NUMERIC"),
        ],
        vec![0],
    );
    let order_lines = relation(
        "order_lines",
        RelationKind::Table,
        &[
            ("order_id", "INTEGER"),
            ("line_no", "INTEGER"),
            ("note", "TEXT"),
        ],
        vec![0, 1],
    );
    let mut songs = songs;
    songs.columns.push(column("artist_id", "INTEGER"));
    songs
        .foreign_keys
        .push(reference("songs", &[10], "artists"));
    let mut artists = relation(
        "artists",
        RelationKind::Table,
        &[
            ("id", "INTEGER"),
            ("name", "TEXT"),
            ("parent_id", "INTEGER"),
        ],
        vec![0],
    );
    artists
        .foreign_keys
        .push(reference("artists", &[2], "artists"));
    let mut tags = relation(
        "tags",
        RelationKind::Table,
        &[("song_id", "INTEGER"), ("artist_id", "INTEGER")],
        vec![0, 1],
    );
    tags.foreign_keys.push(reference("tags", &[0], "songs"));
    let relations = [songs, artists, tags, order_lines, hits()].into_iter();
    let mut relations = relations
        .map(|relation| (relation.name.clone(), relation))
        .collect();
    inherit(&mut relations);
    let relations = relations.into_iter();
    Catalog {
        version: 1,
        abilities: Abilities::default(),
        predicates: BTreeMap::new(),
        functions: [function("of_year", true), function("retire", false)]
            .into_iter()
            .map(|function| (function.name.clone(), Arc::new(function)))
            .collect::<BTreeMap<_, _>>(),
        relations: relations
            .map(|(name, relation)| (name, Arc::new(relation)))
            .collect(),
    }
}

/// A view that shows to whom a song refers.
fn hits() -> Relation {
    let mut hits = relation(
        "hits",
        RelationKind::View,
        &[("title", "TEXT"), ("plays", "")],
        Vec::new(),
    );
    hits.columns.push(Column {
        origin: Some(Origin {
            relation: "songs".to_owned(),
            column: "artist_id".to_owned(),
        }),
        ..column("artist", "INTEGER")
    });
    hits
}

fn column(name: &str, declared: &str) -> Column {
    Column {
        name: name.to_owned(),
        declared: declared.to_owned(),
        kind: Kind::of(declared),
        is_nullable: true,
        default: None,
        generated: Generated::No,
        origin: None,
    }
}

/// A reference to the key of another table, which is called `id`.
fn reference(from: &str, columns: &[usize], target: &str) -> ForeignKey {
    ForeignKey {
        name: format!("{from}_{target}_fkey"),
        columns: columns.to_vec(),
        target: target.to_owned(),
        target_columns: vec!["id".to_owned()],
    }
}

fn relation(name: &str, kind: RelationKind, columns: &[(&str, &str)], key: Vec<usize>) -> Relation {
    let is_integer = |position: &usize| {
        let column = columns.get(*position);
        column.is_some_and(|(_, declared)| declared.eq_ignore_ascii_case("integer"))
    };
    let has_rowid_key = matches!(key.as_slice(), [one] if is_integer(one));
    let columns = columns
        .iter()
        .map(|(name, declared)| column(name, declared));
    Relation {
        name: name.to_owned(),
        kind,
        columns: columns.collect(),
        primary_key: key,
        uniques: Vec::new(),
        foreign_keys: Vec::new(),
        writable: Writable {
            can_insert: true,
            can_update: true,
            can_delete: true,
        },
        has_rowid: kind == RelationKind::Table,
        has_rowid_key: kind == RelationKind::Table && has_rowid_key,
        rows_estimated: None,
        seen: None,
    }
}

/// A stored query that takes a year, and a title if one is given.
fn function(name: &str, is_read_only: bool) -> Function {
    let parameter = |name: &str, kind, default| Parameter {
        name: name.to_owned(),
        kind,
        description: String::new(),
        default,
    };
    let columns = [("title", "TEXT"), ("year", "INTEGER"), ("data", "JSON")];
    let mut rows = relation(name, RelationKind::View, &columns, Vec::new());
    rows.writable = Writable {
        can_insert: false,
        can_update: false,
        can_delete: false,
    };
    Function {
        name: name.to_owned(),
        description: String::new(),
        parameters: vec![
            parameter("year", Kind::Integer, None),
            parameter("title", Kind::Text, Some(Value::Null)),
        ],
        callers: Vec::new(),
        rows: Arc::new(rows),
        is_read_only,
        takes_get: is_read_only,
        text: if is_read_only {
            "SELECT title, year, data FROM songs WHERE year = :year AND (:title IS NULL OR title = :title)"
        } else {
            "DELETE FROM songs WHERE year = :year AND title IS :title RETURNING title, year, data"
        }
        .to_owned(),
    }
}
