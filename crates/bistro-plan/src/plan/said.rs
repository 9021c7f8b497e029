//! What a query says, sorted by whom it is about.

use bistro_dialect::filter;
use bistro_dialect::order::Term;
use bistro_dialect::page::Page;
use bistro_dialect::query::{At, Query};

/// What a query says of a relation, and of what is embedded in it.
#[derive(Clone, Debug, Default)]
pub(super) struct Said<'a> {
    conditions: Vec<About<'a, filter::Condition>>,
    order: Vec<About<'a, Vec<Term>>>,
    pages: Vec<About<'a, Page>>,
}

/// Something said, and the way from here to what it is about.
#[derive(Clone, Copy, Debug)]
struct About<'a, T> {
    path: &'a [String],
    value: &'a T,
}

impl<'a> Said<'a> {
    /// All of a query.
    pub(super) fn of(query: &'a Query) -> Self {
        Self {
            conditions: about(&query.conditions),
            order: about(&query.order),
            pages: about(&query.pages),
        }
    }

    /// Without conditions on the relation itself: they say which rows a write is about.
    pub(super) fn without_own_conditions(mut self) -> Self {
        self.conditions.retain(|said| !said.path.is_empty());
        self
    }

    /// The conditions on the relation itself.
    pub(super) fn conditions(&self) -> impl Iterator<Item = &'a filter::Condition> {
        here(&self.conditions)
    }

    /// The terms the relation itself is ordered by.
    pub(super) fn order(&self) -> impl Iterator<Item = &'a Term> {
        here(&self.order).flatten()
    }

    /// The page of the relation itself.
    pub(super) fn page(&self) -> Page {
        let mut asked = Page::default();
        for page in here(&self.pages) {
            asked.limit = page.limit.or(asked.limit);
            asked.offset = page.offset.or(asked.offset);
        }
        asked
    }

    /// The names of embeds that something is said about.
    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> {
        let paths = self.conditions.iter().map(|said| said.path);
        let paths = paths.chain(self.order.iter().map(|said| said.path));
        let paths = paths.chain(self.pages.iter().map(|said| said.path));
        paths.filter_map(|path| path.first().map(String::as_str))
    }

    /// What is said of the embeds that `is_meant` knows by name.
    pub(super) fn below(&self, is_meant: impl Fn(&str) -> bool) -> Self {
        Self {
            conditions: below(&self.conditions, &is_meant),
            order: below(&self.order, &is_meant),
            pages: below(&self.pages, &is_meant),
        }
    }
}

fn about<T>(said: &[At<T>]) -> Vec<About<'_, T>> {
    let said = said.iter();
    said.map(|at| About {
        path: &at.path,
        value: &at.value,
    })
    .collect()
}

fn here<'a, T>(said: &[About<'a, T>]) -> impl Iterator<Item = &'a T> {
    said.iter()
        .filter(|said| said.path.is_empty())
        .map(|said| said.value)
}

fn below<'a, T>(said: &[About<'a, T>], is_meant: &impl Fn(&str) -> bool) -> Vec<About<'a, T>> {
    let said = said.iter();
    said.filter_map(|said| {
        let (first, path) = said.path.split_first()?;
        is_meant(first).then_some(About {
            path,
            value: said.value,
        })
    })
    .collect()
}
