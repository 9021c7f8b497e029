//! What an answer is made of, whichever method it answers: rows, tags, links, preferences and what surrounds a page.

pub(crate) mod entity;
pub(crate) mod key;
pub(crate) mod link;
pub(crate) mod delivery;
pub(crate) mod gathering;
pub(crate) mod preferred;
pub(crate) mod page;
