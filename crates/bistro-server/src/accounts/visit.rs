//! A visitor's session: it begins with the first thing to remember, and remembers one JSON document.

use bistro_database::accounts::Found;
use bistro_database::{Burden, Error};
use bistro_dialect::Target;
use bistro_http::etag::{Conditions, Verdict};
use bistro_http::method::Method;
use bistro_plan::rule::Policy;
use bistro_session::data::{self, Bounds};
use bistro_session::key::{Key, new_id};
use bistro_session::session::Session;
use bistro_session::store::redis::{RedisStore, Updated};
use hyper::StatusCode;
use hyper::header;

use crate::answer::entity;
use crate::caller::Caller;
use crate::exchange::Exchange;
use crate::fields;
use crate::problem::Problem;
use crate::reading::local::Local;
use crate::session::clock;
use crate::session::held::Held;
use crate::session::standing::gone;
use crate::session::store::Store;
use crate::state::State;

/// The media type of the document.
pub(crate) const JSON: &str = "application/json; charset=utf-8";

/// The longest `User-Agent` that is kept, in octets.
const AGENT_OCTETS_MAX: usize = 256;

/// A change of what a session remembers.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    /// What should become of the document.
    pub(crate) deed: Deed,
    /// `If-Match` and `If-None-Match`: compared with the document as it is then.
    pub(crate) conditions: Conditions,
    /// The method that asks for it.
    pub(crate) method: Method,
}

/// What should become of the document.
#[derive(Clone, Debug)]
pub(crate) enum Deed {
    /// It is replaced by this one.
    Replace(Vec<u8>),
    /// This merge patch is applied to it (RFC 7396).
    Merge(Vec<u8>),
}

impl Change {
    fn apply(&self, document: &str, bounds: &Bounds) -> Result<String, Problem> {
        let tag = entity::tag(JSON, None, document.as_bytes());
        match self.conditions.evaluate(Some(&tag), self.method) {
            Verdict::Proceed => {}
            Verdict::Failed | Verdict::NotModified => return Err(entity::failed()),
        }
        Ok(match &self.deed {
            Deed::Replace(body) => data::replace(body, bounds)?,
            Deed::Merge(patch) => data::merge(document, patch, bounds)?,
        })
    }
}

/// What the caller's session remembers.
pub(crate) fn memory(caller: &Caller) -> &str {
    match &caller.session {
        Some(held) => &held.session.data,
        None => data::EMPTY,
    }
}

/// Changes what the caller's session remembers, and begins one if he has none. What it remembers then.
///
/// # Errors
/// The document is none, or too large; the session has just ended; sessions cannot be had here or now.
pub(crate) async fn remember(
    state: &State,
    local: &Local,
    exchange: &Exchange,
    caller: &mut Caller,
    change: Change,
) -> Result<String, Problem> {
    match caller.session.clone() {
        Some(held) => revise(state, local, caller, &held, change).await,
        None if caller.principal.user().is_some() => Err(no_session()),
        None => {
            let data = change.apply(data::EMPTY, &state.sessions.bounds)?;
            begin(state, local, exchange, caller, data).await
        }
    }
}

/// Changes what a session remembers.
async fn revise(
    state: &State,
    local: &Local,
    caller: &mut Caller,
    held: &Held,
    change: Change,
) -> Result<String, Problem> {
    let sessions = &state.sessions;
    let (hash, bounds, now) = (held.hash, sessions.bounds, clock::now());
    if let Some(redis) = &local.redis {
        let change = |document: &str| change.apply(document, &bounds);
        return match redis.update_data(&hash, now, change).await? {
            Updated::Done(data) => Ok(data),
            Updated::Gone => Err(gone()),
            Updated::Refused(problem) => Err(problem),
        };
    }
    if let Some(seal) = &held.seal {
        let data = change.apply(&held.session.data, &bounds)?;
        let session = Session {
            data,
            ..held.session.clone()
        };
        caller.cookie = Some(sessions.cookie(&seal.key, &session, now)?);
        return Ok(session.data);
    }
    let job = state
        .database
        .write(None, Burden::default(), move |transaction| {
            let accounts = transaction.accounts();
            let Some(Found::Session(session, ..)) = accounts.register().session(&hash)? else {
                return Err(gone());
            };
            let data = change.apply(&session.data, &bounds)?;
            accounts.set_session_data(&hash, &data)?;
            Ok((data, true))
        });
    job.await?
}

