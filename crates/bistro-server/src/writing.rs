//! `POST`, `PUT`, `PATCH` and `DELETE`: a write plan becomes a change that is on disk, and a response.

pub(crate) mod grounds;
mod current;
mod patch;
mod call;

use bistro_database::{Burden, Database, Outcome, Prepared, Snapshot, Transaction};
use bistro_dialect::payload::Payload;
use bistro_dialect::preference::{Count, Handling, Preferences, Return};
use bistro_dialect::{Request, Target, print};
use bistro_http::etag::{EntityTag, Verdict};
use bistro_http::method::Method;
use bistro_http::range;
use bistro_plan::plan::{Returning, Write};
use bistro_represent::Encoder;
use bytes::Bytes;
use hyper::header::{self, HeaderValue};
use hyper::{Response, StatusCode};

use crate::answer::gathering::{Gathered, Gathering};
use crate::answer::{entity, key, link, preferred};
use crate::asked::Asked;
use crate::asked::idempotency::Keyed;
use crate::body::Body;
use crate::fields;
use crate::problem::Problem;
use crate::problem::failure::Failure;
use crate::reading::head::not_singular;
use crate::session::standing::Standing;
use crate::writing::grounds::Grounds;

/// What a write did, and the representation of it.
struct Written<'a> {
    write: &'a Write,
    outcome: Outcome,
    gathered: Gathered,
    /// The tag of the item as it is now, if the representation is what `GET` would give.
    tag: Option<EntityTag>,
}

/// Makes the change, and answers once it is on disk.
pub(crate) async fn run(
    database: &Database,
    grounds: Grounds,
    standing: Standing,
) -> Result<Response<Body>, Failure> {
    let version = grounds.catalog.version;
    let ahead = grounds.plan_ahead()?;
    let burden = grounds.burden(ahead.as_ref());
    let job = move |transaction: &Transaction<'_>| {
        standing.check(transaction)?;
        grounds.carry_out(transaction, ahead)
    };
    database.write(version, burden, job).await?
}

impl Grounds {
    /// The write, planned on the thread that asks, since the one that writes has no time for it. `None` if it can only be
    /// planned when something has been read, or cannot be planned and something else has to be looked at first.
    ///
    /// # Errors
    /// It cannot be planned.
    fn plan_ahead(&self) -> Result<Option<Prepared>, Problem> {
        let asked = &self.asked;
        let is_call = matches!(asked.request.target, Target::Function { .. });
        if is_call || matches!(asked.request.payload, Some(Payload::JsonPatch(_))) {
            return Ok(None);
        }
        match self.write(&asked.request) {
            Ok(write) => Ok(Some(Prepared::new(write))),
            Err(_) if asked.keyed.is_some() || !asked.conditions.is_empty() => Ok(None),
            Err(problem) => Err(problem),
        }
    }

    /// What the writer should know of it.
    fn burden(&self, ahead: Option<&Prepared>) -> Burden {
        let asked = &self.asked;
        // Whether it is refused after all is decided when it is done.
        let may_be_refused = asked.keyed.is_some()
            || asked.representation.is_singular
            || asked.request.preferences.max_affected.is_some()
            || !self.keeps();
        Burden {
            octets: asked.body_octets,
            undoes_itself: !may_be_refused && ahead.is_some_and(Prepared::is_one_statement),
        }
    }

    /// Everything a write or a call does, with the answer to it, and whether the change stays. `ahead` is the plan, if it could
    /// be made before.
    pub(crate) fn carry_out(
        &self,
        transaction: &Transaction<'_>,
        ahead: Option<Prepared>,
    ) -> Result<(Response<Body>, bool), Failure> {
        Keyed::once(self.asked.keyed.as_ref(), transaction, || {
            match &self.asked.request.target {
                Target::Function { .. } => self.carry_out_call(transaction),
                Target::Root
                | Target::Collection { .. }
                | Target::Item { .. }
                | Target::Related { .. }
                | Target::Own { .. } => self.carry_out_write(transaction, ahead),
            }
        })
    }

    fn carry_out_write(
        &self,
        transaction: &Transaction<'_>,
        ahead: Option<Prepared>,
    ) -> Result<(Response<Body>, bool), Failure> {
        self.check_conditions(transaction.snapshot())?;
        let prepared = match ahead {
            Some(prepared) => prepared,
            None => Prepared::new(self.plan(transaction.snapshot())?),
        };
        let write = prepared.write();
        let mut gathering = Gathering::new(self.encoder(&prepared));
        let outcome = transaction.write(&prepared, &mut gathering)?;
        let gathered = gathering.finish()?;
        self.check_outcome(write, &outcome, &gathered)?;
        let tag = self.tag(write, &gathered);
        let written = Written {
            write,
            outcome,
            gathered,
            tag,
        };
        let response = respond(&self.asked, written);
        Ok((response, self.keeps()))
    }

    /// `If-Match` and `If-None-Match`: compared with what `GET` of the same URL would answer, inside the transaction, so
    /// that nobody can come between.
    fn check_conditions(&self, snapshot: &Snapshot<'_>) -> Result<(), Failure> {
        let asked = &self.asked;
        if asked.conditions.is_empty() {
            return Ok(());
        }
        let read = self.read(&self.as_get())?;
        let current = current::tag(snapshot, &read, asked.representation)?;
        match asked
            .conditions
            .evaluate(current.as_ref(), asked.request.method)
        {
            Verdict::Proceed => Ok(()),
            Verdict::Failed | Verdict::NotModified => Err(entity::failed().into()),
        }
    }

