//! The list of resources, for programs.

use std::sync::Arc;

use bistro_http::method::Method;
use bistro_plan::catalog::{Relation, RelationKind};
use serde::Serialize;

use crate::href;

/// A resource as the root lists it.
#[derive(Clone, Debug)]
pub struct ResourceSummary {
    /// The table or view.
    pub relation: Arc<Relation>,
    /// What this caller may do to its collection.
    pub methods: Vec<Method>,
}

#[derive(Serialize)]
struct Listing<'a> {
    resources: Vec<Resource<'a>>,
}

#[derive(Serialize)]
struct Resource<'a> {
    name: &'a str,
    kind: &'static str,
    url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    rows_estimated: Option<u64>,
    columns: Vec<Column<'a>>,
    methods: Vec<&'static str>,
}

#[derive(Serialize)]
struct Column<'a> {
    name: &'a str,
    r#type: &'a str,
    nullable: bool,
    key: bool,
}

/// The resources as JSON.
///
/// `{"resources":[{"name","kind","url","rows_estimated","columns":[{"name","type","nullable","key"}],"methods"}]}`: `key`
/// is whether a column is part of the primary key, `type` is empty where none is declared, and `rows_estimated` is left out
/// where nothing is known.
pub fn root_json(resources: &[ResourceSummary]) -> Vec<u8> {
    let listing = Listing {
        resources: resources.iter().map(resource).collect(),
    };
    serde_json::to_vec(&listing).expect("names and numbers always have a JSON form")
}

fn resource(summary: &ResourceSummary) -> Resource<'_> {
    let relation = &summary.relation;
    let columns = relation
        .columns
        .iter()
        .enumerate()
        .map(|(at, column)| Column {
            name: &column.name,
            r#type: &column.declared,
            nullable: column.is_nullable,
            key: relation.primary_key.contains(&at),
        });
    Resource {
        name: &relation.name,
        kind: kind_name(relation.kind),
        url: href::collection(&relation.name),
        rows_estimated: relation.rows_estimated,
        columns: columns.collect(),
        methods: summary.methods.iter().map(|method| method.name()).collect(),
    }
}

/// The word for what a relation is.
pub(crate) fn kind_name(kind: RelationKind) -> &'static str {
    match kind {
        RelationKind::Table => "table",
        RelationKind::View => "view",
        RelationKind::Search | RelationKind::Virtual => "virtual table",
    }
}
