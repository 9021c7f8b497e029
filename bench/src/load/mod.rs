//! The load generator: one thread, many connections, no sleep.

pub(crate) mod requests;
pub(crate) mod response;
pub(crate) mod connection;
pub(crate) mod pulse;
pub(crate) mod drive;
pub(crate) mod capture;

pub(crate) use drive::{Group, Outcome, Pace, Times, drive};
pub(crate) use requests::Requests;
