//! A session that is alive, and what was found out about it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use bistro_database::Generation;
use bistro_database::accounts::{Found, User as Account};
use bistro_plan::principal::{Principal, User};
use bistro_session::key::{Hash, Key};
use bistro_session::lifetime::Lifetime;
use bistro_session::sealed::Sealed;
use bistro_session::session::{KeyShown, Session};

/// A session that is alive.
#[derive(Debug)]
pub(crate) struct Held {
    /// What it is found by: the hash of the key that was shown.
    pub(crate) hash: Hash,
    /// Which of its keys that is.
    pub(crate) shown: KeyShown,
    /// What is kept of it.
    pub(crate) session: Session,
    /// What its cookie says besides, where it says all.
    pub(crate) seal: Option<Seal>,
    /// Who it is of.
    pub(crate) principal: Principal,
    /// The state of the database in which this was so, where that is known.
    pub(crate) generation: Option<Generation>,
    /// When it was last noted that it is used.
    noted: AtomicI64,
    /// Whether it is yet to be written down that its present key was shown.
    is_unconfirmed: AtomicBool,
}

/// What a sealed cookie says of itself.
#[derive(Debug)]
pub(crate) struct Seal {
    /// What makes the session's hash.
    pub(crate) key: Key,
    /// Whether it was sealed with a key that will be gone one day.
    pub(crate) is_old: bool,
}

/// The moment at which something is found out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    /// How long sessions live.
    pub(crate) lifetime: Lifetime,
    /// The time, in seconds since 1970.
    pub(crate) now: i64,
    /// The state of the database, where that is known.
    pub(crate) generation: Option<Generation>,
}

impl Held {
    /// A session by its row, unless it is over.
    pub(crate) fn of_row(hash: Hash, found: Option<Found>, moment: Moment) -> Option<Self> {
        match found? {
            Found::Ended => None,
            Found::Session(session, shown, account) => {
                Self::new(hash, shown, *session, account, moment)
            }
        }
    }

    /// A session by its cookie, unless it is over: one that somebody has signed in to has a row, and another has none.
    pub(crate) fn of_seal(
        sealed: Sealed,
        is_old: bool,
        found: Option<Found>,
        moment: Moment,
    ) -> Option<Self> {
        let user = sealed.user.clone();
        let (key, sealed) = sealed.into_session();
        let (session, shown, account) = match (user, found) {
            (None, None) => (sealed, KeyShown::Present, None),
            (Some(user), Some(Found::Session(row, shown, account)))
                if row.user.as_ref() == Some(&user) =>
            {
                // The row knows of every use, and what is remembered is in the cookie.
                let session = Session {
                    generation: row.generation,
                    keyed: row.keyed,
                    seen: row.seen.max(sealed.seen),
                    ..sealed
                };
                (session, shown, account)
            }
            (None | Some(_), _) => return None,
        };
        let held = Self::new(key.hash(), shown, session, account, moment)?;
        Some(Self {
            seal: Some(Seal { key, is_old }),
            ..held
        })
    }

    /// A session, unless it is over. `account` is the user who has signed in to it.
    pub(crate) fn new(
        hash: Hash,
        shown: KeyShown,
        session: Session,
        account: Option<Account>,
        moment: Moment,
    ) -> Option<Self> {
        let Moment {
            lifetime,
            now,
            generation,
        } = moment;
        if !shown.counts(now) || !lifetime.is_alive(now, session.created, session.seen) {
            return None;
        }
        let principal = match (&session.user, account) {
            (None, _) => Principal::Visitor(session.owner.as_str().into()),
            // All sessions of an older generation were ended at once.
            (Some(_), Some(account)) if account.generation == session.generation => {
                Principal::User(Arc::new(user(account)))
            }
            (Some(_), Some(_) | None) => return None,
        };
        Some(Self {
            hash,
            shown,
            noted: AtomicI64::new(session.seen),
            is_unconfirmed: AtomicBool::new(shown == KeyShown::Unconfirmed),
            session,
            seal: None,
            principal,
            generation,
        })
    }

    /// A session that begins now.
    pub(crate) fn begun(
        key: Key,
        session: Session,
        account: Option<Account>,
        is_sealed: bool,
    ) -> Self {
        Self {
            hash: key.hash(),
            shown: KeyShown::Present,
            noted: AtomicI64::new(session.seen),
            is_unconfirmed: AtomicBool::new(false),
            principal: match account {
                None => Principal::Visitor(session.owner.as_str().into()),
                Some(account) => Principal::User(Arc::new(user(account))),
            },
            seal: is_sealed.then_some(Seal { key, is_old: false }),
            session,
            generation: None,
        }
    }

    /// Whether it is still alive by the clock.
    pub(crate) fn is_alive(&self, lifetime: Lifetime, now: i64) -> bool {
        let seen = self.noted.load(Ordering::Relaxed);
        self.shown.counts(now) && lifetime.is_alive(now, self.session.created, seen)
    }

    /// Whether it is yet to be written down that its present key was shown.
    pub(crate) fn is_unconfirmed(&self) -> bool {
        self.is_unconfirmed.load(Ordering::Relaxed)
    }

    /// It is written down.
    pub(crate) fn confirmed(&self) {
        self.is_unconfirmed.store(false, Ordering::Relaxed);
    }

    /// Whether it is time for another key.
    pub(crate) fn is_key_due(&self, lifetime: Lifetime, now: i64) -> bool {
        // What is only in its cookie opens nothing by its key.
        self.has_row() && lifetime.is_key_due(now, self.session.keyed, self.shown)
    }

    /// Whether it is time to note that it is used.
    pub(crate) fn is_to_be_noted(&self, lifetime: Lifetime, now: i64) -> bool {
        lifetime.should_touch(now, self.noted.load(Ordering::Relaxed))
    }

    /// The same, said once: whoever is told so notes it.
    pub(crate) fn note(&self, lifetime: Lifetime, now: i64) -> bool {
        let before = self.noted.load(Ordering::Relaxed);
        let noted = || {
            self.noted
                .compare_exchange(before, now, Ordering::Relaxed, Ordering::Relaxed)
        };
        lifetime.should_touch(now, before) && noted().is_ok()
    }

    /// Whether its cookie was sealed with a key that will be gone one day.
    pub(crate) fn is_of_old_key(&self) -> bool {
        self.seal.as_ref().is_some_and(|seal| seal.is_old)
    }

    /// Whether the store has a row of it.
    pub(crate) fn has_row(&self) -> bool {
        self.seal.is_none() || self.session.user.is_some()
    }
}

/// A user with all his rights.
pub(crate) fn user(account: Account) -> User {
    User {
        id: account.id,
        email: Some(account.email),
        roles: account.roles,
        claims: None,
        scope: None,
    }
}
