//! What will be done: names resolved, types known, rules applied. All that later stages need is in here.

mod read;
mod write;

pub use read::Read;
pub use write::{Returning, Write};

use bistro_dialect::{Request, Target};
use bistro_http::method::Method;

use crate::catalog::Catalog;
use crate::error::Error;
use crate::principal::Principal;
use crate::rule::Policy;

/// The decision about one request.
#[derive(Clone, Debug)]
pub enum Plan {
    /// `GET`, `HEAD`, `QUERY`
    Read(Read),
    /// `POST`, `PUT`, `PATCH`, `DELETE`
    Write(Write),
}

/// Decides what a request for a relation (collection or item) does.
///
/// # Errors
/// Whatever cannot be done, with the facts an answer needs: the nearest name, the methods that are allowed, the value
/// that does not fit.
pub fn make(
    _request: &Request,
    _principal: &Principal,
    _catalog: &Catalog,
    _policy: &Policy,
) -> Result<Plan, Error> {
    unreachable!("skeleton")
}

/// The methods of a target for this caller, in the order of [`Method::ALL`]: what `Allow` says. `TRACE` and `CONNECT`
/// are the server's business and never among them.
///
/// # Errors
/// There is no such resource for this caller.
pub fn methods(
    _target: &Target,
    _principal: &Principal,
    _catalog: &Catalog,
    _policy: &Policy,
) -> Result<Vec<Method>, Error> {
    unreachable!("skeleton")
}
