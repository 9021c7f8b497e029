//! Pages: which rows they hold, and that a cursor continues exactly where it was made.

use std::cmp::Ordering;

use bistro_dialect::order::{Direction, Nulls};
use bistro_dialect::page::{Cursor, CursorValue};
use proptest::prelude::{Just, Strategy, prop, prop_oneof};
use proptest::proptest;

use crate::fixture::{Asked, catalog, open};
use crate::plan::page;
use crate::plan::{self, Comparison, Condition, Expression, Plan, Read, Sort};
use crate::principal::Principal;
use crate::rule::Policy;
use crate::value::{Row, Value, ValueRef};

fn read(asked: Asked<'_>, policy: &Policy) -> Read {
    match plan::make(&asked.request(), &Principal::Anyone, &catalog(), policy) {
        Ok(Plan::Read(read)) => read,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_page_is_what_everyone_agrees_on() {
    for (line, range, rows_max, expected) in [
        ("GET /songs", None, None, (None, 0)),
        ("GET /songs", None, Some(100), (Some(100), 0)),
        ("GET /songs?limit=10", None, Some(5), (Some(5), 0)),
        (
            "GET /songs?limit=5&offset=20",
            None,
            Some(100),
            (Some(5), 20),
        ),
        ("GET /songs", Some("10-19"), None, (Some(10), 10)),
        ("GET /songs", Some("10-"), None, (None, 10)),
        (
            "GET /songs?offset=5&limit=10",
            Some("0-9"),
            None,
            (Some(5), 5),
        ),
        ("GET /songs?limit=0", Some("0-9"), None, (Some(0), 0)),
    ] {
        let policy = Policy { rows_max, ..open() };
        let asked = Asked {
            range,
            ..Asked::new(line)
        };
        let read = read(asked, &policy);
        assert_eq!((read.limit, read.offset), expected, "{line} {range:?}");
    }
}

struct Values(Vec<i64>);

impl Row for Values {
    fn value(&self, column: usize) -> ValueRef<'_> {
        self.0
            .get(column)
            .map_or(ValueRef::Null, |value| ValueRef::Integer(*value))
    }
}

#[test]
fn a_cursor_is_made_of_the_hidden_columns() {
    let read = read(
        Asked::new("GET /songs?select=title&order=year&limit=2"),
        &open(),
    );
    assert_eq!(read.shape().hidden, 2);
    let cursor = read.cursor(&Values(vec![0, 1994, 7])).expect("a cursor");
    assert_eq!(
        cursor.values,
        [CursorValue::Integer(1994), CursorValue::Integer(7)]
    );
    for line in [
        "GET /songs?select=title&order=year",
        "GET /hits?limit=2",
        "GET /songs?select=count()&limit=2",
        "GET /songs/1",
    ] {
        let read = self::read(Asked::new(line), &open());
        assert_eq!(read.cursor(&Values(vec![0, 1, 2])), None, "{line}");
    }
}

/// A value of a column that may be NULL.
type Cell = Option<i64>;

fn truth(condition: &Condition, row: &[Cell]) -> Option<bool> {
    let cell = |expression: &Expression| match expression {
        Expression::Column(position) => row.get(*position).copied().flatten(),
        other => panic!("{other:?}"),
    };
    let number = |value: &Value| match value {
        Value::Integer(integer) => *integer,
        other => panic!("{other:?}"),
    };
    match condition {
        Condition::Always => Some(true),
        Condition::Never => Some(false),
        Condition::Compare {
            left,
            comparison,
            right,
        } => cell(left).map(|left| holds(left.cmp(&number(right)), *comparison)),
        Condition::CompareRow {
            left,
            comparison,
            right,
        } => {
            let left: Option<Vec<i64>> = left.iter().map(cell).collect();
            let right: Vec<i64> = right.iter().map(number).collect();
            left.map(|left| holds(left.cmp(&right), *comparison))
        }
        Condition::IsNull(expression) => Some(cell(expression).is_none()),
        Condition::Not(member) => truth(member, row).map(|is_true| !is_true),
        Condition::All(members) => joined(members, row, false),
        Condition::Any(members) => joined(members, row, true),
        other => panic!("{other:?}"),
    }
}

/// The value that decides wins, then NULL, then the other.
fn joined(members: &[Condition], row: &[Cell], decides: bool) -> Option<bool> {
    let truths: Vec<Option<bool>> = members.iter().map(|member| truth(member, row)).collect();
    if truths.contains(&Some(decides)) {
        Some(decides)
    } else if truths.contains(&None) {
        None
    } else {
        Some(!decides)
    }
}

fn holds(ordering: Ordering, comparison: Comparison) -> bool {
    match comparison {
        Comparison::Equal => ordering.is_eq(),
        Comparison::NotEqual | Comparison::Distinct => ordering.is_ne(),
        Comparison::Less => ordering.is_lt(),
        Comparison::LessOrEqual => ordering.is_le(),
        Comparison::Greater => ordering.is_gt(),
        Comparison::GreaterOrEqual => ordering.is_ge(),
    }
}

fn sorted(left: &[Cell], right: &[Cell], sorts: &[Sort]) -> Ordering {
    let cells = left.iter().zip(right).zip(sorts);
    cells.fold(Ordering::Equal, |so_far, ((left, right), sort)| {
        so_far.then_with(|| match (left, right, sort.direction) {
            (Some(left), Some(right), Direction::Ascending) => left.cmp(right),
            (Some(left), Some(right), Direction::Descending) => right.cmp(left),
            (None, None, _) => Ordering::Equal,
            (None, Some(_), _) if sort.nulls == Some(Nulls::First) => Ordering::Less,
            (None, Some(_), _) => Ordering::Greater,
            (Some(_), None, _) if sort.nulls == Some(Nulls::First) => Ordering::Greater,
            (Some(_), None, _) => Ordering::Less,
        })
    })
}

fn sorts() -> impl Strategy<Value = Vec<Sort>> {
    let direction = prop_oneof![Just(Direction::Ascending), Just(Direction::Descending)];
    let nulls = prop_oneof![
        Just(None),
        Just(Some(Nulls::First)),
        Just(Some(Nulls::Last))
    ];
    prop::collection::vec((direction, nulls), 1..4).prop_map(|terms| {
        let terms = terms.into_iter().enumerate();
        let sorts = terms.map(|(position, (direction, nulls))| Sort {
            expression: Expression::Column(position),
            direction,
            nulls,
        });
        sorts.collect()
    })
}

proptest! {
    #[test]
    fn after_a_cursor_come_exactly_the_rows_that_sort_after_it(
        sorts in sorts(),
        rows in prop::collection::vec(prop::collection::vec(prop::option::of(0_i64..3), 3), 1..20),
        place in 0_usize..20,
    ) {
        let rows: Vec<Vec<Cell>> = rows.into_iter().map(|mut row| {
            row.truncate(sorts.len());
            // A term that says it has no NULL has none.
            for (cell, sort) in row.iter_mut().zip(&sorts) {
                if sort.nulls.is_none() {
                    cell.get_or_insert(0);
                }
            }
            row
        }).collect();
        let Some(last) = rows.get(place % rows.len()) else { return Ok(()) };
        let cursor = Cursor {
            values: last.iter().map(|cell| cell.map_or(CursorValue::Null, CursorValue::Integer)).collect(),
        };
        let after = page::after(&sorts, &cursor).expect("as many values as terms");
        for row in &rows {
            let comes_after = sorted(row, last, &sorts).is_gt();
            proptest::prop_assert_eq!(truth(&after, row) == Some(true), comes_after, "{:?} {:?}", row, after);
        }
    }
}
