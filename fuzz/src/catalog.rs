//! A catalog to plan against: a column of every kind, keys of one and two columns, a view that can be written, and references between tables.

use std::sync::Arc;

use bistro_plan::catalog::{
    Abilities, Catalog, Column, ForeignKey, Generated, Kind, Origin, Relation, RelationKind,
    Writable, inherit,
};

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
        rows_estimated: None,
    }
}
