//! `order` becomes terms to sort by.

use bistro_dialect::order::{Direction, Nulls, Term};

use crate::catalog::{Kind, Relation};
use crate::error::Error;
use crate::plan::embed::{self, Embed};
use crate::plan::expression::{Expression, Extract, Taken};
use crate::plan::field;
use crate::plan::output::{Output, Sort};

/// What `order` says.
pub(super) fn sorts<'a>(
    relation: &Relation,
    order: impl Iterator<Item = &'a Term>,
    embeds: &[Embed],
) -> Result<Vec<Sort>, Error> {
    let sorts = order.map(|term| match &term.relation {
        Some(name) => by_embed(relation, name, term, embeds),
        None => sort(relation, term),
    });
    sorts.collect()
}

/// `order=artists(name)`: by a value of the one embedded row (`PostgREST`, "Related Orders").
fn by_embed(relation: &Relation, name: &str, term: &Term, embeds: &[Embed]) -> Result<Sort, Error> {
    let Some((place, embed)) = embed::find(name, embeds) else {
        return Err(Error::NotEmbedded {
            name: name.to_owned(),
        });
    };
    if embed.is_many {
        return Err(Error::RelatedOrder {
            relation: relation.name.clone(),
            name: name.to_owned(),
        });
    }
    let inner = sort(&embed.related.relation, term)?;
    let taken = Taken::Value(Box::new(inner.expression));
    Ok(Sort {
        expression: Expression::Related { place, taken },
        // There may be no such row.
        nulls: Some(nulls(term)),
        direction: inner.direction,
    })
}

/// Where NULL goes. PostgreSQL's defaults: it counts as larger than everything.
fn nulls(term: &Term) -> Nulls {
    term.nulls
        .unwrap_or(match term.direction.unwrap_or(Direction::Ascending) {
            Direction::Ascending => Nulls::Last,
            Direction::Descending => Nulls::First,
        })
}

fn sort(relation: &Relation, term: &Term) -> Result<Sort, Error> {
    let (expression, kind) = field::value(relation, &term.field)?;
    let direction = term.direction.unwrap_or(Direction::Ascending);
    let nulls = nulls(term);
    Ok(match expression {
        Expression::Column(position) => Sort {
            expression: Expression::Column(position),
            direction,
            nulls: (!relation.is_never_null(position)).then_some(nulls),
        },
        // Every row that a search finds has one, and the index can give rows in this order.
        Expression::Rank => Sort {
            expression: Expression::Rank,
            direction,
            nulls: None,
        },
        path if kind == Kind::Json => Sort {
            expression: field::extracting(&path, Extract::Scalar),
            direction,
            nulls: Some(nulls),
        },
        other => Sort {
            expression: other,
            direction,
            nulls: Some(nulls),
        },
    })
}

/// Appends the primary key where it does not stand yet, so that no two rows are equal.
pub(super) fn with_key(relation: &Relation, mut sorts: Vec<Sort>) -> Vec<Sort> {
    for &position in &relation.primary_key {
        let expression = Expression::Column(position);
        if !sorts.iter().any(|sort| sort.expression == expression) {
            let nulls = (!relation.is_never_null(position)).then_some(Nulls::Last);
            sorts.push(Sort {
                expression,
                direction: Direction::Ascending,
                nulls,
            });
        }
    }
    sorts
}

/// The order of groups where none is asked for and pages are turned.
pub(super) fn by_groups(outputs: &[Output]) -> Vec<Sort> {
    let groups = outputs.iter().filter(|output| !output.is_aggregate);
    let sorts = groups.map(|output| Sort {
        expression: output.expression.clone(),
        direction: Direction::Ascending,
        nulls: Some(Nulls::Last),
    });
    sorts.collect()
}

/// Checks that groups have one value of everything they are sorted by.
pub(super) fn check_grouped(
    relation: &Relation,
    sorts: &[Sort],
    outputs: &[Output],
) -> Result<(), Error> {
    for sort in sorts {
        let is_grouped = outputs
            .iter()
            .filter(|output| !output.is_aggregate)
            .any(|output| same_place(&output.expression, &sort.expression));
        if !is_grouped {
            return Err(Error::NotGrouped {
                column: name(relation, &sort.expression),
            });
        }
    }
    Ok(())
}

/// A path may be selected as JSON and sorted by the value in it.
fn same_place(output: &Expression, sort: &Expression) -> bool {
    match (output, sort) {
        (Expression::Path(output), Expression::Path(sort)) => {
            output.column == sort.column && output.steps == sort.steps
        }
        (
            Expression::Column(_)
            | Expression::Rank
            | Expression::Path(_)
            | Expression::Cast { .. }
            | Expression::Aggregate { .. }
            | Expression::Related { .. },
            _,
        ) => output == sort,
    }
}

fn name(relation: &Relation, expression: &Expression) -> String {
    match expression {
        Expression::Column(position) => relation.column(*position).name.clone(),
        Expression::Rank => "_rank".to_owned(),
        Expression::Path(path) => relation.column(path.column).name.clone(),
        Expression::Cast { of, .. } => name(relation, of),
        Expression::Aggregate { of, .. } => of
            .as_ref()
            .map_or_else(String::new, |of| name(relation, of)),
        Expression::Related { .. } => "a column of what is embedded".to_owned(),
    }
}
