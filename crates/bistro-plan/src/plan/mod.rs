//! What will be done: names resolved, types known, rules applied. All that later stages need is in here.

mod expression;
mod condition;
mod field;
mod pattern;
mod search;
mod filter;
mod select;
mod order;
mod page;
mod key;
mod read;
mod write;
mod payload;
mod change;
mod allow;
mod decide;
#[cfg(test)]
mod tests;

pub use allow::methods;
pub use condition::{Comparison, Condition, Containment, Language};
pub use decide::make;
pub use expression::{Cast, Expression, Extract, Path};
pub use order::Sort;
pub use read::{Identity, Read, Source};
pub use select::Output;
pub use write::{Action, Assigned, Assignment, Batch, Change, Conflict, Returning, Write};

/// The decision about one request.
#[derive(Clone, Debug)]
pub enum Plan {
    /// `GET`, `HEAD`, `QUERY`
    Read(Read),
    /// `POST`, `PUT`, `PATCH`, `DELETE`
    Write(Write),
}
