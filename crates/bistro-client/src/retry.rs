//! Whether a request is sent once more, and when: a rule without a clock, a dice or a socket.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderName, Method, StatusCode, header};

use crate::body::Body;
use crate::error::{Effect, Error};
use crate::request::Request;

/// The field by which a server knows a request that it has seen before (draft-ietf-httpapi-idempotency-key-header).
pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// How often and how patiently. The default never sends a request again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// How often a request is sent again at most.
    pub retries_max: u32,
    /// The pause before the first time; it doubles with each.
    pub pause: Duration,
    /// The longest pause, whatever the server asks for: who wants longer is not waited for.
    pub pause_max: Duration,
    /// Where the dice begins, so that many clients do not come back at once.
    pub seed: u64,
}

/// What became of a request.
#[derive(Clone, Copy, Debug)]
pub enum Outcome<'a> {
    /// There was no response, or not all of it.
    Failed(&'a Error),
    /// There was one.
    Answered(StatusCode, &'a HeaderMap),
}

/// What to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Send it again after so long.
    Wait(Duration),
    /// Take it as it is.
    Give,
    /// The server asks to wait longer than is allowed: take it as it is, and say so.
    TooLong(Duration),
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            retries_max: 0,
            pause: Duration::from_millis(500),
            pause_max: Duration::from_mins(1),
            seed: 0,
        }
    }
}

impl Policy {
    /// Decides about a request that was sent `retries` times again. `now` is for a `Retry-After` that is a date
    /// (RFC 9110 §10.2.3).
    pub fn decide(
        &self,
        request: &Request,
        retries: u32,
        outcome: Outcome<'_>,
        now: SystemTime,
    ) -> Decision {
        if retries >= self.retries_max || !is_repeatable(request) {
            return Decision::Give;
        }
        match outcome {
            Outcome::Failed(error) if is_passing(error) => Decision::Wait(self.backoff(retries)),
            Outcome::Answered(status, fields) if is_busy(status) => {
                match retry_after(fields, now) {
                    Some(wanted) if wanted > self.pause_max => Decision::TooLong(wanted),
                    // At least the pause: a server that says 0 is a server in trouble all the same.
                    Some(wanted) => {
                        Decision::Wait(wanted.max(self.backoff(retries).min(self.pause)))
                    }
                    None => Decision::Wait(self.backoff(retries)),
                }
            }
            Outcome::Failed(_) | Outcome::Answered(..) => Decision::Give,
        }
    }

    /// Twice as long each time, and somewhere in the upper half of it.
    fn backoff(&self, retries: u32) -> Duration {
        let full = self
            .pause
            .saturating_mul(2_u32.saturating_pow(retries))
            .min(self.pause_max);
        let half = full / 2;
        let share = mixed(self.seed.wrapping_add(u64::from(retries))) % 1024;
        half + half.saturating_mul(u32::try_from(share).unwrap_or(0)) / 1023
    }
}

/// Whether sending a request twice does what sending it once does (RFC 9110 §9.2.2), and can be done at all.
pub fn is_repeatable(request: &Request) -> bool {
    let is_idempotent =
        is_idempotent(&request.method) || request.fields.contains_key(IDEMPOTENCY_KEY);
    is_idempotent && !matches!(request.body, Some(Body::Stream(_)))
}

/// Whether the method does the same when it is carried out twice (RFC 9110 §9.2.2, RFC 10008).
pub fn is_idempotent(method: &Method) -> bool {
    matches!(
        method.as_str(),
        "GET" | "HEAD" | "QUERY" | "OPTIONS" | "TRACE" | "PUT" | "DELETE"
    )
}

/// Whether it may be otherwise the next time.
fn is_passing(error: &Error) -> bool {
    match error {
        Error::Refused { .. }
        | Error::Unreachable { .. }
        | Error::UnixSocket { .. }
        | Error::TimedOut { .. }
        | Error::Closed { .. } => error.effect() != Effect::Answered,
        Error::NotFound { reason, .. } => reason.contains("temporary"),
        _ => false,
    }
}

/// Whether the status says that another time is better.
fn is_busy(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::REQUEST_TIMEOUT
            | StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT
    )
}

