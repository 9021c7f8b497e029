//! Through whom a request goes: what the environment or the user says, and the tunnel that is asked for there.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bistro_http::percent;
use http::{HeaderMap, HeaderValue, Method, Request, Uri, Version, header};
use http_body_util::{BodyExt as _, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::{http1, http2};
use hyper::upgrade::{self, Upgraded};
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::{TokioExecutor, TokioIo};
use url::Url;

use crate::error::{Error, shown};
use crate::stream::Stream;

/// Octets of a refusal that are shown.
const REFUSAL_MAX: usize = 512;

/// A proxy, and how to sign in there.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    /// Whether the way to the proxy itself is secure.
    pub is_secure: bool,
    /// Its host, an IPv6 address without brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The value of `Proxy-Authorization`, from the URL's userinfo. It goes to the proxy and to nobody else.
    pub credentials: Option<HeaderValue>,
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
    /// Reads `http://user:password@host:port`; `http` and its port 80 may be left out, as curl has it but for the port.
    pub fn read(text: &str) -> Result<Self, Error> {
        let with_scheme = if text.contains("://") {
            text.to_owned()
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
        let is_secure = match url.scheme() {
            "http" => false,
            "https" => true,
            scheme if scheme.starts_with("socks") => {
                return Err(refuse(
                    &value,
                    "SOCKS is not spoken here, only `http://` and `https://`",
                ));
            }
            _ => return Err(refuse(&value, "it must begin with `http://` or `https://`")),
        };
        let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
            return Err(refuse(&value, "it has no host"));
        };
        Ok(Self {
            is_secure,
            host: host.trim_matches(['[', ']']).to_owned(),
            port,
            credentials: credentials(&url),
        })
    }

    /// Host and port, as they are written in a message.
    pub fn name(&self) -> String {
        authority(&self.host, self.port)
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy")
            .field("is_secure", &self.is_secure)
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
        Self {
            http: http.or(http_upper).or_else(|| all.clone()),
            https: https.or(https_upper).or(all),
            // The proxy here is no one's: the matcher is asked only whether there is one.
            matcher: Arc::new(
                Matcher::builder()
                    .all("http://proxy")
                    .no(no.or(no_upper).unwrap_or_default())
                    .build(),
            ),
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

/// Asks the proxy at the other end of the stream for a tunnel to a host and port (RFC 9110 §9.3.6).
pub(crate) async fn tunnel(
    stream: Stream,
    is_http2: bool,
    proxy: &Proxy,
    target: &str,
    fields: &HeaderMap,
) -> Result<TokioIo<Upgraded>, Error> {
    let request = ask(is_http2, proxy, target, fields)?;
    let failed = |reason: &hyper::Error| {
        no_tunnel(
            proxy,
            target,
            "nothing that is HTTP",
            &format!(":\n{reason}"),
        )
    };
    let io = TokioIo::new(stream);
    let response = if is_http2 {
        let (mut sender, connection) = http2::handshake(TokioExecutor::new(), io)
            .await
            .map_err(|error| failed(&error))?;
        tokio::spawn(connection);
        sender.send_request(request).await
    } else {
        let handshake = http1::Builder::new()
            .title_case_headers(true)
            .handshake(io)
            .await;
        let (mut sender, connection) = handshake.map_err(|error| failed(&error))?;
        tokio::spawn(connection.with_upgrades());
        sender.send_request(request).await
    };
    let response = response.map_err(|error| failed(&error))?;
    if !response.status().is_success() {
        let status = response.status().to_string();
        return Err(no_tunnel(
            proxy,
            target,
            &status,
            &first_lines(response.into_body()).await,
        ));
    }
    let upgraded = upgrade::on(response)
        .await
        .map_err(|error| failed(&error))?;
    Ok(TokioIo::new(upgraded))
}

fn ask(
    is_http2: bool,
    proxy: &Proxy,
    target: &str,
    fields: &HeaderMap,
) -> Result<Request<Empty<Bytes>>, Error> {
    let refuse = |reason: String| Error::Target {
        url: target.to_owned(),
        reason,
    };
    let mut request = Request::new(Empty::new());
    *request.method_mut() = Method::CONNECT;
    *request.uri_mut() = target
        .parse()
        .map_err(|error: http::uri::InvalidUri| refuse(error.to_string()))?;
    let all = request.headers_mut();
    if !is_http2 {
        let host = HeaderValue::from_str(target).map_err(|error| refuse(error.to_string()))?;
        all.insert(header::HOST, host);
    }
    if let Some(credentials) = &proxy.credentials {
        all.insert(header::PROXY_AUTHORIZATION, credentials.clone());
    }
    for name in fields.keys() {
        all.remove(name);
    }
    all.extend(fields.clone());
    *request.version_mut() = if is_http2 {
        Version::HTTP_2
    } else {
        Version::HTTP_11
    };
    Ok(request)
}

fn no_tunnel(proxy: &Proxy, target: &str, status: &str, text: &str) -> Error {
    Error::NoTunnel {
        proxy: proxy.name(),
        target: target.to_owned(),
        status: status.to_owned(),
        text: text.to_owned(),
    }
}

/// The beginning of a refusal, as text that a terminal can show.
async fn first_lines(mut body: Incoming) -> String {
    let mut octets = Vec::new();
    while octets.len() < REFUSAL_MAX
        && let Some(Ok(frame)) = body.frame().await
    {
        octets.extend(frame.into_data().unwrap_or_default());
    }
    octets.truncate(REFUSAL_MAX);
    let text = String::from_utf8_lossy(&octets);
    let lines: Vec<String> = text
        .lines()
        .map(|line| line.chars().filter(|c| !c.is_control()).collect::<String>())
        .filter(|line| !line.trim().is_empty())
        .take(3)
        .collect();
    if lines.is_empty() {
        String::new()
    } else {
        format!(":\n{}", lines.join("\n"))
    }
}

/// The userinfo of a URL as a field's value (RFC 7617).
fn credentials(url: &Url) -> Option<HeaderValue> {
    if url.username().is_empty() && url.password().is_none() {
        return None;
    }
    let plain = |text: &str| percent::decode(text).unwrap_or_else(|_| text.to_owned());
    let pair = format!(
        "{}:{}",
        plain(url.username()),
        plain(url.password().unwrap_or_default())
    );
    let mut value = HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(pair))).ok()?;
    value.set_sensitive(true);
    Some(value)
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
            ("all_proxy", "socks5h://me:secret@s:1080"),
            ("http_proxy", "a:1"),
        ];
        assert_eq!(serving(&socks, "http://x/"), "a:1");
        assert_eq!(
            serving(&socks, "https://x/"),
            "the proxy socks5h://s cannot be used: SOCKS is not spoken here, only `http://` and `https://`"
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
        assert_eq!(proxy.credentials.as_ref().unwrap(), "Basic bWU6YTpi");
        assert_eq!(
            format!("{proxy:?}"),
            r#"Proxy { is_secure: true, name: "[::1]:3128", .. }"#
        );
    }
}
