//! What happens to sessions and users: they begin, change and end.

mod adopting;
pub(crate) mod keeping;
pub(crate) mod renewal;
pub(crate) mod visit;
pub(crate) mod entrance;
pub(crate) mod user;
