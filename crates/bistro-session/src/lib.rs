//! Sessions and who is behind them: keys, seals, passwords, tokens, limits, and the store in Redis.
//!
//! Knows no table, no request and no response. Only `keyfile` and `store` do I/O, and only `password` has threads of its own; nothing
//! here asks for the time: it is an argument everywhere, in whole seconds since 1970. Randomness is the operating system's. What
//! is secret is shown by neither `Debug` nor an error.
#![forbid(unsafe_code)]
#![deny(clippy::indexing_slicing, clippy::string_slice)]

mod random;
pub mod key;
pub mod email;
pub mod password;
pub mod token;
pub mod jwt;
pub mod data;
pub mod limit;
pub mod session;
pub mod lifetime;
pub mod seal;
pub mod keyfile;
pub mod sealed;
pub mod store;
