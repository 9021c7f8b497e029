//! Writes as programs.

use crate::catalog::{Admitted, Generated, Relation, RelationKind};
use crate::plan::{
    Action, Assigned, Assignment, Batch, Change, Children, Condition, Conflict, Identity, Read,
    Returning, Source, Write,
};
use crate::principal::Principal;
use crate::sql::expression::Writer;
use crate::sql::naming::{self, Naming};
use crate::sql::read::representation;
use crate::sql::sight;
use crate::sql::text::Text;
use crate::sql::{Check, Fresh, Nested, Probe, Program, Rehearsal, Step};
use crate::value::Value;

/// A write as a program.
pub fn write(write: &Write) -> Program {
    let told = Told::of(write);
    let (steps, is_delete) = match &write.change {
        Change::Insert {
            batches, conflict, ..
        } => {
            let conflict = conflict.as_ref();
            let steps = batches
                .iter()
                .map(|batch| {
                    let row = New {
                        relation: &write.relation,
                        batch,
                        filled: &[],
                        met: &write.demands.met,
                        is_restricted: !write.demands.changed.is_empty(),
                        caller: &write.caller,
                    };
                    row.insert(&told, conflict)
                })
                .collect();
            (steps, false)
        }
        Change::Update {
            assignments,
            condition,
        } => (update(write, &told, assignments, condition), false),
        Change::Delete { condition } => (vec![delete(write, &told, condition)], true),
    };
    let representation = match &write.returning {
        Returning::Read(read) => Some(representation(read)),
        Returning::Nothing | Returning::Direct => None,
    };
    let (before, after) = if is_delete {
        (representation, None)
    } else {
        (None, representation)
    };
    Program {
        before,
        steps,
        touched: told.touched.len(),
        is_noted: is_noted(write),
        created: check(write, &write.demands.created),
        changed: check(write, &write.demands.changed),
        key: told.key.len(),
        is_key_rowid: told.is_key_rowid,
        direct: told.is_direct.then(|| write.direct_shape()),
        referred: told.referred.len(),
        children: nested(children(write), &told.referred, &write.caller),
        after,
    }
}

/// The rehearsal of a `DELETE` whose rows are sent back; `None` for other writes, and for rows that nothing tells apart.
pub fn rehearsal(write: &Write) -> Option<Rehearsal> {
    let Change::Delete { condition } = &write.change else {
        return None;
    };
    let (Returning::Read(read), Some(identity)) = (&write.returning, write.identity) else {
        return None;
    };
    let told = Told {
        touched: touched(&write.relation, identity),
        ..Told::default()
    };
    let mut read = Read::clone(read);
    read.source = Source::Touched(identity);
    Some(Rehearsal {
        step: delete(write, &told, condition),
        touched: told.touched.len(),
        representation: representation(&read),
    })
}

/// Whether the rows written are noted, to be read again.
fn is_noted(write: &Write) -> bool {
    match &write.returning {
        Returning::Read(read) => matches!(read.source, Source::Touched(_)),
        Returning::Nothing | Returning::Direct => false,
    }
}

fn check(write: &Write, demands: &[Admitted]) -> Option<Check> {
    let identity = write.identity?;
    demand(&write.relation, identity, demands, &write.caller)
}

/// Asks whether a row, known by its identity, is such that these admit it.
fn demand(
    relation: &Relation,
    identity: Identity,
    demands: &[Admitted],
    caller: &Principal,
) -> Option<Check> {
    if demands.is_empty() {
        return None;
    }
    let mut sql = Text::of(caller);
    sql.sql("SELECT 1 FROM ").relation(relation).sql(" WHERE ");
    let touched = touched(relation, identity);
    for _ in &touched {
        sql.bind(Value::Null);
    }
    sql.list(touched.iter().zip(1..), " AND ", |sql, (touch, number)| {
        match touch {
            Touch::Rowid(name) => sql.sql(name).sql(" = "),
            // A key of an ordinary table may hold NULL.
            Touch::Column(position) => sql.name(&relation.column(*position).name).sql(" IS "),
        };
        sql.parameter(number);
    });
    all(&mut sql, " AND ", demands);
    let statement = sql.finish();
    Some(Check {
        text: statement.text,
        parameters: statement
            .parameters
            .into_iter()
            .skip(touched.len())
            .collect(),
    })
}

/// What is created with the rows of a write.
fn children(write: &Write) -> &[Children] {
    match &write.change {
        Change::Insert { children, .. } => children,
        Change::Update { .. } | Change::Delete { .. } => &[],
    }
}

