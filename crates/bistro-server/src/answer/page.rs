//! What surrounds rows on a page, gathered from the request and the catalog.

use std::borrow::Cow;
use std::sync::Arc;

use bistro_dialect::Target;
use bistro_plan::catalog::Catalog;
use bistro_plan::plan::{self, Read};
use bistro_plan::principal::Principal;
use bistro_plan::rule::{Operation, Policy};
use bistro_represent::page::{PageContext, sources};
use bistro_represent::{Encoder, Format};

use crate::asked::Asked;
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
    let policy = &state.settings.policy;
    let readable = catalog
        .relations
        .values()
        .filter(|relation| policy.admits(principal, &relation.name, Operation::Read))
        .map(Arc::clone)
        .collect();
    let target: &Target = &asked.request.target;
    let context = PageContext {
        relation: Arc::clone(&read.relation),
        readable,
        sources: sources(&read.outputs),
        origin: asked.origin.clone(),
        path: asked.path.clone(),
        query: asked.query.clone(),
        is_item: read.is_item,
        methods: plan::methods(target, principal, catalog, policy).unwrap_or_default(),
        limit: read.limit,
        offset: read.offset,
    };
    Encoder::page(context, read.shape())
}
