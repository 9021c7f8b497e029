//! Addresses, and the operations each of them has.

use bistro_http::method::Method;
use bistro_plan::catalog::Relation;
use bistro_plan::plan::Relative;

use crate::href;
use crate::openapi::change;
use crate::openapi::name;
use crate::openapi::node::{Node, Object};
use crate::openapi::operation::Operation;
use crate::openapi::parameter;
use crate::openapi::read;
use crate::openapi::response::Rows;
use crate::openapi::version::Version;
use crate::resource::Place;

/// An address in the making: operations by method.
#[derive(Debug)]
pub(super) struct Path {
    version: Version,
    operations: Object,
    additional: Object,
}

impl Path {
    /// An address that can do nothing yet.
    pub(super) fn new(version: Version) -> Self {
        Self {
            version,
            operations: Object::new(),
            additional: Object::new(),
        }
    }

    /// Adds what a method does.
    pub(super) fn add(&mut self, method: Method, operation: Operation) {
        let operation = operation.write();
        match (method, self.version) {
            // OpenAPI 3.1 knows no such method; this is where its makers would have it.
            (Method::Query, Version::V3_1) => self.additional.add(method.name(), operation),
            _ => self
                .operations
                .add(method.name().to_ascii_lowercase(), operation),
        }
    }

    /// The address as it stands in the document.
    pub(super) fn write(mut self, place: &Site<'_>) -> Object {
        if place.echoes {
            let summary = "See the request as the server does";
            self.add(
                Method::Trace,
                place.about("trace", summary, "200", "bistro.echo"),
            );
        }
        let written = self.operations.with_any("parameters", place.parameters());
        if self.additional.is_empty() {
            written
        } else {
            written.with("x-oai-additionalOperations", self.additional)
        }
    }
}

/// Where an address is.
pub(super) struct Site<'a> {
    /// Its names, with dots.
    pub(super) at: String,
    /// The group of its operations.
    pub(super) tag: &'a str,
    /// The relation whose key is in it, if one is.
    pub(super) keyed: Option<&'a Relation>,
    /// Whether there are rows, whose state a request can depend on.
    pub(super) has_rows: bool,
    /// Whether `TRACE` echoes.
    pub(super) echoes: bool,
}

impl Site<'_> {
    /// What every method here takes.
    fn parameters(&self) -> Vec<Node> {
        let mut parameters = self.keyed.map(parameter::key).unwrap_or_default();
        if self.has_rows {
            parameters.extend(parameter::conditions());
        }
        parameters
    }

    /// A method that is about the address and not about what is there: it takes any key.
    fn about(&self, verb: &str, summary: &str, status: &str, response: &str) -> Operation {
        let operation = Operation {
            id: format!("{}.{verb}", self.at),
            tag: self.tag.to_owned(),
            summary: summary.to_owned(),
            description: None,
            parameters: self.keyed.map(parameter::any_key).unwrap_or_default(),
            body: None,
            responses: Object::new(),
        };
        operation.answering(&[status], response)
    }
}

/// The addresses of a relation and of what belongs to its rows.
pub(super) fn of_place(place: &Place, version: Version, echoes: bool, out: &mut Object) {
    let (relation, written) = (&place.relation, &place.written);
    let site = |at: &str, tag, keyed| Site {
        at: at.to_owned(),
        tag,
        keyed,
        has_rows: true,
        echoes,
    };
    let at = name::component(&relation.name);
    let address = href::collection(&relation.name);
    let mut path = Path::new(version);
    for &method in &place.collection {
        if let Some(operation) = on_collection(method, &at, relation, written) {
            path.add(method, operation);
        }
    }
    out.add(
        address.clone(),
        path.write(&site(&at, &relation.name, None)),
    );
    if place.item.is_empty() {
        return;
    }
    let item = format!("{address}/{}", parameter::key_segment(relation));
    let at = format!("{at}.item");
    let mut path = Path::new(version);
    for &method in &place.item {
        if let Some(operation) = on_item(method, &at, relation, written) {
            path.add(method, operation);
        }
    }
    let keyed = Some(relation.as_ref());
    out.add(item.clone(), path.write(&site(&at, &relation.name, keyed)));
    for relative in &place.relatives {
        let at = format!("{at}.{}", name::component(&relative.name));
        let mut path = Path::new(version);
        for &method in &relative.methods {
            if let Some(operation) = on_related(method, &at, relation, relative) {
                path.add(method, operation);
            }
        }
        let address = format!("{item}{}", href::collection(&relative.name));
        out.add(
            address,
            path.write(&site(&at, &relative.relation.name, keyed)),
        );
    }
}

