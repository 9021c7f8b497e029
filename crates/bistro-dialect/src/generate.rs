//! Arbitrary queries, for the laws of the dialect.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::sample::select;

use crate::field::{Arrow, Field, Step, StepKey};
use crate::filter::{Condition, Connective, Group, Is, Operand, Predicate};
use crate::operator::{Form, Operator, Quantifier};
use crate::order::{Direction, Nulls, Term};
use crate::page::{Cursor, CursorValue, Page};
use crate::query::{At, Query, RESERVED};
use crate::select::{Aggregate, AggregateFunction, Column, Embed, Item, Join};

/// Text made to confuse: punctuation, words of the grammar, any Unicode.
pub(crate) fn text() -> impl Strategy<Value = String> {
    let words = [
        "not",
        "and",
        "or",
        "eq",
        "in",
        "is",
        "null",
        "NULL",
        "count",
        "inner",
        "left",
        "asc",
        "sum",
        "limit",
        "0",
        "-1",
        "->",
        "->>",
        "::",
        "...",
        "()",
        "{}",
        "{\"",
        "\"",
        "\\",
        ",",
        ".",
        "(",
        ")",
        " ",
        "\t",
        "*",
        "%",
        "+",
        "&",
        "=",
        "#",
        "!",
        ":",
        "é",
        "서울",
        "\u{0}",
        "\n",
        "\u{1F3B5}",
        "\u{a0}",
        "\u{feff}",
        "year",
        "a",
        "-",
    ];
    prop_oneof![
        4 => vec(select(words.to_vec()), 0..5).prop_map(|words| words.concat()),
        2 => vec(any::<char>(), 0..6).prop_map(String::from_iter),
        1 => select(RESERVED.to_vec()).prop_map(ToOwned::to_owned),
    ]
}

fn field() -> impl Strategy<Value = Field> {
    let key = prop_oneof![
        text().prop_map(StepKey::Name),
        any::<i64>().prop_map(StepKey::Index),
    ];
    let arrow = select(vec![Arrow::Json, Arrow::Text]);
    let step = (key, arrow).prop_map(|(key, arrow)| Step { key, arrow });
    (text(), vec(step, 0..3)).prop_map(|(name, path)| Field { name, path })
}

fn predicate() -> impl Strategy<Value = Predicate> {
    let operation = select(Operator::ALL.to_vec()).prop_flat_map(|operator| {
        let row = operator.row();
        let quantifier = select(vec![Quantifier::Any, Quantifier::All]);
        let operand = match row.form {
            Form::One if row.is_quantifiable => prop_oneof![
                text().prop_map(Operand::One),
                (quantifier, vec(text(), 0..4))
                    .prop_map(|(quantifier, values)| Operand::Quantified(quantifier, values)),
            ]
            .boxed(),
            Form::One => text().prop_map(Operand::One).boxed(),
            Form::List => vec(text(), 0..4).prop_map(Operand::List).boxed(),
            Form::Is => select(Is::ALL.to_vec()).prop_map(Operand::Is).boxed(),
            Form::Search => (option::of(text()), text())
                .prop_map(|(configuration, text)| Operand::Search {
                    configuration,
                    text,
                })
                .boxed(),
        };
        (Just(operator), operand)
    });
    (field(), any::<bool>(), operation).prop_map(|(field, is_negated, (operator, operand))| {
        Predicate {
            field,
            is_negated,
            operator,
            operand,
        }
    })
}

fn condition() -> impl Strategy<Value = Condition> {
    let leaf = predicate().prop_map(Condition::Predicate);
    leaf.prop_recursive(3, 12, 3, |inner| {
        let connective = select(Connective::ALL.to_vec());
        (any::<bool>(), connective, vec(inner, 1..4)).prop_map(
            |(is_negated, connective, members)| {
                Condition::Group(Group {
                    is_negated,
                    connective,
                    members,
                })
            },
        )
    })
}

