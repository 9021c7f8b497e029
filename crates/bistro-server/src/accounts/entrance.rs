//! Signing in, up and out: a session of another key begins, and the one that was shown ends.

use std::sync::Arc;

use bistro_database::accounts::{Found, User as Account};
use bistro_database::{Burden, Error, Transaction};
use bistro_session::data;
use bistro_session::email::Email;
use bistro_session::key::{Hash, Key, new_id};
use bistro_session::password::{Password, Verdict};
use bistro_session::session::Session;
use hyper::StatusCode;
use hyper::header;

use crate::accounts::adopting;
use crate::accounts::visit::{blank, check_way, remotely};
use crate::caller::Caller;
use crate::exchange::Exchange;
use crate::log::Event;
use crate::problem::Problem;
use crate::reading::local::Local;
use crate::session::clock;
use crate::session::held::Held;
use crate::session::store::Store;
use crate::state::State;

/// How often it is tried again when the schema changes meanwhile.
const ATTEMPTS: usize = 4;

/// What somebody says who wants to sign in or up.
#[derive(Debug)]
pub(crate) struct Credentials {
    /// The address.
    pub(crate) email: String,
    /// The password.
    pub(crate) password: Password,
}

/// Signs in.
///
/// # Errors
/// 401 if address and password do not belong together, the same in every such case and after the same time.
pub(crate) async fn sign_in(
    state: &State,
    local: &Local,
    exchange: &Exchange,
    caller: &mut Caller,
    credentials: Credentials,
) -> Result<(), Problem> {
    let sessions = &state.sessions;
    check_way(state, exchange)?;
    let Credentials { email, password } = credentials;
    // What is no address is nobody's.
    let email = Email::read(&email).map_or(email, |email| email.as_str().to_owned());
    let tried = sessions.limits.sign_in(&email, exchange.client)?;
    let found = state.database.read(None, {
        let email = email.clone();
        move |snapshot| snapshot.register().user_by_email(&email)
    });
    let found = found.await;
    let found = found.inspect_err(|_not_looked_at| sessions.limits.undone(&tried))?;
    let (account, kept) = found.unzip();
    let verdict = sessions.passwords.verify(password.clone(), kept).await;
    let verdict = verdict.inspect_err(|_not_looked_at| sessions.limits.undone(&tried))?;
    let (Verdict::Right { needs_rehash }, Some(account)) = (verdict, account) else {
        return Err(wrong());
    };
    sessions.limits.succeeded(&tried);
    let rewritten = if needs_rehash {
        Some(sessions.passwords.hash(password).await?)
    } else {
        None
    };
    enter(
        state,
        local,
        exchange,
        caller,
        account,
        Deed::Enter { rewritten },
    )
    .await
}

/// Signs up, and in.
///
/// # Errors
/// 409 if the address is taken; 422 if the address is none or the password is none to be chosen; 403 if nobody may.
pub(crate) async fn sign_up(
    state: &State,
    local: &Local,
    exchange: &Exchange,
    caller: &mut Caller,
    credentials: Credentials,
) -> Result<(), Problem> {
    let users = &state.settings.users;
    if !users.sign_up {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "BISTRO403",
            "Nobody can sign up here; ask whoever runs this server",
        ));
    }
    check_way(state, exchange)?;
    let Credentials { email, password } = credentials;
    let email = Email::read(&email)?;
    state.sessions.limits.sign_up(exchange.client)?;
    let account = Account {
        id: new_id(),
        email: email.as_str().to_owned(),
        roles: Vec::new(),
        generation: 0,
        created: clock::now(),
    };
    let passwords = &state.sessions.passwords;
    let kept = passwords
        .choose(password, email, users.password_min)
        .await?;
    enter(
        state,
        local,
        exchange,
        caller,
        account,
        Deed::SignUp { kept },
    )
    .await
}

