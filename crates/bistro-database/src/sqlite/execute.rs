//! Runs planned statements inside a transaction that is open already.

use std::ops::{ControlFlow, RangeFrom};

use bistro_dialect::preference::Count;
use bistro_plan::plan::{Call, Change, Read, Write};
use bistro_plan::principal::Principal;
use bistro_plan::sql::{self, Check, Nested, Probe, Program, Statement, Step};
use bistro_plan::value::{Row as Shown, Sink, Value, ValueRef};
use rusqlite::Error as Failure;

use crate::error::Error;
use crate::kept::Kept;
use crate::outcome::Outcome;
use crate::prepared::Prepared as PreparedWrite;
use crate::sqlite::connected::{Connected, Keeping, Row};
use crate::sqlite::error;
use crate::sqlite::generation::Generation;
use crate::sqlite::keep;
use crate::sqlite::open::Opened;
use crate::sqlite::returned::Returned;
use crate::sqlite::watch::Watch;

/// How far an estimated total is counted before the statistics are believed.
const ESTIMATE_COUNTED_MAX: u64 = 1_000;

/// The longest reading statement that is kept prepared, in octets, if its length may come from values: of a list of them every
/// length is a statement of its own.
const READ_KEPT_BYTES_MAX: usize = 8 * 1024;

/// With so many values it may.
const MANY_VALUES: usize = 64;

/// The longest statement that is kept prepared at all: one that names 2 000 columns, which SQLite takes longer to look up than a
/// row of them takes to be read.
const KEPT_BYTES_MAX: usize = 64 * 1024;

/// Finds triggers of a table that may keep a row from being deleted, with `RAISE(IGNORE)`.
const MAY_KEEP: &str = "SELECT 1 FROM main.sqlite_schema \
    WHERE type = 'trigger' AND tbl_name = ?1 COLLATE NOCASE AND sql LIKE '%ignore%' LIMIT 1";

/// A connection inside a transaction.
#[derive(Debug)]
pub(crate) struct Session<'a> {
    connection: &'a Connected,
    watch: &'a Watch,
    generation: Option<Generation>,
}

impl<'a> Session<'a> {
    pub(super) fn over(opened: &'a Opened) -> Self {
        Self {
            connection: &opened.connection,
            watch: &opened.watch,
            generation: None,
        }
    }

    /// The same, known to see this state of the database.
    pub(super) fn seeing(self, generation: Option<Generation>) -> Self {
        Self { generation, ..self }
    }

