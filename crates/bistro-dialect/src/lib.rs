//! What a client may ask: `PostgREST`'s dialect, read from bytes and printed back.
//!
//! The one entry is [`Request::read`]. It knows neither which tables exist, nor which database answers, nor who asks:
//! a [`Request`] is what was said, with no promise that it makes sense. `bistro_plan` decides that.
#![forbid(unsafe_code)]
#![deny(clippy::indexing_slicing, clippy::string_slice)]

pub mod limits;
pub mod error;
mod reader;
pub mod operator;
pub mod field;
mod value;
pub mod filter;
pub mod select;
pub mod order;
pub mod page;
pub mod preference;
pub mod payload;
pub mod target;
pub mod query;
pub mod request;
pub mod print;

pub use error::Error;
pub use limits::Limits;
pub use request::{Exchange, Request};
pub use target::Target;

#[cfg(test)]
mod generate;
#[cfg(test)]
mod tests;
