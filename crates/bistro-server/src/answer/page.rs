//! What surrounds rows on a page, gathered from the request and the catalog.

use std::borrow::Cow;
use std::sync::Arc;

use bistro_dialect::Target;
use bistro_plan::catalog::{Catalog, Relation};
use bistro_plan::plan::{self, Read};
use bistro_plan::principal::Principal;
use bistro_plan::rule::{Operation, Policy};
use bistro_represent::page::{self, PageContext, Viewer, sources};
use bistro_represent::{Encoder, Format};
use bytes::Bytes;
use hyper::Response;
use hyper::header::{self, HeaderValue};

use crate::asked::Asked;
use crate::body::Body;
use crate::state::State;

/// The rows of a page whose request says nothing of a limit: nobody reads a million rows in a browser.
const ROWS: u64 = 100;

/// The policy for a read: a page has an end even if its request has none.
pub(crate) fn paged<'a>(policy: &'a Policy, asked: &Asked) -> Cow<'a, Policy> {
    let request = &asked.request;
    let says_limit = request.range.is_some()
        || request
            .query
            .pages
            .iter()
            .any(|page| page.path.is_empty() && page.value.limit.is_some());
    if asked.representation.format != Format::Html || says_limit {
        return Cow::Borrowed(policy);
    }
    Cow::Owned(Policy {
        rows_max: Some(policy.rows_max.map_or(ROWS, |most| most.min(ROWS))),
        ..policy.clone()
    })
}

/// The encoder of a page of `read`'s rows.
pub(crate) fn encoder(
    state: &State,
    asked: &Asked,
    principal: &Principal,
    catalog: &Catalog,
    read: &Read,
) -> Encoder {
    let context = PageContext {
        sources: sources(&read.outputs),
        is_item: read.is_item,
        limit: read.limit,
        offset: read.offset,
        ..context(state, asked, principal, catalog, &read.relation)
    };
    Encoder::page(context, read.shape())
}

/// The page of a stored query that is not told yet what it is called with.
pub(crate) fn call(
    state: &State,
    asked: &Asked,
    principal: &Principal,
    catalog: &Catalog,
    name: &str,
) -> Option<Response<Body>> {
    let function = catalog.functions.get(name)?;
    let rows = plan::rows_of(function, principal, catalog, &state.settings.policy);
    let context = context(state, asked, principal, catalog, &rows);
    let mut response = Response::new(Body::Whole(Bytes::from(page::call(&context))));
    let headers = response.headers_mut();
    let content_type = HeaderValue::from_static(asked.representation.content_type());
    headers.insert(header::CONTENT_TYPE, content_type);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::VARY, HeaderValue::from_static("Accept"));
    Some(response)
}

/// What surrounds rows of a relation that nothing is known of yet.
fn context(
    state: &State,
    asked: &Asked,
    principal: &Principal,
    catalog: &Catalog,
    relation: &Arc<Relation>,
) -> PageContext {
    let policy = &state.settings.policy;
    let known = plan::known(principal, catalog, policy)
        .relations
        .into_iter();
    let readable = known
        .map(|known| known.relation)
        .filter(|relation| policy.admits(principal, &relation.name, Operation::Read))
        .collect();
    let target: &Target = &asked.request.target;
    let function = match target {
        Target::Function { name } => catalog.functions.get(name).map(Arc::clone),
        Target::Root
        | Target::Collection { .. }
        | Target::Item { .. }
        | Target::Related { .. }
        | Target::Own { .. } => None,
    };
    PageContext {
        relation: Arc::clone(relation),
        function,
        readable,
        sources: Vec::new(),
        origin: asked.origin.clone(),
        path: asked.path.clone(),
        query: asked.query.clone(),
        is_item: false,
        viewer: Viewer::of(principal, policy),
        methods: plan::methods(target, principal, catalog, policy).unwrap_or_default(),
        limit: None,
        offset: 0,
    }
}
