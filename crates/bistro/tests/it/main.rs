//! Bistro from outside: the real binary on a real port, over sockets that any client could open.
#![expect(
    clippy::format_push_string,
    reason = "requests are put together from pieces, and nobody waits for a test's allocations"
)]

#[cfg(test)]
mod http;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod server;
#[cfg(test)]
#[path = "../../../bistro-session/tests/redis/server.rs"]
mod redis;
#[cfg(test)]
mod random;
#[cfg(test)]
mod spec;
#[cfg(test)]
mod cli;
#[cfg(test)]
mod reload;
#[cfg(test)]
mod managing;
#[cfg(test)]
mod configuring;
#[cfg(test)]
mod files;
#[cfg(test)]
mod methods;
#[cfg(test)]
mod guard;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod conditions;
#[cfg(test)]
mod injection;
#[cfg(test)]
mod rubbish;
#[cfg(test)]
mod values;
#[cfg(test)]
mod batch;
#[cfg(test)]
mod calls;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod readme;
#[cfg(test)]
mod page;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod failures;
#[cfg(test)]
mod replaced;
#[cfg(test)]
mod remembered;
#[cfg(test)]
mod stream;
#[cfg(test)]
mod clients;
#[cfg(test)]
mod people;
#[cfg(test)]
mod shop;
#[cfg(test)]
mod description;
#[cfg(test)]
mod session;
#[cfg(test)]
mod client;
