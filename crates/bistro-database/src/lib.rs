//! The only crate that opens a database. Knows neither HTTP, nor requests, nor sessions.
#![forbid(unsafe_code)]

pub mod error;
pub mod settings;
pub mod outcome;
pub mod kept;
mod queries;
mod sqlite;
pub mod database;

pub use database::{Database, Snapshot, Transaction};
pub use error::Error;
pub use kept::Kept;
pub use outcome::Outcome;
pub use settings::{Durability, Settings};
pub use sqlite::{create_from_script, run_script};
