//! A small catalog, and requests as one line of text, for tests.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use bistro_dialect::{Exchange, Limits, Request};
use bistro_http::method::Method;

use crate::catalog::{
    Abilities, Catalog, Column, ForeignKey, Function, Generated, Kind, Origin, Parameter, Relation,
    RelationKind, Unique, Writable, inherit,
};
use crate::error::Error;
use crate::plan::{self, Plan};
use crate::principal::Principal;
use crate::rule::{Access, Audience, Operation, Policy, Rule, Subject};
use crate::sql;
use crate::value::Value;

/// A request in parts; the rest is as usual.
#[derive(Clone, Copy, Default)]
pub(crate) struct Asked<'a> {
    /// `GET /songs?year=gte.1990`
    pub line: &'a str,
    /// `Prefer`
    pub prefer: &'a str,
    /// `Range`
    pub range: Option<&'a str>,
    /// `Content-Type`, if it is not JSON.
    pub content_type: Option<&'a str>,
    /// The body.
    pub body: &'a str,
}

impl<'a> Asked<'a> {
    pub(crate) fn new(line: &'a str) -> Self {
        Self {
            line,
            ..Self::default()
        }
    }

    pub(crate) fn request(&self) -> Request {
        let (method, target) = self.line.split_once(' ').expect("method and target");
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let exchange = Exchange {
            method: Method::read(method).expect("a known method"),
            path,
            query,
            prefer: vec![self.prefer],
            range: self.range,
            content_type: self.content_type.or(Some("application/json")),
            body: self.body.as_bytes(),
            ..Exchange::default()
        };
        Request::read(&exchange, &Limits::default()).expect("a request that can be read")
    }

    pub(crate) fn plan(&self) -> Result<Plan, Error> {
        plan::make(&self.request(), &Principal::Anyone, &catalog(), &open())
    }

    /// Statements and parameters, one a line; or the error.
    pub(crate) fn written(&self) -> String {
        written(self.plan())
    }

    /// The same under these rules, whose conditions are all understood.
    pub(crate) fn written_under(&self, rules: Vec<Rule>, principal: &Principal) -> String {
        let policy = Policy {
            access: Access::Rules(rules),
            ..open()
        };
        let mut catalog = catalog();
        for (on, predicate) in policy.predicates() {
            let texts = catalog.predicates.entry(on.name().into_owned());
            texts.or_default().insert(predicate.text().to_owned());
        }
        written(plan::make(&self.request(), principal, &catalog, &policy))
    }
}

fn written(plan: Result<Plan, Error>) -> String {
    match plan {
        Err(error) => format!("{error}\n"),
        Ok(Plan::Read(read)) => statement(&sql::read(&read)),
        Ok(Plan::Write(write)) => program(&sql::write(&write)),
        Ok(Plan::Call(call)) => format!(
            "{}\n    {:?}\n{}",
            call.function.text,
            call.arguments,
            statement(&sql::read(&call.read))
        ),
    }
}

pub(crate) fn statement(statement: &sql::Statement) -> String {
    let mut out = format!("{}\n", statement.text);
    if !statement.parameters.is_empty() {
        writeln!(out, "    {:?}", statement.parameters).expect("a string takes all");
    }
    out
}

pub(crate) fn program(program: &sql::Program) -> String {
    let mut out = String::new();
    if let Some(before) = &program.before {
        write!(out, "before: {}", statement(before)).expect("a string takes all");
    }
    for step in &program.steps {
        if let Some(probe) = &step.probe {
            writeln!(out, "probe: {}\n    {:?}", probe.text, probe.runs).expect("likewise");
        }
        writeln!(out, "{}\n    {:?}", step.text, step.runs).expect("likewise");
    }
    nested(&program.children, &mut out);
    for (what, check) in [("created", &program.created), ("changed", &program.changed)] {
        if let Some(check) = check {
            writeln!(out, "{what}: {}\n    {:?}", check.text, check.parameters).expect("likewise");
        }
    }
    if let Some(after) = &program.after {
        write!(out, "after: {}", statement(after)).expect("likewise");
    }
    writeln!(
        out,
        "touched {}, key {}, direct {:?}",
        program.touched,
        program.key,
        program.direct.as_ref().map(|shape| shape.columns.len())
    )
    .expect("likewise");
    out
}

