//! From a request to the response that is meant: redirects followed, failures that may pass tried again (RFC 9110 §15.4,
//! Fetch Standard §4.4).

use std::time::{Duration, SystemTime};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use tokio::time;
use url::Url;

use crate::body::Body;
use crate::error::{Error, shown};
use crate::exchange::{Client, Response};
use crate::head::Head;
use crate::request::Request;
use crate::retry::{Decision, Outcome, Policy};

/// Octets of the body of a response that leads on: more than that is not worth waiting for.
const PASSED_MAX: usize = 64 * 1024;

/// How long the rest of such a body may take.
const PASSED_PATIENCE: Duration = Duration::from_millis(500);

/// Fields about a body, which go when it does.
const ABOUT_BODY: [HeaderName; 6] = [
    header::CONTENT_ENCODING,
    header::CONTENT_LANGUAGE,
    header::CONTENT_LENGTH,
    header::CONTENT_LOCATION,
    header::CONTENT_TYPE,
    header::TRANSFER_ENCODING,
];

/// Fields that another origin must not see, or that mean something else there.
const PRIVATE: [HeaderName; 4] = [
    header::AUTHORIZATION,
    header::COOKIE,
    header::HOST,
    header::PROXY_AUTHORIZATION,
];

/// Who remembers cookies.
pub trait Memory: Send {
    /// The value of `Cookie` for a request to this target. Each redirect asks anew.
    fn cookies(&mut self, method: &Method, url: &Url) -> Option<HeaderValue>;

    /// Takes what a response from this target says, `Set-Cookie` above all.
    fn keep(&mut self, url: &Url, fields: &HeaderMap);
}

/// Remembers nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Forgetful;

/// Who is told what happens on the way.
pub trait Observer: Send {
    /// A request is about to be sent.
    fn asked(&mut self, _head: &Head) {}

    /// A response came that is not the last: a redirect, or one after which the request is sent again. The beginning of its
    /// body has been read, at most 64 KiB.
    fn passed(&mut self, _response: &Response, _body: &Bytes) {}

    /// The request is sent again after a pause, because of this.
    fn waits(&mut self, _pause: Duration, _because: &str) {}

    /// The request is not sent again, because the server wants to be left alone for longer than is allowed.
    fn gives_up(&mut self, _wanted: Duration) {}
}

/// Looks away.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unobserved;

/// How far to go for a response.
#[derive(Clone, Debug)]
pub struct Rules {
    /// How many redirects are followed; `None` is not to follow any and to give them as they are.
    pub redirects_max: Option<usize>,
    /// Fields besides `Authorization`, `Cookie` and `Proxy-Authorization` that another origin must not see: those of a session.
    pub private: Vec<HeaderName>,
    /// What is tried again.
    pub retry: Policy,
    /// The time of day, for a `Retry-After` that is a date.
    pub now: fn() -> SystemTime,
}

/// Who goes, by which rules, and with whom.
#[expect(
    missing_debug_implementations,
    reason = "who remembers and who observes need not be printable"
)]
pub struct Way<'a> {
    /// Who sends.
    pub client: &'a mut Client,
    /// The rules.
    pub rules: &'a Rules,
    /// The cookies.
    pub memory: &'a mut dyn Memory,
    /// Who is told.
    pub observer: &'a mut dyn Observer,
}

impl Memory for Forgetful {
    fn cookies(&mut self, _method: &Method, _url: &Url) -> Option<HeaderValue> {
        None
    }

    fn keep(&mut self, _url: &Url, _fields: &HeaderMap) {}
}

impl Observer for Unobserved {}

