//! The cookie of a session.

use bistro_http::cookie::SetCookie;
use bistro_session::key::Key;
use bistro_session::sealed::Sealed;
use bistro_session::session::{KeyShown, Session};
use hyper::StatusCode;

use crate::problem::Problem;
use crate::session::Sessions;
use crate::session::held::Held;
use crate::session::naming::Naming;
use crate::session::store::Store;

impl Sessions {
    /// The cookie of a session: its key, or all of it sealed.
    ///
    /// # Errors
    /// The session remembers more than fits into a cookie, or would once somebody has signed in to it.
    pub(crate) fn cookie(
        &self,
        key: &Key,
        session: &Session,
        now: i64,
    ) -> Result<SetCookie, Problem> {
        if session.user.is_none() && self.is_sealed() {
            // Who signs in takes along what is remembered: that must not fail when the session before has ended already.
            let later = Session {
                user: Some(session.owner.clone()),
                signed_in: Some(now),
                ..session.clone()
            };
            self.print(key, &later, now)?;
        }
        self.print(key, session, now)
    }

    fn print(&self, key: &Key, session: &Session, now: i64) -> Result<SetCookie, Problem> {
        let value = match &self.store {
            Store::Database | Store::Redis(_) => key.print(),
            Store::Sealed(sealer) => {
                let sealed = Sealed {
                    seen: now,
                    ..Sealed::new(key.clone(), session)
                };
                sealer.seal(now, &sealed.encode())
            }
        };
        let max_age = self.lifetime.max_age(now, session.created);
        let Naming { name, is_secure } = self.naming;
        SetCookie::new(name, &value, max_age, is_secure).map_err(|error| {
            Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "BISTRO413",
                "The session remembers more than fits into its cookie; nothing was changed",
            )
            .details(error.to_string())
        })
    }

    /// The cookie of a session that is used now, where the cookie itself has to say so. One of a former key does not take the place
    /// of the present one's.
    pub(crate) fn cookie_again(&self, held: &Held, now: i64) -> Option<SetCookie> {
        if let KeyShown::Former { .. } = held.shown {
            return None;
        }
        let seal = held.seal.as_ref()?;
        self.cookie(&seal.key, &held.session, now).ok()
    }
}
