//! Which resource a path names.

/// The resource a request is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// `/`
    Root,
    /// `/{relation}`
    Collection {
        /// Table or view, decoded.
        relation: String,
    },
    /// `/{relation}/{key}`
    Item {
        /// Table or view, decoded.
        relation: String,
        /// The key's values in the order of its columns, decoded.
        key: Vec<String>,
    },
    /// `/{relation}/{key}/{related}`
    Related {
        /// Table or view, decoded.
        relation: String,
        /// The key's values.
        key: Vec<String>,
        /// What is related to it.
        related: String,
    },
    /// `/rpc/{name}`
    Function {
        /// Decoded.
        name: String,
    },
    /// `/-/{…}`: Bistro's own resources.
    Own {
        /// The segments after `-`, decoded.
        path: Vec<String>,
    },
}
