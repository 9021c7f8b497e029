//! `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): a write that is sent again is answered again, and done once.
//!
//! The answer is kept in the database, in the transaction of the change itself. So whoever repeats a request whose answer was
//! lost, to a broken connection or a crash, learns what happened, and nothing happens twice.

use bistro_database::{Kept, Transaction};
use bistro_http::method::Method;
use bistro_plan::principal::{Principal, Scope};
use bytes::Bytes;
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use xxhash_rust::xxh3::Xxh3Default;

use crate::asked::Received;
use crate::body::Body;
use crate::fields;
use crate::problem::Problem;
use crate::problem::failure::Failure;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const IDEMPOTENT_REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// The longest key, in octets.
const KEY_BYTES_MAX: usize = 255;

/// The longest answer that is kept, in octets.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;

/// A request that may come again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Keyed {
    key: Vec<u8>,
    fingerprint: [u8; 16],
}

impl Keyed {
    /// Reads the key of a `POST` or `PATCH`; `None` if there is none, or the method is idempotent by itself.
    ///
    /// # Errors
    /// The key is doubled, empty or too long.
    pub(crate) fn read(received: &Received<'_>) -> Result<Option<Self>, Problem> {
        let Received {
            method,
            path,
            query,
            headers,
            principal,
            body,
            origin: _,
        } = *received;
        let takes_key = matches!(method, Method::Post | Method::Patch);
        if !takes_key || !headers.contains_key(IDEMPOTENCY_KEY) {
            return Ok(None);
        }
        let text = fields::one(headers, IDEMPOTENCY_KEY)
            .unwrap_or_default()
            .trim();
        let text = text
            .strip_prefix('"')
            .and_then(|text| text.strip_suffix('"'))
            .unwrap_or(text);
        if text.is_empty() || text.len() > KEY_BYTES_MAX {
            return Err(Problem::new(
                StatusCode::BAD_REQUEST,
                "BISTRO400",
                format!(
                    "`Idempotency-Key` takes one key of 1 to {KEY_BYTES_MAX} visible characters"
                ),
            ));
        }
        let mut hash = Xxh3Default::new();
        let mut part = |part: &[u8]| {
            hash.update(&(part.len() as u64).to_le_bytes());
            hash.update(part);
        };
        part(query.as_bytes());
        part(body);
        for name in ["prefer", "content-type", "accept"] {
            headers
                .get_all(name)
                .iter()
                .for_each(|line| part(line.as_bytes()));
        }
        Ok(Some(Self {
            // Whoever asks, nobody is answered with what another was told.
            key: match principal.owner() {
                None => format!("{method}\n{path}\n{text}"),
                Some(owner) => format!("{method}\n{path}\n{text}\n{owner}{}", limits(principal)),
            }
            .into_bytes(),
            fingerprint: hash.digest128().to_be_bytes(),
        }))
    }

    /// Does something once: if it was done under this key before, with the answer that was given then. What is answered now is
    /// kept, if the change is.
    ///
    /// # Errors
    /// The key was used for another request, the answer is too long to keep, or `carry_out` fails.
    pub(crate) fn once(
        keyed: Option<&Self>,
        transaction: &Transaction<'_>,
        carry_out: impl FnOnce() -> Result<(Response<Body>, bool), Failure>,
    ) -> Result<(Response<Body>, bool), Failure> {
        let Some(keyed) = keyed else {
            return carry_out();
        };
        if let Some(answer) = keyed.recall(transaction)? {
            return Ok((answer, false));
        }
        let (response, keeps) = carry_out()?;
        if keeps {
            keyed.keep(transaction, &response)?;
        }
        Ok((response, keeps))
    }

    /// The answer given before, if this request has been here.
    fn recall(&self, transaction: &Transaction<'_>) -> Result<Option<Response<Body>>, Failure> {
        let Some(kept) = transaction.recall(&self.key)? else {
            return Ok(None);
        };
        if kept.fingerprint != self.fingerprint {
            return Err(Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "BISTRO422",
                "This `Idempotency-Key` was used for a different request",
            )
            .hint("Make a new key for each new request; repeat a key only with the very same request.")
            .into());
        }
        let answer =
            read(&kept.answer).ok_or_else(|| Problem::internal("a kept answer cannot be read"))?;
        Ok(Some(answer))
    }

    /// Keeps the answer together with the change.
    fn keep(
        &self,
        transaction: &Transaction<'_>,
        response: &Response<Body>,
    ) -> Result<(), Failure> {
        let answer = write(response).ok_or_else(|| {
            Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "BISTRO413",
                format!(
                    "The answer is longer than the {ANSWER_BYTES_MAX} bytes kept for an `Idempotency-Key`; nothing was changed"
                ),
            )
            .hint("Ask with `Prefer: return=minimal`.")
        })?;
        transaction.keep(
            &self.key,
            &Kept {
                fingerprint: self.fingerprint.to_vec(),
                answer,
            },
        )?;
        Ok(())
    }
}

