//! The house: connections, the pipeline, and Bistro's own resources. Knows no command line and reads no file of settings.
#![forbid(unsafe_code)]

pub mod settings;
pub mod body;
mod fields;
mod log;
mod problem;
mod state;
pub mod exchange;
mod refusal;
mod receive;
mod failure;
mod idempotency;
mod asked;
mod entity;
mod key;
mod link;
mod delivery;
mod gathering;
mod grounds;
mod preferred;
mod profile;
mod page;
mod reading;
mod patch;
mod writing;
mod resource;
mod respond;
mod scan;
mod progress;
mod preface;
mod automatic;
mod transport;
mod cors;
mod echo;
mod host;
mod guard;
mod handed;
mod standard;
mod connection;
mod serve;

pub use serve::{ServeError, Server};
