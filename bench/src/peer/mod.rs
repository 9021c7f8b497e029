//! Who else serves the same table: how to find it, start it and ask it. Each file is one of them.

pub(crate) mod adapter;
pub(crate) mod handwritten;
mod trailbase;
mod pocketbase;
mod postgrest;
mod json_server;
mod datasette;

pub(crate) use adapter::{Asked, Peer, Running};

/// All of them.
pub(crate) const PEERS: [Peer; 6] = [
    handwritten::PEER,
    trailbase::PEER,
    pocketbase::PEER,
    postgrest::PEER,
    json_server::PEER,
    datasette::PEER,
];