fn column() -> impl Strategy<Value = Column> {
    let function = select(AggregateFunction::ALL.to_vec());
    let aggregate =
        (function, option::of(text())).prop_map(|(function, cast)| Aggregate { function, cast });
    let count = (option::of(text()), option::of(text())).prop_map(|(alias, cast)| Column {
        alias,
        field: None,
        cast: None,
        aggregate: Some(Aggregate {
            function: AggregateFunction::Count,
            cast,
        }),
    });
    let value = (
        option::of(text()),
        field(),
        option::of(text()),
        option::of(aggregate),
    )
        .prop_map(|(alias, field, cast, aggregate)| Column {
            alias,
            field: Some(field),
            cast,
            aggregate,
        });
    prop_oneof![1 => count, 4 => value]
}

fn item() -> impl Strategy<Value = Item> {
    let leaf = prop_oneof![
        1 => Just(Item::Everything),
        4 => column().prop_map(Item::Column),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let join = option::of(select(vec![Join::Inner, Join::Left]));
        (
            option::of(text()),
            text(),
            option::of(text()),
            join,
            vec(inner, 0..3),
            any::<bool>(),
        )
            .prop_map(|(alias, relation, hint, join, items, is_spread)| {
                let embed = |alias| Embed {
                    alias,
                    relation,
                    hint,
                    join,
                    items,
                };
                if is_spread {
                    Item::Spread(embed(None))
                } else {
                    Item::Embed(embed(alias))
                }
            })
    })
}

fn term() -> impl Strategy<Value = Term> {
    (
        option::of(text()),
        field(),
        option::of(select(Direction::ALL.to_vec())),
        option::of(select(Nulls::ALL.to_vec())),
    )
        .prop_map(|(relation, field, direction, nulls)| Term {
            relation,
            field,
            direction,
            nulls,
        })
}

/// A cursor with every kind of value; no NaN, which is not equal to itself.
pub(crate) fn cursor() -> impl Strategy<Value = Cursor> {
    let value = prop_oneof![
        Just(CursorValue::Null),
        any::<i64>().prop_map(CursorValue::Integer),
        any::<f64>()
            .prop_filter("NaN is not equal to itself", |real| !real.is_nan())
            .prop_map(CursorValue::Real),
        text().prop_map(CursorValue::Text),
        vec(any::<u8>(), 0..9).prop_map(CursorValue::Blob),
    ];
    vec(value, 0..4).prop_map(|values| Cursor { values })
}

fn page() -> impl Strategy<Value = Page> {
    let number = || 0..=i64::MAX.cast_unsigned();
    prop_oneof![
        number().prop_map(|limit| (Some(limit), None)),
        number().prop_map(|offset| (None, Some(offset))),
        (number(), number()).prop_map(|(limit, offset)| (Some(limit), Some(offset))),
    ]
    .prop_map(|(limit, offset)| Page { limit, offset })
}

/// Values at different paths: what is said twice of one embed is an error.
fn at_each<T: std::fmt::Debug>(
    value: impl Strategy<Value = T>,
) -> impl Strategy<Value = Vec<At<T>>> {
    vec((vec(text(), 0..3), value), 0..3).prop_map(|said| {
        let mut all: Vec<At<T>> = Vec::new();
        for (path, value) in said {
            if all.iter().all(|other| other.path != path) {
                all.push(At { path, value });
            }
        }
        all
    })
}

/// Any query that can be said.
pub(crate) fn query() -> impl Strategy<Value = Query> {
    let conditions = vec(
        (vec(text(), 0..3), condition()).prop_map(|(path, value)| At { path, value }),
        0..4,
    );
    (
        option::of(vec(item(), 0..4)),
        conditions,
        at_each(vec(term(), 1..4)),
        at_each(page()),
        option::of(cursor()),
        option::of(vec(text(), 1..4)),
        option::of(vec(text(), 1..4)),
    )
        .prop_map(
            |(select, conditions, order, pages, after, columns, on_conflict)| Query {
                select,
                conditions,
                order,
                pages,
                after,
                columns,
                on_conflict,
                arguments: Vec::new(),
                mistakes: Vec::new(),
            },
        )
}
