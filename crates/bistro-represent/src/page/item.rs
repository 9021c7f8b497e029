//! One row: all of it, and what it is related to.

use bistro_http::percent;
use bistro_plan::sql::{Shape, ShapeColumn};
use bistro_plan::value::Row;
use maud::{Markup, html};

use crate::href;
use crate::page::cell::{self, Extent};
use crate::page::context::PageContext;
use crate::page::layout::{self, Step};
use crate::page::reference::{Reference, Referrer};
use crate::page::viewer::Viewer;
use crate::page::{schema, snippet};

/// Writes the page of an item.
#[derive(Clone, Debug)]
pub(super) struct Item {
    columns: Vec<Column>,
    referrers: Vec<Referrer>,
}

#[derive(Clone, Debug)]
struct Column {
    column: ShapeColumn,
    reference: Option<Reference>,
}

impl Item {
    pub(super) fn new(context: Option<&PageContext>, shape: &Shape) -> Self {
        let columns = shape.columns.iter().enumerate().map(|(at, column)| Column {
            column: column.clone(),
            reference: context.and_then(|context| Reference::of(context, at)),
        });
        let referrers = context.map(Referrer::all).unwrap_or_default();
        Self {
            columns: columns.collect(),
            referrers,
        }
    }

    pub(super) fn start(context: Option<&PageContext>, out: &mut Vec<u8>) {
        let Some(context) = context else {
            layout::start("Row", &html! {}, &[], &Viewer::Untold, out);
            return;
        };
        let name = context.relation.name.as_str();
        let key = key(&context.path);
        let title = format!("{name} {key}");
        let collection = href::collection(name);
        let steps = [
            Step {
                label: name,
                href: Some(&collection),
            },
            Step {
                label: &key,
                href: None,
            },
        ];
        layout::start(
            &title,
            &snippet::alternates(context),
            &steps,
            &context.viewer,
            out,
        );
        let heading = html! { h1 { (name) " " span.key { (key) } } };
        out.extend_from_slice(heading.0.as_bytes());
    }

    pub(super) fn row(&self, row: &dyn Row, out: &mut Vec<u8>) {
        let values = html! {
            dl.item {
                @for (at, column) in self.columns.iter().enumerate() {
                    @let kind = column.column.kind;
                    @let content = cell::markup(row.value(at), kind, Extent::Full);
                    @let reference = column.reference.as_ref();
                    div {
                        dt { (column.column.name) }
                        dd class=[cell::class(kind)] {
                            @match reference.and_then(|reference| reference.href(|place| row.value(place))) {
                                Some(href) => a href=(href) { (content) },
                                None => (content),
                            }
                        }
                    }
                }
            }
            (self.related(row))
        };
        out.extend_from_slice(values.0.as_bytes());
    }

    pub(super) fn finish(context: Option<&PageContext>, out: &mut Vec<u8>) {
        if let Some(context) = context {
            let end = html! { (schema::section(context)) (snippet::section(context)) };
            out.extend_from_slice(end.0.as_bytes());
        }
        out.extend_from_slice(layout::END);
    }

    /// Links to the rows that refer to this one.
    fn related(&self, row: &dyn Row) -> Markup {
        let related = self.referrers.iter();
        let related = related
            .filter_map(|referrer| Some((referrer, referrer.href(|place| row.value(place))?)));
        let related = related.collect::<Vec<_>>();
        html! {
            @if !related.is_empty() {
                section.related {
                    h2 { "Related" }
                    ul {
                        @for (referrer, href) in related {
                            li {
                                a href=(href) { (referrer.relation.name) }
                                span.quiet { " by " (referrer.columns.join(", ")) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The key as the path has it, decoded.
fn key(path: &str) -> String {
    let segment = path
        .trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap_or_default();
    percent::decode(segment).unwrap_or_else(|_| segment.to_owned())
}