/// Ends the caller's session.
pub(crate) async fn sign_out(
    state: &State,
    local: &Local,
    caller: &mut Caller,
) -> Result<(), Problem> {
    if let Some(held) = caller.session.take() {
        end(state, local, &held).await?;
    }
    caller.leaves(&state.sessions);
    Ok(())
}

/// Ends a session.
pub(super) async fn end(state: &State, local: &Local, held: &Arc<Held>) -> Result<(), Problem> {
    if let Some(redis) = &local.redis {
        redis.remove(&held.hash).await?;
        return Ok(());
    }
    let held = Arc::clone(held);
    let job = state
        .database
        .write(None, Burden::default(), move |transaction| {
            let accounts = transaction.accounts();
            if held.has_row() {
                accounts.end_session(&held.hash)?;
            } else {
                accounts.add_end(&held.session, &held.hash, clock::now())?;
            }
            Ok::<_, Error>(((), true))
        });
    Ok(job.await??)
}

/// Takes back a session that has just begun, for what it began for was not done. Its cookie was never sent.
pub(crate) async fn take_back(state: &State, local: &Local, caller: &mut Caller) {
    let begun = std::mem::take(caller).session;
    if let Some(held) = begun.filter(|held| held.has_row()) {
        // A row that cannot be removed now is removed when it has been idle for long enough.
        let _left_over = end(state, local, &held).await;
    }
}

/// What is done besides when somebody signs in.
#[derive(Clone, Debug)]
enum Deed {
    /// Nothing; or his password is kept in another form, that of now.
    Enter { rewritten: Option<String> },
    /// He becomes a user whose password is held against this.
    SignUp { kept: String },
}

/// A user who enters.
#[derive(Clone)]
struct Entrance {
    account: Account,
    deed: Deed,
    session: Session,
    hash: Hash,
    /// The session that was shown, which ends.
    before: Option<Arc<Held>>,
    store: Store,
    per_user: usize,
    now: i64,
}

async fn enter(
    state: &State,
    local: &Local,
    exchange: &Exchange,
    caller: &mut Caller,
    account: Account,
    deed: Deed,
) -> Result<(), Problem> {
    let sessions = &state.sessions;
    let (key, now) = (Key::random(), clock::now());
    let before = caller.session.clone();
    let entrance = Entrance {
        session: Session {
            owner: account.id.clone(),
            user: Some(account.id.clone()),
            generation: account.generation,
            signed_in: Some(now),
            ..blank(exchange, now)
        },
        account,
        deed,
        hash: key.hash(),
        before,
        store: sessions.store.clone(),
        per_user: sessions.per_user,
        now,
    };
    let mut session = entrance.write(state).await?;
    if let Store::Redis(_) = &sessions.store {
        session = entrance.move_remotely(local, session).await?;
    }
    caller.cookie = Some(sessions.cookie(&key, &session, now)?);
    caller.becomes(Held::begun(
        key,
        session,
        Some(entrance.account),
        sessions.is_sealed(),
    ));
    Ok(())
}

impl Entrance {
    /// Does all that concerns the database, in one transaction. The session as it begins.
    async fn write(&self, state: &State) -> Result<Session, Problem> {
        for _attempt in 0..ATTEMPTS {
            let catalog = state.database.catalog();
            let (entrance, settings) = (self.clone(), Arc::clone(&state.settings));
            let version = catalog.version;
            let job = state
                .database
                .write(version, Burden::default(), move |transaction| {
                    let adopt = |visitor: &str| {
                        let statements = adopting::statements(
                            &settings,
                            &catalog,
                            visitor,
                            &entrance.account.id,
                        );
                        transaction.accounts().adopt(&statements)
                    };
                    Ok((entrance.carry_out(transaction, adopt)?, true))
                });
            match job.await {
                Err(Error::Stale) => {
                    state.refresh().await?;
                }
                outcome => return outcome?,
            }
        }
        Err(Problem::from(Error::Stale))
    }