/// The columns that new rows refer to, each once.
fn referred(children: &[Children]) -> Vec<usize> {
    let mut referred: Vec<usize> = children
        .iter()
        .flat_map(|child| child.pairs.iter().map(|pair| pair.from))
        .collect();
    referred.sort_unstable();
    referred.dedup();
    referred
}

/// New rows as programs; `referred` are the columns that the rows they belong to return.
fn nested(children: &[Children], referred: &[usize], caller: &Principal) -> Vec<Nested> {
    let children = children.iter().map(|child| {
        let identity = child.identity;
        let touched = identity.map(|identity| touched(&child.relation, identity));
        let told = Told {
            touched: touched.unwrap_or_default(),
            referred: self::referred(&child.children),
            ..Told::default()
        };
        let filled: Vec<usize> = child.pairs.iter().map(|pair| pair.to).collect();
        let steps = child.batches.iter().map(|batch| {
            let row = New {
                relation: &child.relation,
                batch,
                filled: &filled,
                met: &[],
                is_restricted: false,
                caller,
            };
            row.insert(&told, None)
        });
        let places = child.pairs.iter().filter_map(|pair| {
            let mut places = referred.iter();
            places.position(|column| *column == pair.from)
        });
        Nested {
            parent: child.parent,
            relation: child.relation.name.clone(),
            filled: places.collect(),
            steps: steps.collect(),
            touched: told.touched.len(),
            check: identity
                .and_then(|identity| demand(&child.relation, identity, &child.demands, caller)),
            referred: told.referred.len(),
            children: nested(&child.children, &told.referred, caller),
        }
    });
    children.collect()
}

/// What `RETURNING` tells, in its four parts.
#[derive(Default)]
struct Told {
    touched: Vec<Touch>,
    key: Vec<usize>,
    is_key_rowid: bool,
    direct: Vec<usize>,
    is_direct: bool,
    referred: Vec<usize>,
}

enum Touch {
    Rowid(&'static str),
    Column(usize),
}

fn touched(relation: &Relation, identity: Identity) -> Vec<Touch> {
    match identity {
        Identity::Rowid(name) => vec![Touch::Rowid(name)],
        Identity::Key => {
            let key = relation.primary_key.iter();
            key.copied().map(Touch::Column).collect()
        }
    }
}

impl Told {
    fn of(write: &Write) -> Self {
        let relation = &write.relation;
        let key = || relation.primary_key.clone();
        let touched = match (&write.change, write.identity) {
            (Change::Insert { .. } | Change::Update { .. }, Some(identity)) => {
                touched(relation, identity)
            }
            (Change::Delete { .. }, _) | (_, None) => Vec::new(),
        };
        let is_direct = matches!(write.returning, Returning::Direct);
        let referred = referred(children(write));
        // Otherwise there is a `RETURNING` anyway, or it may be another row that was met.
        let is_plain = touched.is_empty() && !is_direct && referred.is_empty();
        let is_key_rowid = relation.has_rowid_key && is_plain;
        // Rows whose key is not seen have no address to tell of.
        let key = || {
            let is_seen = relation.primary_key.is_empty() || !write.sight.primary_key.is_empty();
            if is_seen { key() } else { Vec::new() }
        };
        let is_key_rowid = is_key_rowid && !write.sight.primary_key.is_empty();
        let (key, is_key_rowid) = match &write.change {
            Change::Insert { conflict: None, .. } if is_key_rowid => (Vec::new(), true),
            Change::Insert { .. } => (key(), false),
            Change::Update { .. } | Change::Delete { .. } => (Vec::new(), false),
        };
        Self {
            touched,
            key,
            is_key_rowid,
            direct: write.direct_columns(),
            is_direct,
            referred,
        }
    }

    fn write(&self, sql: &mut Text<'_>, relation: &Relation) {
        let writer = Writer {
            relation,
            naming: Naming::Plain,
            related: &[],
        };
        let parts = [&self.key, &self.direct, &self.referred];
        let columns = || parts.iter().copied().flatten();
        let is_empty = self.touched.is_empty() && columns().next().is_none();
        if is_empty {
            // SQLite does not count what triggers of a view do instead; the rows told of can be counted. And an empty
            // `select` is answered with as many empty rows.
            if relation.kind == RelationKind::View || self.is_direct {
                sql.sql(" RETURNING 1");
            }
            return;
        }
        sql.sql(" RETURNING ");
        sql.list(&self.touched, ", ", |sql, touch| match touch {
            Touch::Rowid(name) => {
                sql.sql(name);
            }
            Touch::Column(position) => writer.column(sql, *position),
        });
        if !self.touched.is_empty() && columns().next().is_some() {
            sql.sql(", ");
        }
        sql.list(columns(), ", ", |sql, position| {
            writer.column(sql, *position);
        });
    }
}

/// New rows of a relation.
struct New<'a> {
    relation: &'a Relation,
    batch: &'a Batch,
    /// Columns that come after those of the batch, and so do their parameters.
    filled: &'a [usize],
    /// Which rows may be met.
    met: &'a [Admitted],
    /// Whether rules demand something of those once they are changed.
    is_restricted: bool,
    caller: &'a Principal,
}

