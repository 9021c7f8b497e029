//! How the rows are sorted, and how they would be after one click on a column.

use bistro_dialect::Limits;
use bistro_dialect::order::Direction;
use bistro_dialect::query::Query;
use bistro_http::percent;

use crate::href;
use crate::page::context::PageContext;
use crate::page::parameter::{PAGING, Parameters};

/// What the request sorts by first: the one thing a click changes.
#[derive(Debug)]
pub(super) struct Order {
    first: Option<(String, Direction)>,
}

/// How the rows are sorted by one column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sorted {
    No,
    By(Direction),
}

impl Order {
    pub(super) fn read(parameters: &Parameters) -> Self {
        let order = parameters.value("order").map(percent::encode_query);
        let first = order.and_then(|order| {
            let query = Query::read(&format!("order={order}"), &Limits::default()).ok()?;
            let term = query.order.into_iter().next()?.value.into_iter().next()?;
            let is_column = term.relation.is_none() && term.field.path.is_empty();
            let direction = term.direction.unwrap_or(Direction::Ascending);
            is_column.then_some((term.field.name, direction))
        });
        Self { first }
    }

    pub(super) fn of(&self, column: &str) -> Sorted {
        match &self.first {
            Some((name, direction)) if name == column => Sorted::By(*direction),
            Some(_) | None => Sorted::No,
        }
    }
}

impl Sorted {
    /// Where a click leads: upwards first, then downwards, then as the database pleases.
    pub(super) fn href(
        self,
        column: &str,
        context: &PageContext,
        parameters: &Parameters,
    ) -> String {
        let with = match self {
            Self::No => Some(href::ordered(column, None)),
            Self::By(Direction::Ascending) => {
                Some(href::ordered(column, Some(Direction::Descending)))
            }
            Self::By(Direction::Descending) => None,
        };
        parameters.href(
            &context.path,
            &["order", PAGING[0], PAGING[1]],
            with.as_deref(),
        )
    }

    /// What a click will do.
    pub(super) fn promise(self) -> &'static str {
        match self {
            Self::No => "Sort, smallest first",
            Self::By(Direction::Ascending) => "Sort, largest first",
            Self::By(Direction::Descending) => "Do not sort",
        }
    }

    /// The value of `aria-sort`.
    pub(super) fn name(self) -> Option<&'static str> {
        match self {
            Self::No => None,
            Self::By(Direction::Ascending) => Some("ascending"),
            Self::By(Direction::Descending) => Some("descending"),
        }
    }

    pub(super) fn arrow(self) -> &'static str {
        match self {
            Self::No => "",
            Self::By(Direction::Ascending) => " ↑",
            Self::By(Direction::Descending) => " ↓",
        }
    }
}