    pub(super) fn connection(&self) -> &'a Connected {
        self.connection
    }

    /// What a failure means that has nothing to do with a table of the catalog.
    pub(super) fn explain(&self, failure: Failure) -> Error {
        self.cause(error::meaning(failure, None))
    }

    /// The state of the database it sees, where that is known.
    pub(crate) fn generation(&self) -> Option<Generation> {
        self.generation
    }

    /// Runs a read.
    pub(crate) fn read(
        &self,
        read: &Read,
        caller: Option<&Principal>,
        sink: &mut dyn Sink,
    ) -> Result<(), Error> {
        if let Some(parent) = &read.parent {
            self.require(parent, caller)?;
        }
        let statement = on_behalf_of(sql::read(read), caller);
        self.rows(&statement, &read.relation.name, sink)
    }

    /// Runs the statement of a read, whose parameters may mean another row than the read does.
    pub(crate) fn select(
        &self,
        text: &str,
        parameters: &[Value],
        read: &Read,
        caller: Option<&Principal>,
        sink: &mut dyn Sink,
    ) -> Result<(), Error> {
        if let Some(parent) = &read.parent {
            self.require(parent, caller)?;
        }
        self.rows_of(text, parameters, &read.relation.name, sink)
    }

    /// Fails if a read finds no row.
    fn require(&self, read: &Read, caller: Option<&Principal>) -> Result<(), Error> {
        if self.number(sql::count(read, None), read, caller)? == 0 {
            return Err(Error::NoSuchRow {
                relation: read.relation.name.clone(),
            });
        }
        Ok(())
    }

    /// The total of a read, found as it asks; exact if it doesn't.
    pub(crate) fn count(&self, read: &Read, caller: Option<&Principal>) -> Result<u64, Error> {
        // The statistics know tables, not conditions.
        let estimate = read
            .relation
            .rows_estimated
            .filter(|_| read.is_of_all_rows());
        match (read.count, estimate) {
            (Some(Count::Planned), Some(estimate)) => Ok(estimate),
            (Some(Count::Estimated), Some(estimate)) => {
                let statement = sql::count(read, Some(ESTIMATE_COUNTED_MAX));
                let counted = self.number(statement, read, caller)?;
                Ok(if counted < ESTIMATE_COUNTED_MAX {
                    counted
                } else {
                    counted.max(estimate)
                })
            }
            (Some(Count::Exact | Count::Planned | Count::Estimated) | None, _) => {
                self.number(sql::count(read, None), read, caller)
            }
        }
    }

    /// How many rows the page of a read has, up to one more than its limit.
    pub(crate) fn extent(&self, read: &Read, caller: Option<&Principal>) -> Result<u64, Error> {
        self.number(sql::extent(read), read, caller)
    }

    /// The last row of a full page goes to `sink`.
    pub(crate) fn last(
        &self,
        read: &Read,
        caller: Option<&Principal>,
        sink: &mut dyn Sink,
    ) -> Result<(), Error> {
        match sql::last(read) {
            Some(statement) => {
                let statement = on_behalf_of(statement, caller);
                self.rows(&statement, &read.relation.name, sink)
            }
            None => Ok(()),
        }
    }

    /// Runs a write; the rows of its representation go to `sink`.
    pub(crate) fn write(
        &self,
        prepared: &PreparedWrite,
        sink: &mut dyn Sink,
    ) -> Result<Outcome, Error> {
        let (write, program) = (prepared.write(), prepared.program());
        let relation = write.relation.name.as_str();
        if let Some(parent) = &write.parent {
            self.require(parent, None)?;
        }
        if program.is_noted {
            let empty = format!("DELETE FROM temp.{}", sql::TOUCHED);
            self.run(&empty, &[], &mut |_| Ok(()))
                .map_err(|failure| self.meaning(failure, relation))?;
        }
        if let Some(before) = &program.before {
            let rehearsed = self.rehearsed(write)?;
            self.rows(rehearsed.as_ref().unwrap_or(before), relation, sink)?;
        }
        let mut outcome = Outcome::default();
        let mut rows = 0..;
        for step in &program.steps {
            self.step(program, step, write, &mut outcome, &mut rows, sink)?;
        }
        if let Some(after) = &program.after {
            self.rows(after, relation, sink)?;
        }
        Ok(outcome)
    }

    /// The representation of the rows that a `DELETE` takes, if a trigger may keep others: nothing but doing it tells which.
    fn rehearsed(&self, write: &Write) -> Result<Option<Statement>, Error> {
        let relation = write.relation.name.as_str();
        let fail = |failure| self.meaning(failure, relation);
        let nothing = |text: &str| self.run(text, &[], &mut |_| Ok(())).map_err(fail);
        let name = [Value::Text(relation.to_owned())];
        let triggers = self.run(MAY_KEEP, &name, &mut |_| Ok(())).map_err(fail)?;
        let Some(rehearsal) = sql::rehearsal(write).filter(|_| triggers.rows > 0) else {
            return Ok(None);
        };
        let mut taken: Vec<Vec<Value>> = Vec::new();
        nothing("SAVEPOINT rehearsal")?;
        for run in &rehearsal.step.runs {
            let mut take = |row: Row<'_>| {
                taken.push(row.all(0, rehearsal.touched));
                Ok(())
            };
            self.run(&rehearsal.step.text, run, &mut take)
                .map_err(fail)?;
        }
        nothing("ROLLBACK TO rehearsal")?;
        nothing("RELEASE rehearsal")?;
        nothing(&format!("DELETE FROM temp.{}", sql::TOUCHED))?;
        for identity in &taken {
            self.run(&note_text(rehearsal.touched), identity, &mut |_| Ok(()))
                .map_err(fail)?;
        }
        Ok(Some(rehearsal.representation))
    }

    /// Runs a stored query that changes something, and keeps the rows it returns for the reads of them.
    pub(crate) fn call(&self, call: &Call) -> Result<Outcome, Error> {
        let name = call.function.name.as_str();
        let fail = |failure| self.meaning(failure, name);
        let table = Returned::of(&call.function);
        for text in [&table.make, &table.empty] {
            self.run(text, &[], &mut |_| Ok(())).map_err(fail)?;
        }
        let ran = self.run(&call.function.text, &call.arguments, &mut |row| {
            self.run(&table.keep, &row.all(0, table.columns), &mut |_| Ok(()))
                .map(drop)
        });
        Ok(Outcome {
            affected: ran.map_err(fail)?.changed,
            ..Outcome::default()
        })
    }

    /// What is kept under a key.
    pub(crate) fn recall(&self, key: &[u8]) -> Result<Option<Kept>, Error> {
        keep::recall(self.connection, key).map_err(|failure| self.explain(failure))
    }

    /// Keeps an answer under a key.
    pub(crate) fn keep(&self, key: &[u8], kept: &Kept) -> Result<(), Error> {
        keep::keep(self.connection, key, kept).map_err(|failure| self.explain(failure))
    }

    fn step(
        &self,
        program: &Program,
        step: &Step,
        write: &Write,
        outcome: &mut Outcome,
        rows: &mut RangeFrom<usize>,
        sink: &mut dyn Sink,
    ) -> Result<(), Error> {
        let relation = write.relation.name.as_str();
        let fail = |failure| self.meaning(failure, relation);
        let mut probes = step
            .probe
            .iter()
            .flat_map(|probe| probe.runs.iter().map(move |run| (probe, run)));
        let mut flow = ControlFlow::Continue(());
        let direct = program
            .direct
            .as_ref()
            .map_or(0, |shape| shape.columns.len());
        let before_referred = program.touched + program.key + direct;
        for (run, number) in step.runs.iter().zip(rows) {
            let mut referred = None;
            let mut is_well = true;
            let probe = probes.next();
            let was_there = match probe {
                Some((probe, parameters)) => self.meets(probe, parameters, relation)?,
                None => !matches!(write.change, Change::Insert { .. }),
            };
            let fresh = probe.and_then(|(probe, _)| probe.fresh.as_ref());
            let (text, run) = match fresh.filter(|_| !was_there) {
                Some(fresh) => (&fresh.text, run.get(..fresh.parameters).unwrap_or(run)),
                None => (&step.text, run.as_slice()),
            };
            let changed = self
                .run(text, run, &mut |row| {
                    self.note(program, row, outcome)?;
                    let check = if was_there {
                        &program.changed
                    } else {
                        &program.created
                    };
                    is_well = is_well && self.is_well(check.as_ref(), row, program.touched)?;
                    if program.direct.is_some() && flow.is_continue() {
                        flow = sink.row(&row.after(program.touched + program.key));
                    }
                    if program.referred > 0 {
                        referred = Some(row.all(before_referred, program.referred));
                    }
                    Ok(())
                })
                .map_err(fail)?
                .changed;
            if !is_well {
                return Err(violates(relation));
            }
            if program.is_key_rowid && changed == 1 && outcome.key.is_none() {
                let key = self.connection.last_insert_rowid();
                outcome.key = Some(vec![Value::Integer(key)]);
            }
            outcome.affected += changed;
            if !was_there {
                outcome.created += changed;
            }
            self.children(&program.children, number, referred.as_deref())?;
        }
        Ok(())
    }

    /// Whether an upsert meets a row.
    ///
    /// # Errors
    /// It does, and that one may not be changed.
    fn meets(&self, probe: &Probe, parameters: &[Value], relation: &str) -> Result<bool, Error> {
        let mut is_open = true;
        let mut look = |row: Row<'_>| {
            is_open = row.owned(0) == Value::Integer(1);
            Ok(())
        };
        let met = self.run(&probe.text, parameters, &mut look);
        let met = met.map_err(|failure| self.meaning(failure, relation))?;
        if is_open {
            Ok(met.rows > 0)
        } else {
            Err(violates(relation))
        }
    }

    /// Creates what belongs to a new row, whose columns that are referred to have these values.
    fn children(
        &self,
        children: &[Nested],
        parent: usize,
        referred: Option<&[Value]>,
    ) -> Result<(), Error> {
        let start = children.partition_point(|child| child.parent < parent);
        let own = children.iter().skip(start);
        for child in own.take_while(|child| child.parent == parent) {
            let fail = |failure| self.meaning(failure, &child.relation);
            // A trigger may have kept the row from being made.
            let referred = referred.ok_or(Error::ForeignKey)?;
            let filled: Vec<Value> = child
                .filled
                .iter()
                .filter_map(|place| referred.get(*place).cloned())
                .collect();
            if filled.contains(&Value::Null) {
                // A key that is not whole refers to nothing.
                return Err(Error::ForeignKey);
            }
            let mut rows = 0..;
            for step in &child.steps {
                for (run, number) in step.runs.iter().zip(&mut rows) {
                    let parameters: Vec<Value> = run.iter().chain(&filled).cloned().collect();
                    let mut inner = None;
                    let mut is_well = true;
                    self.run(&step.text, &parameters, &mut |row| {
                        is_well = self.is_well(child.check.as_ref(), row, child.touched)?;
                        inner = Some(row.all(child.touched, child.referred));
                        Ok(())
                    })
                    .map_err(fail)?;
                    if !is_well {
                        return Err(violates(&child.relation));
                    }
                    self.children(&child.children, number, inner.as_deref())?;
                }
            }
        }
        Ok(())
    }

    /// Keeps what `RETURNING` says about a row touched.
    fn note(&self, program: &Program, row: Row<'_>, outcome: &mut Outcome) -> Result<(), Failure> {
        if program.is_noted {
            let identity = row.all(0, program.touched);
            self.run(&note_text(program.touched), &identity, &mut |_| Ok(()))?;
        }
        if program.key > 0 && outcome.key.is_none() {
            outcome.key = Some(row.all(program.touched, program.key));
        }
        Ok(())
    }

    /// Whether a row that was written is as rules demand. `RETURNING` tells of rows once all that the statement changes is changed,
    /// by its triggers, too.
    fn is_well(
        &self,
        check: Option<&Check>,
        row: Row<'_>,
        touched: usize,
    ) -> Result<bool, Failure> {
        let Some(check) = check else {
            return Ok(true);
        };
        let mut parameters = row.all(0, touched);
        parameters.extend(check.parameters.iter().cloned());
        let found = self.run(&check.text, &parameters, &mut |_| Ok(()))?;
        Ok(found.rows > 0)
    }

    fn rows(
        &self,
        statement: &Statement,
        relation: &str,
        sink: &mut dyn Sink,
    ) -> Result<(), Error> {
        self.rows_of(&statement.text, &statement.parameters, relation, sink)
    }

    fn rows_of(
        &self,
        text: &str,
        parameters: &[Value],
        relation: &str,
        sink: &mut dyn Sink,
    ) -> Result<(), Error> {
        let fail = |failure| self.meaning(failure, relation);
        let kept_max = if parameters.len() < MANY_VALUES {
            KEPT_BYTES_MAX
        } else {
            READ_KEPT_BYTES_MAX
        };
        let keeping = keeping(text, kept_max);
        let started = self.connection.start(text, parameters, keeping);
        let mut run = started.map_err(fail)?;
        while let Some(row) = run.step().map_err(fail)? {
            let flow = sink.row(&row);
            self.watch.advance();
            if flow.is_break() {
                break;
            }
        }
        run.end().map_err(fail)
    }

    fn number(
        &self,
        statement: Statement,
        read: &Read,
        caller: Option<&Principal>,
    ) -> Result<u64, Error> {
        let mut number = Number(0);
        let statement = on_behalf_of(statement, caller);
        self.rows(&statement, &read.relation.name, &mut number)?;
        Ok(number.0)
    }

    /// Runs a statement to its end, whatever it returns: one that is left in the middle keeps the log from being
    /// checkpointed.
    fn run(
        &self,
        text: &str,
        parameters: &[Value],
        each: &mut dyn FnMut(Row<'_>) -> Result<(), Failure>,
    ) -> Result<Ran, Failure> {
        let keeping = keeping(text, KEPT_BYTES_MAX);
        let mut run = self.connection.start(text, parameters, keeping)?;
        let returns = run.has_columns();
        let mut count = 0;
        while let Some(row) = run.step()? {
            each(row)?;
            count += 1;
        }
        run.end()?;
        self.watch.advance();
        // Rows that a view's triggers took are counted nowhere else.
        let changed = if returns {
            count
        } else {
            self.connection.changes()
        };
        Ok(Ran {
            rows: count,
            changed,
        })
    }

    fn meaning(&self, failure: Failure, relation: &str) -> Error {
        self.cause(error::meaning_of_rows(failure, relation))
    }

    fn cause(&self, error: Error) -> Error {
        match error {
            Error::Interrupted => self.watch.cause(),
            error => error,
        }
    }
}

