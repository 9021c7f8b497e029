//! Reads the catalog out of a file.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use bistro_plan::catalog::{
    Abilities, Catalog, Column, Generated, Kind, Relation, RelationKind, Unique, Writable, inherit,
};
use bistro_plan::value::ValueRef;
use rusqlite::{Connection, Error, Result};

use crate::sqlite::connected::{Connected, Keeping};
use crate::sqlite::open::Opened;
use crate::sqlite::origin::origins;
use crate::sqlite::reference::{foreign_keys, resolve_references};
use crate::sqlite::writable::writable;

/// What a file has.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) catalog: Catalog,
    /// Relations that cannot be read, and tables that cannot be written, and why: a view of a table that has gone, a
    /// virtual table whose module is not here, a trigger that names what is not there.
    pub(super) broken: Vec<(String, String)>,
    /// What makes writes that share a transaction a danger to each other.
    pub(super) hazards: Hazards,
}

/// What in a schema makes writes that share a transaction a danger to each other. Found by words in its text, so some are
/// found that are none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Hazards {
    /// One could undo the others: a trigger or constraint that rolls back, or a deferred foreign key that is only checked at
    /// the end.
    pub(super) needs_own_transaction: bool,
    /// A single statement that fails could leave something behind (`FAIL`), or count changes that it has undone: those of
    /// triggers, of virtual tables, and of foreign keys with actions.
    pub(super) needs_savepoints: bool,
}

/// A row of `PRAGMA table_list`.
struct Listed {
    name: String,
    kind: RelationKind,
    is_without_rowid: bool,
    is_strict: bool,
}

/// Reads the catalog. The connection is in a transaction, so that all of it is of one moment.
pub(super) fn introspect(connection: &Connected) -> Result<Found> {
    // Pragmas answer from the schema the connection knows; a statement notices first that it has changed.
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    let version = schema_version(connection)?;
    let estimates = row_estimates(connection);
    let mut relations = BTreeMap::new();
    let mut broken = Vec::new();
    for listed in list(connection)? {
        match relation(connection, &listed, &estimates) {
            Ok(mut relation) => {
                let (writable, reason) = writable(connection, &listed.name, &relation.columns);
                relation.writable = writable;
                // Views and virtual tables are often made for reading only.
                if let (RelationKind::Table, Some(reason)) = (listed.kind, reason) {
                    broken.push((listed.name.clone(), reason));
                }
                relations.insert(listed.name, relation);
            }
            Err(failure) => broken.push((listed.name, failure.to_string())),
        }
    }
    resolve_references(&mut relations);
    inherit(&mut relations);
    let catalog = Catalog {
        version,
        abilities: Abilities::default(),
        predicates: BTreeMap::new(),
        functions: BTreeMap::new(),
        relations: relations
            .into_iter()
            .map(|(name, relation)| (name, Arc::new(relation)))
            .collect(),
    };
    Ok(Found {
        catalog,
        broken,
        hazards: hazards(connection)?,
    })
}

/// Words that are values, though they look like names.
const VALUE_WORDS: [&str; 6] = [
    "NULL",
    "TRUE",
    "FALSE",
    "CURRENT_TIME",
    "CURRENT_DATE",
    "CURRENT_TIMESTAMP",
];

/// A default as an expression that means the same wherever it stands. A name after `DEFAULT`, quoted or not, is a text, since
/// a default refers to no column; elsewhere it would be a column.
fn default_text(written: String) -> String {
    match name(&written) {
        Some(name) => format!("'{}'", name.replace('\'', "''")),
        None => written,
    }
}

/// The name that `text` is, without its quotes.
fn name(text: &str) -> Option<String> {
    for (open, close) in [('"', '"'), ('`', '`'), ('[', ']')] {
        if let Some(inner) = text.strip_prefix(open) {
            let inner = inner.strip_suffix(close)?;
            let doubled = format!("{close}{close}");
            let is_one = !inner.replace(&doubled, "").contains(close);
            return is_one.then(|| inner.replace(&doubled, &close.to_string()));
        }
    }
    let starts = text.starts_with(|first: char| first.is_alphabetic() || first == '_');
    let goes_on = |next: char| next.is_alphanumeric() || matches!(next, '_' | '$');
    let is_value = VALUE_WORDS
        .iter()
        .any(|word| text.eq_ignore_ascii_case(word));
    (starts && text.chars().all(goes_on) && !is_value).then(|| text.to_owned())
}

/// The schema of a connection's database: which of the files opened at the path one after the other, and its number.
pub(super) fn version(opened: &Opened) -> Result<i64> {
    let number = schema_version(&opened.connection)?;
    // The number has 32 bits ("Database File Format" §1.3.10).
    let tenure = i64::try_from(opened.tenure & 0x7FFF_FFFF).unwrap_or_default();
    Ok(tenure << 32 | number & 0xFFFF_FFFF)
}

