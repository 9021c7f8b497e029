//! What the public face promises, on real files.

mod harness;
mod opening;
mod concurrency;
mod sharing;
mod reading;
mod lane;
mod replacing;
mod embedding;
mod searching;
mod writing;
mod paging;
mod sweeping;
mod calling;
mod checkpoints;
mod accounts;
mod ruling;