    fn carry_out(
        &self,
        transaction: &Transaction<'_>,
        adopt: impl Fn(&str) -> Result<Vec<Error>, Error>,
    ) -> Result<Session, Problem> {
        let accounts = transaction.accounts();
        let user = &self.account.id;
        match &self.deed {
            Deed::SignUp { kept } => match accounts.add_user(&self.account, kept) {
                Err(Error::Unique { .. }) => return Err(taken()),
                added => added?,
            },
            Deed::Enter { rewritten } => {
                let now = accounts.register().user(user)?;
                // What was true of the password may not be so any more.
                if now.is_none_or(|now| now.generation != self.account.generation) {
                    return Err(wrong());
                }
                if let Some(kept) = rewritten {
                    accounts.rewrite_password(user, kept)?;
                }
            }
        }
        let mut session = self.session.clone();
        if let Some(visitor) = self.end_before(transaction)? {
            for error in adopt(&visitor.owner)? {
                let reason = error.to_string();
                Event::NotAdopted { reason: &reason }.write();
            }
            session.data = visitor.data;
        }
        match &self.store {
            Store::Database => accounts.add_session(&session, &self.hash)?,
            Store::Sealed(_) => {
                // What it remembers is the client's to keep.
                let row = Session {
                    data: data::EMPTY.to_owned(),
                    ..session.clone()
                };
                accounts.add_session(&row, &self.hash)?;
            }
            Store::Redis(_) => return Ok(session),
        }
        accounts.end_surplus(user, self.per_user)?;
        Ok(session)
    }

    /// Ends the session that was shown. If it was a visitor's who is there still: that one. Who signs in in another user's
    /// session replaces him.
    fn end_before(&self, transaction: &Transaction<'_>) -> Result<Option<Session>, Error> {
        let Some(before) = &self.before else {
            return Ok(None);
        };
        let accounts = transaction.accounts();
        let is_visitor = before.session.user.is_none();
        match &self.store {
            Store::Database => {
                let found = accounts.register().session(&before.hash)?;
                accounts.end_session(&before.hash)?;
                Ok(match found {
                    Some(Found::Session(session, _, _)) if session.user.is_none() => Some(*session),
                    Some(Found::Session(..) | Found::Ended) | None => None,
                })
            }
            Store::Sealed(_) if is_visitor => {
                let is_first = accounts.add_end(&before.session, &before.hash, self.now)?;
                Ok(is_first.then(|| before.session.clone()))
            }
            Store::Sealed(_) => {
                accounts.end_session(&before.hash)?;
                Ok(None)
            }
            Store::Redis(_) => Ok(is_visitor.then(|| before.session.clone())),
        }
    }

    /// Puts the session in the place of the one that was shown.
    async fn move_remotely(&self, local: &Local, session: Session) -> Result<Session, Problem> {
        let redis = remotely(local)?;
        let is_moved = match &self.before {
            None => false,
            // What a visitor has had remembered while the password was looked at is his as well.
            Some(before) if before.session.user.is_none() => {
                redis
                    .rekey_keeping_data(&before.hash, &self.hash, &session, self.now)
                    .await?
            }
            Some(before) => {
                redis
                    .rekey(&before.hash, &self.hash, &session, self.now)
                    .await?
            }
        };
        let session = if is_moved {
            let moved = redis.find(&self.hash, self.now).await?;
            moved.unwrap_or(session)
        } else {
            // Whoever came first has taken along what was remembered.
            redis.create(&self.hash, &self.session, self.now).await?;
            self.session.clone()
        };
        let mut others = redis.of_user(&self.account.id, self.now).await?;
        others.sort_by_key(|other| -other.seen);
        for surplus in others.iter().skip(self.per_user) {
            redis.revoke_by_id(&self.account.id, &surplus.id).await?;
        }
        Ok(session)
    }
}

fn wrong() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "BISTRO401",
        "This address and this password do not belong together",
    )
    .field(header::WWW_AUTHENTICATE, "Bearer")
}

fn taken() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "BISTRO409",
        "Somebody has signed up with this address already",
    )
    .hint("Sign in with `POST /-/session` instead.")
}
