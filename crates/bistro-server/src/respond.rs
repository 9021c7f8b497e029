//! THE PIPELINE: one exchange becomes one response.
//!
//! read → identify → plan → execute → represent. Every stage but one is a pure function; `database` is the only slow line.

use std::sync::Arc;

use bistro_dialect::Target;
use bistro_http::etag::Conditions;
use bistro_http::method::Method;
use bistro_plan::Error;
use bistro_plan::catalog::Catalog;
use bistro_plan::plan::{self, Dependence, Plan};
use bistro_plan::principal::Principal;
use bistro_represent::{Encoder, Format};
use bistro_session::data;
use hyper::Response;
use hyper::header::{self, HeaderValue};

use crate::accounts::{entrance, visit};
use crate::answer::page;
use crate::asked::condition::conditions;
use crate::asked::{Asked, Received};
use crate::body::Body;
use crate::caller::{self, Caller};
use crate::exchange::{Exchange, Head};
use crate::problem::Problem;
use crate::problem::failure::Failure;
use crate::reading::Reading;
use crate::reading::given::Rows;
use crate::reading::key::Key;
use crate::reading::local::Local;
use crate::reading::prepared::{Prepared, Row};
use crate::state::State;
use crate::writing::grounds::Grounds;
use crate::{files, reading, resource, writing};

/// How often a request is planned anew when the schema changes under it.
const ATTEMPTS: usize = 4;

/// The answer to an exchange that needs no second thought and next to no time: what was decided about a request like it holds as
/// long as the schema is the same, and so does the answer if nothing has changed at all.
pub(crate) fn at_once(
    state: &State,
    local: &Local,
    head: Head<'_>,
    caller: &Caller,
) -> Option<Answer> {
    let key = Key::of(head, state.version, caller.class.as_ref())?;
    let recalled = Recalled::find(local, head, &key)?;
    let reading = recalled.reading(&key, &caller.principal);
    let answered = match reading::remembered(local, reading) {
        Some(answered) => answered,
        None => reading::at_once(local, reading).transpose()?,
    };
    match answered {
        Ok(rows) => Some(Answer::Rows(rows)),
        // It is decided anew.
        Err(Failure::Stale) => None,
        Err(Failure::Problem(problem) | Failure::Settled(problem)) => {
            state.reports.tell(&problem);
            Some(Answer::Other(problem.respond(head.headers)))
        }
    }
}

/// An answer that is all there.
#[derive(Debug)]
pub(crate) enum Answer {
    /// Rows.
    Rows(Rows),
    /// Anything else.
    Other(Response<Body>),
}

impl Answer {
    /// The same for hyper.
    pub(crate) fn respond(self) -> Response<Body> {
        match self {
            Self::Rows(rows) => rows.respond(),
            Self::Other(response) => response,
        }
    }
}

/// Answers an exchange.
pub(crate) async fn respond(
    state: &State,
    local: &Local,
    mut exchange: Exchange,
    caller: &mut Caller,
) -> Response<Body> {
    let key = Key::of(exchange.head(), state.version, caller.class.as_ref());
    let answered = match again(state, local, &exchange, key.as_ref(), &caller.principal).await {
        Some(answered) => answered,
        None => answer(state, local, &mut exchange, caller, key.as_ref()).await,
    };
    match answered {
        Ok(response) => finish(exchange, response).await,
        Err(problem) => fail(state, exchange, &problem).await,
    }
}

/// Answers an exchange with a problem.
pub(crate) async fn fail(state: &State, exchange: Exchange, problem: &Problem) -> Response<Body> {
    state.reports.tell(problem);
    let response = problem.respond(&exchange.headers);
    finish(exchange, response).await
}

/// Leaves nothing of the request behind that the next one would be taken for.
async fn finish(mut exchange: Exchange, mut response: Response<Body>) -> Response<Body> {
    if !exchange.skip_body().await {
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(header::CONNECTION, close);
    }
    response
}

/// The methods of a path for whoever asks, `OPTIONS` at least.
pub(crate) async fn allow(state: &State, path: &str, principal: &Principal) -> Vec<Method> {
    if let Some(methods) = files::methods(state, path).await {
        return methods;
    }
    let methods = match Target::read(path) {
        Ok(target) => current_methods(state, &target, principal).await,
        Err(error) => Err(Problem::from(error)),
    };
    methods.unwrap_or_else(|_no_such_resource| vec![Method::Options])
}

/// What was decided about a request like the one at hand.
struct Recalled<'a> {
    prepared: Arc<Prepared>,
    row: Option<Row<'a>>,
    conditions: Conditions,
}

