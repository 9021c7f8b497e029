//! A database in a directory of its own, and requests to it as a server would make them.

use std::ops::ControlFlow;
use std::path::PathBuf;

use bistro_dialect::{Exchange, Limits, Request};
use bistro_http::method::Method;
use bistro_plan::plan::{self, Plan, Read, Write};
use bistro_plan::principal::Principal;
use bistro_plan::rule::{Access, Policy};
use bistro_plan::value::{Row, Sink, Value, ValueRef};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::{Burden, Database, Error, Outcome, Prepared, Settings};

/// A database in a directory of its own, made by somebody else.
pub(super) struct Fixture {
    _directory: TempDir,
    pub(super) path: PathBuf,
}

impl Fixture {
    pub(super) fn new(script: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("test.db");
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch(script).unwrap();
        Self {
            _directory: directory,
            path,
        }
    }

    pub(super) fn open(&self) -> Database {
        Database::open(Settings::new(&self.path)).unwrap()
    }

    /// Another process, as far as SQLite can tell.
    pub(super) fn other(&self) -> Connection {
        Connection::open(&self.path).unwrap()
    }

    pub(super) fn number(&self, sql: &str) -> i64 {
        self.other().query_row(sql, [], |row| row.get(0)).unwrap()
    }
}

/// What a request says.
#[derive(Clone, Copy, Default)]
pub(super) struct Ask<'a> {
    pub(super) method: Method,
    /// Path and query.
    pub(super) url: &'a str,
    pub(super) prefer: &'a str,
    pub(super) body: &'a str,
}

pub(super) fn get(url: &str) -> Ask<'_> {
    Ask {
        url,
        ..Ask::default()
    }
}

/// A change that asks for the rows it has touched.
pub(super) fn change<'a>(method: Method, url: &'a str, body: &'a str) -> Ask<'a> {
    Ask {
        method,
        url,
        prefer: "return=representation",
        body,
    }
}

impl Ask<'_> {
    pub(super) fn plan(self, database: &Database) -> Plan {
        self.try_plan(database)
            .unwrap_or_else(|error| panic!("{}: {error}", self.url))
    }

    /// The plan, or why there is none.
    pub(super) fn try_plan(self, database: &Database) -> Result<Plan, String> {
        let request = self.request()?;
        plan::make(
            &request,
            &Principal::Anyone,
            &database.catalog(),
            &policy(Access::Open),
        )
        .map_err(|error| error.to_string())
    }

    pub(super) fn request(self) -> Result<Request, String> {
        let (path, query) = self.url.split_once('?').unwrap_or((self.url, ""));
        let exchange = Exchange {
            method: self.method,
            path,
            query,
            prefer: if self.prefer.is_empty() {
                vec![]
            } else {
                vec![self.prefer]
            },
            content_type: (!self.body.is_empty()).then_some("application/json"),
            body: self.body.as_bytes(),
            ..Exchange::default()
        };
        Request::read(&exchange, &Limits::default()).map_err(|error| error.to_string())
    }

    pub(super) fn read(self, database: &Database) -> Read {
        match self.plan(database) {
            Plan::Read(read) => read,
            Plan::Write(_) | Plan::Call(_) => panic!("{} is a write", self.url),
        }
    }

    /// The rows of a read, or of a write's representation.
    pub(super) async fn rows(self, database: &Database) -> Result<Vec<Vec<Value>>, Error> {
        run(database, self.plan(database)).await
    }

    pub(super) async fn write(
        self,
        database: &Database,
    ) -> Result<(Outcome, Vec<Vec<Value>>), Error> {
        let Plan::Write(write) = self.plan(database) else {
            panic!("{} is a read", self.url);
        };
        written(database, write).await
    }
}

pub(super) fn policy(access: Access) -> Policy {
    Policy {
        access,
        is_read_only: false,
        allows_unfiltered_writes: true,
        rows_max: None,
        limits: Limits::default(),
    }
}

/// The rows of a read, or of a write's representation.
pub(super) async fn run(database: &Database, plan: Plan) -> Result<Vec<Vec<Value>>, Error> {
    let version = database.catalog().version;
    match plan {
        Plan::Read(read) => {
            database
                .read(version, move |snapshot| {
                    collect(|sink| snapshot.read(&read, sink))
                })
                .await
        }
        Plan::Write(write) => written(database, write).await.map(|(_, rows)| rows),
        Plan::Call(call) => {
            database
                .write(version, Burden::default(), move |transaction| {
                    transaction.call(&call)?;
                    let rows = collect(|sink| transaction.snapshot().read(&call.read, sink))?;
                    Ok((rows, true))
                })
                .await?
        }
    }
}

/// What a write did, and its representation.
pub(super) async fn written(
    database: &Database,
    write: Write,
) -> Result<(Outcome, Vec<Vec<Value>>), Error> {
    database
        .write(
            database.catalog().version,
            Burden::default(),
            move |transaction| {
                let mut rows = Rows::default();
                let outcome = transaction.write(&Prepared::new(write), &mut rows)?;
                Ok(((outcome, rows.0), true))
            },
        )
        .await?
}

/// The rows that a function gives to its sink.
pub(super) fn collect(
    run: impl FnOnce(&mut dyn Sink) -> Result<(), Error>,
) -> Result<Vec<Vec<Value>>, Error> {
    let mut rows = Rows::default();
    run(&mut rows)?;
    Ok(rows.0)
}

/// Keeps every row. How many columns one has, only its last one says: four more are enough for the tests here.
#[derive(Default)]
pub(super) struct Rows(pub(super) Vec<Vec<Value>>);

impl Sink for Rows {
    fn row(&mut self, row: &dyn Row) -> ControlFlow<()> {
        let mut values: Vec<Value> = (0..12).map(|column| kept(row.value(column))).collect();
        let used = values
            .iter()
            .rposition(|value| *value != Value::Null)
            .map_or(0, |last| last + 1);
        values.truncate(used);
        self.0.push(values);
        ControlFlow::Continue(())
    }
}

fn kept(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(integer) => Value::Integer(integer),
        ValueRef::Real(real) => Value::Real(real),
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(blob) => Value::Blob(blob.to_vec()),
    }
}

/// Rows in a form that is short to write down: `1 'a' NULL|2`. NULLs at the end of a row are left out.
pub(super) fn shown(rows: &[Vec<Value>]) -> String {
    let row = |row: &Vec<Value>| row.iter().map(value).collect::<Vec<_>>().join(" ");
    rows.iter().map(row).collect::<Vec<_>>().join("|")
}

fn value(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Integer(integer) => integer.to_string(),
        Value::Real(real) => format!("{real:?}"),
        Value::Text(text) => format!("'{text}'"),
        Value::Blob(blob) => format!("x{blob:02X?}"),
    }
}