/// Whether a request by somebody without a session creates rows that are to be his.
pub(crate) fn is_first_possession(policy: &Policy, method: Method, target: &Target) -> bool {
    let creates = matches!(method, Method::Post | Method::Put);
    creates
        && match target {
            Target::Collection { relation } | Target::Item { relation, .. } => {
                policy.needs_session(relation)
            }
            Target::Related { related, .. } => policy.needs_session(related),
            // A batch says it of each of its requests.
            Target::Root | Target::Function { .. } | Target::Own { .. } => false,
        }
}

/// Begins a visitor's session that remembers this.
///
/// # Errors
/// The client could not keep its cookie safely, or begins too many.
pub(crate) async fn begin(
    state: &State,
    local: &Local,
    exchange: &Exchange,
    caller: &mut Caller,
    data: String,
) -> Result<String, Problem> {
    let sessions = &state.sessions;
    check_way(state, exchange)?;
    sessions.limits.begin(exchange.client)?;
    let (key, now) = (Key::random(), clock::now());
    let session = Session {
        owner: new_id(),
        data,
        ..blank(exchange, now)
    };
    let cookie = sessions.cookie(&key, &session, now)?;
    let hash = key.hash();
    match &sessions.store {
        // It is all in its cookie.
        Store::Sealed(_) => {}
        Store::Redis(_) => remotely(local)?.create(&hash, &session, now).await?,
        Store::Database => {
            let session = session.clone();
            let job = state
                .database
                .write(None, Burden::default(), move |transaction| {
                    transaction.accounts().add_session(&session, &hash)?;
                    Ok::<_, Error>(((), true))
                });
            job.await??;
        }
    }
    caller.cookie = Some(cookie);
    let data = session.data.clone();
    caller.becomes(Held::begun(key, session, None, sessions.is_sealed()));
    Ok(data)
}

/// A session that begins now, of nobody yet.
pub(super) fn blank(exchange: &Exchange, now: i64) -> Session {
    let agent = fields::one(&exchange.headers, header::USER_AGENT);
    Session {
        id: new_id(),
        owner: String::new(),
        user: None,
        generation: 0,
        created: now,
        keyed: now,
        seen: now,
        signed_in: None,
        agent: agent.map(|agent| shortened(agent).to_owned()),
        address: Some(exchange.client.to_string()),
        data: data::EMPTY.to_owned(),
    }
}

/// Checks that a session's cookie can reach the client and nobody else.
///
/// # Errors
/// It would cross a network in the clear.
pub(super) fn check_way(state: &State, exchange: &Exchange) -> Result<(), Problem> {
    if state.sessions.naming.can_be_used(exchange.head()) {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::FORBIDDEN,
        "BISTRO403",
        "Sessions are for https: over http anybody on the way could take the cookie",
    )
    .hint(
        "Use https. If a proxy in front of Bistro speaks it, name the proxy in `trusted_proxies`, and have it send \
         `X-Forwarded-Proto`. For tests in a network of your own there is `insecure_cookies`.",
    ))
}

/// The connection to Redis, where that is the store.
pub(super) fn remotely(local: &Local) -> Result<&RedisStore, Problem> {
    local
        .redis
        .as_ref()
        .ok_or_else(|| Problem::internal("this core has no connection to the store of sessions"))
}

/// Programs that show a token are known by it, and have nothing that remembers.
fn no_session() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "BISTRO403",
        "Who shows a token has no session that could remember anything",
    )
    .hint("Send the request without `Authorization`.")
}

fn shortened(text: &str) -> &str {
    text.get(..AGENT_OCTETS_MAX).unwrap_or(text)
}
