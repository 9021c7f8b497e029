//! Many rows: a table whose header sorts and whose cells lead on.

use bistro_plan::catalog::Kind;
use bistro_plan::sql::Shape;
use bistro_plan::value::Row;
use maud::{Markup, html};

use crate::footer::Footer;
use crate::href;
use crate::page::cell::{self, Extent};
use crate::page::context::PageContext;
use crate::page::filter;
use crate::page::layout::{self, Step};
use crate::page::parameter::{PAGING, Parameters};
use crate::page::reference::{self, Reference};
use crate::page::{schema, snippet};
use crate::resource;

/// Writes the page of a collection.
#[derive(Debug)]
pub(super) struct Collection {
    columns: Vec<Column>,
    /// Positions in the answer of the values of the key, if all are there.
    key: Option<Vec<usize>>,
    /// Whether rows have a cell of their own for the link to their page: no single cell is the key and free for it.
    has_link_cell: bool,
    rows: u64,
}

#[derive(Debug)]
struct Column {
    name: String,
    kind: Kind,
    lead: Lead,
}

/// Where a cell leads.
#[derive(Debug)]
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
            None => layout::start("Rows", &html! {}, &[], out),
            Some(context) => {
                let name = context.relation.name.as_str();
                let steps = [Step {
                    label: name,
                    href: None,
                }];
                layout::start(name, &snippet::alternates(context), &steps, out);
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
                                @let order = Order::of(&source.name, parameters);
                                th scope="col" class=[cell::class(column.kind)] aria-sort=[order.sorted()] {
                                    a href=(order.href(context, parameters)) title=(order.promise()) {
                                        (column.name)
                                        span.arrow aria-hidden="true" { (order.arrow()) }
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
            let with = (offset > 0).then(|| href::pair("offset", &offset.to_string()));
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

/// How the rows are sorted by a column, and how they would be after one click.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sorted {
    No,
    Ascending,
    Descending,
}

struct Order {
    name: String,
    sorted: Sorted,
}

impl Order {
    /// Only the first term counts: that is the one a click changes.
    fn of(column: &str, parameters: &Parameters) -> Self {
        let name = href::quoted(column);
        let first = parameters
            .value("order")
            .and_then(|order| order.strip_prefix(name.as_str()));
        let sorted = match first {
            Some(rest) if rest.starts_with(".desc") => Sorted::Descending,
            Some(rest) if rest.is_empty() || rest.starts_with(['.', ',']) => Sorted::Ascending,
            Some(_) | None => Sorted::No,
        };
        Self { name, sorted }
    }

    fn href(&self, context: &PageContext, parameters: &Parameters) -> String {
        let with = match self.sorted {
            Sorted::No => Some(href::pair("order", &self.name)),
            Sorted::Ascending => Some(href::pair("order", &format!("{}.desc", self.name))),
            Sorted::Descending => None,
        };
        parameters.href(
            &context.path,
            &["order", PAGING[0], PAGING[1]],
            with.as_deref(),
        )
    }

    fn sorted(&self) -> Option<&'static str> {
        match self.sorted {
            Sorted::No => None,
            Sorted::Ascending => Some("ascending"),
            Sorted::Descending => Some("descending"),
        }
    }

    fn arrow(&self) -> &'static str {
        match self.sorted {
            Sorted::No => "",
            Sorted::Ascending => " ↑",
            Sorted::Descending => " ↓",
        }
    }

    fn promise(&self) -> &'static str {
        match self.sorted {
            Sorted::No => "Sort, smallest first",
            Sorted::Ascending => "Sort, largest first",
            Sorted::Descending => "Do not sort",
        }
    }
}

fn heading(context: &PageContext, parameters: &Parameters) -> Markup {
    let relation = &context.relation;
    html! {
        h1 { (relation.name) }
        p.about {
            (resource::kind_name(relation.kind))
            @if let Some(rows) = relation.rows_estimated { " · about " (layout::grouped(rows)) " rows" }
            " · " (relation.columns.len()) " columns"
        }
        (filter::active(context, parameters))
        (filter::forms(context, parameters))
    }
}

/// Whether an address is on this server: the only ones a page links to.
fn is_own(address: &str, origin: &str) -> bool {
    let path = address.strip_prefix(origin).unwrap_or(address);
    path.starts_with('?') || (path.starts_with('/') && !path.starts_with("//"))
}
