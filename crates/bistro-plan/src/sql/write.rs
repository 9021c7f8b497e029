//! Writes as programs.

use crate::catalog::{Generated, Relation, RelationKind};
use crate::plan::{
    Action, Assigned, Assignment, Batch, Change, Children, Condition, Conflict, Identity, Read,
    Returning, Source, Write,
};
use crate::sql::expression::Writer;
use crate::sql::naming::{self, Naming};
use crate::sql::read::representation;
use crate::sql::text::Text;
use crate::sql::{Nested, Probe, Program, Rehearsal, Step};
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
                .map(|batch| insert(&write.relation, &told, batch, &[], conflict))
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
        key: told.key.len(),
        is_key_rowid: told.is_key_rowid,
        direct: told.is_direct.then(|| write.direct_shape()),
        referred: told.referred.len(),
        children: nested(children(write), &told.referred),
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
fn nested(children: &[Children], referred: &[usize]) -> Vec<Nested> {
    let children = children.iter().map(|child| {
        let told = Told {
            referred: self::referred(&child.children),
            ..Told::default()
        };
        let filled: Vec<usize> = child.pairs.iter().map(|pair| pair.to).collect();
        let steps = child.batches.iter();
        let steps = steps.map(|batch| insert(&child.relation, &told, batch, &filled, None));
        let places = child.pairs.iter().filter_map(|pair| {
            let mut places = referred.iter();
            places.position(|column| *column == pair.from)
        });
        Nested {
            parent: child.parent,
            relation: child.relation.name.clone(),
            filled: places.collect(),
            steps: steps.collect(),
            referred: told.referred.len(),
            children: nested(&child.children, &told.referred),
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

    fn write(&self, sql: &mut Text, relation: &Relation) {
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

/// Writes rows; the columns `filled` come after those of the batch, and so do their parameters.
fn insert(
    relation: &Relation,
    told: &Told,
    batch: &Batch,
    filled: &[usize],
    conflict: Option<&Conflict>,
) -> Step {
    let mut sql = Text::default();
    sql.sql("INSERT INTO ").relation(relation);
    let written: Vec<usize> = batch.columns.iter().chain(filled).copied().collect();
    if written.is_empty() {
        // No row named a column, so none can be there already by what it says.
        sql.sql(" DEFAULT VALUES");
    } else {
        sql.sql(" (");
        columns(&mut sql, relation, &written);
        sql.sql(") VALUES (");
        sql.list(1..=written.len(), ", ", |sql, number| {
            sql.parameter(number);
        });
        sql.sql(")");
        if let Some(conflict) = conflict {
            on_conflict(&mut sql, relation, batch, conflict);
        }
    }
    told.write(&mut sql, relation);
    Step {
        text: sql.finish().text,
        runs: batch.rows.clone(),
        probe: conflict.and_then(|conflict| probe(relation, batch, conflict)),
    }
}

fn columns(sql: &mut Text, relation: &Relation, positions: &[usize]) {
    let writer = Writer {
        relation,
        naming: Naming::Plain,
        related: &[],
    };
    sql.list(positions, ", ", |sql, position| {
        writer.column(sql, *position);
    });
}

fn on_conflict(sql: &mut Text, relation: &Relation, batch: &Batch, conflict: &Conflict) {
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
    overwritten.retain(is_overwritten);
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

/// Asks for the row that an upsert would meet. A key that is left out and numbered by SQLite meets none.
fn probe(relation: &Relation, batch: &Batch, conflict: &Conflict) -> Option<Probe> {
    if conflict.action == Action::Ignore || batch.columns.is_empty() {
        return None;
    }
    let mut sql = Text::default();
    let mut sent = Vec::new();
    sql.sql("SELECT 1 FROM ")
        .relation(relation)
        .sql(" AS r WHERE ");
    sql.list(&conflict.target, " AND ", |sql, position| {
        let column = relation.column(*position);
        sql.sql("r.").name(&column.name).sql(" = ");
        match batch.columns.iter().position(|other| other == position) {
            Some(place) => {
                sent.push(place);
                sql.parameter(sent.len());
            }
            None => {
                sql.default_of(column);
            }
        }
    });
    let runs = batch.rows.iter().map(|row| {
        let values = sent.iter();
        values
            .map(|place| row.get(*place).cloned().unwrap_or(Value::Null))
            .collect()
    });
    Some(Probe {
        text: sql.finish().text,
        runs: runs.collect(),
    })
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
    let writer = Writer {
        relation,
        naming: naming(relation),
        related: &[],
    };
    let mut sql = Text::default();
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
    filter(&mut sql, writer, condition);
    told.write(&mut sql, relation);
    vec![once(sql)]
}

fn delete(write: &Write, told: &Told, condition: &Condition) -> Step {
    let relation = &write.relation;
    let writer = Writer {
        relation,
        naming: naming(relation),
        related: &[],
    };
    let mut sql = Text::default();
    sql.sql("DELETE FROM ");
    target(&mut sql, writer);
    filter(&mut sql, writer, condition);
    told.write(&mut sql, relation);
    once(sql)
}

/// SQLite forgets what a view is called here where triggers take the write.
fn naming(relation: &Relation) -> Naming {
    match relation.kind {
        RelationKind::Table | RelationKind::Search | RelationKind::Virtual => naming::OUTERMOST,
        RelationKind::View => Naming::Plain,
    }
}

fn target(sql: &mut Text, writer: Writer<'_>) {
    sql.relation(writer.relation);
    if writer.naming == naming::OUTERMOST {
        sql.sql(" AS r");
    }
}

fn filter(sql: &mut Text, writer: Writer<'_>, condition: &Condition) {
    if *condition != Condition::Always {
        sql.sql(" WHERE ");
        writer.condition(sql, condition);
    }
}

fn once(sql: Text) -> Step {
    let statement = sql.finish();
    Step {
        text: statement.text,
        runs: vec![statement.parameters],
        probe: None,
    }
}
