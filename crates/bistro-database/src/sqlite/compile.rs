//! Files of stored queries become functions: SQLite says whether they compile, what they take and what they give.

use std::collections::BTreeMap;
use std::sync::Arc;

use bistro_dialect::payload::Datum;
use bistro_dialect::query::RESERVED;
use bistro_plan::catalog::{
    Catalog, Column, Function, Generated, Kind, Parameter, Relation, RelationKind, Writable,
    inherited_keys, nearest,
};
use bistro_plan::literal;
use bistro_plan::predicate::CallerValue;
use bistro_plan::sql::CALLED;
use bistro_plan::value::Value;
use rusqlite::{Connection, Error as Failure, Statement};

use crate::error::Error;
use crate::queries::file::QueryFile;
use crate::queries::header::{Declared, Header};
use crate::queries::statement::{Extent, position};
use crate::sqlite::origin::origins;

/// What a query may begin with: all that reads or writes rows, and nothing else.
const BEGINNINGS: [&str; 7] = [
    "SELECT", "VALUES", "WITH", "INSERT", "REPLACE", "UPDATE", "DELETE",
];

/// The most columns that what changes something may return: they are kept in a table, beside their row's number.
const RETURNED_MAX: usize = 1_999;

/// Makes functions of files; those that do not compile are errors.
pub(super) fn compile(
    connection: &Connection,
    catalog: &Catalog,
    files: &[QueryFile],
) -> (BTreeMap<String, Arc<Function>>, Vec<Error>) {
    let mut functions = BTreeMap::new();
    let mut errors = Vec::new();
    for file in files {
        match function(connection, catalog, file) {
            Ok(function) => {
                functions.insert(function.name.clone(), Arc::new(function));
            }
            Err(mistake) => errors.push(Error::Query {
                name: file.name.clone(),
                path: file.path.clone(),
                line: mistake.line,
                column: mistake.column,
                message: mistake.message,
            }),
        }
    }
    (functions, errors)
}

/// What is wrong with a file, and where.
struct Mistake {
    line: usize,
    column: usize,
    message: String,
}

impl Mistake {
    fn at_line(line: usize, message: impl Into<String>) -> Self {
        Self {
            line,
            column: 1,
            message: message.into(),
        }
    }

    fn at(text: &str, offset: usize, message: impl Into<String>) -> Self {
        let (line, column) = position(text, offset);
        Self {
            line,
            column,
            message: message.into(),
        }
    }

    /// What SQLite says, where it says it of `text`, whose statement begins at `start`.
    fn of(failure: &Failure, text: &str, start: usize) -> Self {
        match failure {
            Failure::SqlInputError { msg, offset, .. } => {
                let offset = usize::try_from(*offset).unwrap_or_default();
                Self::at(text, start + offset, msg)
            }
            Failure::SqliteFailure(_, Some(message)) => Self::at(text, start, message),
            other => Self::at(text, start, other.to_string()),
        }
    }
}

fn function(
    connection: &Connection,
    catalog: &Catalog,
    file: &QueryFile,
) -> Result<Function, Mistake> {
    let text = file
        .text
        .as_ref()
        .map_err(|reason| Mistake::at_line(1, reason))?;
    let header =
        Header::read(text).map_err(|mistake| Mistake::at_line(mistake.line, mistake.message))?;
    let Some(extent) = Extent::of(text) else {
        return Err(Mistake::at_line(1, "there is no statement in it"));
    };
    if let Some(second) = extent.second {
        return Err(Mistake::at(
            text,
            second,
            "another statement begins here; a query is one statement",
        ));
    }
    let own = text.get(extent.start..extent.end).unwrap_or_default();
    let statement = connection
        .prepare(own)
        .map_err(|failure| Mistake::of(&failure, text, extent.start))?;
    check_beginning(own).map_err(|message| Mistake::at(text, extent.start, message))?;
    let is_read_only = statement.readonly();
    let takes_get = header.takes_get.unwrap_or(is_read_only);
    if takes_get && !is_read_only {
        let message = "it changes something, so it cannot be called with GET: leave out `@get yes`";
        return Err(Mistake::at(text, extent.start, message));
    }
    let taken = parameters(&statement, &header)
        .map_err(|mistake| mistake.unwrap_or_placed(text, extent.start))?;
    let columns = columns(connection, own, &statement, &header)
        .map_err(|mistake| mistake.unwrap_or_placed(text, extent.start))?;
    let mut rows = rows(&file.name, columns);
    let find = |name: &str| catalog.relations.get(name).map(AsRef::as_ref);
    rows.foreign_keys = inherited_keys(&rows, find);
    Ok(Function {
        name: file.name.clone(),
        description: header.description,
        parameters: taken.parameters,
        callers: taken.callers,
        rows: Arc::new(rows),
        is_read_only,
        takes_get,
        text: own.to_owned(),
    })
}

