//! identify: who asks, from what a request shows.

use std::sync::Arc;

use bistro_database::accounts::{Found, Token, User as Account};
use bistro_database::{Error, Generation, Snapshot, Tried};
use bistro_plan::principal::{Principal, Scope, User};
use bistro_session::key::{Hash, Key};
use bistro_session::sealed::Sealed;
use bistro_session::session::{KeyShown, Session};
use bistro_session::token;
use hyper::StatusCode;
use hyper::header;

use crate::caller::Caller;
use crate::caller::shown::Shown;
use crate::exchange::Head;
use crate::problem::Problem;
use crate::reading::local::Local;
use crate::session::held::{Held, Moment, user};
use crate::session::store::Store;
use crate::state::State;

/// What a cookie claims before anybody was asked about it.
enum Claim {
    /// It has the key of a session.
    Key(Hash),
    /// It has all of a session.
    Sealed(Box<Sealed>, IsOld),
}

/// Whether something was sealed with a key that will be gone one day.
type IsOld = bool;

/// Who asks, as far as that can be told without the database.
enum Told {
    Known(Result<Caller, Problem>),
    Session(Claim),
    Token(Hash),
}

/// Who asks, if that can be told at once.
pub(crate) fn at_once(
    state: &State,
    local: &Local,
    head: Head<'_>,
) -> Option<Result<Caller, Problem>> {
    let shown = shown(state, head);
    if let Shown::Cookie(value) = shown
        && let Some(held) = local.known.get(value, local.lane.generation())
    {
        return Some(Ok(used(state, held, head.came)));
    }
    match told(state, shown, head.came) {
        Told::Known(answer) => Some(answer),
        Told::Session(_) if local.redis.is_some() => None,
        Told::Session(claim) => {
            let hash = claim.hash();
            let found = tried(local.lane.read(None, |snapshot| session(snapshot, &hash)))?;
            Some(found.map(|found| recognised(state, local, shown, claim, found, head.came)))
        }
        Told::Token(hash) => {
            let found = tried(
                local
                    .lane
                    .read(None, |snapshot| snapshot.register().token(&hash)),
            )?;
            Some(found.and_then(|found| bearing(found, head.came)))
        }
    }
}

/// Who asks.
pub(crate) async fn identify(
    state: &State,
    local: &Local,
    head: Head<'_>,
) -> Result<Caller, Problem> {
    let shown = shown(state, head);
    match told(state, shown, head.came) {
        Told::Known(answer) => answer,
        Told::Session(claim) => {
            let hash = claim.hash();
            if let Some(redis) = &local.redis {
                return remote(
                    state,
                    hash,
                    redis.find_shown(&hash, head.came).await?,
                    head.came,
                )
                .await;
            }
            let found = state
                .database
                .read(None, move |snapshot| session(snapshot, &hash));
            Ok(recognised(
                state,
                local,
                shown,
                claim,
                found.await?,
                head.came,
            ))
        }
        Told::Token(hash) => {
            let found = state
                .database
                .read(None, move |snapshot| snapshot.register().token(&hash));
            bearing(found.await?, head.came)
        }
    }
}

/// What a request shows of who asks. A cookie that has crossed a network in the clear shows nothing: whoever saw it may send it now.
fn shown<'a>(state: &State, head: Head<'a>) -> Shown<'a> {
    let naming = state.sessions.naming;
    match Shown::read(head.headers, naming.name) {
        Shown::Cookie(_) | Shown::Cookies if !naming.can_be_used(head) => Shown::Nothing,
        shown => shown,
    }
}

/// What is known of who asks by what is shown alone.
fn told(state: &State, shown: Shown<'_>, now: i64) -> Told {
    match shown {
        Shown::Nothing => Told::Known(Ok(Caller::default())),
        Shown::Cookies => Told::Known(Ok(Caller::with_dead_cookie())),
        Shown::Cookie(value) => match claim(state, value) {
            Some(claim) => Told::Session(claim),
            None => Told::Known(Ok(Caller::with_dead_cookie())),
        },
        Shown::Unreadable => Told::Known(stranger(state, "`Authorization` has no token's form")),
        Shown::Bearer(text) if token::Token::is_meant(text) => match token::Token::read(text) {
            Some(token) => Told::Token(token.hash()),
            None => Told::Known(Err(unauthorized("this is no token of this server"))),
        },
        Shown::Bearer(text) => Told::Known(claims(state, text, now)),
    }
}

/// What a cookie claims; `None` if it is none of ours.
fn claim(state: &State, value: &[u8]) -> Option<Claim> {
    match &state.sessions.store {
        Store::Database | Store::Redis(_) => Key::read(value).map(|key| Claim::Key(key.hash())),
        Store::Sealed(sealer) => {
            let opened = sealer.open(value).ok();
            let claim = opened.and_then(|opened| {
                let session = Sealed::decode(&opened.content).ok()?;
                Some(Claim::Sealed(Box::new(session), opened.key > 0))
            });
            if claim.is_none() {
                state.reports.tell_of_seal();
            }
            claim
        }
    }
}

