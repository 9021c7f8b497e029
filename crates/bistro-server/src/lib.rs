//! The house: connections, the pipeline, and Bistro's own resources. Knows no command line and reads no file of settings.

pub mod settings;
pub mod body;
mod fields;
mod log;
mod problem;
pub mod exchange;
mod session;
mod state;
mod standard;
mod asked;
mod answer;
mod turnstile;
mod reading;
mod writing;
mod files;
mod caller;
mod accounts;
mod batch;
mod resource;
mod respond;
mod wire;
mod guard;
mod dispatch;
mod answering;
mod connection;
mod control;
mod serve;

pub use control::Control;
pub use serve::{ServeError, Server};
pub use session::{SetupError, check_setup};
