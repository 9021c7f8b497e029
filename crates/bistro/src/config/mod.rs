//! `bistro.toml`: what it may say, what is wrong with it, and the settings that follow from it.

pub(crate) mod address;
mod text;
mod duration;
mod size;
mod count;
mod origin;
mod error;
mod file;
mod literal;
mod rules;
mod settings;

pub(crate) use settings::{Configuration, QUERIES, development};

#[cfg(test)]
mod tests;
