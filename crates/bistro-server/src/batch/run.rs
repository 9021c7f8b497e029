//! A batch is carried out: each request is read, planned and executed in turn, in the one transaction.

use std::sync::Arc;

use bistro_database::{Burden, Error, Transaction};
use bistro_dialect::Target;
use bistro_dialect::error::{Place, Problem as Trouble};
use bistro_dialect::preference::{Handling, Preferences, TransactionEnd};
use bistro_http::method::Method;
use bistro_plan::catalog::Catalog;
use bistro_plan::plan::{self, Plan};
use bistro_plan::principal::Principal;
use bistro_plan::rule::Policy;
use bistro_represent::{Encoder, Format, Representation};
use bistro_session::data;
use bytes::Bytes;
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::{Response, StatusCode};

use crate::accounts::{entrance, visit};
use crate::answer::entity;
use crate::asked::condition::conditions;
use crate::asked::idempotency::Keyed;
use crate::asked::{Asked, PREFER, Received};
use crate::batch::answered;
use crate::batch::reference::Answers;
use crate::batch::step::{Step, malformed};
use crate::body::Body;
use crate::caller::Caller;
use crate::exchange::Exchange;
use crate::fields;
use crate::problem::Problem;
use crate::problem::failure::Failure;
use crate::reading;
use crate::reading::local::Local;
use crate::session::standing::Standing;
use crate::state::State;
use crate::state::reports::Reports;
use crate::writing::grounds::Grounds;

/// How often a batch is planned anew when the schema changes under it.
const ATTEMPTS: usize = 4;

/// The longest answer to a batch, in octets.
const BYTES_MAX: usize = 64 * 1024 * 1024;

/// A batch, and whatever its requests are held against besides the catalog.
struct Batch {
    steps: Vec<Step>,
    keyed: Option<Keyed>,
    preferences: Preferences,
    principal: Principal,
    policy: Policy,
    origin: String,
    body_bytes: usize,
    reports: Reports,
    /// Octets that it came in.
    octets: usize,
}

/// Carries a batch out, and answers once what it changed is on disk.
///
/// # Errors
/// It is none, or the database cannot take it. A request in it that fails is no error of the batch: its answer says so.
pub(crate) async fn run(
    state: &State,
    local: &Local,
    exchange: &mut Exchange,
    caller: &mut Caller,
) -> Result<Response<Body>, Problem> {
    let settings = &state.settings;
    let body = exchange.read_body(&settings.bounds).await?;
    check_media_type(&exchange.headers)?;
    let steps = Step::read_all(&body, settings.policy.limits.requests)?;
    let is_first = caller.principal == Principal::Anyone
        && steps
            .iter()
            .any(|step| step.is_first_possession(&settings.policy));
    if is_first {
        visit::begin(state, local, exchange, caller, data::EMPTY.to_owned()).await?;
    }
    let answered = match Batch::of(state, exchange, &caller.principal, &body, steps) {
        Ok(batch) => carry_out(state, batch, caller.standing(local)).await,
        Err(problem) => Err(problem),
    };
    let is_done = answered
        .as_ref()
        .is_ok_and(|response| response.status().is_success());
    if is_first && !is_done {
        entrance::take_back(state, local, caller).await;
    }
    answered
}

async fn carry_out(
    state: &State,
    batch: Batch,
    standing: Standing,
) -> Result<Response<Body>, Problem> {
    let batch = Arc::new(batch);
    for _attempt in 0..ATTEMPTS {
        // Whoever changes the schema after this is noticed by the transaction.
        let catalog = state.refresh().await?;
        let version = catalog.version;
        let batch = Arc::clone(&batch);
        let burden = Burden {
            octets: batch.octets,
            undoes_itself: false,
        };
        let job = move |transaction: &Transaction<'_>| {
            standing.check(transaction)?;
            batch.carry_out(transaction, &catalog)
        };
        let done = state.database.write(version, burden, job).await;
        match done.map_err(Failure::from).and_then(|done| done) {
            Ok(response) => return Ok(response),
            Err(Failure::Stale) => {}
            Err(Failure::Problem(problem) | Failure::Settled(problem)) => return Err(problem),
        }
    }
    Err(Problem::from(Error::Stale))
}

