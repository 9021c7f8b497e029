//! The list of resources, for people.

use bistro_dialect::{Target, print};
use bistro_http::method::Method;
use maud::{Markup, html};

use crate::href;
use crate::page::layout;
use crate::page::viewer::Viewer;
use crate::resource::{self, Callable, Place, Survey};

/// What programs get at the same address.
const DESCRIPTION: &str = "application/openapi+json";

/// Columns named beside a resource; more are only counted.
const COLUMNS_SHOWN: usize = 8;

/// The page at `/-/`, and at `/` unless the operator has one there: every resource this caller may read.
pub fn root(survey: &Survey, origin: &str, viewer: &Viewer) -> Vec<u8> {
    let places = &survey.places;
    let mut out = Vec::new();
    let links = html! {
        link rel="service-desc" type=(DESCRIPTION) title="OpenAPI" href=(layout::LIST);
        link rel="alternate" type="application/json" title="JSON" href=(layout::LIST);
    };
    layout::start("Resources", &links, &[], viewer, &mut out);
    let body = html! {
        h1 { "Resources" }
        p.about {
            @match places.len() {
                1 => { "1 table or view, served as a RESTful resource" }
                count => { (count) " tables and views, served as RESTful resources" }
            }
            ". For programs there is an OpenAPI description: "
            code { "curl " (origin) (layout::LIST) }
        }
        @if places.is_empty() {
            p.empty { "There is nothing here that you may read." }
        } @else {
            ul.resources {
                @for place in places { (entry(place)) }
            }
        }
        @if !survey.calls.is_empty() {
            h2.part { "Stored queries" }
            ul.resources {
                @for callable in &survey.calls { (call(callable)) }
            }
        }
    };
    out.extend_from_slice(body.0.as_bytes());
    out.extend_from_slice(layout::END);
    out
}

fn entry(place: &Place) -> Markup {
    let relation = &place.relation;
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
                @for method in &place.collection { code { (method) } " " }
            }
        }
    }
}

fn call(callable: &Callable) -> Markup {
    let name = &callable.function.name;
    let href = print::print_target(&Target::Function { name: name.clone() });
    html! {
        li {
            h2 {
                @if callable.methods.contains(&Method::Get) {
                    a href=(href) { (name) }
                } @else {
                    (name)
                }
            }
            @if !callable.function.description.is_empty() {
                p.about { (callable.function.description) }
            }
            p.methods {
                @for method in &callable.methods { code { (method) } " " }
            }
        }
    }
}