/// How long the server asks to wait; a date that is past is no time at all.
fn retry_after(fields: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let value = fields.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

/// A number from which nobody guesses the one before (`SplitMix64`).
fn mixed(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
    use proptest::prelude::{any, prop_assert, proptest};
    use url::Url;

    use super::{Decision, IDEMPOTENCY_KEY, Outcome, Policy};
    use crate::body::Body;
    use crate::error::{Error, Leg};
    use crate::request::Request;

    fn request(method: &str) -> Request {
        Request {
            method: Method::from_bytes(method.as_bytes()).unwrap(),
            url: Url::parse("http://example.org/").unwrap(),
            fields: HeaderMap::new(),
            without: Vec::new(),
            body: None,
            is_asterisk: false,
            socket: None,
        }
    }

    fn policy() -> Policy {
        Policy {
            retries_max: 3,
            ..Policy::default()
        }
    }

    fn is_retried(request: &Request, outcome: Outcome<'_>) -> bool {
        matches!(
            policy().decide(request, 0, outcome, UNIX_EPOCH),
            Decision::Wait(_)
        )
    }

    /// A server that says that it is busy, and no more.
    fn decide(policy: Policy, request: &Request, retries: u32) -> Decision {
        let fields = HeaderMap::new();
        let outcome = Outcome::Answered(StatusCode::SERVICE_UNAVAILABLE, &fields);
        policy.decide(request, retries, outcome, UNIX_EPOCH)
    }

    fn is_busy_retried(request: &Request) -> bool {
        matches!(decide(policy(), request, 0), Decision::Wait(_))
    }

    #[test]
    fn only_what_may_be_done_twice_is() {
        for method in ["GET", "HEAD", "QUERY", "OPTIONS", "TRACE", "PUT", "DELETE"] {
            assert!(is_busy_retried(&request(method)), "{method}");
        }
        for method in ["POST", "PATCH", "get", "MOVE"] {
            assert!(!is_busy_retried(&request(method)), "{method}");
        }
        let mut post = request("POST");
        post.fields
            .insert(IDEMPOTENCY_KEY, HeaderValue::from_static("8e03978e"));
        assert!(is_busy_retried(&post));
        post.body = Some(Body::Stream(Box::new(std::io::empty())));
        assert!(!is_busy_retried(&post));
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        let get = request("GET");
        for status in [408, 429, 502, 503, 504] {
            let status = StatusCode::from_u16(status).unwrap();
            assert!(
                is_retried(&get, Outcome::Answered(status, &HeaderMap::new())),
                "{status}"
            );
        }
        for status in [200, 301, 400, 401, 404, 409, 425, 500, 501, 505] {
            let status = StatusCode::from_u16(status).unwrap();
            assert!(
                !is_retried(&get, Outcome::Answered(status, &HeaderMap::new())),
                "{status}"
            );
        }
        let timed_out = |leg| Error::TimedOut {
            leg,
            after: Duration::ZERO,
            setting: "",
        };
        let host = "x".to_owned();
        for (error, expected) in [
            (
                Error::Refused {
                    address: ([127, 0, 0, 1], 1).into(),
                },
                true,
            ),
            (
                Error::Closed {
                    host: host.clone(),
                    is_sending: false,
                },
                true,
            ),
            (timed_out(Leg::Waiting), true),
            (timed_out(Leg::Body), false),
            (
                Error::NotFound {
                    name: host.clone(),
                    reason: "temporary failure in name resolution".to_owned(),
                },
                true,
            ),
            (
                Error::NotFound {
                    name: host.clone(),
                    reason: "name or service not known".to_owned(),
                },
                false,
            ),
            (Error::NoHttp2 { host }, false),
        ] {
            assert_eq!(
                is_retried(&get, Outcome::Failed(&error)),
                expected,
                "{error}"
            );
        }
    }

    #[test]
    fn the_server_says_when_to_come_back() {
        let check = |value: &'static str, expected: Decision| {
            let mut fields = HeaderMap::new();
            fields.insert(header::RETRY_AFTER, HeaderValue::from_static(value));
            let outcome = Outcome::Answered(StatusCode::TOO_MANY_REQUESTS, &fields);
            let now = UNIX_EPOCH + Duration::from_secs(784_111_777); // Sun, 06 Nov 1994 08:49:37 GMT
            let policy = Policy {
                pause: Duration::ZERO,
                ..policy()
            };
            assert_eq!(
                policy.decide(&request("GET"), 0, outcome, now),
                expected,
                "{value}"
            );
        };
        check("7", Decision::Wait(Duration::from_secs(7)));
        check("60", Decision::Wait(Duration::from_mins(1)));
        check("61", Decision::TooLong(Duration::from_secs(61)));
        check(
            "99999999999999999999999",
            Decision::TooLong(Duration::from_secs(u64::MAX)),
        );
        check(
            "Sun, 06 Nov 1994 08:49:47 GMT",
            Decision::Wait(Duration::from_secs(10)),
        );
        check(
            "Sun, 06 Nov 1994 08:49:00 GMT",
            Decision::Wait(Duration::ZERO),
        );
        for no_time in ["-1", "soon", "", "1.5"] {
            check(no_time, Decision::Wait(Duration::ZERO));
        }
    }

    #[test]
    fn it_ends() {
        assert_eq!(decide(policy(), &request("GET"), 3), Decision::Give);
        assert_eq!(
            decide(Policy::default(), &request("GET"), 0),
            Decision::Give
        );
    }

    proptest! {
        #[test]
        fn a_pause_is_between_half_and_whole_and_doubles(seed in any::<u64>(), retries in 0_u32..40) {
            let policy = Policy { retries_max: u32::MAX, seed, ..Policy::default() };
            let full = policy.pause.saturating_mul(2_u32.saturating_pow(retries)).min(policy.pause_max);
            let Decision::Wait(pause) = decide(policy, &request("GET"), retries) else {
                return Err(proptest::test_runner::TestCaseError::fail("it must wait"));
            };
            prop_assert!(full / 2 <= pause && pause <= full, "{pause:?} of {full:?}");
        }
    }
}