impl New<'_> {
    fn insert(&self, told: &Told, conflict: Option<&Conflict>) -> Step {
        let Self {
            relation, batch, ..
        } = *self;
        let written: Vec<usize> = batch.columns.iter().chain(self.filled).copied().collect();
        let mut sql = Text::of(self.caller);
        self.values(&mut sql, &written);
        // If no row named a column, none can be there already by what it says.
        if let Some(conflict) = conflict.filter(|_| !written.is_empty()) {
            on_conflict(&mut sql, relation, batch, conflict);
            if conflict.action != Action::Ignore {
                // The probe has asked; without this it would be the only one.
                all(&mut sql, " WHERE ", self.met);
            }
        }
        told.write(&mut sql, relation);
        let statement = sql.finish();
        let rules = statement.parameters.iter().skip(written.len());
        let runs = batch.rows.iter();
        Step {
            text: statement.text,
            runs: runs
                .map(|run| run.iter().chain(rules.clone()).cloned().collect())
                .collect(),
            probe: conflict.and_then(|conflict| {
                let fresh = self.is_restricted.then(|| self.fresh(told, &written));
                let probe = self.probe(conflict)?;
                Some(Probe { fresh, ..probe })
            }),
        }
    }

    /// Creates a row and changes none.
    fn fresh(&self, told: &Told, written: &[usize]) -> Fresh {
        let mut sql = Text::of(self.caller);
        self.values(&mut sql, written);
        told.write(&mut sql, self.relation);
        Fresh {
            text: sql.finish().text,
            parameters: written.len(),
        }
    }

    /// Writes the statement as far as its values, the first of its parameters.
    fn values(&self, sql: &mut Text<'_>, written: &[usize]) {
        for _ in written {
            sql.bind(Value::Null);
        }
        sql.sql("INSERT INTO ").relation(self.relation);
        if written.is_empty() {
            sql.sql(" DEFAULT VALUES");
            return;
        }
        sql.sql(" (");
        columns(sql, self.relation, written);
        sql.sql(") VALUES (");
        sql.list(1..=written.len(), ", ", |sql, number| {
            sql.parameter(number);
        });
        sql.sql(")");
    }

    /// Asks for the row that an upsert would meet. A key that is left out and numbered by SQLite meets none.
    fn probe(&self, conflict: &Conflict) -> Option<Probe> {
        let Self {
            relation, batch, ..
        } = *self;
        if conflict.action == Action::Ignore || batch.columns.is_empty() {
            return None;
        }
        let target = conflict.target.iter();
        let sent: Vec<Option<usize>> = target
            .map(|position| batch.columns.iter().position(|other| other == position))
            .collect();
        let runs = batch.rows.iter().map(|row| {
            let values = sent.iter().flatten();
            values
                .map(|place| row.get(*place).cloned().unwrap_or(Value::Null))
                .collect()
        });
        let mut runs: Vec<Vec<Value>> = runs.collect();
        let mut sql = Text::of(self.caller);
        let key = sent.iter().flatten().count();
        for _ in 0..key {
            sql.bind(Value::Null);
        }
        sql.sql("SELECT ");
        if self.met.is_empty() {
            sql.sql("1");
        } else {
            sql.sql("(").list(self.met, " AND ", sight::admitted);
            sql.sql(") IS TRUE");
        }
        sql.sql(" FROM ").relation(relation);
        // Conditions of rules may say the relation's own name.
        let naming = if self.met.is_empty() {
            sql.sql(" AS r");
            naming::OUTERMOST
        } else {
            Naming::Plain
        };
        sql.sql(" WHERE ");
        let mut number = 0;
        let target = conflict.target.iter().zip(&sent);
        sql.list(target, " AND ", |sql, (position, sent)| {
            let column = relation.column(*position);
            naming.column(sql, &column.name);
            sql.sql(" = ");
            match sent {
                Some(_) => {
                    number += 1;
                    sql.parameter(number);
                }
                None => {
                    sql.default_of(column);
                }
            }
        });
        let statement = sql.finish();
        for run in &mut runs {
            run.extend(statement.parameters.iter().skip(key).cloned());
        }
        Some(Probe {
            text: statement.text,
            runs,
            fresh: None,
        })
    }
}

