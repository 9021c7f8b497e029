//! `bistro.toml`: what it may say, what is wrong with it, and the settings that follow from it.

pub(crate) mod address;
mod text;
mod duration;
mod size;
mod count;
mod origin;
mod network;
mod several;
mod store;
mod error;
pub(crate) mod environment;
mod file;
mod source;
mod accounts;
mod literal;
mod rules;
mod settings;
mod starting;

pub(crate) use duration::read as duration;
pub(crate) use environment::Environment;
pub(crate) use settings::{Configuration, Opening, QUERIES};
pub(crate) use starting::starting;

#[cfg(test)]
mod tests;
