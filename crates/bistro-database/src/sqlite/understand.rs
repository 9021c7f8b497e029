//! Conditions of rules: SQLite says whether it understands them, each alone against what it is about.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use bistro_plan::catalog::{Catalog, Relation, RelationKind, nearest};
use bistro_plan::predicate::Predicate;
use bistro_plan::rule::{Operation, Subject};
use bistro_plan::sql::CALLED;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, Error as Failure};

use crate::misfit::Misfit;

/// A condition, and what it is about.
pub(super) type About = (Subject, Arc<Predicate>);

/// Conditions by what they are about, as a catalog keeps them.
pub(super) type Understood = BTreeMap<String, BTreeSet<String>>;

/// The conditions that this schema understands; and of the others, what they are about and why not.
pub(super) fn understood(
    connection: &Connection,
    catalog: &Catalog,
    predicates: &[About],
) -> (Understood, Vec<(String, String)>) {
    let mut fitting = Understood::new();
    let mut broken = Vec::new();
    for (on, predicate) in predicates {
        match understand(connection, catalog, on, &[], predicate) {
            Ok(()) => {
                let texts = fitting.entry(on.name().into_owned()).or_default();
                texts.insert(predicate.text().to_owned());
            }
            Err(misfit) => {
                let reason = format!(
                    "a rule admits nothing any more, for its condition `{}` is not understood: {misfit}",
                    predicate.text()
                );
                broken.push((on.name().into_owned(), reason));
            }
        }
    }
    (fitting, broken)
}

/// Has SQLite prepare a condition in the place where it will stand.
///
/// # Errors
/// It does not understand it there.
pub(super) fn understand(
    connection: &Connection,
    catalog: &Catalog,
    on: &Subject,
    operations: &[Operation],
    predicate: &Predicate,
) -> Result<(), Misfit> {
    let missing = || Misfit {
        at: None,
        message: format!("there is no `{}`", on.name()),
        nearest: None,
    };
    let (before, relation) = match on {
        Subject::Relation(name) => {
            let relation = catalog.relations.get(name).ok_or_else(missing)?;
            (
                format!("SELECT 1 FROM {} WHERE (", table(relation)),
                relation,
            )
        }
        Subject::Function(name) => {
            let function = catalog.functions.get(name).ok_or_else(missing)?;
            let rows = if function.is_read_only {
                format!(
                    "WITH {CALLED} AS ({}\n) SELECT 1 FROM {CALLED}",
                    function.text
                )
            } else {
                format!("SELECT 1 FROM ({})", nothing_like(&function.rows))
            };
            (
                format!("{rows} AS {} WHERE (", quoted(name)),
                &function.rows,
            )
        }
    };
    let place = Place {
        connection,
        relation,
        predicate,
    };
    place.prepare(&before)?;
    if predicate.text().contains('"') {
        // In quotes SQLite takes a name that it does not know for a text: then it would go on to mean something.
        let strict = Strict::on(connection).map_err(|failure| place.misfit(&failure, 0))?;
        place.prepare(&before)?;
        drop(strict);
    }
    // Where triggers take a write, SQLite looks for the rows in another way.
    if relation.kind == RelationKind::View {
        for operation in operations {
            if let Some(before) = writing(relation, *operation) {
                place.prepare(&before)?;
            }
        }
    }
    Ok(())
}

/// What stands before a condition on rows that are met by a write.
fn writing(view: &Relation, operation: Operation) -> Option<String> {
    match operation {
        Operation::Update if view.writable.can_update => {
            let column = quoted(&view.columns.first()?.name);
            Some(format!(
                "UPDATE {} SET {column} = {column} WHERE (",
                table(view)
            ))
        }
        Operation::Delete if view.writable.can_delete => {
            Some(format!("DELETE FROM {} WHERE (", table(view)))
        }
        Operation::Read
        | Operation::Create
        | Operation::Update
        | Operation::Delete
        | Operation::Call => None,
    }
}

/// A condition, and where it is prepared.
struct Place<'a> {
    connection: &'a Connection,
    relation: &'a Relation,
    predicate: &'a Predicate,
}

impl Place<'_> {
    fn prepare(&self, before: &str) -> Result<(), Misfit> {
        // It may end in a comment.
        let text = format!("{before}{}\n)", self.predicate.text());
        let prepared = self.connection.prepare(&text);
        prepared
            .map(drop)
            .map_err(|failure| self.misfit(&failure, before.len()))
    }

    fn misfit(&self, failure: &Failure, before: usize) -> Misfit {
        let (message, offset) = match failure {
            Failure::SqlInputError { msg, offset, .. } => {
                (msg.clone(), usize::try_from(*offset).ok())
            }
            Failure::SqliteFailure(_, Some(message)) => (message.clone(), None),
            other => (other.to_string(), None),
        };
        let text = self.predicate.text();
        let at = offset.and_then(|offset| offset.checked_sub(before));
        // Of some names SQLite does not say where they stand.
        let at = at.or_else(|| named(text, message.strip_prefix("no such table: ")?));
        let unknown = message.strip_prefix("no such column: ");
        let name = unknown.map(|name| name.rsplit('.').next().unwrap_or(name).to_owned());
        let columns = self.relation.columns.iter();
        Misfit {
            // What stands behind it is ours: it ends too early.
            at: at.map(|at| at.min(text.len())),
            nearest: name.and_then(|name| {
                nearest(&name, columns.map(|column| column.name.as_str())).map(str::to_owned)
            }),
            message,
        }
    }
}

/// Where a name stands in a text, as a word of its own.
fn named(text: &str, name: &str) -> Option<usize> {
    let name = name.rsplit('.').next()?;
    let is_of_word = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '$';
    let mut places = text.match_indices(name).map(|(place, _)| place);
    places.find(|place| {
        let before = text
            .get(..*place)
            .and_then(|before| before.chars().next_back());
        let after = text.get(place + name.len()..);
        let after = after.and_then(|after| after.chars().next());
        !before.is_some_and(is_of_word) && !after.is_some_and(is_of_word)
    })
}

/// A time in which names in quotes have to be there.
struct Strict<'a> {
    connection: &'a Connection,
    was_lax: bool,
}

impl<'a> Strict<'a> {
    fn on(connection: &'a Connection) -> rusqlite::Result<Self> {
        let was_lax = connection.db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
        Ok(Self {
            connection,
            was_lax,
        })
    }
}

impl Drop for Strict<'_> {
    fn drop(&mut self) {
        // It fails for no database that it did not fail for before.
        let _set = self
            .connection
            .set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, self.was_lax);
    }
}

/// A row with columns of these names, as a statement.
fn nothing_like(rows: &Relation) -> String {
    let mut text = String::from("SELECT 1");
    for column in &rows.columns {
        // A string takes all.
        let _written = write!(text, ", NULL AS {}", quoted(&column.name));
    }
    text
}

fn table(relation: &Relation) -> String {
    format!("main.{}", quoted(&relation.name))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
