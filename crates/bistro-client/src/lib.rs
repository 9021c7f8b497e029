//! The terminal client: what was typed becomes a request, a request becomes an exchange, and what came back becomes text.
//!
//! It talks to any HTTP server and knows nothing of the one in this house.
#![forbid(unsafe_code)]

// Text of strangers, made safe.
pub mod escape;

// What was typed becomes a request.
pub mod target;
pub mod item;
pub mod body;
pub mod request;
pub mod curl;

// What is remembered between requests, and between runs.
pub mod jar;
pub mod jar_file;

// A request goes out, and a response comes back.
pub mod journey;
pub mod error;
pub mod retry;
mod deadline;
mod certificate;
pub mod trust;
mod stream;
pub mod proxy;
mod opening;
pub mod connect;
mod outgoing;
mod incoming;
mod decode;
pub mod head;
pub mod exchange;
pub mod follow;
pub mod pages;
pub mod tunnel;

// What is shown of it.
pub mod colour;
pub mod pretty;
pub mod content;
pub mod print;
pub mod elements;
mod record;
pub mod table;
pub mod separated;
pub mod timing;
pub mod file_name;
pub mod download;
