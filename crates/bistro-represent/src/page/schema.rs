//! The columns of a relation, folded away until somebody wants to know.

use bistro_plan::catalog::{Column, Generated, Relation};
use maud::{Markup, html};

use crate::href;
use crate::page::context::PageContext;
use crate::page::reference;

/// The columns with their types, keys, defaults and references.
pub(super) fn section(context: &PageContext) -> Markup {
    let relation = &context.relation;
    html! {
        details.panel {
            summary { "Schema" }
            div.scroll tabindex="0" role="region" aria-label="Schema" {
                table.schema {
                    caption { "Columns of " (relation.name) }
                    thead {
                        tr {
                            th scope="col" { "Column" }
                            th scope="col" { "Type" }
                            th scope="col" { "Key" }
                            th scope="col" { "Null" }
                            th scope="col" { "Default" }
                            th scope="col" { "Refers to" }
                        }
                    }
                    tbody {
                        @for (at, column) in relation.columns.iter().enumerate() {
                            tr {
                                th scope="row" { code { (column.name) } }
                                td { (declared(column)) }
                                td { (keys(relation, at)) }
                                td { @if column.is_nullable { "allowed" } @else { "not allowed" } }
                                td { (default(column)) }
                                td { (references(context, at)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn declared(column: &Column) -> Markup {
    html! {
        @if column.declared.is_empty() { span.quiet { "any" } } @else { (column.declared) }
    }
}

fn keys(relation: &Relation, at: usize) -> Markup {
    let uniques = relation.uniques.iter();
    let is_unique = uniques
        .filter(|unique| !unique.is_partial)
        .any(|unique| unique.columns == [at]);
    html! {
        @if relation.primary_key.contains(&at) { span.badge { "primary" } " " }
        @if is_unique { span.badge { "unique" } }
    }
}

fn default(column: &Column) -> Markup {
    html! {
        @match column.generated {
            Generated::No => {},
            Generated::Virtual | Generated::Stored => span.quiet { "generated" },
        }
        @if let Some(default) = &column.default { code { (default) } }
    }
}

/// The targets of a column's foreign keys, without those this caller may not know of.
fn references(context: &PageContext, at: usize) -> Markup {
    let keys = context
        .relation
        .foreign_keys
        .iter()
        .filter(|key| key.columns.contains(&at));
    let keys = keys.filter(|key| reference::readable(context, &key.target).is_some());
    html! {
        @for key in keys {
            a href=(href::collection(&key.target)) { (key.target) }
            " (" (key.target_columns.join(", ")) ") "
        }
    }
}
