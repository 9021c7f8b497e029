//! The session for people: its page, and what its forms ask for.

use std::time::{Duration, UNIX_EPOCH};

use bistro_plan::principal::Principal;
use bistro_represent::page::{self, Entry, Fault, SessionLine, SessionPage, Viewer};
use bistro_session::data;
use bistro_session::session::Session;
use httpdate::fmt_http_date;
use serde::Deserialize;
use serde_json::Value;

use crate::accounts::{user, visit};
use crate::caller::Caller;
use crate::problem::Problem;
use crate::reading::local::Local;
use crate::state::State;

/// The page's media type.
pub(super) const HTML: &str = "text/html; charset=utf-8";

/// What is posted to `/-/session` besides signing in, for forms have no other method.
#[derive(Deserialize)]
#[serde(tag = "action", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Action {
    /// This session ends.
    End {
        /// Where a browser goes then.
        next: Option<String>,
    },
    /// The user's other sessions end.
    EndOthers {},
    /// One of his sessions ends.
    EndOne {
        /// Its name.
        session: String,
    },
    /// He gets another password.
    Password {
        /// The one he has.
        current: String,
        /// The one he wants.
        password: String,
    },
}

/// The page, with what went wrong if something did, and the address that was typed then.
///
/// # Errors
/// The sessions cannot be asked for.
pub(super) async fn page(
    state: &State,
    local: &Local,
    caller: &Caller,
    fault: Option<&Problem>,
    typed: String,
) -> Result<Vec<u8>, Problem> {
    let has_signed_in = user::signed_in(caller).is_ok();
    let sessions = if has_signed_in {
        user::sessions(state, local, caller).await?
    } else {
        Vec::new()
    };
    let own = caller.session.as_ref().map(|held| &held.session.id);
    Ok(page::session(&SessionPage {
        viewer: Viewer::known(&caller.principal),
        entry: entry(state),
        roles: roles(&caller.principal),
        has_session: caller.session.is_some(),
        has_signed_in,
        sessions: sessions
            .iter()
            .map(|session| line(session, own == Some(&session.id)))
            .collect(),
        data: remembered(caller),
        password_min: state.settings.users.password_min,
        typed,
        fault: fault.map(|problem| Fault {
            message: problem.message().to_owned(),
            hint: problem.advice().map(str::to_owned),
        }),
    }))
}

fn entry(state: &State) -> Entry {
    if state.settings.policy.is_read_only {
        Entry::Closed
    } else if state.settings.users.sign_up {
        Entry::SignUp
    } else {
        Entry::SignIn
    }
}

fn roles(principal: &Principal) -> Vec<String> {
    match principal.user() {
        Some(user) => user.roles.clone(),
        None => Vec::new(),
    }
}

fn line(session: &Session, is_current: bool) -> SessionLine {
    SessionLine {
        id: session.id.clone(),
        is_current,
        seen: moment(session.seen),
        created: moment(session.created),
        agent: session.agent.clone(),
        address: session.address.clone(),
    }
}

/// A time in words.
fn moment(seconds: i64) -> String {
    let since = Duration::from_secs(seconds.try_into().unwrap_or(0));
    UNIX_EPOCH
        .checked_add(since)
        .map_or_else(String::new, fmt_http_date)
}

/// What the session remembers, for people to read.
fn remembered(caller: &Caller) -> String {
    let document = visit::memory(caller);
    if document == data::EMPTY {
        return String::new();
    }
    let read: Result<Value, _> = serde_json::from_str(document);
    read.map_or_else(|_unread| document.to_owned(), |value| format!("{value:#}"))
}
