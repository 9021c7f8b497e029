//! `POST /-/batch`: several requests in one transaction, all or nothing.

mod step;
mod written;
mod reference;
mod answered;
mod run;

pub(crate) use run::run;
