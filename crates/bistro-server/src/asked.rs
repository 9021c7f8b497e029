//! What one exchange asks for: the request, and how its answer should look.

pub(crate) mod receive;
pub(crate) mod profile;
pub(crate) mod idempotency;

use bistro_dialect::Request;
use bistro_http::etag::Conditions;
use bistro_represent::Representation;

use crate::asked::idempotency::Keyed;

/// A request with everything around it that its answer depends on.
#[derive(Debug)]
pub(crate) struct Asked {
    /// What was asked of the data.
    pub(crate) request: Request,
    /// How rows are to be written.
    pub(crate) representation: Representation,
    /// `If-Match` and `If-None-Match`.
    pub(crate) conditions: Conditions,
    /// `Idempotency-Key`
    pub(crate) keyed: Option<Keyed>,
    /// `scheme://authority` that the client used for us.
    pub(crate) origin: String,
    /// The target as the client wrote it, for pages that link to themselves.
    pub(crate) path: String,
    /// The query as the client wrote it.
    pub(crate) query: String,
}