impl Claim {
    fn hash(&self) -> Hash {
        match self {
            Self::Key(hash) => *hash,
            Self::Sealed(session, _) => session.key.hash(),
        }
    }
}

/// What the database says of a session, and when it said so.
type Row = (Option<Found>, Option<Generation>);

fn session(snapshot: &Snapshot<'_>, hash: &Hash) -> Result<Row, Error> {
    let found = snapshot.register().session(hash)?;
    Ok((found, snapshot.generation()))
}

/// `None`: somebody else has to be asked, who can take his time.
fn tried<T>(tried: Result<Tried<T>, Error>) -> Option<Result<T, Problem>> {
    match tried {
        Ok(Tried::Done(found)) => Some(Ok(found)),
        Ok(Tried::Long | Tried::Declined) => None,
        Err(error) => Some(Err(Problem::from(error))),
    }
}

/// The caller whose cookie was shown, by what the database says of it.
fn recognised(
    state: &State,
    local: &Local,
    shown: Shown<'_>,
    claim: Claim,
    found: Row,
    now: i64,
) -> Caller {
    let (found, generation) = found;
    let moment = moment(state, generation, now);
    let held = match claim {
        Claim::Key(hash) => Held::of_row(hash, found, moment),
        Claim::Sealed(session, is_old) => Held::of_seal(*session, is_old, found, moment),
    };
    let Some(held) = held.map(Arc::new) else {
        return Caller::with_dead_cookie();
    };
    if let Shown::Cookie(value) = shown {
        local.known.put(value, &held);
    }
    used(state, held, now)
}

/// The caller whose session another server keeps.
async fn remote(
    state: &State,
    hash: Hash,
    found: Option<(Session, KeyShown)>,
    now: i64,
) -> Result<Caller, Problem> {
    let Some((session, shown)) = found else {
        return Ok(Caller::with_dead_cookie());
    };
    let account = match session.user.clone() {
        None => None,
        Some(id) => {
            let read = state
                .database
                .read(None, move |snapshot| snapshot.register().user(&id));
            read.await?
        }
    };
    let held = Held::new(hash, shown, session, account, moment(state, None, now));
    Ok(match held {
        None => Caller::with_dead_cookie(),
        Some(held) => used(state, Arc::new(held), now),
    })
}

/// The caller whose session is used now.
fn used(state: &State, held: Arc<Held>, now: i64) -> Caller {
    let sessions = &state.sessions;
    if !held.is_alive(sessions.lifetime, now) {
        return Caller::with_dead_cookie();
    }
    Caller::of_session(held)
}

fn moment(state: &State, generation: Option<Generation>, now: i64) -> Moment {
    Moment {
        lifetime: state.sessions.lifetime,
        now,
        generation,
    }
}

/// The caller who bears a token of ours.
fn bearing(found: Option<(Token, Account)>, now: i64) -> Result<Caller, Problem> {
    let Some((token, account)) = found else {
        return Err(unauthorized("this token is none, or not any more"));
    };
    if !token::is_alive(now, token.expires) {
        return Err(unauthorized("this token has expired"));
    }
    let scope = if token.scopes.is_empty() {
        None
    } else {
        // What cannot be read opens nothing.
        Some(
            token
                .scopes
                .iter()
                .filter_map(|text| Scope::read(text))
                .collect(),
        )
    };
    let user = User {
        scope,
        ..user(account)
    };
    Ok(of_user(user))
}

/// The caller who bears a token of somebody else's making.
fn claims(state: &State, text: &str, now: i64) -> Result<Caller, Problem> {
    let Some(verifier) = &state.sessions.jwt else {
        return stranger(state, "this server takes no tokens but its own");
    };
    match verifier.verify(text, now) {
        Err(error) => Err(unauthorized(&error.to_string())),
        Ok(claims) => Ok(of_user(User {
            id: claims.subject,
            email: claims.email,
            roles: claims.roles,
            claims: Some(claims.json),
            scope: None,
        })),
    }
}

fn of_user(user: User) -> Caller {
    Caller {
        principal: Principal::User(Arc::new(user)),
        ..Caller::default()
    }
}

/// Who shows what means nothing here: clients of others send some key with each request, and where everything is open to everyone
/// that is no reason to refuse them.
fn stranger(state: &State, reason: &str) -> Result<Caller, Problem> {
    if state.settings.is_development {
        Ok(Caller::default())
    } else {
        Err(unauthorized(reason))
    }
}

/// 401, with what RFC 6750 §3 asks for.
fn unauthorized(reason: &str) -> Problem {
    let reason: String = reason.chars().filter(|one| *one != '"').collect();
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "PGRST301",
        format!("The bearer token is not accepted: {reason}"),
    )
    .field(
        header::WWW_AUTHENTICATE,
        &format!("Bearer error=\"invalid_token\", error_description=\"{reason}\""),
    )
}