/// A statement is kept for the next time, unless it is long: a list of 10 000 values takes megabytes prepared, and one of 9 999 is
/// another statement.
fn keeping(text: &str, kept_max: usize) -> Keeping {
    if text.len() > kept_max {
        Keeping::Once
    } else {
        Keeping::Kept
    }
}

/// What a statement did.
struct Ran {
    rows: u64,
    changed: u64,
}

/// Takes the one integer of the one row.
struct Number(u64);

impl Sink for Number {
    fn row(&mut self, row: &dyn Shown) -> ControlFlow<()> {
        if let ValueRef::Integer(number) = row.value(0) {
            self.0 = u64::try_from(number).unwrap_or_default();
        }
        ControlFlow::Break(())
    }
}

/// A statement for another caller than the one it was planned for, if there is one.
fn on_behalf_of(statement: Statement, caller: Option<&Principal>) -> Statement {
    match caller {
        Some(caller) => statement.on_behalf_of(caller),
        None => statement,
    }
}

fn violates(relation: &str) -> Error {
    Error::Violates {
        relation: relation.to_owned(),
    }
}

fn note_text(columns: usize) -> String {
    let names: Vec<String> = (0..columns).map(|column| format!("k{column}")).collect();
    let places: Vec<String> = (1..=columns).map(|place| format!("?{place}")).collect();
    format!(
        "INSERT INTO temp.{} ({}) VALUES ({})",
        sql::TOUCHED,
        names.join(", "),
        places.join(", ")
    )
}
