//! `order` becomes terms to sort by.

use bistro_dialect::order::{Direction, Nulls, Term};
use bistro_dialect::query::At;

use crate::catalog::{Kind, Relation};
use crate::error::Error;
use crate::plan::expression::{Expression, Extract};
use crate::plan::field;
use crate::plan::select::Output;

/// One term to sort by.
#[derive(Clone, Debug, PartialEq)]
pub struct Sort {
    /// What is compared.
    pub expression: Expression,
    /// Upwards or downwards.
    pub direction: Direction,
    /// Where NULL goes; `None` if there can be none.
    pub nulls: Option<Nulls>,
}

/// What `order` says.
pub(super) fn sorts(relation: &Relation, order: &[At<Vec<Term>>]) -> Result<Vec<Sort>, Error> {
    let mut sorts = Vec::new();
    for terms in order {
        if let Some(name) = terms.path.first() {
            return Err(Error::NotEmbedded { name: name.clone() });
        }
        for term in &terms.value {
            sorts.push(sort(relation, term)?);
        }
    }
    Ok(sorts)
}

fn sort(relation: &Relation, term: &Term) -> Result<Sort, Error> {
    if let Some(name) = &term.relation {
        return Err(Error::NotEmbedded { name: name.clone() });
    }
    let resolved = field::resolve(relation, &term.field)?;
    let direction = term.direction.unwrap_or(Direction::Ascending);
    // PostgreSQL's defaults: NULL counts as larger than everything.
    let nulls = term.nulls.unwrap_or(match direction {
        Direction::Ascending => Nulls::Last,
        Direction::Descending => Nulls::First,
    });
    Ok(match resolved.expression {
        Expression::Column(position) => Sort {
            expression: Expression::Column(position),
            direction,
            nulls: (!relation.is_never_null(position)).then_some(nulls),
        },
        path if resolved.kind == Kind::Json => Sort {
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
            | Expression::Path(_)
            | Expression::Cast { .. }
            | Expression::Aggregate { .. },
            _,
        ) => output == sort,
    }
}

fn name(relation: &Relation, expression: &Expression) -> String {
    match expression {
        Expression::Column(position) => relation.column(*position).name.clone(),
        Expression::Path(path) => relation.column(path.column).name.clone(),
        Expression::Cast { of, .. } => name(relation, of),
        Expression::Aggregate { of, .. } => of
            .as_ref()
            .map_or_else(String::new, |of| name(relation, of)),
    }
}
