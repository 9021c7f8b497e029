//! What the public face promises, on real files.

mod harness;
mod opening;
mod concurrency;
mod reading;
mod lane;
mod embedding;
mod searching;
mod writing;
mod paging;
mod sweeping;
mod calling;