impl<'k> Recalled<'k> {
    fn find(local: &Local, head: Head<'_>, key: &'k Key) -> Option<Self> {
        let prepared = local.memory.prepared(key)?;
        let row = if prepared.is_of_any_row() {
            Some(prepared.row(key)?)
        } else {
            None
        };
        let conditions = if key.is_conditional() {
            conditions(head.headers)
        } else {
            Conditions::default()
        };
        Some(Self {
            prepared,
            row,
            conditions,
        })
    }

    fn reading<'a>(&'a self, key: &'a Key, principal: &'a Principal) -> Reading<'a> {
        Reading {
            prepared: &self.prepared,
            row: self.row.as_ref(),
            principal,
            key: Some(key),
            conditions: &self.conditions,
        }
    }
}

/// The answer to a request like one that was answered before and takes longer. `None`: it is to be decided.
async fn again(
    state: &State,
    local: &Local,
    exchange: &Exchange,
    key: Option<&Key>,
    principal: &Principal,
) -> Option<Result<Response<Body>, Problem>> {
    let key = key?;
    let recalled = Recalled::find(local, exchange.head(), key)?;
    match reading::run(state, local, recalled.reading(key, principal)).await {
        Ok(response) => Some(Ok(response)),
        Err(Failure::Stale) => {
            local.memory.forget(key);
            None
        }
        Err(Failure::Problem(problem) | Failure::Settled(problem)) => Some(Err(problem)),
    }
}

async fn answer(
    state: &State,
    local: &Local,
    exchange: &mut Exchange,
    caller: &mut Caller,
    key: Option<&Key>,
) -> Result<Response<Body>, Problem> {
    if let Some(answered) = files::answer(state, exchange).await? {
        return Ok(answered);
    }
    let target = Target::read(exchange.path())?;
    let policy = &state.settings.policy;
    let is_first = caller.principal == Principal::Anyone
        && visit::is_first_possession(policy, exchange.method, &target);
    if is_first {
        visit::begin(state, local, exchange, caller, data::EMPTY.to_owned()).await?;
    }
    let answered = answer_for(state, local, exchange, caller, key, target).await;
    let is_done = answered
        .as_ref()
        .is_ok_and(|response| response.status().is_success());
    if is_first && !is_done {
        entrance::take_back(state, local, caller).await;
    }
    answered
}

/// Answers an exchange about a target.
async fn answer_for(
    state: &State,
    local: &Local,
    exchange: &mut Exchange,
    caller: &mut Caller,
    key: Option<&Key>,
    target: Target,
) -> Result<Response<Body>, Problem> {
    let methods = current_methods(state, &target, &caller.principal).await?;
    if !methods.contains(&exchange.method) {
        return Err(Problem::not_allowed(exchange.method, &methods));
    }
    if exchange.method == Method::Options {
        return Ok(resource::options(&target, &methods));
    }
    match target {
        Target::Root => {
            // Nothing is read of the database that could notice a schema changed by someone else.
            let catalog = state.refresh().await?;
            return resource::root(state, &catalog, exchange, &caller.principal);
        }
        Target::Own { path } => return resource::own(state, local, exchange, caller, &path).await,
        Target::Collection { .. }
        | Target::Item { .. }
        | Target::Related { .. }
        | Target::Function { .. } => {}
    }
    let principal = &caller.principal;
    let asked = Arc::new(read(state, exchange, principal).await?);
    for _attempt in 0..ATTEMPTS {
        let catalog = state.database.catalog();
        match attempt(state, local, key, &asked, caller, &catalog).await {
            Ok(response) => return Ok(response),
            Err(Failure::Stale) => {
                state.refresh().await?;
            }
            // Nothing that was asked is at fault.
            Err(Failure::Problem(problem)) if problem.status.is_server_error() => {
                return Err(problem);
            }
            Err(Failure::Settled(problem)) => return Err(problem.allowing(&methods)),
            Err(Failure::Problem(problem)) => {
                // What makes no sense against this catalog may make sense against the one in the file now.
                // Where that cannot be found out, the first answer stands: it says more than why it could not.
                let now = state.refresh().await;
                if now.is_ok_and(|now| !Arc::ptr_eq(&now, &catalog)) {
                    continue;
                }
                return Err(problem.allowing(&methods));
            }
        }
    }
    Err(Problem::from(bistro_database::Error::Stale))
}

