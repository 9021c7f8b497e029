//! Stored queries as their author wrote them: a folder of files, and what the comments on top of each say.

pub(crate) mod file;
pub(crate) mod statement;
pub(crate) mod header;
