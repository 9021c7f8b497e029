//! The commands, one file each, and what they share.

mod signal;
mod overrides;
mod again;
mod house;
mod prompt;
mod serve;
mod openapi;
mod init;
mod table;
mod check;
mod accounts;
mod demo;
mod client;
mod shell;
mod dispatch;

pub(crate) use dispatch::{report, run};