impl Way<'_> {
    /// Sends the request, and those that follow from it, until there is a response that leads nowhere else.
    ///
    /// The request is then the last one that was sent. `POST` becomes `GET` after 301 and 302, all but `GET` and `HEAD` after
    /// 303; otherwise method and body stay, to whatever origin. Another origin (scheme, host or port) does not see what is
    /// private. From `https` to `http` leads no way if the request carried credentials, cookies or a body that stays. Userinfo
    /// in `Location` is not used.
    pub async fn follow(&mut self, request: &mut Request) -> Result<Response, Error> {
        let mut visited: Vec<Visit> = Vec::new();
        loop {
            let cookies = self.cookies(request);
            let visit = (request.method.clone(), request.url.clone(), cookies.clone());
            let is_circle = visited.contains(&visit);
            visited.push(visit);
            if is_circle {
                return Err(Error::Circle {
                    chain: chain(visited),
                });
            }
            let mut response = self.persist(request, cookies.as_ref()).await?;
            let Some(max) = self.rules.redirects_max else {
                return Ok(response);
            };
            let Some(target) = target(&response)? else {
                return Ok(response);
            };
            if visited.len() > max {
                return Err(Error::TooManyRedirects {
                    max,
                    chain: chain(visited),
                });
            }
            let body = beginning(&mut response).await;
            self.observer.passed(&response, &body);
            self.turn(request, response.status, target, cookies.is_some())?;
        }
    }

    /// The cookies that were typed and those that are remembered, in this order.
    fn cookies(&mut self, request: &Request) -> Option<HeaderValue> {
        let typed = request.fields.get_all(header::COOKIE).iter().cloned();
        let all: Vec<HeaderValue> = typed
            .chain(self.memory.cookies(&request.method, &request.url))
            .collect();
        let joined = all
            .iter()
            .map(HeaderValue::as_bytes)
            .collect::<Vec<_>>()
            .join(&b"; "[..]);
        let mut value = HeaderValue::from_bytes(&joined)
            .ok()
            .filter(|value| !value.is_empty())?;
        value.set_sensitive(true);
        Some(value)
    }

    /// Sends one request, more than once if need be.
    async fn persist(
        &mut self,
        request: &mut Request,
        cookies: Option<&HeaderValue>,
    ) -> Result<Response, Error> {
        for retries in 0.. {
            let outcome = self.send(request, cookies).await;
            let known = match &outcome {
                Ok(response) => Outcome::Answered(response.status, &response.fields),
                Err(error) => Outcome::Failed(error),
            };
            match self
                .rules
                .retry
                .decide(request, retries, known, (self.rules.now)())
            {
                Decision::Give => return outcome,
                Decision::TooLong(wanted) => {
                    self.observer.gives_up(wanted);
                    return outcome;
                }
                Decision::Wait(pause) => {
                    self.pass(outcome, pause).await;
                    time::sleep(pause).await;
                }
            }
        }
        // So many numbers there are not: a policy says how many retries there are.
        self.send(request, cookies).await
    }

    /// Tells of an outcome that is not the last.
    async fn pass(&mut self, outcome: Result<Response, Error>, pause: Duration) {
        let because = match outcome {
            Ok(mut response) => {
                let body = beginning(&mut response).await;
                self.observer.passed(&response, &body);
                format!("the answer was {}", response.status)
            }
            Err(error) => error.to_string(),
        };
        self.observer.waits(pause, &because);
    }

    /// Sends the request with its cookies, which are not part of it for longer.
    async fn send(
        &mut self,
        request: &mut Request,
        cookies: Option<&HeaderValue>,
    ) -> Result<Response, Error> {
        let own = request.fields.clone();
        if let Some(cookies) = cookies {
            request.fields.insert(header::COOKIE, cookies.clone());
        }
        let observer = &mut self.observer;
        let outcome = self
            .client
            .send(request, &mut |head| observer.asked(head))
            .await;
        request.fields = own;
        if let Ok(response) = &outcome {
            self.memory.keep(&response.url, &response.fields);
        }
        outcome
    }

    /// Makes the next request of this one.
    fn turn(
        &self,
        request: &mut Request,
        status: StatusCode,
        to: Url,
        has_cookies: bool,
    ) -> Result<(), Error> {
        let is_dropping = match status {
            StatusCode::SEE_OTHER => {
                request.method != Method::GET && request.method != Method::HEAD
            }
            StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND => request.method == Method::POST,
            _ => false,
        };
        if is_dropping {
            request.method = Method::GET;
            request.body = None;
            request.fields = without(&request.fields, &ABOUT_BODY);
        }
        if matches!(request.body, Some(Body::Stream(_))) {
            return Err(Error::BodyIsGone { to: shown(&to) });
        }
        let is_private = |name: &HeaderName| {
            PRIVATE.contains(name) || self.rules.private.contains(name) || is_credential(name)
        };
        if request.url.scheme() == "https" && to.scheme() == "http" {
            let what = if request.body.is_some() {
                Some("a body")
            } else if has_cookies {
                Some("cookies")
            } else {
                let mut names = request.fields.keys().filter(|name| **name != header::HOST);
                names.any(is_private).then_some("credentials")
            };
            if let Some(what) = what {
                return Err(Error::Downgrade {
                    from: shown(&request.url),
                    to: shown(&to),
                    what,
                });
            }
        }
        if request.url.origin() != to.origin() {
            let private: Vec<_> = request
                .fields
                .keys()
                .filter(|name| is_private(name))
                .cloned()
                .collect();
            request.fields = without(&request.fields, &private);
        }
        request.is_asterisk = false;
        request.url = to;
        Ok(())
    }
}

/// Whether a field is called as those are by which programs sign in: `X-Api-Key`, `X-Auth-Token`, `Private-Token`. Browsers keep
/// `Authorization` back alone, for a page cannot be led to a stranger with such a field without that stranger's consent (CORS).
fn is_credential(name: &HeaderName) -> bool {
    const WORDS: [&str; 8] = [
        "auth",
        "token",
        "key",
        "secret",
        "password",
        "credential",
        "session",
        "signature",
    ];
    let mut words = name.as_str().split(['-', '_']);
    words.any(|word| WORDS.iter().any(|known| word.contains(known)))
}

