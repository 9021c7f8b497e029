//! Through whom a request goes: what the environment or the user says.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bistro_http::percent;
use http::{HeaderValue, Uri};
use hyper_util::client::proxy::matcher::Matcher;
use url::Url;

use crate::error::{Error, shown};

/// A proxy, and how to sign in there.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    /// What is spoken with it.
    pub kind: Kind,
    /// Its host, an IPv6 address without brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Name and password, from the URL. They go to the proxy and to nobody else.
    pub userinfo: Option<(String, String)>,
}

/// What is spoken with a proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// HTTP.
    Http,
    /// HTTP over TLS.
    Https,
    /// SOCKS 5 (RFC 1928): `socks5`, where names are looked up here, and `socks5h`, where the proxy looks them up.
    Socks {
        /// Whether the proxy looks up names.
        looks_up: bool,
    },
}

/// Which proxy serves which target.
#[derive(Clone, Debug, Default)]
pub enum Proxies {
    /// None does.
    #[default]
    Direct,
    /// This one serves all, `NO_PROXY` notwithstanding: who names a proxy means it.
    All(Proxy),
    /// What the environment says.
    Environment(Environment),
}

/// The variables of the environment that are about proxies.
#[derive(Clone, Debug)]
pub struct Environment {
    http: Option<String>,
    https: Option<String>,
    /// Knows the hosts to which no proxy leads.
    matcher: Arc<Matcher>,
}

impl Proxy {
    /// Reads `http://user:password@host:port`, or the same with `https`, `socks5` or `socks5h`. `http://` may be left out, the
    /// host if it is this machine (`:3128`), and the port where the scheme implies it: 80, 443, 1080.
    pub fn read(text: &str) -> Result<Self, Error> {
        let with_scheme = if text.contains("://") {
            text.to_owned()
        } else if text.starts_with(':') {
            format!("http://localhost{text}")
        } else {
            format!("http://{text}")
        };
        let refuse = |value: &str, reason: &str| Error::Proxy {
            value: value.to_owned(),
            reason: reason.to_owned(),
        };
        // A password may stand in the text: where it cannot be told apart, the text is not repeated.
        let url = Url::parse(&with_scheme)
            .map_err(|error| refuse("that was given", &error.to_string()))?;
        let value = format!("{}://{}", url.scheme(), url.host_str().unwrap_or_default());
        let (kind, port) = match url.scheme() {
            "http" => (Kind::Http, 80),
            "https" => (Kind::Https, 443),
            "socks5" => (Kind::Socks { looks_up: false }, 1080),
            "socks5h" => (Kind::Socks { looks_up: true }, 1080),
            _ => {
                let known = "it must begin with `http://`, `https://`, `socks5://` or `socks5h://`";
                return Err(refuse(&value, known));
            }
        };
        let Some(host) = url.host_str().filter(|host| !host.is_empty()) else {
            return Err(refuse(&value, "it has no host"));
        };
        Ok(Self {
            kind,
            host: host.trim_matches(['[', ']']).to_owned(),
            port: url.port().unwrap_or(port),
            userinfo: userinfo(&url),
        })
    }