impl Batch {
    fn of(
        state: &State,
        exchange: &Exchange,
        principal: &Principal,
        body: &[u8],
        steps: Vec<Step>,
    ) -> Result<Self, Problem> {
        let headers = &exchange.headers;
        entity::check_nothing_there(&conditions(headers))?;
        let preferences = Preferences::read(&fields::lines(headers, PREFER));
        if preferences.handling == Some(Handling::Strict) && !preferences.invalid.is_empty() {
            return Err(Problem::from(bistro_dialect::Error {
                place: Place::Field("Prefer"),
                problem: Trouble::Preferences(preferences.invalid),
            }));
        }
        let origin = exchange.origin();
        let received = Received {
            method: Method::Post,
            path: exchange.path(),
            query: exchange.query().unwrap_or_default(),
            headers,
            origin: &origin,
            principal,
            body,
        };
        let policy = state.settings.policy.clone();
        Ok(Self {
            steps,
            keyed: Keyed::read(&received)?,
            preferences,
            principal: principal.clone(),
            policy,
            origin,
            body_bytes: state.settings.bounds.body_bytes,
            reports: state.reports.clone(),
            octets: body.len(),
        })
    }

    /// Everything a batch does, with the answer to it, and whether the changes stay.
    fn carry_out(
        &self,
        transaction: &Transaction<'_>,
        catalog: &Arc<Catalog>,
    ) -> Result<(Response<Body>, bool), Failure> {
        Keyed::once(self.keyed.as_ref(), transaction, || {
            self.carry_out_steps(transaction, catalog)
        })
    }

    fn carry_out_steps(
        &self,
        transaction: &Transaction<'_>,
        catalog: &Arc<Catalog>,
    ) -> Result<(Response<Body>, bool), Failure> {
        let mut answers = Answers::new(self.body_bytes);
        let mut octets = 0;
        for (number, step) in self.steps.iter().enumerate() {
            match self.step(transaction, catalog, step, &answers) {
                Ok(answer) => {
                    octets += answer.len();
                    answers.add(answer);
                }
                Err(Failure::Stale) => return Err(Failure::Stale),
                Err(Failure::Problem(problem) | Failure::Settled(problem)) => {
                    return Ok((self.failed(number, &problem), false));
                }
            }
            if octets > BYTES_MAX {
                return Ok((self.failed(number, &too_long()), false));
            }
        }
        let mut response = list(StatusCode::OK, &answers.texts());
        if let Some(applied) = self.preferences.applied(&["handling", "tx"]) {
            let field = fields::value(&applied);
            response.headers_mut().insert("preference-applied", field);
        }
        let keeps = self.preferences.transaction != Some(TransactionEnd::Rollback);
        Ok((response, keeps))
    }

    /// Does one request, and writes its answer.
    fn step(
        &self,
        transaction: &Transaction<'_>,
        catalog: &Arc<Catalog>,
        step: &Step,
        answers: &Answers,
    ) -> Result<String, Failure> {
        let method = step.method()?;
        let headers = step.headers(|value| answers.resolve_field(value))?;
        let target = answers.resolve_path(&step.path)?;
        if !target.starts_with('/') || target.contains('#') {
            return Err(malformed(format!(
                "`{}` is no path: it begins with `/` and has no `#`",
                step.path
            ))
            .into());
        }
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let body = match &step.body {
            Some(body) => text_of(&headers, answers.resolve_body(body)?)?,
            None => String::new(),
        };
        let received = Received {
            method,
            path,
            query,
            headers: &headers,
            origin: &self.origin,
            principal: &self.principal,
            body: body.as_bytes(),
        };
        let mut asked = Asked::read(&received, &self.policy.limits)?;
        if asked.representation.format == Format::Html {
            asked.representation = Representation {
                format: Format::Json,
                ..asked.representation
            };
        }
        let response = self.answer(transaction, catalog, asked)?;
        Ok(answered::write(&response))
    }

