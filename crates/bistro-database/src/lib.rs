//! The only crate that opens a database. Knows neither HTTP, nor requests, nor sessions.

pub mod error;
pub mod database;

pub use database::{Database, Outcome, Settings, Snapshot, Transaction};
pub use error::Error;