/// parse: what was asked, and how the answer should look.
async fn read(
    state: &State,
    exchange: &mut Exchange,
    principal: &Principal,
) -> Result<Asked, Problem> {
    let body = exchange.read_body(&state.settings.bounds).await?;
    let received = Received {
        method: exchange.method,
        path: exchange.path(),
        query: exchange.query().unwrap_or_default(),
        headers: &exchange.headers,
        origin: &exchange.origin(),
        principal,
        body: &body,
    };
    Asked::read(&received, &state.settings.policy.limits)
}

/// plan → execute → represent, against one state of the catalog.
async fn attempt(
    state: &State,
    local: &Local,
    key: Option<&Key>,
    asked: &Arc<Asked>,
    caller: &Caller,
    catalog: &Arc<Catalog>,
) -> Result<Response<Body>, Failure> {
    let principal = &caller.principal;
    let grounds = || Grounds {
        asked: Arc::clone(asked),
        principal: principal.clone(),
        catalog: Arc::clone(catalog),
        policy: state.settings.policy.clone(),
    };
    let is_call = matches!(asked.request.target, Target::Function { .. });
    if !asked.request.method.is_safe() && !is_call {
        // A JSON patch is only a plan once its row has been read.
        return writing::run(&state.database, grounds(), caller.standing(local)).await;
    }
    let policy = page::paged(&state.settings.policy, asked);
    let plan = match plan::make(&asked.request, principal, catalog, &policy) {
        Err(Error::WrongArguments { function, .. }) if is_page(asked) => {
            let form = page::call(state, asked, principal, catalog, &function);
            let mut form = form.ok_or_else(|| Problem::internal("a stored query has gone"))?;
            if policy.tells_apart() {
                caller::keep_apart(form.headers_mut());
            }
            return Ok(form);
        }
        plan => plan.map_err(Problem::from)?,
    };
    match plan {
        Plan::Read(read) => {
            let encoder = match asked.representation.format {
                Format::Html => page::encoder(state, asked, principal, catalog, &read),
                Format::Json | Format::Csv | Format::Ndjson => {
                    Encoder::new(asked.representation, read.shape(), read.is_item)
                }
            };
            // A page names who looks at it, and what else there is for him.
            let is_personal = is_page(asked) && policy.tells_apart();
            let mut dependence = read.dependence(&policy);
            if is_personal && dependence == Dependence::Nobody {
                dependence = Dependence::Class;
            }
            // What is called may change without the schema; what is around the rows of such a page is for one caller.
            let key = key.filter(|_| !is_call && !is_personal);
            let prepared = Prepared::new(catalog.version, asked, read, encoder, dependence);
            let prepared = Arc::new(prepared);
            if let Some(key) = key {
                local.memory.prepare(key, &prepared);
            }
            let reading = Reading {
                prepared: &prepared,
                row: None,
                principal,
                key,
                conditions: &asked.conditions,
            };
            reading::run(state, local, reading).await
        }
        Plan::Call(_) => writing::run(&state.database, grounds(), caller.standing(local)).await,
        Plan::Write(_) => Err(Problem::internal("a read was planned as a write").into()),
    }
}

/// Whether somebody looks at it in a browser.
fn is_page(asked: &Asked) -> bool {
    asked.representation.format == Format::Html
}

/// The methods of a target for this caller, `TRACE` among them if it echoes here.
async fn current_methods(
    state: &State,
    target: &Target,
    principal: &Principal,
) -> Result<Vec<Method>, Problem> {
    let mut methods = match target {
        Target::Own { path } => resource::methods(path, &state.settings.policy)?,
        Target::Root
        | Target::Collection { .. }
        | Target::Item { .. }
        | Target::Related { .. }
        | Target::Function { .. } => planned_methods(state, target, principal).await?,
    };
    if state.settings.trace {
        methods.push(Method::Trace);
    }
    Ok(methods)
}

/// What the plan allows, by the catalog as it is in the file if the one at hand does not know the target.
async fn planned_methods(
    state: &State,
    target: &Target,
    principal: &Principal,
) -> Result<Vec<Method>, Problem> {
    let policy = &state.settings.policy;
    if let Target::Function { .. } = target {
        // No statement would notice that a file has changed.
        let catalog = state.refresh().await?;
        return Ok(plan::methods(target, principal, &catalog, policy)?);
    }
    match plan::methods(target, principal, &state.database.catalog(), policy) {
        Ok(methods) => Ok(methods),
        Err(_perhaps_stale) => {
            let catalog = state.refresh().await?;
            Ok(plan::methods(target, principal, &catalog, policy)?)
        }
    }
}
