//! Another key for a session that has had the same for long. Whoever has got hold of a key has it for that long at most.
//!
//! The answer that brings the new key may be lost, and other requests are under way with the old one: that one counts until the new
//! one is shown, and a little longer ([`KeyShown`](bistro_session::session::KeyShown)).

use bistro_database::accounts::Renewal;
use bistro_database::{Burden, Error};
use bistro_http::method::Method;
use bistro_session::key::Key;
use bistro_session::session::Session;

use crate::caller::Caller;
use crate::problem::Problem;
use crate::reading::local::Local;
use crate::session::clock;
use crate::session::held::Held;
use crate::state::State;

/// Whether the answer to a request may bring another key: where it changes something, or says who asks. Other reads set no cookie.
pub(crate) fn is_occasion(method: Method, path: &str) -> bool {
    !method.is_safe() || path == "/-/session"
}

/// Gives the caller's session another key, if it is time for that and the answer sets no cookie anyway.
pub(crate) async fn renew(state: &State, local: &Local, caller: &mut Caller) {
    let (sessions, now) = (&state.sessions, clock::now());
    let Some(held) = caller.session.clone() else {
        return;
    };
    if caller.cookie.is_some() || !held.is_key_due(sessions.lifetime, now) {
        return;
    }
    let key = Key::random();
    match replace(state, local, &held, &key, now).await {
        // Of several requests at once, one brings it.
        Ok(false) => {}
        Ok(true) => {
            let session = Session {
                keyed: now,
                ..held.session.clone()
            };
            caller.cookie = sessions.cookie(&key, &session, now).ok();
        }
        // What was asked is done; the next request tries again.
        Err(problem) => state.reports.tell(&problem),
    }
}

/// Writes down that a session's new key has been shown, before that is answered: from now on the former one cannot have it replaced.
pub(crate) async fn confirm(state: &State, local: &Local, held: &Held) {
    let (now, hash) = (clock::now(), held.hash);
    let overlap = state.sessions.lifetime.overlap();
    let outcome = match &local.redis {
        Some(redis) => redis
            .touch(&hash, now)
            .await
            .map(drop)
            .map_err(Problem::from),
        None => {
            let job = state
                .database
                .write(None, Burden::default(), move |transaction| {
                    transaction
                        .accounts()
                        .touch_sessions(&[hash], now, overlap)?;
                    Ok::<_, Error>(((), true))
                });
            job.await.and_then(|done| done).map_err(Problem::from)
        }
    };
    match outcome {
        Ok(()) => held.confirmed(),
        // The next request tries again.
        Err(problem) => state.reports.tell(&problem),
    }
}

/// Whether the key has been replaced by this request.
async fn replace(
    state: &State,
    local: &Local,
    held: &Held,
    key: &Key,
    now: i64,
) -> Result<bool, Problem> {
    let (shown, new) = (held.hash, key.hash());
    if let Some(redis) = &local.redis {
        return Ok(redis.renew(&shown, &new, now).await?);
    }
    let lifetime = state.sessions.lifetime;
    let renewal = Renewal {
        until: now.saturating_sub(lifetime.renew),
        lost: now.saturating_sub(lifetime.overlap()),
        now,
    };
    let job = state
        .database
        .write(None, Burden::default(), move |transaction| {
            let is_renewed = transaction
                .accounts()
                .renew_session(&shown, &new, renewal)?;
            Ok::<_, Error>((is_renewed, is_renewed))
        });
    Ok(job.await??)
}
