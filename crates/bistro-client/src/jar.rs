//! The cookies of one session, kept and sent as a browser would (draft-ietf-httpbis-rfc6265bis-20, cited as RFC 6265bis).
//!
//! A jar remembers what a run has changed in it, so that the changes can be replayed on what another run has written
//! meanwhile.

pub mod refusal;
pub mod site;
pub mod cookie;
pub mod store;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use bistro_http::cookie::received;
use http::HeaderValue;
use url::Url;

use self::cookie::{Cookie, Identity};
use self::refusal::{Receipt, Refusal};
use self::site::Initiator;
use self::store::{COOKIES_MAX, Store};

/// How old the note of a cookie's last use may be before a new one is worth writing a file, in seconds. It only decides
/// which cookie gives way when there are too many.
const USE_GRAIN: u64 = 24 * 60 * 60;

/// How many changes a run may have: a hostile server can take back cookies that nobody has for as long as it is asked.
const CHANGES_MAX: usize = 2 * COOKIES_MAX;

/// Cookies, and what has become of them since they were read. An empty one is the jar of a run without a session.
#[derive(Clone, Debug, Default)]
pub struct Jar {
    store: Store,
    /// What was there at first: taking one of these back is never forgotten.
    stored: BTreeSet<Identity>,
    changes: BTreeMap<Identity, Change>,
}

/// What a run did to a cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    /// It was received or typed; whether over TLS, which decides whether it may hide a `Secure` one.
    Kept { is_trustworthy: bool },
    /// It was sent.
    Used,
    /// It was taken back by its server, or cleared.
    Removed,
}

impl Jar {
    /// The jar of a session that was read.
    pub(crate) fn of(cookies: impl IntoIterator<Item = Cookie>) -> Self {
        let mut store = Store::default();
        for cookie in cookies {
            store.add(cookie);
        }
        Self::unchanged(store)
    }

    /// A jar in which nothing has been done yet.
    fn unchanged(store: Store) -> Self {
        Self {
            stored: store.cookies().iter().map(Cookie::identity).collect(),
            store,
            changes: BTreeMap::new(),
        }
    }

    /// Takes in one `Set-Cookie` field of a response from this target, at a time in seconds since 1970, and says what
    /// became of it.
    pub fn receive(&mut self, url: &Url, field: &[u8], now: u64) -> Result<Receipt, Refusal> {
        let received = received::read(field, now)?;
        let cookie = Cookie::received(url, &received, now)?;
        self.keep(cookie, site::is_trustworthy(url), now)
    }

