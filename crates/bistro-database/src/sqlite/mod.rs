//! SQLite: one file, many readers, one writer.

mod value;
mod pattern;
mod containment;
mod embedded;
mod functions;
mod error;
mod watch;
mod open;
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
mod log;
mod checkpoint;
mod transaction;
mod store;
mod script;

pub(crate) use execute::Session;
pub use script::{create_from_script, run_script};
pub(crate) use store::Store;
