//! Stores outside the served database.

pub mod redis;
