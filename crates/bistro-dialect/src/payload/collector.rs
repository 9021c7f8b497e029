//! Puts rows together, member by member, and sees that they fit.

use std::collections::{HashMap, HashSet};

use crate::error::Problem;
use crate::limits::{Bound, Limits};
use crate::payload::{Datum, Rows};
use crate::reader::within;

/// How many values the rows of one body have, sent or not: `columns` gives a row of no letters thousands of them.
const VALUES_MAX: usize = 2_000_000;

/// Rows in the making.
#[derive(Debug)]
pub(super) struct Collector<'l> {
    limits: &'l Limits,
    members: Members,
    columns: Vec<String>,
    positions: HashMap<String, usize>,
    rows: Vec<Vec<Option<Datum>>>,
    row: Vec<Option<Datum>>,
    /// Members of the current row that do not count, to notice duplicates among them.
    ignored: HashSet<String>,
}

/// Which members a row may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Members {
    /// Those of the first row, all of them.
    Same,
    /// Any; the client said which count.
    Chosen,
    /// Any; all of them count.
    Any,
}

/// Where the value of a member goes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Slot {
    /// Into a column.
    Column(usize),
    /// Nowhere.
    Nowhere,
}

/// Why a member is refused.
#[derive(Debug)]
pub(super) enum Refusal {
    /// Its row has it already.
    Duplicate,
    /// It does not fit the other rows, or there are too many.
    Problem(Problem),
}

impl<'l> Collector<'l> {
    /// No rows yet. With `columns`, only these count.
    pub(super) fn new(columns: Option<&[String]>, limits: &'l Limits) -> Self {
        let mut collector = Self {
            limits,
            members: if columns.is_some() {
                Members::Chosen
            } else {
                Members::Same
            },
            columns: Vec::new(),
            positions: HashMap::new(),
            rows: Vec::new(),
            row: Vec::new(),
            ignored: HashSet::new(),
        };
        for column in columns.unwrap_or_default() {
            if !collector.positions.contains_key(column) {
                collector.add_column(column);
            }
        }
        collector
    }

    /// No rows yet, and each may have members of its own.
    pub(super) fn of_any(limits: &'l Limits) -> Self {
        Self {
            members: Members::Any,
            ..Self::new(None, limits)
        }
    }

    /// Starts a row.
    pub(super) fn begin(&mut self) -> Result<(), Problem> {
        let rows = self.rows.len() + 1;
        within(rows, self.limits.rows, "rows in one body", Bound::Rows)?;
        within(
            rows * self.columns.len(),
            VALUES_MAX,
            "values in one body, rows times columns",
            Bound::Values,
        )?;
        self.row = vec![None; self.columns.len()];
        self.ignored.clear();
        Ok(())
    }

    /// Finds where the value of the member called `name` goes.
    pub(super) fn find(&mut self, name: &str) -> Result<Slot, Refusal> {
        if let Some(&position) = self.positions.get(name) {
            return match self.row.get(position) {
                Some(Some(_)) => Err(Refusal::Duplicate),
                Some(None) | None => Ok(Slot::Column(position)),
            };
        }
        if self.members == Members::Chosen {
            return if self.ignored.insert(name.to_owned()) {
                Ok(Slot::Nowhere)
            } else {
                Err(Refusal::Duplicate)
            };
        }
        if self.members == Members::Same && !self.rows.is_empty() {
            return Err(Refusal::Problem(self.unequal()));
        }
        within(
            self.columns.len() + 1,
            self.limits.columns,
            "columns in one body",
            Bound::Columns,
        )
        .map_err(Refusal::Problem)?;
        self.row.push(None);
        Ok(Slot::Column(self.add_column(name)))
    }

    /// Puts a value where [`Collector::find`] said.
    pub(super) fn put(&mut self, slot: Slot, datum: Datum) {
        if let Slot::Column(position) = slot
            && let Some(place) = self.row.get_mut(position)
        {
            *place = Some(datum);
        }
    }

    /// Ends a row.
    pub(super) fn end(&mut self) -> Result<(), Problem> {
        if self.members == Members::Same && self.row.iter().any(Option::is_none) {
            return Err(self.unequal());
        }
        self.rows.push(std::mem::take(&mut self.row));
        Ok(())
    }

    /// What was collected.
    pub(super) fn finish(self, is_single: bool) -> Rows {
        Rows {
            columns: self.columns,
            rows: self.rows,
            is_single,
        }
    }

    fn add_column(&mut self, name: &str) -> usize {
        let position = self.columns.len();
        self.columns.push(name.to_owned());
        self.positions.insert(name.to_owned(), position);
        position
    }

    fn unequal(&self) -> Problem {
        Problem::UnequalKeys {
            row: self.rows.len() + 1,
        }
    }
}