fn columns(sql: &mut Text<'_>, relation: &Relation, positions: &[usize]) {
    let writer = Writer {
        relation,
        naming: Naming::Plain,
        related: &[],
    };
    sql.list(positions, ", ", |sql, position| {
        writer.column(sql, *position);
    });
}

fn on_conflict(sql: &mut Text<'_>, relation: &Relation, batch: &Batch, conflict: &Conflict) {
    sql.sql(" ON CONFLICT (");
    columns(sql, relation, &conflict.target);
    let is_overwritten = |position: &usize| {
        !conflict.target.contains(position) && relation.column(*position).generated == Generated::No
    };
    let mut overwritten: Vec<usize> = match conflict.action {
        Action::Ignore => {
            sql.sql(") DO NOTHING");
            return;
        }
        Action::Merge => batch.columns.clone(),
        Action::Replace => (0..relation.columns.len()).collect(),
    };
    overwritten.retain(|position| is_overwritten(position) && !conflict.kept.contains(position));
    if overwritten.is_empty() {
        // DO NOTHING would not tell of the row; this touches it without changing it.
        overwritten.extend(conflict.target.first());
    }
    sql.sql(") DO UPDATE SET ");
    // `excluded` is the row that was to be added, its defaults filled in.
    sql.list(overwritten, ", ", |sql, position| {
        let name = &relation.column(position).name;
        sql.name(name).sql(" = excluded.").name(name);
    });
}

fn update(
    write: &Write,
    told: &Told,
    assignments: &[Assignment],
    condition: &Condition,
) -> Vec<Step> {
    if assignments.is_empty() {
        return Vec::new();
    }
    let relation = &write.relation;
    let naming = naming(write);
    let writer = Writer {
        relation,
        naming,
        related: &[],
    };
    let mut sql = Text::of(&write.caller);
    sql.sql("UPDATE ");
    target(&mut sql, writer);
    sql.sql(" SET ");
    sql.list(assignments, ", ", |sql, assignment| {
        let column = relation.column(assignment.column);
        sql.name(&column.name).sql(" = ");
        match &assignment.source {
            Assigned::Value(value) => {
                sql.value(value.clone());
            }
            Assigned::Merged(value) => {
                sql.sql("json_patch(CASE WHEN json_valid(");
                writer.column(sql, assignment.column);
                sql.sql(") THEN ");
                writer.column(sql, assignment.column);
                sql.sql(" ELSE '{}' END, ").value(value.clone()).sql(")");
            }
            Assigned::Default => {
                sql.default_of(column);
            }
            Assigned::Itself => writer.column(sql, assignment.column),
        }
    });
    filter(&mut sql, write, naming, condition);
    told.write(&mut sql, relation);
    vec![once(sql)]
}

fn delete(write: &Write, told: &Told, condition: &Condition) -> Step {
    let relation = &write.relation;
    let naming = naming(write);
    let writer = Writer {
        relation,
        naming,
        related: &[],
    };
    let mut sql = Text::of(&write.caller);
    sql.sql("DELETE FROM ");
    target(&mut sql, writer);
    filter(&mut sql, write, naming, condition);
    told.write(&mut sql, relation);
    once(sql)
}

/// SQLite forgets what a view is called here where triggers take the write; and conditions of rules may say the relation's own
/// name.
fn naming(write: &Write) -> Naming {
    if !write.demands.met.is_empty() || write.sight.seen.is_some() {
        return Naming::Plain;
    }
    match write.relation.kind {
        RelationKind::Table | RelationKind::Search | RelationKind::Virtual => naming::OUTERMOST,
        RelationKind::View => Naming::Plain,
    }
}

fn target(sql: &mut Text<'_>, writer: Writer<'_>) {
    sql.relation(writer.relation);
    if writer.naming == naming::OUTERMOST {
        sql.sql(" AS r");
    }
}

/// Writes that each of these admits a row, if there are any, with a word before.
fn all(sql: &mut Text<'_>, before: &'static str, demands: &[Admitted]) {
    if !demands.is_empty() {
        sql.sql(before);
        sql.list(demands, " AND ", sight::admitted);
    }
}

/// Which rows: those that rules admit, and of them those that are meant.
fn filter(sql: &mut Text<'_>, write: &Write, naming: Naming, condition: &Condition) {
    all(sql, " WHERE ", &write.demands.met);
    if *condition != Condition::Always {
        let is_first = write.demands.met.is_empty();
        sql.sql(if is_first { " WHERE " } else { " AND " });
        let writer = Writer {
            relation: &write.sight,
            naming,
            related: &[],
        };
        writer.condition(sql, condition);
    }
}

fn once(sql: Text<'_>) -> Step {
    let statement = sql.finish();
    Step {
        text: statement.text,
        runs: vec![statement.parameters],
        probe: None,
    }
}
