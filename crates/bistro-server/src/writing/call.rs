//! `POST` to a stored query that changes something: the change is on disk, and its rows are read like others.

use bistro_database::{Outcome, Transaction};
use bistro_dialect::preference::{Handling, Return};
use bistro_plan::plan::Call;
use bistro_represent::Encoder;
use hyper::{Response, StatusCode};

use crate::answer::{entity, preferred};
use crate::body::Body;
use crate::problem::Problem;
use crate::problem::failure::Failure;
use crate::reading;
use crate::writing::grounds::Grounds;

impl Grounds {
    /// Everything a call does, with the answer to it, and whether the change stays.
    pub(super) fn carry_out_call(
        &self,
        transaction: &Transaction<'_>,
    ) -> Result<(Response<Body>, bool), Failure> {
        entity::check_nothing_there(&self.asked.conditions)?;
        let call = self.call()?;
        let outcome = transaction.call(&call)?;
        self.check_affected(&outcome)?;
        let response = self.answer_call(transaction, &call)?;
        Ok((response, self.keeps()))
    }

    fn check_affected(&self, outcome: &Outcome) -> Result<(), Problem> {
        let preferences = &self.asked.request.preferences;
        match preferences.max_affected {
            Some(max)
                if preferences.handling == Some(Handling::Strict) && outcome.affected > max =>
            {
                Err(Problem::too_many_affected(outcome.affected))
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
