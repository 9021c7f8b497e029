//! The query string as a whole.

use crate::filter::Condition;
use crate::order::Term;
use crate::page::{Cursor, Page};
use crate::select::Item;

/// All parameters of a URL, or of a `QUERY` body, sorted by what they are for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    /// `select`; `None` means every column. `Some(vec![])` is an empty `select=`.
    pub select: Option<Vec<Item>>,
    /// Filters and trees, joined by `and`, each at the embed it concerns.
    pub conditions: Vec<At<Condition>>,
    /// `order`, `relation.order`
    pub order: Vec<At<Vec<Term>>>,
    /// `limit` and `offset`, `relation.limit`
    pub pages: Vec<At<Page>>,
    /// `after`
    pub after: Option<Cursor>,
    /// `columns`
    pub columns: Option<Vec<String>>,
    /// `on_conflict`
    pub on_conflict: Option<Vec<String>>,
    /// For `/rpc/…` only: every parameter as it came, decoded, for the function's arguments.
    pub arguments: Vec<(String, String)>,
}

/// Something said about the resource itself (empty path) or about an embed (the names leading to it).
#[derive(Clone, Debug, PartialEq)]
pub struct At<T> {
    /// Names of embeds, outermost first.
    pub path: Vec<String>,
    /// What was said.
    pub value: T,
}
