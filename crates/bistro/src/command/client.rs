//! The client's commands: requests, what is remembered between them, and tunnels.

mod clock;
mod surroundings;
mod network;
mod rows;
mod screen;
mod saving;
mod wanted;
mod memory;
mod ask;
mod login;
mod jar;
mod connect;

pub(super) use ask::run as ask;
pub(super) use connect::run as connect;
pub(super) use jar::run as jar;
pub(super) use login::{sign_in, sign_out};
