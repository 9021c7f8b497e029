//! What a user does with his account and his sessions.

use std::sync::Arc;

use bistro_database::accounts::Found;
use bistro_database::{Burden, Error, Transaction};
use bistro_session::email::Email;
use bistro_session::key::Key;
use bistro_session::password::{Password, Verdict};
use bistro_session::session::Session;
use hyper::StatusCode;
use hyper::header;

use crate::accounts::entrance;
use crate::accounts::keeping::deadline;
use crate::accounts::visit::{check_way, remotely};
use crate::caller::Caller;
use crate::exchange::Exchange;
use crate::problem::Problem;
use crate::reading::local::Local;
use crate::session::clock;
use crate::session::held::Held;
use crate::state::State;

/// A change of password.
#[derive(Debug)]
pub(crate) struct NewPassword {
    /// The one he had.
    pub(crate) current: Option<Password>,
    /// The one he wants.
    pub(crate) password: Password,
}

/// The session in which a user has signed in.
///
/// # Errors
/// 401: there is none. Tokens are for programs, which have no business with sessions.
pub(crate) fn signed_in(caller: &Caller) -> Result<(Arc<Held>, String), Problem> {
    let held = caller.session.as_ref();
    match held.and_then(|held| Some((Arc::clone(held), held.session.user.clone()?))) {
        Some(found) => Ok(found),
        None => Err(Problem::new(
            StatusCode::UNAUTHORIZED,
            "BISTRO401",
            "Only who has signed in can do this",
        )
        .hint("Sign in with `POST /-/session`.")
        .field(header::WWW_AUTHENTICATE, "Bearer")),
    }
}

/// The caller's sessions that are alive, the one used last first.
///
/// # Errors
/// They cannot be asked for.
pub(crate) async fn sessions(
    state: &State,
    local: &Local,
    caller: &Caller,
) -> Result<Vec<Session>, Problem> {
    let Some(held) = &caller.session else {
        return Ok(Vec::new());
    };
    let Some(user) = held.session.user.clone() else {
        return Ok(vec![held.session.clone()]);
    };
    let now = clock::now();
    if let Some(redis) = &local.redis {
        let mut found = redis.of_user(&user, now).await?;
        found.retain(|session| session.generation == held.session.generation);
        found.sort_by_key(|session| -session.seen);
        return Ok(found);
    }
    let deadline = deadline(state.sessions.lifetime, now);
    let found = state.database.read(None, move |snapshot| {
        snapshot.register().sessions_of(&user, deadline)
    });
    Ok(found.await?)
}

/// Ends one of the caller's sessions by its name.
///
/// # Errors
/// 404: he has none of that name.
pub(crate) async fn end_one(
    state: &State,
    local: &Local,
    caller: &mut Caller,
    id: &str,
) -> Result<(), Problem> {
    let held = caller.session.as_ref();
    if held.is_some_and(|held| held.session.id == id) {
        return entrance::sign_out(state, local, caller).await;
    }
    let user = held.and_then(|held| held.session.user.clone());
    let is_ended = match (user, &local.redis) {
        (None, _) => false,
        (Some(user), Some(redis)) => redis.revoke_by_id(&user, id).await?,
        (Some(user), None) => {
            let id = id.to_owned();
            let job = state
                .database
                .write(None, Burden::default(), move |transaction| {
                    let accounts = transaction.accounts();
                    let is_ended = accounts.end_session_named(&id, Some(&user))?;
                    Ok::<_, Error>((is_ended, is_ended))
                });
            job.await??
        }
    };
    if is_ended {
        Ok(())
    } else {
        Err(Problem::new(
            StatusCode::NOT_FOUND,
            "BISTRO404",
            "You have no session of this name",
        ))
    }
}

/// Ends the caller's other sessions.
///
/// # Errors
/// He has not signed in.
pub(crate) async fn end_others(
    state: &State,
    local: &Local,
    caller: &Caller,
) -> Result<(), Problem> {
    let (held, user) = signed_in(caller)?;
    if let Some(redis) = &local.redis {
        redis.remove_of_user(&user, Some(&held.hash)).await?;
        return Ok(());
    }
    let job = state
        .database
        .write(None, Burden::default(), move |transaction| {
            let accounts = transaction.accounts();
            accounts.end_sessions(&user, Some(&held.session.id))?;
            Ok::<_, Error>(((), true))
        });
    Ok(job.await??)
}

/// Ends all of the caller's sessions, this one too.
///
/// # Errors
/// They cannot be ended.
pub(crate) async fn end_all(
    state: &State,
    local: &Local,
    caller: &mut Caller,
) -> Result<(), Problem> {
    let user = caller
        .session
        .as_ref()
        .and_then(|held| held.session.user.clone());
    let Some(user) = user else {
        return entrance::sign_out(state, local, caller).await;
    };
    if let Some(redis) = &local.redis {
        redis.remove_of_user(&user, None).await?;
    }
    let job = state
        .database
        .write(None, Burden::default(), move |transaction| {
            transaction.accounts().end_generation(&user)?;
            Ok::<_, Error>(((), true))
        });
    job.await??;
    caller.leaves(&state.sessions);
    Ok(())
}

