//! `POST` to a stored query that changes something: the change is on disk, and its rows are read like others.

use bistro_database::{Database, Outcome, Transaction};
use bistro_dialect::preference::{Handling, Return, TransactionEnd};
use bistro_plan::plan::Call;
use bistro_represent::Encoder;
use hyper::{Response, StatusCode};

use crate::answer::preferred;
use crate::body::Body;
use crate::problem::Problem;
use crate::problem::failure::Failure;
use crate::reading;
use crate::writing::grounds::Grounds;
use crate::writing::too_many;

/// Makes the call, and answers once what it changed is on disk.
pub(crate) async fn run(database: &Database, grounds: Grounds) -> Result<Response<Body>, Failure> {
    let version = grounds.catalog.version;
    let job = move |transaction: &Transaction<'_>| grounds.carry_out_call(transaction);
    database.write(version, job).await?
}

impl Grounds {
    /// Everything a call does, with the answer to it, and whether the change stays.
    pub(crate) fn carry_out_call(
        &self,
        transaction: &Transaction<'_>,
    ) -> Result<(Response<Body>, bool), Failure> {
        let keyed = self.asked.keyed.as_ref();
        if let Some(keyed) = keyed
            && let Some(answer) = keyed.recall(transaction)?
        {
            return Ok((answer, false));
        }
        let call = self.call()?;
        let outcome = transaction.call(&call)?;
        self.check_affected(&outcome)?;
        let response = self.answer_call(transaction, &call)?;
        let keeps = self.asked.request.preferences.transaction != Some(TransactionEnd::Rollback);
        if let Some(keyed) = keyed.filter(|_| keeps) {
            keyed.keep(transaction, &response)?;
        }
        Ok((response, keeps))
    }

    fn check_affected(&self, outcome: &Outcome) -> Result<(), Problem> {
        let preferences = &self.asked.request.preferences;
        match preferences.max_affected {
            Some(max)
                if preferences.handling == Some(Handling::Strict) && outcome.affected > max =>
            {
                Err(too_many(outcome.affected))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// 204 where there is nothing to tell, or nobody wants to be told; otherwise the rows.
    fn answer_call(
        &self,
        transaction: &Transaction<'_>,
        call: &Call,
    ) -> Result<Response<Body>, Failure> {
        let asked = &self.asked;
        let returning = asked.request.preferences.returning;
        if call.function.rows.columns.is_empty() || returning == Some(Return::Minimal) {
            let mut response = Response::new(Body::Empty);
            *response.status_mut() = StatusCode::NO_CONTENT;
            preferred::applied(
                &asked.request,
                &asked.request.preferences,
                response.headers_mut(),
            );
            return Ok(response);
        }
        let encoder = Encoder::new(asked.representation, call.read.shape(), false);
        reading::within(transaction.snapshot(), asked, &call.read, encoder)
    }
}
