//! What will be done: names resolved, types known, rules applied. All that later stages need is in here.

mod expression;
mod condition;
mod output;
mod related;
mod sight;
mod reach;
mod relationship;
mod meant;
mod embed;
mod field;
mod pattern;
mod search;
mod filter;
mod select;
mod order;
mod rank;
mod page;
mod said;
mod parts;
mod key;
mod read;
mod identity;
mod write;
mod returning;
mod payload;
mod children;
mod change;
mod writable;
mod allow;
mod belonging;
mod call;
mod decide;
mod dependence;
mod known;
#[cfg(test)]
mod tests;

pub use allow::{Relative, methods, relatives};
pub use call::Call;
pub use condition::{Comparison, Condition, Containment, Language};
pub use decide::make;
pub use dependence::Dependence;
pub use expression::{Cast, Expression, Extract, Path, Taken};
pub use known::{Known, KnownRelation, known, rows_of};
pub use output::{Output, Sort};
pub use read::{Identity, Read, Source};
pub use related::{Link, Pair, Related};
pub use write::{
    Action, Assigned, Assignment, Batch, Change, Children, Conflict, Demands, Returning, Write,
};

/// The decision about one request.
#[derive(Clone, Debug)]
pub enum Plan {
    /// `GET`, `HEAD`, `QUERY`
    Read(Read),
    /// `POST`, `PUT`, `PATCH`, `DELETE`
    Write(Write),
    /// `POST` to a stored query that changes something
    Call(Call),
}
