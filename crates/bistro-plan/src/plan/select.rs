//! `select` becomes the values of an answer.

use bistro_dialect::field::{Field, StepKey};
use bistro_dialect::select::{Aggregate, AggregateFunction, Column, Item};

use crate::catalog::{Kind, Relation};
use crate::error::Error;
use crate::plan::embed::Embed;
use crate::plan::expression::{Cast, Expression, Taken};
use crate::plan::field;
use crate::plan::output::Output;

/// The values of an answer, in order. Without `select`, every column.
///
/// `embeds` are what its embeds and spreads stand for, in their order.
pub(super) fn outputs(
    relation: &Relation,
    select: Option<&[Item]>,
    embeds: &[Embed],
) -> Result<Vec<Output>, Error> {
    let mut outputs = Vec::new();
    let mut embeds = embeds.iter().enumerate();
    for item in select.unwrap_or(&[Item::Everything]) {
        match item {
            Item::Everything => {
                for (position, column) in relation.columns.iter().enumerate() {
                    let output = Output {
                        name: column.name.clone(),
                        kind: column.kind,
                        expression: Expression::Column(position),
                        is_aggregate: false,
                    };
                    add(&mut outputs, output)?;
                }
            }
            Item::Column(column) => add(&mut outputs, output(relation, column)?)?,
            Item::Embed(asked) => {
                // `songs()` is there to be filtered by, and shows nothing.
                if let Some((place, embed)) = embeds.next()
                    && !asked.items.is_empty()
                {
                    add(&mut outputs, nested(place, embed))?;
                }
            }
            Item::Spread(_) => {
                if let Some((place, embed)) = embeds.next() {
                    for output in &embed.related.outputs {
                        add(&mut outputs, spread(place, embed, output)?)?;
                    }
                }
            }
        }
    }
    Ok(outputs)
}

/// `*,title` says one thing twice and gets it once; two meanings for one name would lose one of them in an object.
fn add(outputs: &mut Vec<Output>, output: Output) -> Result<(), Error> {
    match outputs.iter().find(|other| other.name == output.name) {
        None => outputs.push(output),
        Some(same) if *same == output => {}
        Some(_) => return Err(Error::DuplicateName { name: output.name }),
    }
    Ok(())
}

/// `select=count` as it was written before there was `count()` (`PostgREST`, "Aggregate Functions"); a column of that name
/// comes first.
fn as_count(relation: &Relation, column: &Column) -> Option<Column> {
    let field = column.field.as_ref()?;
    let is_bare = field.name == "count" && field.path.is_empty() && column.aggregate.is_none();
    (is_bare && relation.position(&field.name).is_none()).then(|| Column {
        alias: column.alias.clone(),
        field: None,
        cast: None,
        aggregate: Some(Aggregate {
            function: AggregateFunction::Count,
            cast: column.cast.clone(),
        }),
    })
}

fn nested(place: usize, embed: &Embed) -> Output {
    let taken = if embed.is_many {
        Taken::Objects
    } else {
        Taken::Object
    };
    Output {
        name: embed.name.clone(),
        kind: Kind::Json,
        expression: Expression::Related { place, taken },
        is_aggregate: false,
    }
}

/// A value of embedded rows, as one of the row they belong to: of one row the value, of many an array.
fn spread(place: usize, embed: &Embed, output: &Output) -> Result<Output, Error> {
    if !embed.is_many {
        return Ok(Output {
            expression: hoisted(place, &output.expression),
            ..output.clone()
        });
    }
    if output.is_aggregate {
        return Err(Error::SpreadAggregate {
            name: embed.name.clone(),
        });
    }
    let taken = Taken::Values {
        of: Box::new(output.expression.clone()),
        kind: output.kind,
    };
    Ok(Output {
        name: output.name.clone(),
        kind: Kind::Json,
        expression: Expression::Related { place, taken },
        is_aggregate: false,
    })
}

/// An aggregate of the one embedded row is computed from the groups of the rows it belongs to.
fn hoisted(place: usize, expression: &Expression) -> Expression {
    match expression {
        Expression::Aggregate { function, of } => Expression::Aggregate {
            function: *function,
            of: of.as_ref().map(|of| Box::new(hoisted(place, of))),
        },
        Expression::Cast { of, from, to } if of.is_aggregate() => Expression::Cast {
            of: Box::new(hoisted(place, of)),
            from: *from,
            to: *to,
        },
        Expression::Column(_)
        | Expression::Rank
        | Expression::Path(_)
        | Expression::Cast { .. }
        | Expression::Related { .. } => Expression::Related {
            place,
            taken: Taken::Value(Box::new(expression.clone())),
        },
    }
}