/// What was asked, and with which cookies: the same again with others is no circle.
type Visit = (Method, Url, Option<HeaderValue>);

fn chain(visited: Vec<Visit>) -> Vec<Url> {
    visited.into_iter().map(|(_, url, _)| url).collect()
}

/// The fields without some, the rest in their order.
fn without(fields: &HeaderMap, names: &[HeaderName]) -> HeaderMap {
    let mut left = HeaderMap::new();
    for (name, value) in fields.iter().filter(|(name, _)| !names.contains(name)) {
        left.append(name.clone(), value.clone());
    }
    left
}

/// Where a response leads; `None` if it does not.
fn target(response: &Response) -> Result<Option<Url>, Error> {
    let is_redirect = matches!(response.status.as_u16(), 301 | 302 | 303 | 307 | 308);
    let location = response
        .fields
        .get(header::LOCATION)
        .filter(|_| is_redirect);
    location
        .map(|location| resolve(&response.url, location))
        .transpose()
}

/// The URL that a `Location` means, from the one that was asked for (RFC 9110 §10.2.2).
fn resolve(from: &Url, location: &HeaderValue) -> Result<Url, Error> {
    let refuse = |reason: &str| Error::Location {
        from: shown(from),
        location: location.as_bytes().escape_ascii().to_string(),
        reason: reason.to_owned(),
    };
    // Octets that are no text are what some old servers write for a path: they stay what they are.
    let text = match std::str::from_utf8(location.as_bytes()) {
        Ok(text) => text.to_owned(),
        Err(_no_text) => location
            .as_bytes()
            .iter()
            .fold(String::new(), |mut text, octet| {
                match octet {
                    0..=0x7f => text.push(char::from(*octet)),
                    _ => text.extend(["%".to_owned(), format!("{octet:02X}")]),
                }
                text
            }),
    };
    let mut url = from
        .join(&text)
        .map_err(|error| refuse(&error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(refuse("it is neither `http://` nor `https://`"));
    }
    url.set_fragment(None);
    match url.set_username("").and_then(|()| url.set_password(None)) {
        Ok(()) => Ok(url),
        Err(()) => Err(refuse("it has no host")),
    }
}

/// The beginning of the body of a response that leads on, so that its connection can be used again.
async fn beginning(response: &mut Response) -> Bytes {
    let mut octets = BytesMut::new();
    let reading = async {
        while octets.len() < PASSED_MAX
            && let Ok(Some(chunk)) = response.chunk().await
        {
            octets.extend_from_slice(&chunk);
        }
    };
    // What is missing of it is missed by nobody.
    drop(time::timeout(PASSED_PATIENCE, reading).await);
    octets.truncate(PASSED_MAX);
    octets.freeze()
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};
    use url::Url;

    use super::{is_credential, resolve};

    #[test]
    fn what_is_called_like_a_credential_is_taken_for_one() {
        let table = [
            ("x-api-key", true),
            ("apikey", true),
            ("x-auth-user", true),
            ("private-token", true),
            ("x_secret", true),
            ("accept", false),
            ("x-request-id", false),
            ("prefer", false),
            ("range", false),
        ];
        for (name, expected) in table {
            assert_eq!(
                is_credential(&HeaderName::from_static(name)),
                expected,
                "{name}"
            );
        }
    }

    #[test]
    fn a_location_is_resolved_as_browsers_do() {
        let check = |location: &[u8], expected: &str| {
            let from = Url::parse("https://me:secret@example.org/a/b?c#d").unwrap();
            let value = HeaderValue::from_bytes(location).unwrap();
            let found = resolve(&from, &value).map_or_else(|error| error.to_string(), String::from);
            assert_eq!(found, expected, "{}", location.escape_ascii());
        };
        check(b"/x", "https://example.org/x");
        check(b"x", "https://example.org/a/x");
        check(b"?x", "https://example.org/a/b?x");
        check(b"", "https://example.org/a/b?c");
        check(b"//other.org", "https://other.org/");
        check(b"http://you:pass@other.org/#f", "http://other.org/");
        check("/서울".as_bytes(), "https://example.org/%EC%84%9C%EC%9A%B8");
        check(b"/caf\xe9", "https://example.org/caf%E9");
        let refused = "the redirect from https://me@example.org/a/b?c#d to";
        let scheme = "cannot be followed: it is neither `http://` nor `https://`";
        check(
            b"file:///etc/passwd",
            &format!("{refused} file:///etc/passwd {scheme}"),
        );
        check(b"javascript:x", &format!("{refused} javascript:x {scheme}"));
        check(
            b"ftp://x/\xc2\x9b",
            &format!("{refused} ftp://x/\\xc2\\x9b {scheme}"),
        );
        check(
            b"http://[",
            &format!("{refused} http://[ cannot be followed: invalid IPv6 address"),
        );
    }
}
