//! What views have of the tables whose columns they show.

use std::collections::BTreeMap;

use crate::catalog::relation::{Column, ForeignKey, Relation};

/// Gives each view the foreign keys of tables that it shows all columns of, under their names.
pub fn inherit(relations: &mut BTreeMap<String, Relation>) {
    let mut inherited = Vec::new();
    for view in relations.values() {
        let keys = inherited_keys(view, |name| relations.get(name));
        if !keys.is_empty() {
            inherited.push((view.name.clone(), keys));
        }
    }
    for (name, keys) in inherited {
        if let Some(view) = relations.get_mut(&name) {
            view.foreign_keys.extend(keys);
        }
    }
}

/// The foreign keys of tables that a view, or the rows of a stored query, shows all columns of.
pub fn inherited_keys<'a>(
    view: &Relation,
    find: impl Fn(&str) -> Option<&'a Relation>,
) -> Vec<ForeignKey> {
    shown_tables(view)
        .into_iter()
        .filter_map(find)
        .flat_map(|table| table.foreign_keys.iter().map(move |key| (table, key)))
        .flat_map(|(table, key)| seen(view, table, key))
        .collect()
}

/// The tables that a view shows columns of, each once.
fn shown_tables(view: &Relation) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for origin in view
        .columns
        .iter()
        .filter_map(|column| column.origin.as_ref())
    {
        if !names.contains(&origin.relation.as_str()) {
            names.push(&origin.relation);
        }
    }
    names
}

/// A foreign key of a table, in every way that a view shows its columns.
fn seen(view: &Relation, table: &Relation, key: &ForeignKey) -> Vec<ForeignKey> {
    let columns = key.columns.iter().map(|at| table.columns.get(*at));
    let names: Option<Vec<&str>> = columns
        .map(|column: Option<&Column>| column.map(|column| column.name.as_str()))
        .collect();
    let ways = view.appearances(&table.name, &names.unwrap_or_default());
    let ways = ways.into_iter().map(|columns| ForeignKey {
        columns,
        ..key.clone()
    });
    ways.collect()
}