fn output(relation: &Relation, column: &Column) -> Result<Output, Error> {
    let count = as_count(relation, column);
    let column = count.as_ref().unwrap_or(column);
    let mut name = column.field.as_ref().map(name_of).unwrap_or_default();
    let mut value = match &column.field {
        Some(field) => Some(field::value(relation, field)?),
        None => None,
    };
    if let Some(cast) = &column.cast {
        value = value.map(|value| cast_to(value, cast, &name)).transpose()?;
    }
    let (expression, kind) = match (&column.aggregate, value) {
        (Some(aggregate), value) => {
            let value = aggregated(aggregate, value, &name)?;
            function_name(aggregate.function).clone_into(&mut name);
            match &aggregate.cast {
                Some(cast) => cast_to(value, cast, &name)?,
                None => value,
            }
        }
        (None, Some(value)) => value,
        // Only `count()` has no field, and it is an aggregate.
        (None, None) => {
            return Err(Error::UnknownColumn {
                relation: relation.name.clone(),
                column: String::new(),
                nearest: None,
            });
        }
    };
    Ok(Output {
        name: column.alias.clone().unwrap_or(name),
        kind,
        expression,
        is_aggregate: column.aggregate.is_some(),
    })
}

/// The last name on the way: `data->address->>city` is `city`, `data->3` is `data`.
fn name_of(field: &Field) -> String {
    let last = field.path.iter().rev().find_map(|step| match &step.key {
        StepKey::Name(name) => Some(name.clone()),
        StepKey::Index(_) => None,
    });
    last.unwrap_or_else(|| field.name.clone())
}

fn cast_to(
    (of, from): (Expression, Kind),
    name: &str,
    column: &str,
) -> Result<(Expression, Kind), Error> {
    let to = Cast::read(name).ok_or_else(|| Error::UnknownCast {
        name: name.to_owned(),
        column: column.to_owned(),
    })?;
    let expression = Expression::Cast {
        of: Box::new(of),
        from,
        to,
    };
    Ok((expression, to.kind()))
}

fn function_name(function: AggregateFunction) -> &'static str {
    match function {
        AggregateFunction::Average => "avg",
        AggregateFunction::Count => "count",
        AggregateFunction::Maximum => "max",
        AggregateFunction::Minimum => "min",
        AggregateFunction::Sum => "sum",
    }
}

fn aggregated(
    aggregate: &Aggregate,
    of: Option<(Expression, Kind)>,
    column: &str,
) -> Result<(Expression, Kind), Error> {
    let function = aggregate.function;
    let from = of.as_ref().map_or(Kind::Any, |(_, kind)| *kind);
    let kind = match (function, from) {
        (AggregateFunction::Count, _) => Some(Kind::Integer),
        (AggregateFunction::Average, Kind::Integer | Kind::Real | Kind::Numeric | Kind::Any) => {
            Some(Kind::Real)
        }
        (AggregateFunction::Sum, Kind::Integer | Kind::Real | Kind::Numeric | Kind::Any) => {
            Some(from)
        }
        (
            AggregateFunction::Maximum | AggregateFunction::Minimum,
            Kind::Integer
            | Kind::Real
            | Kind::Numeric
            | Kind::Text
            | Kind::Temporal
            | Kind::Uuid
            | Kind::Any,
        ) => Some(from),
        (
            AggregateFunction::Average
            | AggregateFunction::Sum
            | AggregateFunction::Maximum
            | AggregateFunction::Minimum,
            Kind::Text | Kind::Boolean | Kind::Json | Kind::Blob | Kind::Temporal | Kind::Uuid,
        ) => None,
    };
    let kind = kind.ok_or_else(|| Error::NoAggregate {
        function: function_name(function),
        column: column.to_owned(),
        kind: from,
    })?;
    let expression = Expression::Aggregate {
        function,
        of: of.map(|(expression, _)| Box::new(expression)),
    };
    Ok((expression, kind))
}
