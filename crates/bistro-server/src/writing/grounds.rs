//! What a write is decided from.

use std::sync::Arc;

use bistro_dialect::Request;
use bistro_dialect::preference::TransactionEnd;
use bistro_http::method::Method;
use bistro_plan::Error;
use bistro_plan::catalog::Catalog;
use bistro_plan::plan::{self, Call, Plan, Read, Write};
use bistro_plan::principal::Principal;
use bistro_plan::rule::{Operation, Policy};

use crate::asked::Asked;
use crate::problem::Problem;

/// The request and everything it is held against. It goes to the writing thread whole: a JSON patch is only a plan once
/// its row has been read there.
#[derive(Clone, Debug)]
pub(crate) struct Grounds {
    pub(crate) asked: Arc<Asked>,
    pub(crate) principal: Principal,
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) policy: Policy,
}

impl Grounds {
    /// The read that `request` is.
    ///
    /// # Errors
    /// Among others, rows are not open to be read: the write itself may be, so this is said of what it needs besides.
    pub(crate) fn read(&self, request: &Request) -> Result<Read, Problem> {
        match plan::make(request, &self.principal, &self.catalog, &self.policy) {
            Ok(Plan::Read(read)) => Ok(read),
            Ok(Plan::Write(_) | Plan::Call(_)) => {
                Err(Problem::internal("a read was planned as a write"))
            }
            Err(Error::NotAllowed { relation, .. }) => Err(Problem::from(Error::Forbidden {
                relation,
                operation: Operation::Read,
            })),
            Err(error) => Err(Problem::from(error)),
        }
    }

    /// The write that `request` is.
    pub(crate) fn write(&self, request: &Request) -> Result<Write, Problem> {
        match plan::make(request, &self.principal, &self.catalog, &self.policy)? {
            Plan::Write(write) => Ok(write),
            Plan::Read(_) | Plan::Call(_) => {
                Err(Problem::internal("a write was planned as a read"))
            }
        }
    }

    /// The call that changes something that the request is.
    pub(crate) fn call(&self) -> Result<Call, Problem> {
        match plan::make(
            &self.asked.request,
            &self.principal,
            &self.catalog,
            &self.policy,
        )? {
            Plan::Call(call) => Ok(call),
            Plan::Read(_) | Plan::Write(_) => {
                Err(Problem::internal("a call was planned as something else"))
            }
        }
    }

    /// Whether the client wants what is done to stay.
    pub(crate) fn keeps(&self) -> bool {
        self.asked.request.preferences.transaction != Some(TransactionEnd::Rollback)
    }

    /// What `GET` of the same URL would ask.
    pub(crate) fn as_get(&self) -> Request {
        let mut request = Request {
            method: Method::Get,
            payload: None,
            ..self.asked.request.clone()
        };
        request.query.columns = None;
        request.query.on_conflict = None;
        request.preferences.count = None;
        request
    }
}
