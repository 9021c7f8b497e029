//! The decisions: catalog, rules and request become a plan, and the plan becomes SQL.
//!
//! Knows neither a driver, nor a session store, nor an HTTP status. Everything here is a pure function of its arguments:
//! no clock, no randomness, no I/O.
#![forbid(unsafe_code)]
#![deny(clippy::indexing_slicing, clippy::string_slice)]

pub mod value;
mod nearest;
pub mod predicate;
pub mod catalog;
pub mod json;
pub mod shape;
mod operation;
pub mod principal;
pub mod rule;
pub mod adoption;
pub mod error;
pub mod literal;
pub mod plan;
pub mod sql;
#[cfg(test)]
mod fixture;

pub use error::Error;
