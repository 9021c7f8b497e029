//! Who asks: what a request shows of it, and whose that is.

pub(crate) mod shown;
pub(crate) mod identify;

use std::sync::Arc;

use bistro_http::cookie::SetCookie;
use bistro_plan::principal::Principal;
use bistro_plan::rule::{Class, Policy};
use hyper::Response;
use hyper::header::{self, HeaderMap, HeaderValue};

use crate::body::Body;
use crate::fields;
use crate::reading::local::Local;
use crate::session::Sessions;
use crate::session::held::Held;
use crate::session::standing::Standing;

/// Who asks.
#[derive(Debug, Default)]
pub(crate) struct Caller {
    /// On whose behalf.
    pub(crate) principal: Principal,
    /// What tells him from others as far as decisions go; `None` for nobody in particular.
    pub(crate) class: Option<Class>,
    /// The session whose cookie was shown, if it is alive.
    pub(crate) session: Option<Arc<Held>>,
    /// Whether a cookie was shown that is no session's, or not any more.
    pub(crate) has_dead_cookie: bool,
    /// The cookie that the answer should set.
    pub(crate) cookie: Option<SetCookie>,
}

impl Caller {
    /// Nobody in particular, who shows a cookie that opens nothing.
    pub(crate) fn with_dead_cookie() -> Self {
        Self {
            has_dead_cookie: true,
            ..Self::default()
        }
    }

    /// Whose session is known.
    pub(crate) fn of_session(held: Arc<Held>) -> Self {
        Self {
            principal: held.principal.clone(),
            session: Some(held),
            ..Self::default()
        }
    }

    /// The same, told from others by these rules.
    pub(crate) fn under(self, policy: &Policy) -> Self {
        let class = match &self.principal {
            Principal::Anyone => None,
            known => Some(policy.class(known)),
        };
        Self { class, ..self }
    }

    /// What must still be so of him when his change is made.
    pub(crate) fn standing(&self, local: &Local) -> Standing {
        Standing::of(self.session.as_deref(), local.redis.is_some())
    }

    /// Is from now on who this session is of.
    pub(crate) fn becomes(&mut self, held: Held) {
        self.principal = held.principal.clone();
        self.session = Some(Arc::new(held));
        self.has_dead_cookie = false;
    }

    /// Is nobody from now on.
    pub(crate) fn leaves(&mut self, sessions: &Sessions) {
        *self = Self {
            cookie: sessions.naming.forgotten(),
            ..Self::default()
        };
    }

    /// Notes that his session is used; where its cookie itself has to say so, the answer sets it anew.
    pub(crate) fn note_use(&mut self, sessions: &Sessions, now: i64) {
        let Some(held) = &self.session else {
            return;
        };
        let is_noted = held.note(sessions.lifetime, now);
        if is_noted && held.has_row() {
            sessions.touches.note(held.hash);
        }
        if is_noted && !held.has_row() || held.is_of_old_key() {
            self.cookie = sessions.cookie_again(held, now);
        }
    }

    /// Whether [`Self::note_use`] may have the answer set a cookie.
    pub(crate) fn is_cookie_due(&self, sessions: &Sessions, now: i64) -> bool {
        self.session.as_ref().is_some_and(|held| {
            held.is_of_old_key() || !held.has_row() && held.is_to_be_noted(sessions.lifetime, now)
        })
    }

    /// Has the answer set what it should, for this caller alone to see.
    pub(crate) fn complete(&self, response: &mut Response<Body>) {
        if let Some(cookie) = &self.cookie {
            let headers = response.headers_mut();
            headers.insert(header::SET_COOKIE, fields::value(&cookie.to_string()));
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            vary(headers);
        }
    }
}

/// The fields of a request that show who the caller is, as `Vary` lists them.
pub(crate) const CALLER_FIELDS: &str = "Cookie, Authorization";

/// Tells caches that the answer depends on who asks, and that what several share may not keep it.
pub(crate) fn keep_apart(headers: &mut HeaderMap) {
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, no-cache"),
    );
    vary(headers);
}

/// Tells caches that the answer depends on who asks.
pub(crate) fn vary(headers: &mut HeaderMap) {
    let says_so = fields::lines(headers, header::VARY)
        .iter()
        .flat_map(|line| line.split(','))
        .any(|name| name.trim().eq_ignore_ascii_case("cookie"));
    if !says_so {
        headers.append(header::VARY, HeaderValue::from_static(CALLER_FIELDS));
    }
}
