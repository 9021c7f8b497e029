//! The only crate that opens a database. Knows neither HTTP nor requests; of users and sessions it knows how they are kept, and
//! not who is one.

pub mod error;
pub mod settings;
pub mod outcome;
pub mod kept;
pub mod accounts;
pub mod tried;
pub mod news;
pub mod misfit;
pub mod burden;
pub mod prepared;
pub mod share;
mod queries;
mod sqlite;
pub mod database;

pub use burden::Burden;
pub use database::{Database, Lane, Snapshot, Transaction};
pub use error::Error;
pub use kept::Kept;
pub use misfit::Misfit;
pub use news::News;
pub use outcome::Outcome;
pub use prepared::Prepared;
pub use settings::{Durability, Settings};
pub use share::{Share, give_way};
pub use sqlite::{Changes, Generation, Register, create_from_script, run_script};
pub use tried::Tried;
