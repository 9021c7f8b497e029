//! Names of a request become columns of a relation.

use bistro_dialect::field::{Arrow, Field};

use crate::catalog::{Kind, Relation, RelationKind, nearest};
use crate::error::Error;
use crate::plan::expression::{Expression, Extract, Path};
use crate::plan::sight::Open;

/// A field whose column is known.
pub(super) struct Resolved {
    /// Where the column stands.
    pub column: usize,
    /// The value.
    pub expression: Expression,
    /// What the value means.
    pub kind: Kind,
}

/// Where a column stands that is read.
pub(super) fn column(relation: &Relation, name: &str) -> Result<usize, Error> {
    relation.position(name).ok_or_else(|| Error::UnknownColumn {
        relation: relation.name.clone(),
        column: name.to_owned(),
        nearest: nearest_column(relation, name),
    })
}

/// Where a column stands that is written.
pub(super) fn payload_column(relation: &Relation, name: &str, open: &Open) -> Result<usize, Error> {
    let position = relation.position(name);
    let position = position.filter(|position| open.has(*position));
    position.ok_or_else(|| {
        let columns = relation.columns.iter().enumerate();
        let columns = columns.filter(|(position, _)| open.has(*position));
        let names = columns.map(|(_, column)| column.name.as_str());
        Error::UnknownPayloadColumn {
            relation: relation.name.clone(),
            column: name.to_owned(),
            nearest: nearest(name, names).map(str::to_owned),
        }
    })
}

/// A field as a value.
pub(super) fn resolve(relation: &Relation, field: &Field) -> Result<Resolved, Error> {
    let position = column(relation, &field.name)?;
    let kind = relation.column(position).kind;
    let Some(last) = field.path.last() else {
        return Ok(Resolved {
            column: position,
            expression: Expression::Column(position),
            kind,
        });
    };
    if !matches!(kind, Kind::Json | Kind::Text | Kind::Any) {
        return Err(Error::NoPath {
            relation: relation.name.clone(),
            column: field.name.clone(),
            kind,
        });
    }
    let (extract, kind) = match last.arrow {
        Arrow::Json => (Extract::Json, Kind::Json),
        Arrow::Text => (Extract::Text, Kind::Text),
    };
    let steps = field.path.iter().map(|step| step.key.clone()).collect();
    Ok(Resolved {
        column: position,
        expression: Expression::Path(Path {
            column: position,
            steps,
            extract,
        }),
        kind,
    })
}

/// What a full-text index knows of a row beside its columns.
const RANK: &str = "_rank";

/// Whether a field is the rank of a row among those that a search finds. A column of that name comes first.
pub(super) fn is_rank(relation: &Relation, field: &Field) -> bool {
    relation.kind == RelationKind::Search
        && field.name == RANK
        && field.path.is_empty()
        && relation.position(RANK).is_none()
}

/// A field as a value to be shown or sorted by.
pub(super) fn value(relation: &Relation, field: &Field) -> Result<(Expression, Kind), Error> {
    if is_rank(relation, field) {
        return Ok((Expression::Rank, Kind::Real));
    }
    let resolved = resolve(relation, field)?;
    Ok((resolved.expression, resolved.kind))
}

/// The same place of a JSON value with another part of it wanted; a whole column is its topmost place.
pub(super) fn extracting(expression: &Expression, extract: Extract) -> Expression {
    match expression {
        Expression::Column(column) => Expression::Path(Path {
            column: *column,
            steps: Vec::new(),
            extract,
        }),
        Expression::Path(path) => Expression::Path(Path {
            extract,
            ..path.clone()
        }),
        Expression::Rank
        | Expression::Cast { .. }
        | Expression::Aggregate { .. }
        | Expression::Related { .. } => expression.clone(),
    }
}

fn nearest_column(relation: &Relation, name: &str) -> Option<String> {
    let names = relation.columns.iter().map(|column| column.name.as_str());
    nearest(name, names).map(str::to_owned)
}