/// A mistake of a line of the header, or of the statement as a whole.
struct Unplaced {
    line: Option<usize>,
    message: String,
}

impl Unplaced {
    fn statement(message: impl Into<String>) -> Self {
        Self {
            line: None,
            message: message.into(),
        }
    }

    fn unwrap_or_placed(self, text: &str, start: usize) -> Mistake {
        match self.line {
            Some(line) => Mistake::at_line(line, self.message),
            None => Mistake::at(text, start, self.message),
        }
    }
}

fn check_beginning(statement: &str) -> Result<(), String> {
    let is_letter = |letter: char| letter.is_ascii_alphabetic();
    let end = statement
        .find(|letter| !is_letter(letter))
        .unwrap_or(statement.len());
    let word = statement.get(..end).unwrap_or_default();
    if BEGINNINGS
        .iter()
        .any(|known| known.eq_ignore_ascii_case(word))
    {
        return Ok(());
    }
    Err(format!(
        "a query begins with {}, not with `{word}`",
        BEGINNINGS.join(", ")
    ))
}

/// What a statement takes.
struct Taken {
    /// From the request, in SQLite's order.
    parameters: Vec<Parameter>,
    /// From Bistro, with SQLite's numbers.
    callers: Vec<(usize, CallerValue)>,
}

/// What the statement takes, with what the header says of it.
fn parameters(statement: &Statement<'_>, header: &Header) -> Result<Taken, Unplaced> {
    let mut names: Vec<String> = Vec::new();
    let mut callers = Vec::new();
    for number in 1..=statement.parameter_count() {
        let written = statement.parameter_name(number).unwrap_or("?");
        let name = parameter_name(written)?;
        if let Some(value) = CallerValue::read(&name) {
            if callers.iter().any(|(_, other)| *other == value) {
                return Err(Unplaced::statement(twice(&name)));
            }
            callers.push((number, value));
            continue;
        }
        if names.contains(&name) {
            return Err(Unplaced::statement(twice(&name)));
        }
        names.push(name);
    }
    for declared in &header.parameters {
        if CallerValue::read(&declared.name).is_some() {
            return Err(Unplaced {
                line: Some(declared.line),
                message: format!(
                    "`@param {0}`: what `:{0}` is nobody is asked, Bistro knows it; give an argument another name",
                    declared.name
                ),
            });
        }
        known("param", ":", declared, names.iter().map(String::as_str))?;
    }
    let parameters = names.into_iter().map(|name| {
        let declared = header.parameters.iter().find(|one| one.name == name);
        Ok(Parameter {
            kind: declared.map_or(Kind::Any, |one| one.kind),
            description: declared.map_or_else(String::new, |one| one.description.clone()),
            default: declared.map(default).transpose()?.flatten(),
            name,
        })
    });
    Ok(Taken {
        parameters: parameters.collect::<Result<_, _>>()?,
        callers,
    })
}

fn twice(name: &str) -> String {
    format!("`{name}` is written with two signs; use `:{name}`")
}

/// What a parameter is if it is not given: a value of its type, as it would be if it was.
fn default(declared: &Declared) -> Result<Option<Value>, Unplaced> {
    let datum = match &declared.default {
        None => return Ok(None),
        Some(Value::Null | Value::Blob(_)) => Datum::Null,
        Some(Value::Text(text)) => Datum::Text(text.clone()),
        Some(Value::Integer(integer)) => Datum::Json(integer.to_string()),
        Some(Value::Real(real)) => Datum::Json(format!("{real:?}")),
    };
    let value = literal::of_datum(&declared.name, declared.kind, &datum);
    value.map(Some).map_err(|_misfit| Unplaced {
        line: Some(declared.line),
        message: format!(
            "the default of `{}` is no value of type {}",
            declared.name, declared.type_name
        ),
    })
}