/// Where one can go from the first of some rows.
pub(super) fn links(place: &Place) -> Object {
    let relation = &place.relation;
    let mut key = Object::new();
    for (name, &at) in parameter::key_names(relation)
        .into_iter()
        .zip(&relation.primary_key)
    {
        let column = relation
            .column(at)
            .name
            .replace('~', "~0")
            .replace('/', "~1");
        key.add(name, format!("$response.body#/0/{column}"));
    }
    let at = format!("{}.item", name::component(&relation.name));
    let mut links = Object::new();
    for (method, verb) in [
        (Method::Get, "read"),
        (Method::Patch, "update"),
        (Method::Delete, "delete"),
    ] {
        if place.item.contains(&method) {
            let link = Object::new()
                .with("operationId", format!("{at}.{verb}"))
                .with("parameters", key.clone());
            links.add(verb, link);
        }
    }
    links
}

fn on_collection(
    method: Method,
    at: &str,
    relation: &Relation,
    written: &Relation,
) -> Option<Operation> {
    match method {
        Method::Get => {
            let summary = format!("Read rows of `{}`", relation.name);
            Some(read::rows(at, relation, summary))
        }
        Method::Query => {
            let summary = format!(
                "Read rows of `{}`, with the query in the body",
                relation.name
            );
            Some(read::query(at, relation, summary))
        }
        Method::Post => {
            let summary = format!("Create rows of `{}`", relation.name);
            Some(change::create(at, written, &[], summary))
        }
        Method::Put => Some(change::replace_filtered(at, relation, written)),
        Method::Patch => Some(change::update(at, relation, written, Rows::Many)),
        Method::Delete => Some(change::delete(at, relation, Rows::Many)),
        // What every address has is added to every address, and `HEAD` is `GET` without content.
        Method::Head | Method::Options | Method::Trace | Method::Connect => None,
    }
}

fn on_item(method: Method, at: &str, relation: &Relation, written: &Relation) -> Option<Operation> {
    match method {
        Method::Get => Some(read::row(at, relation)),
        Method::Put => Some(change::replace(at, relation, written)),
        Method::Patch => Some(change::update(at, relation, written, Rows::One)),
        Method::Delete => Some(change::delete(at, relation, Rows::One)),
        Method::Head
        | Method::Query
        | Method::Post
        | Method::Options
        | Method::Trace
        | Method::Connect => None,
    }
}

fn on_related(
    method: Method,
    at: &str,
    parent: &Relation,
    relative: &Relative,
) -> Option<Operation> {
    let relation = &relative.relation;
    let of = format!(
        "rows of `{}` that belong to one of `{}`",
        relation.name, parent.name
    );
    match method {
        Method::Get => Some(read::rows(at, relation, format!("Read {of}"))),
        Method::Query => {
            let summary = format!("Read {of}, with the query in the body");
            Some(read::query(at, relation, summary))
        }
        Method::Post => {
            let summary = format!("Create {of}");
            let filled = relative.filled.iter();
            let filled: Vec<&str> = filled
                .map(|at| relation.column(*at).name.as_str())
                .collect();
            Some(change::create(at, &relative.written, &filled, summary))
        }
        Method::Head
        | Method::Put
        | Method::Patch
        | Method::Delete
        | Method::Options
        | Method::Trace
        | Method::Connect => None,
    }
}
