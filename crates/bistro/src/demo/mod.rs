//! The database of `bistro demo`: songs of the 1990s, the weather, a blog and a shop; and stored queries over it.

mod script;
mod queries;
mod mark;

pub(crate) use mark::is_demo;
pub(crate) use queries::put_queries;
pub(crate) use script::{TODAY, script};

#[cfg(test)]
mod tests;
