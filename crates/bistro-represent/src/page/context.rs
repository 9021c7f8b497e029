//! What a page needs to know beside its rows.

use std::sync::Arc;

use bistro_dialect::select::Item;
use bistro_http::method::Method;
use bistro_plan::catalog::Relation;

/// What surrounds the rows on a page.
#[derive(Clone, Debug)]
pub struct PageContext {
    /// What the rows are of.
    pub relation: Arc<Relation>,
    /// Every relation this caller may read, `relation` included: pages link to no others, and name no others.
    pub readable: Vec<Arc<Relation>>,
    /// Which column of `relation` each column of the answer is: see [`sources`].
    pub sources: Vec<Option<usize>>,
    /// `scheme://authority` that the client used for us, for lines to copy.
    pub origin: String,
    /// The request's path, still percent-encoded, starting with `/`.
    pub path: String,
    /// The request's query without `?`, still percent-encoded; empty if there is none.
    pub query: String,
    /// Whether the page is of one row, addressed by its key.
    pub is_item: bool,
    /// What this caller may do here.
    pub methods: Vec<Method>,
    /// The most rows the page has.
    pub limit: Option<u64>,
    /// Rows skipped before the first.
    pub offset: u64,
}

/// Which column of the relation each column of an answer is, by position.
///
/// `None` for casts, JSON paths, aggregates and embeds; what follows a spread, whose width is not known here, is left out.
/// Without `select`, every column is itself.
pub fn sources(select: Option<&[Item]>, relation: &Relation) -> Vec<Option<usize>> {
    let everything = || (0..relation.columns.len()).map(Some);
    let Some(items) = select else {
        return everything().collect();
    };
    let mut sources = Vec::new();
    for item in items {
        match item {
            Item::Everything => sources.extend(everything()),
            Item::Column(column) => {
                let is_bare = column.cast.is_none() && column.aggregate.is_none();
                let field = column.field.as_ref();
                let field = field.filter(|field| is_bare && field.path.is_empty());
                sources.push(field.and_then(|field| {
                    relation
                        .columns
                        .iter()
                        .position(|column| column.name == field.name)
                }));
            }
            Item::Embed(_) => sources.push(None),
            Item::Spread(_) => break,
        }
    }
    sources
}
