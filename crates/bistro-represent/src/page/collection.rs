//! Many rows: a table whose header sorts and whose cells lead on.

use bistro_plan::catalog::Kind;
use bistro_plan::sql::Shape;
use bistro_plan::value::Row;
use maud::{Markup, html};

use crate::footer::Footer;
use crate::href;
use crate::page::argument;
use crate::page::cell::{self, Extent};
use crate::page::context::PageContext;
use crate::page::filter;
use crate::page::layout::{self, Step};
use crate::page::order::Order;
use crate::page::parameter::{PAGING, Parameters};
use crate::page::reference::{self, Reference};
use crate::page::viewer::Viewer;
use crate::page::{schema, snippet};
use crate::resource;

/// Writes the page of a collection.
#[derive(Clone, Debug)]
pub(super) struct Collection {
    columns: Vec<Column>,
    /// Positions in the answer of the values of the key, if all are there.
    key: Option<Vec<usize>>,
    /// Whether rows have a cell of their own for the link to their page: no single cell is the key and free for it.
    has_link_cell: bool,
    rows: u64,
}

#[derive(Clone, Debug)]
struct Column {
    name: String,
    kind: Kind,
    lead: Lead,
}

/// Where a cell leads.
#[derive(Clone, Debug)]
enum Lead {
    Nowhere,
    /// To the row's own page.
    Item,
    Reference(Reference),
}

impl Collection {
    pub(super) fn new(context: Option<&PageContext>, shape: &Shape) -> Self {
        let key = context.and_then(|context| {
            let key = &context.relation.primary_key;
            let places = key.iter().map(|at| reference::place(context, *at));
            places
                .collect::<Option<Vec<_>>>()
                .filter(|places| !places.is_empty())
        });
        let columns = shape.columns.iter().enumerate().map(|(at, column)| {
            let reference = context.and_then(|context| Reference::of(context, at));
            let lead = match (reference, key.as_deref()) {
                (Some(reference), _) => Lead::Reference(reference),
                (None, Some([only])) if *only == at => Lead::Item,
                (None, _) => Lead::Nowhere,
            };
            Column {
                name: column.name.clone(),
                kind: column.kind,
                lead,
            }
        });
        let columns: Vec<_> = columns.collect();
        let has_item = columns
            .iter()
            .any(|column| matches!(column.lead, Lead::Item));
        let has_link_cell = key.is_some() && !has_item;
        Self {
            columns,
            key,
            has_link_cell,
            rows: 0,
        }
    }

    pub(super) fn start(&self, context: Option<&PageContext>, out: &mut Vec<u8>) {
        let parameters = Parameters::read(context.map_or("", |context| &context.query));
        match context {
            None => layout::start("Rows", &html! {}, &[], &Viewer::Untold, out),
            Some(context) => {
                let name = context.relation.name.as_str();
                let steps = [Step {
                    label: name,
                    href: None,
                }];
                layout::start(
                    name,
                    &snippet::alternates(context),
                    &steps,
                    &context.viewer,
                    out,
                );
                out.extend_from_slice(heading(context, &parameters).0.as_bytes());
            }
        }
        out.extend_from_slice(b"<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Rows\"><table class=\"rows\">");
        out.extend_from_slice(self.head(context, &parameters).0.as_bytes());
        out.extend_from_slice(b"<tbody>");
    }

    pub(super) fn row(&mut self, context: Option<&PageContext>, row: &dyn Row, out: &mut Vec<u8>) {
        self.rows += 1;
        let item = context.zip(self.key.as_deref()).and_then(|(context, key)| {
            let values = key
                .iter()
                .map(|place| row.value(*place))
                .collect::<Vec<_>>();
            href::item(&context.relation.name, &values)
        });
        let cells = html! {
            tr {
                @if self.has_link_cell {
                    td.open { @if let Some(item) = &item { a href=(item) aria-label={ "Open " (item) } { "→" } } }
                }
                @for (at, column) in self.columns.iter().enumerate() {
                    @let content = cell::markup(row.value(at), column.kind, Extent::Clipped);
                    td class=[cell::class(column.kind)] {
                        @match column.href(item.as_deref(), row) {
                            Some(href) => a href=(href) { (content) },
                            None => (content),
                        }
                    }
                }
            }
        };
        out.extend_from_slice(cells.0.as_bytes());
    }