fn nested(children: &[sql::Nested], out: &mut String) {
    for child in children {
        writeln!(out, "of row {}, with {:?}:", child.parent, child.filled).expect("likewise");
        for step in &child.steps {
            writeln!(out, "{}\n    {:?}", step.text, step.runs).expect("likewise");
        }
        if let Some(check) = &child.check {
            writeln!(out, "created: {}\n    {:?}", check.text, check.parameters).expect("likewise");
        }
        nested(&child.children, out);
    }
}

pub(crate) fn open() -> Policy {
    Policy {
        access: Access::Open,
        is_read_only: false,
        allows_unfiltered_writes: false,
        rows_max: None,
        limits: Limits::default(),
    }
}

/// A policy under which only these may be read.
pub(crate) fn readable(names: &[&str]) -> Policy {
    let rules = names.iter().map(|name| {
        let on = Subject::Relation((*name).to_owned());
        Rule::new(on, Audience::Anyone, vec![Operation::Read])
    });
    Policy {
        access: Access::Rules(rules.collect()),
        ..open()
    }
}

pub(crate) fn catalog() -> Catalog {
    let relations = [songs(), order_lines(), hits(), log(), search(), settings()];
    Catalog {
        version: 1,
        abilities: Abilities::default(),
        predicates: BTreeMap::new(),
        functions: [by_year(), retire()]
            .into_iter()
            .map(|function| (function.name.clone(), Arc::new(function)))
            .collect(),
        relations: relations
            .into_iter()
            .map(|relation| (relation.name.clone(), Arc::new(relation)))
            .collect(),
    }
}

/// Relations between tables: artists have songs, songs have tags through a join table, artists may have a mentor, and a
/// duet has two of them. Views show columns of each.
pub(crate) fn related() -> Catalog {
    let table = |name: &str, columns: &[&str], key: &[usize], references: &[(usize, &str)]| {
        let columns = columns
            .iter()
            .map(|name| match *name {
                "name" | "title" => column(name, "TEXT"),
                _ => column(name, "INTEGER"),
            })
            .collect();
        let mut table = relation(name, RelationKind::Table, columns, key.to_vec());
        for &(place, target) in references {
            let column = &table.column(place).name;
            table.foreign_keys.push(ForeignKey {
                name: format!("{name}_{column}_fkey"),
                columns: vec![place],
                target: target.to_owned(),
                target_columns: vec!["id".to_owned()],
            });
        }
        table
    };
    let relations = [
        table(
            "artists",
            &["id", "name", "mentor_id"],
            &[0],
            &[(2, "artists")],
        ),
        table(
            "songs",
            &["id", "title", "artist_id"],
            &[0],
            &[(2, "artists")],
        ),
        table("tags", &["id", "name"], &[0], &[]),
        table(
            "song_tags",
            &["song_id", "tag_id"],
            &[0, 1],
            &[(0, "songs"), (1, "tags")],
        ),
        table("covers", &["song_id", "name"], &[0], &[(0, "songs")]),
        table(
            "duets",
            &["id", "lead_id", "guest_id"],
            &[0],
            &[(1, "artists"), (2, "artists")],
        ),
    ];
    let relations = relations.into_iter().chain(views());
    let mut relations = relations
        .map(|relation| (relation.name.clone(), relation))
        .collect();
    inherit(&mut relations);
    let relations = relations.into_iter();
    Catalog {
        version: 1,
        abilities: Abilities::default(),
        predicates: BTreeMap::new(),
        functions: BTreeMap::new(),
        relations: relations
            .map(|(name, relation)| (name, Arc::new(relation)))
            .collect(),
    }
}

fn views() -> Vec<Relation> {
    vec![
        view(
            "hits",
            &[
                "id songs.id",
                "title songs.title",
                "by songs.artist_id",
                "plays",
            ],
        ),
        view("bands", &["band_id artists.id", "name artists.name"]),
        view(
            "tagged",
            &[
                "song_id song_tags.song_id",
                "tag_id song_tags.tag_id",
                "since",
            ],
        ),
        view("pairings", &["one duets.lead_id", "other duets.lead_id"]),
        view("mentors", &["id artists.id", "mentor_id artists.mentor_id"]),
        view("sleeves", &["song_id covers.song_id"]),
    ]
}

