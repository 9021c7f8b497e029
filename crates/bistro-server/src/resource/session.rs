//! `/-/session`, `/-/sessions`, `/-/users`: who asks, what his session remembers, and signing in, up and out.

mod people;

use bistro_http::method::Method;
use bistro_plan::principal::Principal;
use bistro_represent::{Format, Representation};
use bistro_session::password::Password;
use bistro_session::session::Session;
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::accounts::entrance::Credentials;
use crate::accounts::user::NewPassword;
use crate::accounts::visit::JSON;
use crate::accounts::visit::{Change, Deed};
use crate::accounts::{entrance, user, visit};
use crate::answer::entity;
use crate::asked::condition::conditions;
use crate::body::Body;
use crate::caller::{CALLER_FIELDS, Caller, vary};
use crate::exchange::Exchange;
use crate::fields;
use crate::problem::Problem;
use crate::reading::local::Local;
use crate::resource::session::people::{Action, HTML};
use crate::resource::{sent, tagged, whole};
use crate::session::Sessions;
use crate::state::State;

const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");

/// The resources that are about who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Personal {
    /// `/-/session`: who asks; to sign in and out
    Session,
    /// `/-/session/data`: what the session remembers
    Data,
    /// `/-/sessions`: the caller's sessions on all devices
    Sessions,
    /// `/-/sessions/others`: all of them but this one
    Others,
    /// `/-/sessions/{id}`
    One(String),
    /// `/-/users`: to sign up
    Users,
    /// `/-/users/me`, `/-/users/{id}`: the caller's account
    User(String),
}

/// What somebody sends who wants to sign in or up.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignIn {
    email: String,
    password: String,
    /// Where a browser goes then: a path of this server.
    next: Option<String>,
}

/// What somebody sends who changes his account.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Amendment {
    password: String,
    current: Option<String>,
}

/// What somebody sends who wants to be no user any more.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Farewell {
    current: Option<String>,
}

impl Personal {
    pub(super) fn find(path: &[String]) -> Option<Self> {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        match path.as_slice() {
            ["session"] => Some(Self::Session),
            ["session", "data"] => Some(Self::Data),
            ["sessions"] => Some(Self::Sessions),
            ["sessions", "others"] => Some(Self::Others),
            ["sessions", id] => Some(Self::One((*id).to_owned())),
            ["users"] => Some(Self::Users),
            ["users", id] => Some(Self::User((*id).to_owned())),
            _ => None,
        }
    }

    /// The methods, where anything may be changed at all.
    pub(super) fn methods(&self, is_read_only: bool) -> Vec<Method> {
        let methods: &[Method] = match self {
            Self::Session => &[Method::Get, Method::Head, Method::Post, Method::Delete],
            Self::Data => &[
                Method::Get,
                Method::Head,
                Method::Put,
                Method::Patch,
                Method::Delete,
            ],
            Self::Sessions => &[Method::Get, Method::Head, Method::Delete],
            Self::Others | Self::One(_) => &[Method::Delete],
            Self::Users => &[Method::Post],
            Self::User(_) => &[Method::Get, Method::Head, Method::Patch, Method::Delete],
        };
        let methods = methods.iter().copied().chain([Method::Options]);
        methods
            .filter(|method| !is_read_only || method.is_safe())
            .collect()
    }
}

/// Answers for a resource that is about who asks.
pub(super) async fn respond(
    state: &State,
    local: &Local,
    exchange: &mut Exchange,
    caller: &mut Caller,
    resource: &Personal,
) -> Result<Response<Body>, Problem> {
    // What is refused to one caller may be another's.
    answer(state, local, exchange, caller, resource)
        .await
        .map_err(|problem| problem.field(header::VARY, CALLER_FIELDS))
}

async fn answer(
    state: &State,
    local: &Local,
    exchange: &mut Exchange,
    caller: &mut Caller,
    resource: &Personal,
) -> Result<Response<Body>, Problem> {
    if let Personal::User(id) = resource
        && id != "me"
        && caller.principal.user().is_none_or(|user| user.id != *id)
    {
        return Err(Problem::new(
            StatusCode::NOT_FOUND,
            "BISTRO404",
            "There is no such user, for you",
        ));
    }
    let body = exchange.read_body(&state.settings.bounds).await?;
    let answered = if exchange.method.is_safe() {
        show(state, local, exchange, caller, resource).await
    } else {
        alter(state, local, exchange, caller, resource, &body).await
    };
    let mut response = match answered {
        // Whoever has filled in a form gets it again.
        Err(problem)
            if exchange.method == Method::Post
                && problem.status.is_client_error()
                && is_browser(exchange) =>
        {
            let typed = sent::text(&exchange.headers, &body, "email").unwrap_or_default();
            let page = people::page(state, local, caller, Some(&problem), typed).await?;
            problem.respond_with(HTML, page)
        }
        answered => answered?,
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::VARY, HeaderValue::from_static("Accept"));
    vary(headers);
    Ok(response)
}

