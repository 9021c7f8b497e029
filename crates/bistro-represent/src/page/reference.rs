//! Where the values of a row lead: along foreign keys, in both directions, and to the row's own page.

use std::sync::Arc;

use bistro_plan::catalog::{ForeignKey, Relation};
use bistro_plan::value::ValueRef;

use crate::href;
use crate::page::context::PageContext;

/// A foreign key whose target this caller may read and whose columns are all in the answer.
#[derive(Clone, Debug)]
pub(super) struct Reference {
    target: Arc<Relation>,
    /// Positions in the answer, and the names of the target's columns.
    columns: Vec<(usize, String)>,
}

/// Rows of another relation that refer to this one.
#[derive(Clone, Debug)]
pub(super) struct Referrer {
    pub(super) relation: Arc<Relation>,
    /// The foreign key by which they do: its columns.
    pub(super) columns: Vec<String>,
    /// Positions in the answer of the values they have.
    values: Vec<usize>,
}

impl Reference {
    /// The foreign keys that start from a column of the answer, those with fewest columns first.
    pub(super) fn of(context: &PageContext, place: usize) -> Option<Self> {
        let source = context.sources.get(place).copied().flatten()?;
        let keys = context.relation.foreign_keys.iter();
        let references = keys.filter(|key| key.columns.contains(&source));
        references
            .filter_map(|key| Self::read(context, key))
            .min_by_key(|reference| reference.columns.len())
    }

    fn read(context: &PageContext, key: &ForeignKey) -> Option<Self> {
        let target = readable(context, &key.target)?;
        let columns = key.columns.iter().zip(&key.target_columns);
        let columns = columns.map(|(at, name)| Some((place(context, *at)?, name.clone())));
        Some(Self {
            target,
            columns: columns.collect::<Option<_>>()?,
        })
    }

    /// The page of the row referred to; `None` where there is none, as for NULL.
    pub(super) fn href<'a>(&self, value: impl Fn(usize) -> ValueRef<'a>) -> Option<String> {
        let item = href::key(&self.target, |at| {
            let name = &self.target.columns.get(at)?.name;
            let (place, _) = self.columns.iter().find(|(_, target)| target == name)?;
            Some(value(*place))
        });
        item.or_else(|| {
            let columns = self
                .columns
                .iter()
                .map(|(place, name)| (name.as_str(), value(*place)));
            href::filtered(&self.target.name, &columns.collect::<Vec<_>>())
        })
    }
}

impl Referrer {
    /// Every foreign key this caller may know of that refers to the page's relation.
    pub(super) fn all(context: &PageContext) -> Vec<Self> {
        let referrers = context.readable.iter().flat_map(|relation| {
            let keys = relation.foreign_keys.iter();
            let keys = keys.filter(|key| key.target == context.relation.name);
            keys.filter_map(|key| Self::read(context, relation, key))
        });
        referrers.collect()
    }

    fn read(context: &PageContext, relation: &Arc<Relation>, key: &ForeignKey) -> Option<Self> {
        let names = key.columns.iter().map(|at| relation.columns.get(*at));
        let columns = names
            .map(|column| Some(column?.name.clone()))
            .collect::<Option<_>>()?;
        let values = key.target_columns.iter().map(|name| {
            let columns = &context.relation.columns;
            place(
                context,
                columns.iter().position(|column| column.name == *name)?,
            )
        });
        let values = values.collect::<Option<_>>()?;
        Some(Self {
            relation: Arc::clone(relation),
            columns,
            values,
        })
    }

    /// The page of the rows that refer to this one.
    pub(super) fn href<'a>(&self, value: impl Fn(usize) -> ValueRef<'a>) -> Option<String> {
        let columns = self.columns.iter().zip(&self.values);
        let columns = columns.map(|(name, place)| (name.as_str(), value(*place)));
        href::filtered(&self.relation.name, &columns.collect::<Vec<_>>())
    }
}

/// Where in the answer a column of the page's relation is.
pub(super) fn place(context: &PageContext, column: usize) -> Option<usize> {
    context
        .sources
        .iter()
        .position(|source| *source == Some(column))
}

/// A relation by name, if this caller may read it.
pub(super) fn readable(context: &PageContext, name: &str) -> Option<Arc<Relation>> {
    let mut relations = context.readable.iter();
    relations
        .find(|relation| relation.name == name)
        .map(Arc::clone)
}