/// What a token is limited to, so that it is not answered with what its user was told who may do more.
fn limits(principal: &Principal) -> String {
    let user = principal.user();
    let Some(scope) = user.and_then(|user| user.scope.as_ref()) else {
        return String::new();
    };
    let mut parts: Vec<&Scope> = scope.iter().collect();
    parts.sort_unstable();
    parts.dedup();
    let parts = parts.into_iter().map(|part| match &part.on {
        Some(on) => format!("{}:{on}\n", part.operation.name()),
        None => format!("{}\n", part.operation.name()),
    });
    // One that opens nothing is not none.
    format!("\n{}", parts.collect::<String>())
}

/// Status and fields a line each, an empty line, the body; `None` if it is too long.
fn write(response: &Response<Body>) -> Option<Vec<u8>> {
    let mut answer = format!("{}\n", response.status().as_u16()).into_bytes();
    for (name, value) in response.headers() {
        answer.extend_from_slice(name.as_str().as_bytes());
        answer.push(b':');
        answer.extend_from_slice(value.as_bytes());
        answer.push(b'\n');
    }
    answer.push(b'\n');
    match response.body() {
        Body::Empty => {}
        Body::Whole(body) => answer.extend_from_slice(body),
        Body::Stream(_) => return None,
    }
    (answer.len() <= ANSWER_BYTES_MAX).then_some(answer)
}

fn read(answer: &[u8]) -> Option<Response<Body>> {
    let (status, mut rest) = line(answer)?;
    let status = StatusCode::from_bytes(status).ok()?;
    let mut headers = HeaderMap::new();
    loop {
        let (field, after) = line(rest)?;
        rest = after;
        if field.is_empty() {
            break;
        }
        let colon = field.iter().position(|octet| *octet == b':')?;
        let (name, value) = (field.get(..colon)?, field.get(colon + 1..)?);
        headers.append(
            HeaderName::from_bytes(name).ok()?,
            HeaderValue::from_bytes(value).ok()?,
        );
    }
    headers.insert(IDEMPOTENT_REPLAYED, HeaderValue::from_static("true"));
    let body = if rest.is_empty() {
        Body::Empty
    } else {
        Body::Whole(Bytes::copy_from_slice(rest))
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Some(response)
}

fn line(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = text.iter().position(|octet| *octet == b'\n')?;
    Some((text.get(..end)?, text.get(end + 1..)?))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bistro_plan::principal::User;
    use hyper::header::HeaderMap;

    use super::*;

    #[test]
    fn an_answer_reads_back_as_it_was_given() {
        let mut response = Response::new(Body::Whole(Bytes::from_static(b"[\n{\"a\":1}\n]")));
        *response.status_mut() = StatusCode::CREATED;
        response
            .headers_mut()
            .insert("location", HeaderValue::from_static("/songs/7"));
        let read = read(&write(&response).unwrap()).unwrap();
        assert_eq!(read.status(), StatusCode::CREATED);
        assert_eq!(read.headers()["location"], "/songs/7");
        assert_eq!(read.headers()["idempotent-replayed"], "true");
        assert!(matches!(read.body(), Body::Whole(body) if body.as_ref() == b"[\n{\"a\":1}\n]"));
    }

    #[test]
    fn an_answer_cut_short_is_not_taken_for_one() {
        let mut response = Response::new(Body::Empty);
        response
            .headers_mut()
            .insert("location", HeaderValue::from_static("/songs/7"));
        let kept = write(&response).unwrap();
        for end in 0..kept.len() {
            assert!(read(&kept[..end]).is_none(), "{end} bytes");
        }
    }

    #[test]
    fn only_a_request_that_is_the_same_in_every_part_has_the_same_fingerprint() {
        let keyed_of = |principal: &Principal, query: &str, body: &[u8]| {
            let headers =
                HeaderMap::from_iter([(IDEMPOTENCY_KEY, HeaderValue::from_static("\"k\""))]);
            let received = Received {
                method: Method::Post,
                path: "/songs",
                query,
                headers: &headers,
                origin: "",
                principal,
                body,
            };
            Keyed::read(&received).unwrap().unwrap()
        };
        let keyed = |query: &str, body: &[u8]| keyed_of(&Principal::Anyone, query, body);
        assert_eq!(keyed("a", b"b"), keyed("a", b"b"));
        assert_ne!(keyed("a", b"b"), keyed("", b"ab"));
        assert_ne!(keyed("a", b"b"), keyed("ab", b""));
        let visitor = Principal::Visitor("v".into());
        assert_ne!(keyed("a", b"b"), keyed_of(&visitor, "a", b"b"));
        let scopes: [Option<&[&str]>; 5] = [
            None,
            Some(&[]),
            Some(&["create"]),
            Some(&["create:songs"]),
            Some(&["create:songs", "read:songs"]),
        ];
        let bearing = |scope: Option<&[&str]>| {
            let user = User {
                id: "u".to_owned(),
                scope: scope
                    .map(|scope| scope.iter().filter_map(|text| Scope::read(text)).collect()),
                ..User::default()
            };
            keyed_of(&Principal::User(Arc::new(user)), "a", b"b")
        };
        for (place, one) in scopes.iter().enumerate() {
            for (other_place, other) in scopes.iter().enumerate() {
                let is_same = bearing(*one) == bearing(*other);
                assert_eq!(is_same, place == other_place, "{one:?} {other:?}");
            }
        }
        assert_eq!(
            bearing(Some(&["read", "create"])),
            bearing(Some(&["create", "read"]))
        );
    }
}
