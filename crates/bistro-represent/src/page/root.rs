//! The list of resources, for people.

use maud::{Markup, html};

use crate::href;
use crate::page::layout;
use crate::resource::{self, ResourceSummary};

/// Columns named beside a resource; more are only counted.
const COLUMNS_SHOWN: usize = 8;

/// The page at `/`: every resource this caller may read.
pub fn root(resources: &[ResourceSummary]) -> Vec<u8> {
    let mut out = Vec::new();
    let alternate = html! { link rel="alternate" type="application/json" title="JSON" href="/"; };
    layout::start("Resources", &alternate, &[], &mut out);
    let body = html! {
        h1 { "Resources" }
        p.about {
            @match resources.len() {
                1 => { "1 table or view, served as a RESTful resource" }
                count => { (count) " tables and views, served as RESTful resources" }
            }
        }
        @if resources.is_empty() {
            p.empty { "There is nothing here that you may read." }
        } @else {
            ul.resources {
                @for summary in resources { (entry(summary)) }
            }
        }
    };
    out.extend_from_slice(body.0.as_bytes());
    out.extend_from_slice(layout::END);
    out
}

fn entry(summary: &ResourceSummary) -> Markup {
    let relation = &summary.relation;
    let names = relation.columns.iter().map(|column| column.name.as_str());
    let more = relation.columns.len().saturating_sub(COLUMNS_SHOWN);
    html! {
        li {
            h2 { a href=(href::collection(&relation.name)) { (relation.name) } }
            p.about {
                (resource::kind_name(relation.kind))
                @if let Some(rows) = relation.rows_estimated { " · about " (layout::grouped(rows)) " rows" }
            }
            p.columns {
                (names.take(COLUMNS_SHOWN).collect::<Vec<_>>().join(", "))
                @if more > 0 { " and " (more) " more" }
            }
            p.methods {
                @for method in &summary.methods { code { (method) } " " }
            }
        }
    }
}