    fn plan(&self, snapshot: &Snapshot<'_>) -> Result<Write, Failure> {
        let request = &self.asked.request;
        match &request.payload {
            Some(Payload::JsonPatch(operations)) => {
                let request = Request {
                    payload: Some(patch::apply(self, snapshot, operations)?),
                    ..request.clone()
                };
                Ok(self.write(&request)?)
            }
            Some(Payload::Rows(_) | Payload::MergePatch(_)) | None => Ok(self.write(request)?),
        }
    }

    fn encoder(&self, prepared: &Prepared) -> Option<Encoder> {
        let write = prepared.write();
        let representation = self.asked.representation;
        match &write.returning {
            Returning::Nothing => None,
            Returning::Read(read) => {
                Some(Encoder::new(representation, read.shape(), write.is_item))
            }
            Returning::Direct => {
                let shape = prepared.program().direct.as_ref();
                shape.map(|shape| Encoder::new(representation, shape, write.is_item))
            }
        }
    }

    fn check_outcome(
        &self,
        write: &Write,
        outcome: &Outcome,
        gathered: &Gathered,
    ) -> Result<(), Problem> {
        let preferences = &self.asked.request.preferences;
        // Neither a missing row nor a bound on the rows touched means anything to what makes rows.
        let touches = match write.method {
            Method::Patch | Method::Delete => true,
            Method::Get
            | Method::Head
            | Method::Query
            | Method::Post
            | Method::Put
            | Method::Options
            | Method::Trace
            | Method::Connect => false,
        };
        if touches && write.is_item && outcome.affected == 0 {
            return Err(Problem::no_such_row());
        }
        if let Some(max) = preferences.max_affected
            && touches
            && preferences.handling == Some(Handling::Strict)
            && outcome.affected > max
        {
            return Err(Problem::too_many_affected(outcome.affected));
        }
        // One row was asked for, whether it is sent back or not.
        let rows = if preferences.returning == Some(Return::Representation) {
            gathered.rows
        } else {
            outcome.affected
        };
        if self.asked.representation.is_singular && rows != 1 {
            return Err(not_singular(rows));
        }
        Ok(())
    }

    /// Only an item's whole representation, as `GET` gives it, may be told the tag that `GET` would give.
    fn tag(&self, write: &Write, gathered: &Gathered) -> Option<EntityTag> {
        let body = gathered.body.as_deref()?;
        match write.method {
            Method::Patch | Method::Put if write.is_item => Some(entity::tag(
                self.asked.representation.content_type(),
                None,
                body,
            )),
            Method::Patch
            | Method::Put
            | Method::Get
            | Method::Head
            | Method::Query
            | Method::Post
            | Method::Delete
            | Method::Options
            | Method::Trace
            | Method::Connect => None,
        }
    }
}

fn respond(asked: &Asked, mut written: Written<'_>) -> Response<Body> {
    let body = written.gathered.body.take();
    let has_body = body.is_some();
    let body = body.map_or(Body::Empty, |body| Body::Whole(Bytes::from(body)));
    let mut response = Response::new(body);
    *response.status_mut() = status(written.write, &written.outcome, has_body);
    let headers = response.headers_mut();
    if has_body {
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static(asked.representation.content_type()),
        );
        headers.insert(header::VARY, HeaderValue::from_static("Accept, Prefer"));
    }
    if let Some(content_range) = content_range(asked, &written) {
        headers.insert(header::CONTENT_RANGE, fields::value(&content_range));
    }
    if let Some(location) = location(&written) {
        headers.insert(header::LOCATION, fields::value(&location));
    }
    if let Some(tag) = &written.tag {
        headers.insert(header::ETAG, entity::field(tag));
        let here = print::print_target(&asked.request.target);
        headers.insert(header::CONTENT_LOCATION, fields::value(&here));
    }
    let preferences = Preferences {
        // Where rows have no key, none can be a duplicate.
        resolution: written.write.resolution,
        ..asked.request.preferences.clone()
    };
    preferred::applied(&asked.request, &preferences, headers);
    response
}

fn status(write: &Write, outcome: &Outcome, has_body: bool) -> StatusCode {
    let created = match write.method {
        // An upsert that only met rows that were there created nothing.
        Method::Post => outcome.created > 0 || write.resolution.is_none(),
        Method::Put => outcome.created > 0,
        Method::Get
        | Method::Head
        | Method::Query
        | Method::Patch
        | Method::Delete
        | Method::Options
        | Method::Trace
        | Method::Connect => false,
    };
    match (created, has_body || write.method == Method::Post) {
        (true, _) => StatusCode::CREATED,
        (false, true) => StatusCode::OK,
        (false, false) => StatusCode::NO_CONTENT,
    }
}

/// `PostgREST`'s: the rows updated; for the other methods only their number, or `*` if it was not asked for.
fn content_range(asked: &Asked, written: &Written<'_>) -> Option<String> {
    let affected = written.outcome.affected;
    let total = match asked.request.preferences.count {
        Some(Count::Exact | Count::Planned | Count::Estimated) => Some(affected),
        None => None,
    };
    if written.write.is_item {
        return None;
    }
    match written.write.method {
        Method::Patch => Some(range::content_range(0, affected, total)),
        Method::Post | Method::Delete => Some(range::content_range(0, 0, total)),
        Method::Put
        | Method::Get
        | Method::Head
        | Method::Query
        | Method::Options
        | Method::Trace
        | Method::Connect => None,
    }
}

/// Where the one row that was created is (RFC 9110 §10.2.2).
fn location(written: &Written<'_>) -> Option<String> {
    let outcome = &written.outcome;
    if outcome.created != 1 || outcome.affected != 1 {
        return None;
    }
    let key: Option<Vec<_>> = outcome.key.as_ref()?.iter().map(key::text).collect();
    Some(link::item_path(&written.write.relation.name, key?))
}
