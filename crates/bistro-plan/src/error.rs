//! What cannot be done, with the facts an answer needs.

/// A request that makes no sense against this catalog and these rules.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Error {
    /// There is no such table or view, for this caller.
    #[error("no relation `{name}`")]
    UnknownRelation {
        /// As asked for.
        name: String,
        /// What may have been meant.
        nearest: Option<String>,
    },
    // … more to come: see the brief of this crate
}