/// The number that changes with every change of the schema, whoever makes it.
fn schema_version(connection: &Connected) -> Result<i64> {
    let mut run = connection.start("PRAGMA main.schema_version", &[], Keeping::Kept)?;
    match run.step()?.map(|row| row.value(0)) {
        Some(ValueRef::Integer(number)) => Ok(number),
        Some(_) | None => Err(Error::QueryReturnedNoRows),
    }
}

fn list(connection: &Connection) -> Result<Vec<Listed>> {
    let mut statement = connection.prepare(
        "SELECT name, type, wr, strict FROM pragma_table_list WHERE schema = 'main' \
         AND type IN ('table', 'view', 'virtual') ORDER BY name",
    )?;
    let listed = statement.query_map([], |row| {
        Ok(Listed {
            name: row.get(0)?,
            kind: match row.get::<_, String>(1)?.as_str() {
                "view" => RelationKind::View,
                "virtual" => RelationKind::Virtual,
                _ => RelationKind::Table,
            },
            is_without_rowid: row.get(2)?,
            is_strict: row.get(3)?,
        })
    })?;
    let mut relations = Vec::new();
    for relation in listed {
        let relation = relation?;
        // The first are SQLite's own, the second ours.
        if !has_prefix(&relation.name, "sqlite_") && !has_prefix(&relation.name, "bistro_") {
            relations.push(relation);
        }
    }
    Ok(relations)
}