async fn show(
    state: &State,
    local: &Local,
    exchange: &Exchange,
    caller: &mut Caller,
    resource: &Personal,
) -> Result<Response<Body>, Problem> {
    if *resource == Personal::Session && caller.has_dead_cookie {
        caller.leaves(&state.sessions);
    }
    if *resource == Personal::Session && is_browser(exchange) {
        let page = people::page(state, local, caller, None, String::new()).await?;
        return tagged(exchange, HTML, page.into());
    }
    let shown = match resource {
        Personal::Data => visit::memory(caller).to_owned().into_bytes(),
        Personal::Sessions => {
            let sessions = user::sessions(state, local, caller).await?;
            document(&listed(&sessions, caller))
        }
        Personal::User(_) => {
            if caller.principal.user().is_none() {
                user::signed_in(caller)?;
            }
            document(&account(&caller.principal))
        }
        Personal::Session | Personal::Others | Personal::One(_) | Personal::Users => {
            document(&who(caller, &state.sessions))
        }
    };
    tagged(exchange, JSON, shown.into())
}

async fn alter(
    state: &State,
    local: &Local,
    exchange: &Exchange,
    caller: &mut Caller,
    resource: &Personal,
    body: &[u8],
) -> Result<Response<Body>, Problem> {
    match (resource, exchange.method) {
        (Personal::Session, Method::Post) => {
            if sent::text(&exchange.headers, body, "action").is_some() {
                let action = sent::read(&exchange.headers, body)?;
                return act(state, local, exchange, caller, action).await;
            }
            enter(state, local, exchange, caller, body, Door::In).await
        }
        (Personal::Users, _) => enter(state, local, exchange, caller, body, Door::Up).await,
        (Personal::Data, _) => change(state, local, exchange, caller, body).await,
        (Personal::Session, _) => {
            entrance::sign_out(state, local, caller).await?;
            Ok(gone(exchange))
        }
        (Personal::Sessions, _) => {
            user::end_all(state, local, caller).await?;
            Ok(gone(exchange))
        }
        (Personal::Others, _) => {
            user::end_others(state, local, caller).await?;
            Ok(empty(StatusCode::NO_CONTENT))
        }
        (Personal::One(id), _) => {
            user::end_one(state, local, caller, id).await?;
            Ok(empty(StatusCode::NO_CONTENT))
        }
        (Personal::User(_), Method::Patch) => {
            let Amendment { password, current } = sent::read(&exchange.headers, body)?;
            let wanted = NewPassword {
                current: current.map(|current| Password::new(&current)),
                password: Password::new(&password),
            };
            user::set_password(state, local, exchange, caller, wanted).await?;
            Ok(empty(StatusCode::NO_CONTENT))
        }
        (Personal::User(_), _) => {
            let Farewell { current } = if body.is_empty() {
                Farewell::default()
            } else {
                sent::read(&exchange.headers, body)?
            };
            let current = current.map(|current| Password::new(&current));
            user::remove(state, local, exchange, caller, current).await?;
            Ok(gone(exchange))
        }
    }
}

/// How somebody enters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Door {
    In,
    Up,
}

