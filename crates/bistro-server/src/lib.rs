//! The house: connections, the pipeline, and Bistro's own resources. Knows no command line and reads no file of settings.
#![forbid(unsafe_code)]

pub mod settings;
pub mod body;
pub mod exchange;