fn has_prefix(name: &str, prefix: &str) -> bool {
    name.get(..prefix.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

fn relation(
    connection: &Connection,
    listed: &Listed,
    estimates: &HashMap<String, u64>,
) -> Result<Relation> {
    let name = &listed.name;
    let declared = declared_types(connection, listed)?;
    let indexes = indexes(connection, name)?;
    let (mut columns, primary_key, places) = columns(connection, listed, &declared)?;
    if listed.kind == RelationKind::View {
        let origins = origins(connection, &format!("SELECT * FROM {}", quoted(name)))?;
        for (column, origin) in columns.iter_mut().zip(origins) {
            column.origin = origin;
        }
    }
    let is_table = listed.kind == RelationKind::Table;
    // Only a primary key that is the rowid has no index of its own.
    let has_rowid_key = is_table
        && !listed.is_without_rowid
        && primary_key.len() == 1
        && !indexes.iter().any(|index| index.origin == "pk");
    if has_rowid_key || listed.is_without_rowid || listed.is_strict {
        for place in &primary_key {
            if let Some(column) = columns.get_mut(*place) {
                column.is_nullable = false;
            }
        }
    }
    Ok(Relation {
        name: name.clone(),
        kind: match listed.kind {
            RelationKind::Virtual if is_full_text(connection, name)? => RelationKind::Search,
            kind => kind,
        },
        primary_key,
        uniques: uniques(connection, &indexes, &places)?,
        foreign_keys: foreign_keys(connection, name, &columns)?,
        writable: Writable {
            can_insert: false,
            can_update: false,
            can_delete: false,
        },
        has_rowid: match listed.kind {
            RelationKind::Table => !listed.is_without_rowid,
            RelationKind::Search | RelationKind::Virtual => connection
                .prepare(&format!("SELECT rowid FROM {}", quoted(name)))
                .is_ok(),
            RelationKind::View => false,
        },
        has_rowid_key,
        rows_estimated: estimates.get(&name.to_lowercase()).copied(),
        seen: None,
        columns,
    })
}

/// Whether a virtual table is FTS5's: no other has hidden columns called `rank` and as the table is.
fn is_full_text(connection: &Connection, name: &str) -> Result<bool> {
    let count: i64 = connection.query_row(
        "SELECT count(*) FROM pragma_table_xinfo(?1, 'main') WHERE hidden = 1 AND name IN (?1, 'rank')",
        [name],
        |row| row.get(0),
    )?;
    Ok(count == 2)
}

/// The declared types of the columns a `SELECT *` gives, which for a view are those of the columns it shows. Fails if
/// the relation cannot be read at all.
fn declared_types(
    connection: &Connection,
    listed: &Listed,
) -> Result<HashMap<String, Option<String>>> {
    let statement = connection.prepare(&format!("SELECT * FROM {}", quoted(&listed.name)))?;
    Ok(statement
        .columns()
        .map(|column| {
            (
                column.name().to_owned(),
                column.decl_type().map(str::to_owned),
            )
        })
        .collect())
}

type Columns = (Vec<Column>, Vec<usize>, HashMap<i64, usize>);

/// The columns, the places of the primary key among them, and the place of each by SQLite's number.
fn columns(
    connection: &Connection,
    listed: &Listed,
    declared: &HashMap<String, Option<String>>,
) -> Result<Columns> {
    /// `PRAGMA table_xinfo`: a hidden column of a virtual table.
    const HIDDEN: i64 = 1;
    let mut statement = connection
        .prepare("SELECT cid, name, type, \"notnull\", dflt_value, pk, hidden FROM pragma_table_xinfo(?1, 'main')")?;
    let mut rows = statement.query([&listed.name])?;
    let mut columns = Vec::new();
    let mut key = Vec::new();
    let mut places = HashMap::new();
    while let Some(row) = rows.next()? {
        let hidden: i64 = row.get(6)?;
        if hidden == HIDDEN {
            continue;
        }
        let name: String = row.get(1)?;
        let mut kind: String = row.get::<_, Option<String>>(2)?.unwrap_or_default();
        if listed.kind == RelationKind::View {
            // For an expression SQLite tells its affinity, where BLOB only means that it has none.
            match declared.get(&name).cloned().flatten() {
                Some(origin) => kind = origin,
                None if kind == "BLOB" => kind.clear(),
                None => {}
            }
        }
        let place = columns.len();
        places.insert(row.get(0)?, place);
        let position: i64 = row.get(5)?;
        if position > 0 {
            key.push((position, place));
        }
        columns.push(Column {
            kind: Kind::of(&kind),
            declared: kind,
            is_nullable: !row.get::<_, bool>(3)?,
            default: row.get::<_, Option<String>>(4)?.map(default_text),
            generated: match hidden {
                2 => Generated::Virtual,
                3 => Generated::Stored,
                _ => Generated::No,
            },
            name,
            origin: None,
        });
    }
    key.sort_unstable();
    Ok((
        columns,
        key.into_iter().map(|(_, place)| place).collect(),
        places,
    ))
}

/// A row of `PRAGMA index_list`.
struct Index {
    name: String,
    is_unique: bool,
    /// `c` for `CREATE INDEX`, `u` for `UNIQUE`, `pk` for `PRIMARY KEY`.
    origin: String,
    is_partial: bool,
}

fn indexes(connection: &Connection, relation: &str) -> Result<Vec<Index>> {
    connection
        .prepare("SELECT name, \"unique\", origin, partial FROM pragma_index_list(?1, 'main') ORDER BY seq DESC")?
        .query_map([relation], |row| {
            Ok(Index {
                name: row.get(0)?,
                is_unique: row.get(1)?,
                origin: row.get(2)?,
                is_partial: row.get(3)?,
            })
        })?
        .collect()
}

fn uniques(
    connection: &Connection,
    indexes: &[Index],
    places: &HashMap<i64, usize>,
) -> Result<Vec<Unique>> {
    let mut statement =
        connection.prepare("SELECT cid FROM pragma_index_info(?1, 'main') ORDER BY seqno")?;
    let mut uniques = Vec::new();
    for index in indexes
        .iter()
        .filter(|index| index.is_unique && index.origin != "pk")
    {
        let numbers: Vec<i64> = statement
            .query_map([&index.name], |row| row.get(0))?
            .collect::<Result<_>>()?;
        // The rowid and expressions have negative numbers: they are no plain columns.
        let columns: Option<Vec<usize>> = numbers
            .iter()
            .map(|number| places.get(number).copied())
            .collect();
        if let Some(columns) = columns {
            uniques.push(Unique {
                name: index.name.clone(),
                columns,
                is_partial: index.is_partial,
            });
        }
    }
    Ok(uniques)
}

/// How many rows `ANALYZE` found in each table, by its name in lower case; nothing if it was never run.
fn row_estimates(connection: &Connection) -> HashMap<String, u64> {
    let mut estimates = HashMap::new();
    let Ok(mut statement) = connection.prepare("SELECT tbl, stat FROM sqlite_stat1") else {
        return estimates;
    };
    let Ok(rows) = statement.query_map([], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
    }) else {
        return estimates;
    };
    for (table, statistics) in rows.flatten() {
        // The first number is the rows in the index, which for a partial one are not all of the table's.
        let rows = statistics
            .split(' ')
            .next()
            .and_then(|first| first.parse().ok());
        let known: &mut u64 = estimates.entry(table.to_lowercase()).or_default();
        *known = (*known).max(rows.unwrap_or_default());
    }
    estimates
}

fn hazards(connection: &Connection) -> Result<Hazards> {
    connection.query_row(
        "SELECT \
         EXISTS (SELECT 1 FROM sqlite_schema WHERE sql LIKE '%rollback%' OR sql LIKE '%deferr%'), \
         EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'trigger' OR sql LIKE 'create virtual%' \
         OR sql LIKE '%fail%' OR sql LIKE '%cascade%' OR sql LIKE '%on%delete%set%' OR sql LIKE '%on%update%set%')",
        [],
        |row| {
            Ok(Hazards {
                needs_own_transaction: row.get(0)?,
                needs_savepoints: row.get(1)?,
            })
        },
    )
}

fn quoted(name: &str) -> String {
    format!("main.\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests;