async fn enter(
    state: &State,
    local: &Local,
    exchange: &Exchange,
    caller: &mut Caller,
    body: &[u8],
    door: Door,
) -> Result<Response<Body>, Problem> {
    let SignIn {
        email,
        password,
        next,
    } = sent::read(&exchange.headers, body)?;
    let credentials = Credentials {
        email,
        password: Password::new(&password),
    };
    match door {
        Door::In => entrance::sign_in(state, local, exchange, caller, credentials).await?,
        Door::Up => entrance::sign_up(state, local, exchange, caller, credentials).await?,
    }
    if is_browser(exchange) {
        return Ok(see_other(next.as_deref(), "/"));
    }
    let mut response = whole(JSON, "no-store", document(&who(caller, &state.sessions)));
    if door == Door::Up {
        *response.status_mut() = StatusCode::CREATED;
        let id = caller.principal.owner().unwrap_or_default();
        let location = fields::value(&format!("/-/users/{id}"));
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// Does what a form asks for; what is answered to others is what the method with this meaning answers.
async fn act(
    state: &State,
    local: &Local,
    exchange: &Exchange,
    caller: &mut Caller,
    action: Action,
) -> Result<Response<Body>, Problem> {
    let mut onward = None;
    let answer = match action {
        Action::End { next } => {
            entrance::sign_out(state, local, caller).await?;
            onward = next;
            gone(exchange)
        }
        Action::EndOthers {} => {
            user::end_others(state, local, caller).await?;
            empty(StatusCode::NO_CONTENT)
        }
        Action::EndOne { session } => {
            user::end_one(state, local, caller, &session).await?;
            empty(StatusCode::NO_CONTENT)
        }
        Action::Password { current, password } => {
            let wanted = NewPassword {
                current: Some(Password::new(&current)),
                password: Password::new(&password),
            };
            user::set_password(state, local, exchange, caller, wanted).await?;
            empty(StatusCode::NO_CONTENT)
        }
    };
    if !is_browser(exchange) {
        return Ok(answer);
    }
    let mut response = see_other(onward.as_deref(), "/-/session");
    if let Some(clear) = answer.headers().get(CLEAR_SITE_DATA) {
        let headers = response.headers_mut();
        headers.insert(CLEAR_SITE_DATA, clear.clone());
    }
    Ok(response)
}

/// Whether who asks looks at pages.
fn is_browser(exchange: &Exchange) -> bool {
    let accept = fields::lines(&exchange.headers, header::ACCEPT);
    Representation::choose(&accept).is_some_and(|chosen| chosen.format == Format::Html)
}

/// What a form was sent for is done; the browser goes where it was told to, if that is here.
fn see_other(next: Option<&str>, otherwise: &str) -> Response<Body> {
    let next = next.filter(|next| is_own_path(next));
    let mut response = empty(StatusCode::SEE_OTHER);
    let location = fields::value(next.unwrap_or(otherwise));
    response.headers_mut().insert(header::LOCATION, location);
    response
}

/// Whether it is a path of this server, and browsers see it so, too: they take `//` and `/\` for the beginning of a host.
fn is_own_path(next: &str) -> bool {
    let mut octets = next.bytes();
    octets.next() == Some(b'/')
        && octets.next() != Some(b'/')
        && next
            .bytes()
            .all(|octet| octet.is_ascii_graphic() && octet != b'\\')
}

async fn change(
    state: &State,
    local: &Local,
    exchange: &Exchange,
    caller: &mut Caller,
    body: &[u8],
) -> Result<Response<Body>, Problem> {
    let deed = match exchange.method {
        Method::Patch => {
            sent::check_json(&exchange.headers, "application/merge-patch+json")?;
            Deed::Merge(body.to_vec())
        }
        Method::Delete => Deed::Replace(b"{}".to_vec()),
        Method::Put
        | Method::Get
        | Method::Head
        | Method::Query
        | Method::Post
        | Method::Options
        | Method::Trace
        | Method::Connect => {
            sent::check_json(&exchange.headers, "application/json")?;
            Deed::Replace(body.to_vec())
        }
    };
    let change = Change {
        deed,
        conditions: conditions(&exchange.headers),
        method: exchange.method,
    };
    let is_deletion = exchange.method == Method::Delete;
    if is_deletion && caller.session.is_none() {
        return Ok(empty(StatusCode::NO_CONTENT));
    }
    let data = visit::remember(state, local, exchange, caller, change).await?;
    if is_deletion {
        return Ok(empty(StatusCode::NO_CONTENT));
    }
    let tag = entity::tag(JSON, None, data.as_bytes());
    let mut response = whole(JSON, "no-store", data);
    response
        .headers_mut()
        .insert(header::ETAG, entity::field(&tag));
    Ok(response)
}

/// Who asks.
fn who(caller: &Caller, sessions: &Sessions) -> Value {
    let kind = match &caller.principal {
        Principal::Anyone => "anyone",
        Principal::Visitor(_) => "visitor",
        Principal::User(_) => "user",
    };
    let session = caller.session.as_ref().map(|held| {
        let mut shown = shown(&held.session);
        let ends = sessions.lifetime.absolute_end(held.session.created);
        shown["ends"] = json!(ends);
        shown
    });
    let data: Value = serde_json::from_str(visit::memory(caller)).unwrap_or_else(|_none| json!({}));
    json!({
        "kind": kind,
        "id": caller.principal.owner(),
        "user": account(&caller.principal),
        "session": session,
        "data": data,
    })
}

fn account(principal: &Principal) -> Value {
    match principal.user() {
        None => Value::Null,
        Some(user) => json!({"id": user.id, "email": user.email, "roles": user.roles}),
    }
}

fn listed(sessions: &[Session], caller: &Caller) -> Value {
    let own = caller.session.as_ref().map(|held| &held.session.id);
    let sessions = sessions.iter().map(|session| {
        let mut shown = shown(session);
        shown["is_current"] = json!(own == Some(&session.id));
        shown
    });
    Value::Array(sessions.collect())
}

/// What may be shown of a session: nothing of it opens anything.
fn shown(session: &Session) -> Value {
    json!({
        "id": session.id,
        "created": session.created,
        "seen": session.seen,
        "signed_in": session.signed_in,
        "agent": session.agent,
        "address": session.address,
    })
}

fn document(value: &Value) -> Vec<u8> {
    format!("{value}\n").into_bytes()
}

fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = status;
    response
}

/// The session has ended: what pages have kept of it should go, too. Browsers take that over https alone.
fn gone(exchange: &Exchange) -> Response<Body> {
    let mut response = empty(StatusCode::NO_CONTENT);
    if exchange.is_secure {
        response.headers_mut().insert(
            CLEAR_SITE_DATA,
            HeaderValue::from_static("\"cookies\", \"storage\""),
        );
    }
    response
}
