//! The client against servers on real sockets: kind ones, broken ones and hostile ones.
#![expect(clippy::unwrap_used, reason = "a test fails by it")]

mod server;
mod exchange;
mod trust;
mod hostile;
mod follow;
mod pages;
mod proxy;
mod tunnel;
