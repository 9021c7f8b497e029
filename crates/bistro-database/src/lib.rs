//! The only crate that opens a database. Knows neither HTTP, nor requests, nor sessions.

pub mod error;
pub mod settings;
pub mod outcome;
pub mod kept;
pub mod tried;
mod queries;
mod sqlite;
pub mod database;

pub use database::{Database, Lane, Snapshot, Transaction};
pub use error::Error;
pub use kept::Kept;
pub use outcome::Outcome;
pub use settings::{Durability, Settings};
pub use sqlite::{Generation, create_from_script, run_script};
pub use tried::Tried;
