//! One cookie as it is kept: whose it is, where it goes, and until when.

use std::fmt;

use bistro_http::cookie::received::{ATTRIBUTE_OCTETS_MAX, Received, SameSite};
use url::Url;

use super::refusal::Refusal;
use super::site::{self, Initiator};

/// A cookie in a jar. It is made only by receiving or by typing one; times are seconds since 1970.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cookie {
    /// The name, as octets; empty for one that has a value only.
    pub name: Vec<u8>,
    /// The value, as octets.
    pub value: Vec<u8>,
    /// The domain that it goes to, canonical: lower case, A-labels, an IPv6 address in brackets.
    pub domain: String,
    /// Whether it goes to exactly that host, and to none below it.
    pub is_host_only: bool,
    /// The path that it goes to, with all below it.
    pub path: Vec<u8>,
    /// Whether it goes over TLS, or to this machine, only.
    pub is_secure: bool,
    /// Whether scripts of a page could not read it; of no effect here, where there are none.
    pub is_http_only: bool,
    /// Which requests from other sites it goes with.
    pub same_site: SameSite,
    /// When it ends. `None`: with the session; a named session lasts until it is cleared, as with HTTPie.
    pub expires: Option<u64>,
    /// When it came first.
    pub created: u64,
    /// When it was set or sent last.
    pub used: u64,
}

/// What makes two cookies the same one (RFC 6265bis §5.7): a later one takes the earlier one's place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Identity {
    domain: String,
    is_host_only: bool,
    path: Vec<u8>,
    name: Vec<u8>,
}

/// A prefix of names, whether it is for one host and all paths, whether it is out of reach of scripts, and the same in
/// words. Each needs `Secure` (RFC 6265bis §5.4; the last two in draft-ietf-httpbis-layered-cookies). Longer ones come
/// first.
const PREFIXES: [(&str, bool, bool, &str); 4] = [
    (
        "__Host-Http-",
        true,
        true,
        "`Secure`, `HttpOnly`, `Path=/` and no `Domain`",
    ),
    ("__Host-", true, false, "`Secure`, `Path=/` and no `Domain`"),
    ("__Secure-", false, false, "`Secure`"),
    ("__Http-", false, true, "`Secure` and `HttpOnly`"),
];

impl Cookie {
    /// What a cookie from this target is to be, if it may be at all (RFC 6265bis §5.7). Whether others stand in its way
    /// is for the jar to say.
    pub(crate) fn received(url: &Url, received: &Received<'_>, now: u64) -> Result<Self, Refusal> {
        let host = url.host_str().ok_or(Refusal::NoHost)?;
        let domain = domain(host, received.domain.unwrap_or_default())?;
        let path = match received.path {
            Some(path) => path.to_owned(),
            None => default_path(url)?,
        };
        let cookie = Self {
            name: received.name.to_owned(),
            value: received.value.to_owned(),
            is_host_only: domain.is_none(),
            domain: domain.unwrap_or_else(|| host.to_owned()),
            path,
            is_secure: received.is_secure,
            is_http_only: received.is_http_only,
            same_site: received.same_site,
            expires: received.expires,
            created: now,
            used: now,
        };
        if cookie.is_secure && !site::is_trustworthy(url) {
            return Err(Refusal::Insecure);
        }
        if cookie.same_site == SameSite::None && !cookie.is_secure {
            return Err(Refusal::NotSecure);
        }
        let is_for_host = cookie.is_host_only && received.path == Some(b"/");
        cookie.check_prefix(is_for_host)?;
        Ok(cookie)
    }

    /// A cookie that somebody typed for this target: for its host alone, all paths, and the session; `Secure` if the
    /// target is `https`. No prefix is asked for: who types a name may.
    pub(crate) fn typed(url: &Url, name: &[u8], value: &[u8], now: u64) -> Result<Self, Refusal> {
        Ok(Self {
            name: name.to_owned(),
            value: value.to_owned(),
            domain: url.host_str().ok_or(Refusal::NoHost)?.to_owned(),
            is_host_only: true,
            path: b"/".to_vec(),
            is_secure: url.scheme() == "https",
            is_http_only: false,
            same_site: SameSite::Default,
            expires: None,
            created: now,
            used: now,
        })
    }

