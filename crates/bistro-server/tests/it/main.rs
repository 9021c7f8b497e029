//! The server over real sockets: what a connection owes its clients, whatever they send.
#![expect(clippy::panic, reason = "a test fails by it")]

mod client;
mod server;
mod deadlines;
mod framing;
mod guards;
mod http2;
mod lifecycle;
mod plainly;
mod readers;