/// The name of a parameter as it is written, without its sign.
fn parameter_name(written: &str) -> Result<String, Unplaced> {
    let name = written.strip_prefix([':', '@', '$']).unwrap_or_default();
    if name.is_empty() {
        let message = format!("the parameter `{written}` has no name; write `:year`");
        return Err(Unplaced::statement(message));
    }
    if !name
        .chars()
        .all(|letter| letter.is_alphanumeric() || letter == '_')
    {
        let message = format!("the parameter `{written}` is more than letters, digits and `_`");
        return Err(Unplaced::statement(message));
    }
    // `after` may be one: a call has no pages that a cursor could lead to.
    if RESERVED.contains(&name) && name != "after" {
        let message = format!(
            "a parameter cannot be called `{name}`: in a URL that is a word of the dialect"
        );
        return Err(Unplaced::statement(message));
    }
    Ok(name.to_owned())
}

/// The columns of its rows, with what the header says of them.
fn columns(
    connection: &Connection,
    own: &str,
    statement: &Statement<'_>,
    header: &Header,
) -> Result<Vec<Column>, Unplaced> {
    let own_names = given(statement);
    let names = own_names.iter().map(|(name, _)| name);
    if let Some(name) = names.clone().enumerate().find_map(|(at, name)| {
        let is_second = names.clone().take(at).any(|before| before == name);
        is_second.then_some(name)
    }) {
        let message =
            format!("two of its columns are called `{name}`; give one another name with AS");
        return Err(Unplaced::statement(message));
    }
    if !statement.readonly() && own_names.len() > RETURNED_MAX {
        let message = format!(
            "it returns {} columns; what changes something may return {RETURNED_MAX}",
            own_names.len()
        );
        return Err(Unplaced::statement(message));
    }
    let given = if statement.readonly() {
        let wrapped = format!("WITH {CALLED} AS ({own}\n) SELECT * FROM {CALLED}");
        let wrapped = connection.prepare(&wrapped).map_err(|failure| {
            Unplaced::statement(format!("it cannot be read from: {}", plain(&failure)))
        })?;
        given(&wrapped)
    } else {
        own_names
    };
    let origins = if statement.readonly() {
        origins(connection, own)
    } else {
        // SQLite does not tell where what RETURNING gives comes from.
        Ok(vec![None; given.len()])
    };
    let origins = origins.map_err(|failure| Unplaced::statement(plain(&failure)))?;
    for declared in &header.columns {
        known(
            "column",
            "",
            declared,
            given.iter().map(|(name, _)| name.as_str()),
        )?;
    }
    let columns = given.into_iter().zip(origins);
    let columns = columns.map(|((name, from_schema), origin)| {
        let declared = header.columns.iter().find(|one| one.name == name);
        let declared = declared.map_or(from_schema, |one| one.type_name.clone());
        Column {
            name,
            kind: Kind::of(&declared),
            declared,
            is_nullable: true,
            default: None,
            generated: Generated::No,
            origin,
        }
    });
    Ok(columns.collect())
}

fn plain(failure: &Failure) -> String {
    match failure {
        Failure::SqlInputError { msg, .. } => msg.clone(),
        other => other.to_string(),
    }
}

/// The names of its columns and the types that the schema declares for them.
fn given(statement: &Statement<'_>) -> Vec<(String, String)> {
    let columns = statement.columns().map(|column| {
        let declared = column.decl_type().unwrap_or_default();
        (column.name().to_owned(), declared.to_owned())
    });
    columns.collect()
}

/// Whatever is declared has to be there.
fn known<'a>(
    word: &str,
    sign: &str,
    declared: &Declared,
    names: impl Iterator<Item = &'a str> + Clone,
) -> Result<(), Unplaced> {
    let name = &declared.name;
    if names.clone().any(|other| other == name) {
        return Ok(());
    }
    let meant = nearest(name, names)
        .map(|meant| format!("; did you mean `{sign}{meant}`?"))
        .unwrap_or_default();
    Err(Unplaced {
        line: Some(declared.line),
        message: format!("`@{word} {name}`: the statement has no `{sign}{name}`{meant}"),
    })
}

fn rows(name: &str, columns: Vec<Column>) -> Relation {
    Relation {
        name: name.to_owned(),
        kind: RelationKind::View,
        columns,
        primary_key: Vec::new(),
        uniques: Vec::new(),
        foreign_keys: Vec::new(),
        writable: Writable {
            can_insert: false,
            can_update: false,
            can_delete: false,
        },
        has_rowid: false,
        has_rowid_key: false,
        rows_estimated: None,
        seen: None,
    }
}