    /// Takes in the cookies of a `Cookie` field that somebody typed for this target, each for its host alone and the
    /// session, as HTTPie does. From then on they are sent from the jar.
    pub fn receive_typed(
        &mut self,
        url: &Url,
        field: &[u8],
        now: u64,
    ) -> Vec<Result<Receipt, Refusal>> {
        let pairs = field.split(|octet| *octet == b';').map(<[u8]>::trim_ascii);
        pairs
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                // One field has one grammar: a pair is what a `Set-Cookie` without attributes would be.
                let pair = received::read(pair, now)?;
                let cookie = Cookie::typed(url, pair.name, pair.value, now)?;
                self.keep(cookie, true, now)
            })
            .collect()
    }

    /// Puts a cookie into the store and remembers that.
    fn keep(&mut self, cookie: Cookie, is_trustworthy: bool, now: u64) -> Result<Receipt, Refusal> {
        let identity = cookie.identity();
        let receipt = self.store.keep(cookie, is_trustworthy, now)?;
        match receipt {
            Receipt::Added | Receipt::Replaced => {
                self.changes
                    .insert(identity, Change::Kept { is_trustworthy });
                self.forget_evicted();
            }
            Receipt::Removed | Receipt::Over => self.note_removal(identity),
        }
        Ok(receipt)
    }

    /// Changes of cookies that had to give way are none any more. A jar with room has lost none.
    fn forget_evicted(&mut self) {
        if self.changes.len() > self.store.cookies().len() {
            let there: BTreeSet<Identity> =
                self.store.cookies().iter().map(Cookie::identity).collect();
            self.changes
                .retain(|identity, change| *change == Change::Removed || there.contains(identity));
        }
    }

    /// Remembers that a cookie is gone.
    fn note_removal(&mut self, identity: Identity) {
        if self.stored.contains(&identity) || self.changes.len() < CHANGES_MAX {
            self.changes.insert(identity, Change::Removed);
        }
    }

    /// The `Cookie` field of a request to this target, if there is a cookie for it: those with longer paths first, then
    /// those that came earlier (RFC 6265bis §5.8.3). A cookie without a name is its value alone. The field is marked as
    /// a secret.
    pub fn cookie_field(
        &mut self,
        url: &Url,
        initiator: Initiator,
        now: u64,
    ) -> Option<HeaderValue> {
        self.store.drop_over(now);
        let cookies = self.store.cookies_mut().iter_mut();
        let mut sent: Vec<&mut Cookie> = cookies
            .filter(|cookie| cookie.goes_to(url, initiator))
            .collect();
        sent.sort_by_key(|cookie| (Reverse(cookie.path.len()), cookie.created));
        let mut field = Vec::new();
        for cookie in sent {
            if now.saturating_sub(cookie.used) >= USE_GRAIN {
                self.changes
                    .entry(cookie.identity())
                    .or_insert(Change::Used);
            }
            cookie.used = now;
            if !field.is_empty() {
                field.extend_from_slice(b"; ");
            }
            if !cookie.name.is_empty() {
                field.extend_from_slice(&cookie.name);
                field.push(b'=');
            }
            field.extend_from_slice(&cookie.value);
        }
        if field.is_empty() {
            return None;
        }
        let mut field = HeaderValue::from_bytes(&field).ok()?;
        field.set_sensitive(true);
        Some(field)
    }

    /// Every cookie, the oldest first, those that are over among them.
    pub fn cookies(&self) -> impl Iterator<Item = &Cookie> {
        self.store.cookies().iter()
    }

    /// Takes out the cookies of that domain (exactly, in any case of letters) and of that name, and says how many there
    /// were. `None` is any.
    pub fn clear(&mut self, domain: Option<&str>, name: Option<&[u8]>) -> usize {
        let is_asked = |cookie: &&Cookie| {
            domain.is_none_or(|domain| {
                let domain = domain.strip_prefix('.').unwrap_or(domain);
                cookie.domain.eq_ignore_ascii_case(domain)
            }) && name.is_none_or(|name| cookie.name == name)
        };
        let asked = self.store.cookies().iter().filter(is_asked);
        let asked: Vec<Identity> = asked.map(Cookie::identity).collect();
        for identity in &asked {
            self.store.remove(identity);
            self.note_removal(identity.clone());
        }
        asked.len()
    }

    /// Whether there is something to write.
    pub fn is_changed(&self) -> bool {
        !self.changes.is_empty()
    }

    /// Does again on fresher cookies what was done here, and goes on with the result, in which nothing has been done yet.
    pub(crate) fn replay_on(&mut self, fresh: Self, now: u64) {
        let mut store = fresh.store;
        for (identity, change) in &self.changes {
            if *change == Change::Removed {
                store.remove(identity);
            }
        }
        // In the order in which they came, which the clock alone may not tell.
        for cookie in self.store.cookies() {
            let identity = cookie.identity();
            match self.changes.get(&identity) {
                Some(Change::Kept { is_trustworthy }) => {
                    // A refusal stands: meanwhile somebody has received a cookie that must not be hidden or give way.
                    let receipt = store.keep(cookie.clone(), *is_trustworthy, now);
                    if let (Ok(_), Some(there)) = (receipt, store.get_mut(&identity)) {
                        there.created = cookie.created;
                    }
                }
                Some(Change::Used) => {
                    if let Some(there) = store.get_mut(&identity) {
                        there.used = there.used.max(cookie.used);
                    }
                }
                Some(Change::Removed) | None => {}
            }
        }
        store.drop_over(now);
        *self = Self::unchanged(store);
    }
}

#[cfg(test)]
mod tests;
