//! The database of `bistro demo`: songs of the 1990s, the weather, a blog and a shop; and the files beside it.

mod script;
mod files;
mod mark;

pub(crate) use files::put_files;
pub(crate) use mark::is_demo;
pub(crate) use script::{SALES, TODAY, script};

#[cfg(test)]
mod tests;