/// A view of columns, each by its name and, if it shows one, that of a table's column: `by songs.artist_id`.
fn view(name: &str, columns: &[&str]) -> Relation {
    let columns = columns.iter().map(|text| {
        let (name, origin) = text.split_once(' ').unwrap_or((text, ""));
        let origin = origin.split_once('.').map(|(relation, column)| Origin {
            relation: relation.to_owned(),
            column: column.to_owned(),
        });
        Column {
            origin,
            ..column(name, "INTEGER")
        }
    });
    relation(name, RelationKind::View, columns.collect(), Vec::new())
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

fn required(name: &str, declared: &str) -> Column {
    Column {
        is_nullable: false,
        ..column(name, declared)
    }
}

fn relation(name: &str, kind: RelationKind, columns: Vec<Column>, key: Vec<usize>) -> Relation {
    let is_table = kind != RelationKind::View;
    let is_integer = |position: &usize| {
        let column = columns.get(*position);
        column.is_some_and(|column| column.declared.eq_ignore_ascii_case("integer"))
    };
    let has_rowid_key = matches!(key.as_slice(), [one] if is_integer(one));
    Relation {
        name: name.to_owned(),
        kind,
        columns,
        primary_key: key,
        uniques: Vec::new(),
        foreign_keys: Vec::new(),
        writable: Writable {
            can_insert: is_table,
            can_update: is_table,
            can_delete: is_table,
        },
        has_rowid: matches!(kind, RelationKind::Table | RelationKind::Search),
        has_rowid_key: kind == RelationKind::Table && has_rowid_key,
        rows_estimated: None,
        seen: None,
    }
}

/// A table with a rowid key and a column of every kind.
fn songs() -> Relation {
    let columns = vec![
        column("id", "INTEGER"),
        required("title", "TEXT"),
        column("year", "INTEGER"),
        Column {
            default: Some("1.5".to_owned()),
            ..column("rating", "REAL")
        },
        column("is_hit", "BOOLEAN"),
        column("data", "JSON"),
        column("cover", "BLOB"),
        column("released", "DATE"),
        column("note \"x\"", ""),
        Column {
            generated: Generated::Virtual,
            ..column("title_length", "INTEGER")
        },
    ];
    let mut songs = relation("songs", RelationKind::Table, columns, vec![0]);
    songs.uniques.push(Unique {
        name: "songs_title_year".to_owned(),
        columns: vec![1, 2],
        is_partial: false,
    });
    songs
}

/// A table without rowid, by a key of two columns.
fn order_lines() -> Relation {
    let columns = vec![
        required("order_id", "INTEGER"),
        required("line", "INTEGER"),
        required("quantity", "INTEGER"),
    ];
    let mut lines = relation("order_lines", RelationKind::Table, columns, vec![0, 1]);
    lines.has_rowid = false;
    lines
}

/// A view that takes new rows and nothing else.
fn hits() -> Relation {
    let columns = vec![column("title", "TEXT"), column("plays", "")];
    let mut hits = relation("hits", RelationKind::View, columns, Vec::new());
    hits.writable.can_insert = true;
    hits
}

/// A table without a key, whose column is called as the rowid is.
fn log() -> Relation {
    let columns = vec![column("rowid", "TEXT"), column("line", "TEXT")];
    relation("log", RelationKind::Table, columns, Vec::new())
}

fn search() -> Relation {
    relation(
        "search",
        RelationKind::Search,
        vec![column("body", "")],
        Vec::new(),
    )
}

/// A table whose key has no declared kind.
fn settings() -> Relation {
    let columns = vec![column("key", ""), column("value", "")];
    relation("settings", RelationKind::Table, columns, vec![0])
}

/// A stored query that reads.
fn by_year() -> Function {
    let columns = vec![column("title", "TEXT"), column("year", "INTEGER")];
    function(
        "by_year",
        columns,
        "SELECT title, year FROM songs WHERE year = :year AND (:title IS NULL OR title = :title)",
    )
}

/// A stored query that changes something.
fn retire() -> Function {
    Function {
        is_read_only: false,
        takes_get: false,
        ..function(
            "retire",
            vec![column("title", "TEXT")],
            "DELETE FROM songs WHERE year = :year AND title IS :title RETURNING title",
        )
    }
}

fn function(name: &str, columns: Vec<Column>, text: &str) -> Function {
    let parameter = |name: &str, kind, default| Parameter {
        name: name.to_owned(),
        kind,
        description: String::new(),
        default,
    };
    Function {
        name: name.to_owned(),
        description: String::new(),
        parameters: vec![
            parameter("year", Kind::Integer, None),
            parameter("title", Kind::Text, Some(Value::Null)),
        ],
        callers: Vec::new(),
        rows: Arc::new(relation(name, RelationKind::View, columns, Vec::new())),
        is_read_only: true,
        takes_get: true,
        text: text.to_owned(),
    }
}
