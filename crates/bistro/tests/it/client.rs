//! The client as whoever types it meets it: the real binary, with a home of its own, against Bistro and against servers that lie.

mod desk;
mod script;
mod methods;
mod rows;
mod output;
mod terminal;
mod sessions;
mod signing;
mod retries;
mod hostile;
mod downloads;
mod tunnels;
mod trouble;
mod secrets;
mod shell;
