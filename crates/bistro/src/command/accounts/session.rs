//! `bistro session`

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Result, bail};
use bistro_database::accounts::Deadline;
use bistro_server::settings::{Secret, SessionSettings, Store};
use bistro_session::lifetime::Lifetime;
use bistro_session::session::Session;
use bistro_session::store::redis::{RedisStore, StoreError};

use crate::cli::accounts::{Place, SessionCommand};
use crate::command::accounts::desk::{Desk, date, now};
use crate::command::house::say;
use crate::command::serve::Purpose;
use crate::command::table::{print, printable, table};

const COMMAND: &str = "session";

/// How many are listed: more is nothing that anybody reads.
const LISTED_MAX: usize = 10_000;

/// Does what was asked.
///
/// # Errors
/// Whatever keeps it from being done.
pub(crate) fn run(command: SessionCommand) -> Result<()> {
    match command {
        SessionCommand::List { user, place } => list(user.as_deref(), &place),
        SessionCommand::Revoke { id, user, place } => match id {
            Some(id) => revoke(id, user.as_deref(), &place),
            None => revoke_all(&user.unwrap_or_default(), &place),
        },
    }
}

fn list(email: Option<&str>, place: &Place) -> Result<()> {
    let desk = Desk::open(Purpose::Consult(COMMAND), place)?;
    let user = email.map(|email| desk.user(email)).transpose()?;
    let settings = &desk.settings.session;
    let deadline = deadline(settings, now());
    let sessions = match (&settings.store, user) {
        (Store::Redis(url), Some(user)) => desk
            .wait(async { redis(url, settings).await?.of_user(&user.id, now()).await })?
            .into_iter()
            .filter(|session| session.generation == user.generation)
            .collect(),
        (Store::Redis(_), None) => {
            bail!("sessions in Redis are listed for one user: --user EMAIL")
        }
        (Store::Database | Store::Cookie { .. }, Some(user)) => {
            desk.read(move |register| register.sessions_of(&user.id, deadline))?
        }
        (Store::Database | Store::Cookie { .. }, None) => {
            desk.read(move |register| register.sessions(deadline, LISTED_MAX))?
        }
    };
    if sessions.is_empty() {
        say("There are no sessions");
        return Ok(());
    }
    let emails = desk.emails()?;
    print(&table(&rows(&sessions, &emails)))
}

fn rows(sessions: &[Session], emails: &BTreeMap<String, String>) -> Vec<[String; 6]> {
    let mut rows = vec![["id", "user", "since", "used", "address", "program"].map(str::to_owned)];
    for session in sessions {
        let email = session.user.as_ref().and_then(|user| emails.get(user));
        rows.push([
            printable(&session.id),
            printable(email.map_or("visitor", String::as_str)),
            date(session.created),
            date(session.seen),
            printable(session.address.as_deref().unwrap_or_default()),
            printable(session.agent.as_deref().unwrap_or_default()),
        ]);
    }
    rows
}

fn revoke(id: String, email: Option<&str>, place: &Place) -> Result<()> {
    let desk = Desk::open(Purpose::Manage(COMMAND), place)?;
    let user = email.map(|email| desk.user(email)).transpose()?;
    let settings = &desk.settings.session;
    let was_there = match (&settings.store, user) {
        (Store::Redis(url), Some(user)) => desk.wait(async {
            let store = redis(url, settings).await?;
            store.revoke_by_id(&user.id, &id).await
        })?,
        (Store::Redis(_), None) => {
            bail!("a session in Redis is found by its user: --user EMAIL")
        }
        (Store::Database | Store::Cookie { .. }, user) => desk.change(move |changes| {
            let user = user.as_ref().map(|user| user.id.as_str());
            changes.end_session_named(&id, user)
        })?,
    };
    if !was_there {
        bail!("there is no such session; `bistro session list` lists all, by their identifiers");
    }
    say("The session has ended");
    Ok(())
}

fn revoke_all(email: &str, place: &Place) -> Result<()> {
    let desk = Desk::open(Purpose::Manage(COMMAND), place)?;
    let user = desk.user(email)?;
    // Wherever they are kept: those of an older generation are over.
    desk.change(move |changes| changes.end_generation(&user.id))?;
    say("All sessions of the user have ended");
    Ok(())
}

fn deadline(settings: &SessionSettings, now: i64) -> Deadline {
    Deadline {
        seen: now.saturating_sub(seconds(settings.idle)),
        created: now.saturating_sub(seconds(settings.absolute)),
    }
}

async fn redis(Secret(url): &Secret, settings: &SessionSettings) -> Result<RedisStore, StoreError> {
    let lifetime = Lifetime {
        idle: seconds(settings.idle),
        absolute: seconds(settings.absolute),
        renew: seconds(settings.renew),
    };
    RedisStore::connect(url, lifetime).await
}

fn seconds(time: Duration) -> i64 {
    i64::try_from(time.as_secs()).unwrap_or(i64::MAX)
}
