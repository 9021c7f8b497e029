//! SQLite: one file, many readers, one writer.

mod value;
mod pattern;
mod containment;
mod embedded;
mod functions;
mod error;
mod caught;
mod watch;
mod generation;
mod identity;
mod open;
mod place;
mod writable;
mod constraint;
mod reference;
mod origin;
mod compile;
mod introspect;
mod keep;
mod execute;
mod queue;
mod backlog;
mod answer;
mod reader;
mod lane;
mod log;
mod checkpoint;
mod transaction;
mod understand;
mod store;
mod script;

pub(crate) use execute::Session;
pub use generation::Generation;
pub(crate) use lane::Lane;
pub use script::{create_from_script, run_script};
pub(crate) use store::Store;