    pub(super) fn finish(&self, context: Option<&PageContext>, footer: &Footer, out: &mut Vec<u8>) {
        out.extend_from_slice(b"</tbody></table></div>");
        let parameters = Parameters::read(context.map_or("", |context| &context.query));
        let end = html! {
            @if self.rows == 0 { p.empty { "No rows." } }
            @if let Some(context) = context {
                (self.pager(context, &parameters, footer))
                (schema::section(context))
                (snippet::section(context))
            }
        };
        out.extend_from_slice(end.0.as_bytes());
        out.extend_from_slice(layout::END);
    }

    fn head(&self, context: Option<&PageContext>, parameters: &Parameters) -> Markup {
        let caption = context.map_or("Rows", |context| context.relation.name.as_str());
        let order = Order::read(parameters);
        let sortable = context.filter(|context| filter::is_repeatable(context));
        html! {
            caption { (caption) }
            thead {
                tr {
                    @if self.has_link_cell { th.open scope="col" { span.hidden { "Open" } } }
                    @for (at, column) in self.columns.iter().enumerate() {
                        @let source = sortable.and_then(|context| {
                            let source = context.sources.get(at).copied().flatten()?;
                            Some((context, context.relation.columns.get(source)?))
                        });
                        @match source {
                            Some((context, source)) => {
                                @let sorted = order.of(&source.name);
                                th scope="col" class=[cell::class(column.kind)] aria-sort=[sorted.name()] {
                                    a href=(sorted.href(&source.name, context, parameters)) title=(sorted.promise()) {
                                        (column.name)
                                        span.arrow aria-hidden="true" { (sorted.arrow()) }
                                    }
                                }
                            }
                            None => th scope="col" class=[cell::class(column.kind)] { (column.name) },
                        }
                    }
                }
            }
        }
    }

    /// Which rows these are, and the way to others.
    fn pager(&self, context: &PageContext, parameters: &Parameters, footer: &Footer) -> Markup {
        let has_place = parameters.value("after").is_none();
        let is_first = has_place && context.offset == 0;
        let previous = (has_place && context.offset > 0).then(|| {
            let offset = context
                .offset
                .saturating_sub(context.limit.unwrap_or(context.offset));
            let with = (offset > 0).then(|| href::skipped(offset));
            parameters.href(&context.path, &PAGING, with.as_deref())
        });
        let next = footer
            .next
            .as_deref()
            .filter(|next| is_own(next, &context.origin));
        html! {
            nav.pager aria-label="Pages" {
                span.extent { (self.extent(context, has_place, footer.total)) }
                @if !is_first { a href=(parameters.href(&context.path, &PAGING, None)) rel="first" { "First" } }
                @if let Some(previous) = previous { a href=(previous) rel="prev" { "← Previous" } }
                @if let Some(next) = next { a href=(next) rel="next" { "Next →" } }
            }
        }
    }

    fn extent(&self, context: &PageContext, has_place: bool, total: Option<u64>) -> String {
        let count = layout::grouped(self.rows);
        let rows = if has_place && self.rows > 0 {
            let first = layout::grouped(context.offset.saturating_add(1));
            let last = layout::grouped(context.offset.saturating_add(self.rows));
            format!("Rows {first}–{last}")
        } else if self.rows == 1 {
            "1 row".to_owned()
        } else {
            format!("{count} rows")
        };
        match total {
            Some(total) => format!("{rows} of {}", layout::grouped(total)),
            None => rows,
        }
    }
}

impl Column {
    fn href(&self, item: Option<&str>, row: &dyn Row) -> Option<String> {
        match &self.lead {
            Lead::Nowhere => None,
            Lead::Item => item.map(str::to_owned),
            Lead::Reference(reference) => reference.href(|place| row.value(place)),
        }
    }
}

fn heading(context: &PageContext, parameters: &Parameters) -> Markup {
    let relation = &context.relation;
    html! {
        h1 { (relation.name) }
        p.about {
            @if context.function.is_some() { "stored query" } @else { (resource::kind_name(relation.kind)) }
            @if let Some(rows) = relation.rows_estimated { " · about " (layout::grouped(rows)) " rows" }
            " · " (relation.columns.len()) " columns"
        }
        (argument::section(context, parameters))
        (filter::active(context, parameters))
        (filter::forms(context, parameters))
    }
}

/// Whether an address is on this server: the only ones a page links to. Two slashes begin another host, and browsers take
/// a backslash for a slash.
fn is_own(address: &str, origin: &str) -> bool {
    let path = address.strip_prefix(origin).unwrap_or(address);
    path.starts_with('?')
        || (path.starts_with('/') && !path.starts_with("//") && !path.starts_with("/\\"))
}