    /// The value of `Proxy-Authorization` (RFC 7617).
    pub fn credentials(&self) -> Option<HeaderValue> {
        let (name, password) = self.userinfo.as_ref()?;
        let pair = STANDARD.encode(format!("{name}:{password}"));
        let mut value = HeaderValue::from_str(&format!("Basic {pair}")).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    /// Host and port, as they are written in a message.
    pub fn name(&self) -> String {
        authority(&self.host, self.port)
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy")
            .field("kind", &self.kind)
            .field("name", &self.name())
            .finish_non_exhaustive()
    }
}

impl Environment {
    /// Reads the variables. In either case, the lower one first; `HTTP_PROXY` only in lower case where `REQUEST_METHOD` is set,
    /// because a CGI program finds there what a stranger sent as the field `Proxy` (CVE-2016-5385, "httpoxy").
    pub fn read(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let (mut lower, mut upper) = ([const { None }; 4], [const { None }; 4]);
        let names = ["http_proxy", "https_proxy", "all_proxy", "no_proxy"];
        let mut is_cgi = false;
        for (name, value) in variables {
            is_cgi |= name == "REQUEST_METHOD";
            let place = names
                .iter()
                .position(|known| known.eq_ignore_ascii_case(&name));
            let Some(place) = place.filter(|_| !value.is_empty()) else {
                continue;
            };
            let is_lower = !name.contains(|c: char| c.is_ascii_uppercase());
            if let Some(slot) = if is_lower { &mut lower } else { &mut upper }.get_mut(place) {
                *slot = Some(value);
            }
        }
        if is_cgi {
            upper[0] = None;
        }
        let [http, https, all, no] = lower;
        let [http_upper, https_upper, all_upper, no_upper] = upper;
        let all = all.or(all_upper);
        let no = no.or(no_upper).unwrap_or_default();
        if no.trim() == "*" {
            // No host is to be reached through a proxy.
            return Self {
                http: None,
                https: None,
                matcher: Arc::new(Matcher::builder().build()),
            };
        }
        Self {
            http: http.or(http_upper).or_else(|| all.clone()),
            https: https.or(https_upper).or(all),
            // The proxy here is no one's: the matcher is asked only whether there is one.
            matcher: Arc::new(Matcher::builder().all("http://proxy").no(no).build()),
        }
    }
}

impl Proxies {
    /// The proxy that serves a target, if one does.
    pub(crate) fn serving(&self, url: &Url) -> Result<Option<Proxy>, Error> {
        match self {
            Self::Direct => Ok(None),
            Self::All(proxy) => Ok(Some(proxy.clone())),
            Self::Environment(environment) => {
                let value = if url.scheme() == "https" {
                    &environment.https
                } else {
                    &environment.http
                };
                let (Some(value), Some(host)) = (value, url.host_str()) else {
                    return Ok(None);
                };
                let target =
                    format!("http://{host}/")
                        .parse::<Uri>()
                        .map_err(|error| Error::Target {
                            url: shown(url),
                            reason: error.to_string(),
                        })?;
                match environment.matcher.intercept(&target) {
                    Some(_) => Proxy::read(value).map(Some),
                    None => Ok(None),
                }
            }
        }
    }
}

/// The name and the password of a URL, if it has either.
fn userinfo(url: &Url) -> Option<(String, String)> {
    let (name, password) = (url.username(), url.password());
    if name.is_empty() && password.is_none() {
        return None;
    }
    let plain = |text: &str| percent::decode(text).unwrap_or_else(|_| text.to_owned());
    Some((plain(name), plain(password.unwrap_or_default())))
}

/// A host and a port, with brackets where an IPv6 address wants them.
pub(crate) fn authority(host: &str, port: u16) -> String {
    if host.contains(':') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::{Environment, Proxies, Proxy};

    /// Which proxy serves a target, with these variables.
    fn serving(variables: &[(&str, &str)], target: &str) -> String {
        let variables = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let proxies = Proxies::Environment(Environment::read(variables));
        match proxies.serving(&Url::parse(target).unwrap()) {
            Ok(Some(proxy)) => proxy.name(),
            Ok(None) => "direct".to_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn the_environment_says_which_proxy_serves_which_target() {
        let both = [("http_proxy", "http://a:1"), ("HTTPS_PROXY", "b:2")];
        assert_eq!(serving(&both, "http://x/"), "a:1");
        assert_eq!(serving(&both, "https://x/"), "b:2");
        assert_eq!(serving(&[("ALL_PROXY", "https://c")], "http://x/"), "c:443");
        assert_eq!(
            serving(&[("all_proxy", "c"), ("http_proxy", "a")], "http://x/"),
            "a:80"
        );
        assert_eq!(
            serving(
                &[("HTTP_PROXY", "upper"), ("http_proxy", "lower")],
                "http://x/"
            ),
            "lower:80"
        );
        assert_eq!(serving(&[("http_proxy", "")], "http://x/"), "direct");
        assert_eq!(serving(&[], "http://x/"), "direct");
        assert_eq!(
            serving(&[("all_proxy", "socks5h://s")], "https://x/"),
            "s:1080"
        );
    }

    #[test]
    fn a_stranger_cannot_name_a_proxy_to_a_cgi_program() {
        let cgi = ("REQUEST_METHOD", "GET");
        assert_eq!(
            serving(&[cgi, ("HTTP_PROXY", "evil:1")], "http://x/"),
            "direct"
        );
        assert_eq!(
            serving(&[cgi, ("http_proxy", "good:1")], "http://x/"),
            "good:1"
        );
        assert_eq!(serving(&[("HTTP_PROXY", "good:1")], "http://x/"), "good:1");
    }

    #[test]
    fn some_hosts_are_reached_without_a_proxy() {
        for (no_proxy, target, expected) in [
            ("*", "http://x/", "direct"),
            ("*", "http://127.0.0.1/", "direct"),
            ("example.org", "http://example.org/", "direct"),
            ("example.org", "http://a.example.org/", "direct"),
            (".example.org", "http://a.example.org/", "direct"),
            ("example.org", "http://notexample.org/", "a:1"),
            ("a.org, 10.0.0.0/8", "http://10.1.2.3/", "direct"),
            ("::1", "http://[::1]:8080/", "direct"),
            ("127.0.0.1", "http://localhost/", "a:1"),
        ] {
            assert_eq!(
                serving(&[("http_proxy", "a:1"), ("no_proxy", no_proxy)], target),
                expected,
                "{no_proxy}"
            );
        }
    }

    #[test]
    fn a_proxy_that_cannot_be_used_is_refused_when_it_would_be() {
        let socks = [
            ("all_proxy", "socks4://me:secret@s:1080"),
            ("http_proxy", "a:1"),
        ];
        assert_eq!(serving(&socks, "http://x/"), "a:1");
        assert_eq!(
            serving(&socks, "https://x/"),
            "the proxy socks4://s cannot be used: it must begin with `http://`, `https://`, `socks5://` or `socks5h://`"
        );
        for text in [
            "http://me:secret@",
            "http://me:secret@[::",
            "ftp://me:secret@x",
            ":secret",
        ] {
            let error = Proxy::read(text).unwrap_err().to_string();
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn credentials_are_decoded_and_never_shown() {
        let proxy = Proxy::read("https://m%65:a%3Ab@[::1]:3128").unwrap();
        assert_eq!(proxy.name(), "[::1]:3128");
        assert_eq!(proxy.credentials().unwrap(), "Basic bWU6YTpi");
        assert_eq!(
            format!("{proxy:?}"),
            r#"Proxy { kind: Https, name: "[::1]:3128", .. }"#
        );
    }
}
