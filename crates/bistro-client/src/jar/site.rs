//! Hosts and how near they are to each other: domain-match, public suffixes, sites, and who may be trusted with a secret.

use std::net::Ipv4Addr;

use url::{Host, Url};

/// How a request came about, which is what `SameSite` asks (RFC 6265bis §5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Initiator {
    /// Somebody typed it, or a redirect within one site led here: every cookie goes along.
    SameSite,
    /// Another site led here by a redirect. It is as if somebody had followed a link: `Strict` cookies stay, and `Lax`
    /// ones, too, unless the method is safe.
    CrossSite {
        /// Whether the method is safe (RFC 9110 §9.2.1).
        is_safe: bool,
    },
}

impl Initiator {
    /// What a redirect from one target to another makes of a request with this method.
    pub fn of_redirect(from: &Url, to: &Url, method: &http::Method) -> Self {
        if is_same_site(from, to) {
            Self::SameSite
        } else {
            Self::CrossSite {
                is_safe: method.is_safe(),
            }
        }
    }
}

/// Whether two targets belong to one site: the same scheme and the same registrable domain, or the same host where there
/// is no such domain (RFC 6265bis §5.2).
pub fn is_same_site(one: &Url, other: &Url) -> bool {
    one.scheme() == other.scheme()
        && match (one.host_str(), other.host_str()) {
            (Some(one), Some(other)) => registrable(one) == registrable(other),
            _ => false,
        }
}

/// The domain that somebody could have registered, or the host itself if it is an address or a public suffix.
fn registrable(host: &str) -> &str {
    if is_address(host) {
        return host;
    }
    psl::domain_str(host).unwrap_or(host)
}

/// Whether a target can be trusted with `Secure` cookies: over TLS, or on this machine, as browsers and curl see it.
/// `localhost` is this machine whatever a resolver says (RFC 6761 §6.3).
pub fn is_trustworthy(url: &Url) -> bool {
    let is_loopback = || match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.strip_suffix('.').unwrap_or(name);
            name == "localhost" || name.ends_with(".localhost")
        }
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    url.scheme() == "https" || is_loopback()
}

/// Whether a host is an address, which has no domain above it.
pub(crate) fn is_address(host: &str) -> bool {
    host.starts_with('[') || host.parse::<Ipv4Addr>().is_ok()
}

/// Whether a host is the domain or lies below it (RFC 6265bis §5.1.3). Both are canonical.
pub(crate) fn is_domain_match(host: &str, domain: &str) -> bool {
    let is_below = || {
        host.strip_suffix(domain)
            .is_some_and(|rest| rest.ends_with('.') && !domain.is_empty())
    };
    host == domain || !is_address(host) && is_below()
}

/// Whether anybody can register names below a domain, so that a cookie for it would reach strangers.
pub(crate) fn is_public_suffix(domain: &str) -> bool {
    !is_address(domain)
        && psl::suffix(domain.as_bytes())
            .is_some_and(|suffix| suffix.as_bytes() == domain.as_bytes())
}

#[cfg(test)]
mod tests {
    //! Tables of hosts.

    use http::Method;
    use url::Url;

    use super::{Initiator, is_domain_match, is_public_suffix, is_same_site, is_trustworthy};

    fn url(text: &str) -> Url {
        Url::parse(text).expect("it is one")
    }

    #[test]
    fn a_host_matches_itself_and_the_domains_above_it() {
        let table = [
            ("example.org", "example.org", true),
            ("a.example.org", "example.org", true),
            ("a.b.example.org", "example.org", true),
            ("example.org", "a.example.org", false),
            ("badexample.org", "example.org", false),
            ("example.org", "", false),
            ("example.org.", "", false),
            ("example.org.", "example.org", false),
            ("127.0.0.1", "127.0.0.1", true),
            ("127.0.0.1", "0.0.1", false),
            ("[::1]", "[::1]", true),
            ("[::1]", "1]", false),
        ];
        for (host, domain, expected) in table {
            assert_eq!(is_domain_match(host, domain), expected, "{host} {domain}");
        }
    }

    #[test]
    fn a_public_suffix_is_known_in_every_script() {
        let table = [
            ("org", true),
            ("org.", true),
            ("example.org", false),
            ("co.uk", true),
            ("example.co.uk", false),
            ("github.io", true),
            ("ck", true),
            ("any.ck", true),
            ("www.ck", false),
            ("xn--55qx5d.cn", true),
            ("xn--p1ai", true),
            ("example.xn--p1ai", false),
            ("localhost", true),
            ("unheard-of", true),
            ("a.unheard-of", false),
            ("127.0.0.1", false),
            ("[::1]", false),
        ];
        for (domain, expected) in table {
            assert_eq!(is_public_suffix(domain), expected, "{domain}");
        }
    }

    #[test]
    fn only_tls_and_this_machine_are_trusted() {
        let table = [
            ("https://example.org", true),
            ("http://example.org", false),
            ("http://localhost:8080", true),
            ("http://LOCALHOST.", true),
            ("http://a.localhost", true),
            ("http://notlocalhost", false),
            ("http://localhost.example.org", false),
            ("http://127.0.0.1", true),
            ("http://127.9.8.7", true),
            ("http://2130706433", true),
            ("http://128.0.0.1", false),
            ("http://[::1]:80", true),
            ("http://[::2]", false),
        ];
        for (target, expected) in table {
            assert_eq!(is_trustworthy(&url(target)), expected, "{target}");
        }
    }

    #[test]
    fn a_site_is_a_scheme_and_a_registrable_domain() {
        let table = [
            (
                "https://a.example.org",
                "https://b.example.org:8443/x",
                true,
            ),
            ("https://example.org", "http://example.org", false),
            ("https://example.org", "https://example.com", false),
            ("https://a.github.io", "https://b.github.io", false),
            ("https://x.a.github.io", "https://a.github.io", true),
            ("http://127.0.0.1", "http://127.0.0.1:1", true),
            ("http://127.0.0.1", "http://1.0.0.1", false),
            ("http://localhost", "http://localhost:1", true),
            ("https://co.uk", "https://a.co.uk", false),
        ];
        for (one, other, expected) in table {
            assert_eq!(
                is_same_site(&url(one), &url(other)),
                expected,
                "{one} {other}"
            );
            assert_eq!(
                is_same_site(&url(other), &url(one)),
                expected,
                "{other} {one}"
            );
        }
    }

    #[test]
    fn a_redirect_to_another_site_is_known_by_its_method() {
        let (home, away) = (url("https://a.example"), url("https://b.example"));
        let of = |method| Initiator::of_redirect(&home, &away, &method);
        assert_eq!(of(Method::GET), Initiator::CrossSite { is_safe: true });
        assert_eq!(of(Method::POST), Initiator::CrossSite { is_safe: false });
        let same = Initiator::of_redirect(&home, &home, &Method::POST);
        assert_eq!(same, Initiator::SameSite);
    }
}
