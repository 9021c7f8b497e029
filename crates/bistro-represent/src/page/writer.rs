//! A page as it streams: what stands before the rows, the rows, what stands after them.

use bistro_plan::sql::Shape;
use bistro_plan::value::Row;

use crate::footer::Footer;
use crate::page::collection::Collection;
use crate::page::context::PageContext;
use crate::page::item::Item;

/// Writes rows as a page.
#[derive(Clone, Debug)]
pub(crate) struct Writer {
    context: Option<PageContext>,
    body: Body,
}

/// What the page is of.
#[derive(Clone, Debug)]
enum Body {
    Collection(Collection),
    Item(Item),
}

impl Writer {
    /// A page with everything around its rows.
    pub(crate) fn new(mut context: PageContext, shape: &Shape) -> Self {
        // Two slashes at the start of a link are followed by a host, and a backslash counts as one (WHATWG URL §4.4).
        context.path = format!("/{}", context.path.trim_start_matches(['/', '\\']));
        let body = if context.is_item {
            Body::Item(Item::new(Some(&context), shape))
        } else {
            Body::Collection(Collection::new(Some(&context), shape))
        };
        Self {
            context: Some(context),
            body,
        }
    }

    /// A page of nothing but rows, for who has nothing to say about them.
    pub(crate) fn bare(shape: &Shape, is_item: bool) -> Self {
        let body = if is_item {
            Body::Item(Item::new(None, shape))
        } else {
            Body::Collection(Collection::new(None, shape))
        };
        Self {
            context: None,
            body,
        }
    }

    pub(crate) fn start(&self, out: &mut Vec<u8>) {
        match &self.body {
            Body::Collection(collection) => collection.start(self.context.as_ref(), out),
            Body::Item(_) => Item::start(self.context.as_ref(), out),
        }
    }

    pub(crate) fn row(&mut self, row: &dyn Row, out: &mut Vec<u8>) {
        match &mut self.body {
            Body::Collection(collection) => collection.row(self.context.as_ref(), row, out),
            Body::Item(item) => item.row(row, out),
        }
    }

    pub(crate) fn finish(&self, footer: &Footer, out: &mut Vec<u8>) {
        match &self.body {
            Body::Collection(collection) => collection.finish(self.context.as_ref(), footer, out),
            Body::Item(_) => Item::finish(self.context.as_ref(), out),
        }
    }
}
