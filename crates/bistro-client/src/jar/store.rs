//! Cookies side by side: at most one of each identity, none that is over, and not too many.

use super::cookie::{Cookie, Identity};
use super::refusal::{Receipt, Refusal};

/// How many cookies one domain may have: what browsers allow, more than the 50 that servers may count on (RFC 6265bis §6.1).
pub const COOKIES_PER_DOMAIN_MAX: usize = 180;

/// How many cookies a jar may have (RFC 6265bis §6.1).
pub const COOKIES_MAX: usize = 3000;

/// The cookies, the oldest first as far as the clock cannot tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Store {
    cookies: Vec<Cookie>,
}

impl Store {
    /// All of them.
    pub(crate) fn cookies(&self) -> &[Cookie] {
        &self.cookies
    }

    /// All of them, to note when they were sent.
    pub(crate) fn cookies_mut(&mut self) -> &mut [Cookie] {
        &mut self.cookies
    }

    /// Takes a cookie in, unless another one must not be hidden by it, and makes room (RFC 6265bis §5.7).
    pub(crate) fn keep(
        &mut self,
        mut cookie: Cookie,
        is_trustworthy: bool,
        now: u64,
    ) -> Result<Receipt, Refusal> {
        self.drop_over(now);
        let is_hiding = |other: &Cookie| other.is_secure && cookie.overlays(other);
        if !is_trustworthy && self.cookies.iter().any(is_hiding) {
            return Err(Refusal::Overlay);
        }
        let identity = cookie.identity();
        let is_over = cookie.is_over(now);
        match self.get_mut(&identity) {
            Some(_) if is_over => {
                self.remove(&identity);
                Ok(Receipt::Removed)
            }
            None if is_over => Ok(Receipt::Over),
            Some(earlier) => {
                cookie.created = earlier.created;
                *earlier = cookie;
                Ok(Receipt::Replaced)
            }
            None => {
                self.add(cookie);
                if self.get(&identity).is_some() {
                    Ok(Receipt::Added)
                } else {
                    let max = COOKIES_PER_DOMAIN_MAX;
                    Err(Refusal::Crowded { max })
                }
            }
        }
    }

    /// Takes a cookie in at the end and makes room.
    pub(crate) fn add(&mut self, cookie: Cookie) {
        let domain = cookie.domain.clone();
        self.cookies.push(cookie);
        let of_domain = |cookie: &Cookie| cookie.domain == domain;
        while self
            .cookies
            .iter()
            .filter(|cookie| of_domain(cookie))
            .count()
            > COOKIES_PER_DOMAIN_MAX
        {
            self.evict(of_domain, |cookie| {
                (cookie.is_secure, cookie.used, cookie.created)
            });
        }
        while self.cookies.len() > COOKIES_MAX {
            self.evict(|_| true, |cookie| (false, cookie.used, cookie.created));
        }
    }

    /// Drops the least of some cookies.
    fn evict(
        &mut self,
        is_asked: impl Fn(&Cookie) -> bool,
        rank: impl Fn(&Cookie) -> (bool, u64, u64),
    ) {
        let asked = self.cookies.iter().enumerate();
        let least = asked
            .filter(|(_, cookie)| is_asked(cookie))
            .min_by_key(|(_, cookie)| rank(cookie));
        if let Some((at, _)) = least {
            self.cookies.remove(at);
        }
    }

    /// Drops those that have ended.
    pub(crate) fn drop_over(&mut self, now: u64) {
        self.cookies.retain(|cookie| !cookie.is_over(now));
    }

    /// The cookie of that identity.
    pub(crate) fn get(&self, identity: &Identity) -> Option<&Cookie> {
        self.cookies.iter().find(|cookie| cookie.is(identity))
    }

    /// The cookie of that identity.
    pub(crate) fn get_mut(&mut self, identity: &Identity) -> Option<&mut Cookie> {
        self.cookies.iter_mut().find(|cookie| cookie.is(identity))
    }

    /// Takes a cookie out.
    pub(crate) fn remove(&mut self, identity: &Identity) {
        self.cookies.retain(|cookie| !cookie.is(identity));
    }
}
