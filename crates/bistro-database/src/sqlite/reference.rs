//! Which tables refer to which.

use std::collections::{BTreeMap, HashMap};

use bistro_plan::catalog::{Column, ForeignKey, Relation};
use rusqlite::{Connection, Result};

use crate::sqlite::constraint::foreign_key_names;

/// The references as declared; [`resolve_references`] completes them. SQLite lists the last one first.
pub(super) fn foreign_keys(
    connection: &Connection,
    relation: &str,
    columns: &[Column],
) -> Result<Vec<ForeignKey>> {
    let mut statement = connection.prepare(
        "SELECT id, \"table\", \"from\", \"to\" FROM pragma_foreign_key_list(?1, 'main') ORDER BY id DESC, seq",
    )?;
    let mut rows = statement.query([relation])?;
    let mut keys: Vec<(i64, ForeignKey)> = Vec::new();
    while let Some(row) = rows.next()? {
        let id: i64 = row.get(0)?;
        if keys.last().is_none_or(|(last, _)| *last != id) {
            let key = ForeignKey {
                name: String::new(),
                columns: Vec::new(),
                target: row.get(1)?,
                target_columns: Vec::new(),
            };
            keys.push((id, key));
        }
        let from: String = row.get(2)?;
        let target_column: Option<String> = row.get(3)?;
        if let (Some((_, key)), Some(place)) = (keys.last_mut(), position(columns, &from)) {
            key.columns.push(place);
            key.target_columns.extend(target_column);
        }
    }
    let names = if keys.is_empty() {
        Vec::new()
    } else {
        declared_names(connection, relation)?
    };
    // Should the two ways of reading disagree, no name is better than a wrong one.
    let is_same = names.len() == keys.len();
    let mut names = names.into_iter().filter(|_| is_same);
    Ok(keys
        .into_iter()
        .map(|(_, mut key)| {
            let name = names.next().flatten();
            key.name = name.unwrap_or_else(|| reference_name(relation, &key, columns));
            key
        })
        .collect())
}

fn declared_names(connection: &Connection, relation: &str) -> Result<Vec<Option<String>>> {
    let mut statement = connection
        .prepare("SELECT sql FROM main.sqlite_schema WHERE type = 'table' AND name = ?1")?;
    let mut rows = statement.query([relation])?;
    let declaration: Option<String> = match rows.next()? {
        Some(row) => row.get(0)?,
        None => None,
    };
    Ok(declaration.map_or_else(Vec::new, |text| foreign_key_names(&text)))
}

/// As PostgreSQL names a foreign key that was given no name.
fn reference_name(relation: &str, key: &ForeignKey, columns: &[Column]) -> String {
    let mut name = relation.to_owned();
    for column in key.columns.iter().filter_map(|place| columns.get(*place)) {
        name.push('_');
        name.push_str(&column.name);
    }
    name.push_str("_fkey");
    name
}

fn position(columns: &[Column], name: &str) -> Option<usize> {
    columns
        .iter()
        .position(|column| column.name.eq_ignore_ascii_case(name))
}

/// Gives every reference its target's exact names, and its target's primary key if it names no columns. References to
/// what is not there are left out.
pub(super) fn resolve_references(relations: &mut BTreeMap<String, Relation>) {
    let targets: HashMap<String, (String, Vec<String>, Vec<String>)> = relations
        .values()
        .map(|relation| {
            let names: Vec<String> = relation
                .columns
                .iter()
                .map(|column| column.name.clone())
                .collect();
            let key = relation
                .primary_key
                .iter()
                .filter_map(|place| names.get(*place).cloned())
                .collect();
            (
                relation.name.to_lowercase(),
                (relation.name.clone(), names, key),
            )
        })
        .collect();
    for relation in relations.values_mut() {
        relation.foreign_keys.retain_mut(|reference| {
            let Some((name, names, key)) = targets.get(&reference.target.to_lowercase()) else {
                return false;
            };
            reference.target.clone_from(name);
            if reference.target_columns.is_empty() {
                reference.target_columns.clone_from(key);
            }
            for column in &mut reference.target_columns {
                match names.iter().find(|name| name.eq_ignore_ascii_case(column)) {
                    Some(exact) => column.clone_from(exact),
                    None => return false,
                }
            }
            reference.target_columns.len() == reference.columns.len()
        });
    }
}