/// Gives the caller another password. His other sessions end, and this one gets another key.
///
/// # Errors
/// 403: the key would cross a network in the clear. 401: the password he had is not the one he gave, or he gave none and has not signed in lately; the new one is none to be
/// chosen.
pub(crate) async fn set_password(
    state: &State,
    local: &Local,
    exchange: &Exchange,
    caller: &mut Caller,
    wanted: NewPassword,
) -> Result<(), Problem> {
    check_way(state, exchange)?;
    let (held, user) = signed_in(caller)?;
    let NewPassword { current, password } = wanted;
    let account = prove(state, exchange, &held, current).await?;
    let email = Email::read(&account.email)?;
    let passwords = &state.sessions.passwords;
    let min = state.settings.users.password_min;
    let kept = passwords.choose(password, email, min).await?;
    let (key, now) = (Key::random(), clock::now());
    let (old, new) = (held.hash, key.hash());
    let asking = Asking::new(local, &held);
    let job = state
        .database
        .write(None, Burden::default(), move |transaction| {
            asking.check(transaction)?;
            let accounts = transaction.accounts();
            let generation = accounts.set_password(&user, &kept)?.ok_or_else(stale)?;
            accounts.end_sessions(&user, Some(&asking.held.session.id))?;
            accounts.rekey_session(&old, &new, generation, now)?;
            Ok::<_, Problem>((generation, true))
        });
    let generation = job.await??;
    let session = Session {
        generation,
        signed_in: Some(now),
        keyed: now,
        seen: now,
        ..held.session.clone()
    };
    if local.redis.is_some() {
        let redis = remotely(local)?;
        redis.remove_of_user(&account.id, Some(&old)).await?;
        redis.rekey_keeping_data(&old, &new, &session, now).await?;
    }
    caller.cookie = Some(state.sessions.cookie(&key, &session, now)?);
    let account = bistro_database::accounts::User {
        generation,
        ..account
    };
    let is_sealed = state.sessions.is_sealed();
    caller.becomes(Held::begun(key, session, Some(account), is_sealed));
    Ok(())
}

/// Removes the caller's account, with his sessions and tokens. His rows in tables stay.
///
/// # Errors
/// As [`set_password`].
pub(crate) async fn remove(
    state: &State,
    local: &Local,
    exchange: &Exchange,
    caller: &mut Caller,
    current: Option<Password>,
) -> Result<(), Problem> {
    let (held, user) = signed_in(caller)?;
    prove(state, exchange, &held, current).await?;
    let (asking, id) = (Asking::new(local, &held), user.clone());
    let job = state
        .database
        .write(None, Burden::default(), move |transaction| {
            asking.check(transaction)?;
            transaction.accounts().remove_user(&id)?;
            Ok::<_, Problem>(((), true))
        });
    job.await??;
    // Without him they open nothing any more.
    if let Some(redis) = &local.redis {
        redis.remove_of_user(&user, None).await?;
    }
    caller.leaves(&state.sessions);
    Ok(())
}

/// The session of who asks for something that takes a while to prove.
struct Asking {
    held: Arc<Held>,
    /// Whether another server keeps it: then the database knows the user alone.
    is_remote: bool,
}

impl Asking {
    fn new(local: &Local, held: &Arc<Held>) -> Self {
        Self {
            held: Arc::clone(held),
            is_remote: local.redis.is_some(),
        }
    }

    /// Checks that what was proved is still true where it counts: nobody has set another password, or ended the session, since
    /// the request began.
    fn check(&self, transaction: &Transaction<'_>) -> Result<(), Problem> {
        let register = transaction.accounts().register();
        let session = &self.held.session;
        let account = match &session.user {
            Some(user) => register.user(user)?,
            None => None,
        };
        let is_same = account.is_some_and(|account| account.generation == session.generation);
        let is_there = self.is_remote
            || match register.session(&self.held.hash)? {
                Some(Found::Session(..)) => true,
                Some(Found::Ended) | None => false,
            };
        if is_same && is_there {
            Ok(())
        } else {
            Err(stale())
        }
    }
}

/// Checks that it is really the user who asks: by his password, or because he gave it a moment ago.
async fn prove(
    state: &State,
    exchange: &Exchange,
    held: &Held,
    current: Option<Password>,
) -> Result<bistro_database::accounts::User, Problem> {
    let sessions = &state.sessions;
    let user = held.session.user.clone().unwrap_or_default();
    let found = state.database.read(None, move |snapshot| {
        let register = snapshot.register();
        match register.user(&user)? {
            Some(user) => register.user_by_email(&user.email),
            None => Ok(None),
        }
    });
    let Some((account, kept)) = found.await? else {
        return Err(stale());
    };
    let Some(current) = current else {
        let since = held.session.signed_in;
        let is_fresh = since.is_some_and(|since| clock::now() - since < sessions.fresh);
        return if is_fresh { Ok(account) } else { Err(stale()) };
    };
    let tried = sessions.limits.sign_in(&account.email, exchange.client)?;
    let verdict = sessions.passwords.verify(current, Some(kept)).await;
    let verdict = verdict.inspect_err(|_not_looked_at| sessions.limits.undone(&tried))?;
    match verdict {
        Verdict::Right { .. } => {
            sessions.limits.succeeded(&tried);
            Ok(account)
        }
        Verdict::Wrong => Err(stale()),
    }
}

/// It has to be shown anew who asks.
fn stale() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "BISTRO401",
        "This needs the password you have now, or that you have just signed in",
    )
    .hint("Send it as `current`.")
    .field(header::WWW_AUTHENTICATE, "Bearer")
}
