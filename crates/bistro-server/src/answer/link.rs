//! Where else to go from a response: the next page, the other representations, the collection (RFC 8288).

use bistro_dialect::page::Cursor;
use bistro_dialect::query::{At, Query};
use bistro_dialect::{Request, Target, page, print};
use bistro_http::link::{self, Link};
use bistro_represent::Representation;

/// The most that links repeat of a request, in octets: Node.js refuses responses with more than 16 KiB of header fields.
const REPEATED_MAX: usize = 12 * 1024;

/// The path of one row.
pub(crate) fn item_path(relation: &str, key: Vec<String>) -> String {
    print::print_target(&Target::Item {
        relation: relation.to_owned(),
        key,
    })
}

/// The URL of the page after `cursor`: the same request, whether it came as a range, as parameters or in a body.
pub(crate) fn next_page(request: &Request, limit: u64, cursor: &Cursor) -> String {
    let mut query = request.query.clone();
    query.pages.retain(|page| !page.path.is_empty());
    query.pages.push(At {
        path: Vec::new(),
        value: page::Page {
            limit: Some(limit),
            offset: None,
        },
    });
    query.after = Some(cursor.clone());
    url(&request.target, &query)
}

fn url(target: &Target, query: &Query) -> String {
    let query = print::print_query(query);
    let path = print::print_target(target);
    if query.is_empty() {
        path
    } else {
        format!("{path}?{query}")
    }
}

/// The `Link` field of a read. Links that would make it too long for clients are left out, the other representations first.
pub(crate) fn field(
    request: &Request,
    representation: Representation,
    next: Option<&str>,
) -> String {
    let here = url(&request.target, &request.query);
    let collection = match &request.target {
        Target::Item { relation, .. } => Some(print::print_target(&Target::Collection {
            relation: relation.clone(),
        })),
        Target::Root
        | Target::Collection { .. }
        | Target::Related { .. }
        | Target::Function { .. }
        | Target::Own { .. } => None,
    };
    let alternates = representation.alternates().map(|(media, _label)| Link {
        media: Some(media),
        ..to(&here, "alternate")
    });
    let next = next.map(|next| to(next, "next"));
    let mut links = Vec::new();
    let mut left = REPEATED_MAX;
    for group in [next.into_iter().collect(), alternates.collect::<Vec<_>>()] {
        let octets: usize = group.iter().map(|link| link.target.len()).sum();
        if let Some(rest) = left.checked_sub(octets) {
            left = rest;
            links.extend(group);
        }
    }
    links.extend(
        collection
            .as_deref()
            .map(|collection| to(collection, "collection")),
    );
    link::write(&links)
}

fn to<'a>(target: &'a str, relation: &'a str) -> Link<'a> {
    Link {
        target,
        relation,
        media: None,
    }
}

#[cfg(test)]
mod tests;
