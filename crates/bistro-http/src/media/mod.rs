//! Media types, and the choice among several by `Accept` (RFC 9110 §8.3.1, §12.5.1).

mod media_type;
mod accept;
mod choose;

pub use accept::{Accepted, QUALITY_MAX, accept};
pub use choose::{Offer, choose};
pub use media_type::{MediaType, MediaTypeError, MediaTypeReason};
#[cfg(test)]
mod tests;