    fn answer(
        &self,
        transaction: &Transaction<'_>,
        catalog: &Arc<Catalog>,
        asked: Asked,
    ) -> Result<Response<Body>, Failure> {
        let request = &asked.request;
        match &request.target {
            Target::Root | Target::Own { .. } => {
                return Err(
                    malformed(format!("`{}` cannot be part of a batch", asked.path))
                        .hint("Tables, views, rows and stored queries can.")
                        .into(),
                );
            }
            Target::Collection { .. }
            | Target::Item { .. }
            | Target::Related { .. }
            | Target::Function { .. } => {}
        }
        if request.preferences.transaction == Some(TransactionEnd::Rollback) {
            return Err(malformed("`Prefer: tx=rollback` is for the whole batch")
                .hint("Send it with the batch, not with one of its requests.")
                .into());
        }
        let is_call = matches!(request.target, Target::Function { .. });
        let grounds = Grounds {
            asked: Arc::new(asked),
            principal: self.principal.clone(),
            catalog: Arc::clone(catalog),
            policy: self.policy.clone(),
        };
        let asked = &grounds.asked;
        if !asked.request.method.is_safe() && !is_call {
            return Ok(grounds.carry_out(transaction, None)?.0);
        }
        match plan::make(&asked.request, &self.principal, catalog, &self.policy)
            .map_err(Problem::from)?
        {
            Plan::Read(read) => {
                let encoder = Encoder::new(asked.representation, read.shape(), read.is_item);
                let mut response = reading::within(transaction.snapshot(), asked, &read, encoder)?;
                if asked.request.method == Method::Head {
                    *response.body_mut() = Body::Empty;
                }
                Ok(response)
            }
            Plan::Call(_) => Ok(grounds.carry_out(transaction, None)?.0),
            Plan::Write(_) => Err(Problem::internal("a read was planned as a write").into()),
        }
    }

    /// The answer to a batch of which a request failed: that one's own answer, and of the others that nothing came of them.
    fn failed(&self, number: usize, problem: &Problem) -> Response<Body> {
        self.reports.tell(problem);
        let plain = HeaderMap::new();
        let undone = answered::write(&undone(number).respond(&plain));
        let mut texts = vec![undone.as_str(); self.steps.len()];
        let own = answered::write(&problem.respond(&plain));
        if let Some(text) = texts.get_mut(number) {
            *text = &own;
        }
        list(problem.status, &texts)
    }
}

/// A body is JSON (`application/json`, or none said).
fn check_media_type(headers: &HeaderMap) -> Result<(), Problem> {
    let Some(found) = fields::one(headers, header::CONTENT_TYPE) else {
        return Ok(());
    };
    if fields::essence(found) == "application/json" {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "PGRST102",
        format!("Content-Type not acceptable: {found}"),
    )
    .hint("A batch is `application/json`."))
}

/// The octets of a body: JSON as it is; of any other media type, the text that a JSON string holds.
fn text_of(headers: &HeaderMap, body: String) -> Result<String, Problem> {
    let media_type = fields::one(headers, header::CONTENT_TYPE).unwrap_or("application/json");
    let essence = fields::essence(media_type);
    if essence.ends_with("json") || essence.starts_with("application/vnd.pgrst.") {
        return Ok(body);
    }
    serde_json::from_str(&body)
        .ok()
        .ok_or_else(|| malformed(format!("A body of `{media_type}` is a string in a batch")))
}

fn list(status: StatusCode, answers: &[impl AsRef<str>]) -> Response<Body> {
    let answers: Vec<&str> = answers.iter().map(AsRef::as_ref).collect();
    let body = format!("[{}]", answers.join(",\n"));
    let mut response = Response::new(Body::Whole(Bytes::from(body)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json; charset=utf-8"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// What is said of every other request when one has failed (RFC 4918 §11.4).
fn undone(number: usize) -> Problem {
    Problem::new(
        StatusCode::FAILED_DEPENDENCY,
        "BISTRO424",
        "Nothing was changed, because another request of the batch failed",
    )
    .details(format!(
        "The request that failed is number {number}, counted from 0."
    ))
}

fn too_long() -> Problem {
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "BISTRO413",
        format!("The answer to this batch is longer than {BYTES_MAX} bytes; nothing was changed"),
    )
    .hint("Ask with `Prefer: return=minimal`, or for fewer rows and columns with `limit` and `select`.")
}
