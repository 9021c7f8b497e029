//! `bistro user`, `bistro session` and `bistro token`: what is kept of users, from the command line.

mod desk;
mod password;
mod user;
mod session;
mod token;

pub(super) use session::run as session;
pub(super) use token::run as token;
pub(super) use user::run as user;