    /// The promise of a prefix is kept or the cookie refused. Servers that compare names in any case, or that read a
    /// nameless value as if it had a name, are protected, too.
    fn check_prefix(&self, is_for_host: bool) -> Result<(), Refusal> {
        let begins = |octets: &[u8], prefix: &str| {
            octets
                .get(..prefix.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(prefix.as_bytes()))
        };
        for (prefix, needs_host, needs_http, needs) in PREFIXES {
            let is_kept = self.is_secure
                && (is_for_host || !needs_host)
                && (self.is_http_only || !needs_http);
            if begins(&self.name, prefix) && !is_kept {
                return Err(Refusal::Prefix { prefix, needs });
            }
            if self.name.is_empty() && begins(&self.value, prefix) {
                let needs = "a name: the cookie has none";
                return Err(Refusal::Prefix { prefix, needs });
            }
        }
        Ok(())
    }

    /// What makes it the same as another.
    pub(crate) fn identity(&self) -> Identity {
        Identity {
            domain: self.domain.clone(),
            is_host_only: self.is_host_only,
            path: self.path.clone(),
            name: self.name.clone(),
        }
    }

    /// Whether it is the one.
    pub(crate) fn is(&self, identity: &Identity) -> bool {
        self.name == identity.name
            && self.domain == identity.domain
            && self.path == identity.path
            && self.is_host_only == identity.is_host_only
    }

    /// Whether it has ended.
    pub fn is_over(&self, now: u64) -> bool {
        self.expires.is_some_and(|end| end <= now)
    }

    /// Whether it goes to a target (RFC 6265bis §5.8.3), apart from its end. The list of public suffixes may have grown
    /// since it came.
    pub(crate) fn goes_to(&self, url: &Url, initiator: Initiator) -> bool {
        let Some(host) = url.host_str() else {
            return false;
        };
        let is_its_host = if self.is_host_only {
            host == self.domain
        } else {
            site::is_domain_match(host, &self.domain) && !site::is_public_suffix(&self.domain)
        };
        let is_its_site = match (initiator, self.same_site) {
            (Initiator::SameSite, _) | (_, SameSite::None) => true,
            (Initiator::CrossSite { is_safe }, SameSite::Lax | SameSite::Default) => is_safe,
            (Initiator::CrossSite { .. }, SameSite::Strict) => false,
        };
        is_its_host
            && is_its_site
            && is_path_match(url.path().as_bytes(), &self.path)
            && (!self.is_secure || site::is_trustworthy(url))
    }

    /// Whether it would go to a place where another one of its name goes, and hide that (RFC 6265bis §5.7, "leave secure
    /// cookies alone").
    pub(crate) fn overlays(&self, other: &Self) -> bool {
        let is_near = site::is_domain_match(&self.domain, &other.domain)
            || site::is_domain_match(&other.domain, &self.domain);
        self.name == other.name && is_near && is_path_match(&self.path, &other.path)
    }
}

/// Without the value, which may be a key.
impl fmt::Debug for Cookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cookie")
            .field("name", &self.name.escape_ascii().to_string())
            .field("octets", &self.value.len())
            .field("domain", &self.domain)
            .field("path", &self.path.escape_ascii().to_string())
            .finish_non_exhaustive()
    }
}

/// The domain that a cookie is for, or `None` if it is for the host alone.
fn domain(host: &str, attribute: &[u8]) -> Result<Option<String>, Refusal> {
    if attribute.is_empty() {
        return Ok(None);
    }
    let domain = attribute.escape_ascii().to_string().to_ascii_lowercase();
    if domain == host && (site::is_address(host) || site::is_public_suffix(host)) {
        return Ok(None);
    }
    if attribute.is_ascii() && site::is_public_suffix(&domain) {
        return Err(Refusal::PublicSuffix { domain });
    }
    if !site::is_domain_match(host, &domain) {
        let host = host.to_owned();
        return Err(Refusal::Domain { domain, host });
    }
    Ok(Some(domain))
}

/// The path of a target up to its last `/` (RFC 6265bis §5.1.4). A hostile redirect could make it as long as it likes.
fn default_path(url: &Url) -> Result<Vec<u8>, Refusal> {
    let path = match url.path().rsplit_once('/') {
        None | Some(("", _)) => "/",
        Some((path, _)) => path,
    };
    if path.len() > ATTRIBUTE_OCTETS_MAX {
        let max = ATTRIBUTE_OCTETS_MAX;
        return Err(Refusal::Path { max });
    }
    Ok(path.as_bytes().to_owned())
}

/// Whether a path is a cookie's or lies below it (RFC 6265bis §5.1.4).
fn is_path_match(path: &[u8], of_cookie: &[u8]) -> bool {
    path.strip_prefix(of_cookie)
        .is_some_and(|rest| rest.is_empty() || of_cookie.ends_with(b"/") || rest.starts_with(b"/"))
}
