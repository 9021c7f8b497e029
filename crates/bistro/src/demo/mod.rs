//! The database of `bistro demo`: songs of the 1990s, the weather, a blog and a shop.

mod script;
mod mark;

pub(crate) use mark::is_demo;
pub(crate) use script::{TODAY, script};

#[cfg(test)]
mod tests;
