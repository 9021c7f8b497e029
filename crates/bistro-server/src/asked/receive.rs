//! Request bodies, read whole within their bounds.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::Version;
use hyper::body::Body as _;
use hyper::header;
use tokio::time::{Instant, timeout_at};

use crate::exchange::Exchange;
use crate::fields;
use crate::problem::Problem;
use crate::problem::refusal::Refusal;
use crate::settings::Bounds;

/// The longest body that is read although nobody wants it, in octets.
const SKIPPED_MAX: u64 = 64 * 1024;

/// How long the rest of such a body is waited for.
const SKIPPING: Duration = Duration::from_secs(1);

/// A body that cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BodyError {
    /// It has more octets than the limit, which is given: 413.
    #[error("the body has more than {0} octets")]
    TooLarge(usize),
    /// It has a content coding, and none is undone here: 415.
    #[error("the body is encoded")]
    Encoded,
    /// It did not come in time: 408.
    #[error("the body did not come in time")]
    Late,
    /// It broke off, or is not framed as it says: 400.
    #[error("the body broke off or is malformed")]
    Broken,
}

/// Whether a line of `Content-Encoding` says nothing but that nothing is encoded (RFC 9110 §8.4.1).
fn is_identity(line: &str) -> bool {
    let mut codings = line.split(',').map(str::trim);
    codings.all(|coding| coding.is_empty() || coding.eq_ignore_ascii_case("identity"))
}

impl From<BodyError> for Problem {
    fn from(error: BodyError) -> Self {
        Self::from(match error {
            BodyError::TooLarge(limit) => Refusal::BodyTooLarge(limit),
            BodyError::Encoded => Refusal::BodyEncoded,
            BodyError::Late => Refusal::BodyLate,
            BodyError::Broken => Refusal::BodyBroken,
        })
    }
}

impl Exchange {
    /// Reads the body, all of it; a second call gives nothing.
    ///
    /// # Errors
    /// It is too large, encoded, too slow, or broken. The response to any of these ends the connection.
    pub(crate) async fn read_body(&mut self, bounds: &Bounds) -> Result<Bytes, BodyError> {
        let announced = self.body.size_hint().lower();
        if announced > bounds.body_bytes as u64 {
            return Err(BodyError::TooLarge(bounds.body_bytes));
        }
        if self.body.is_end_stream() {
            return Ok(Bytes::new());
        }
        let codings = fields::lines(&self.headers, header::CONTENT_ENCODING);
        if !codings.iter().all(|line| is_identity(line)) {
            return Err(BodyError::Encoded);
        }
        let end = Instant::now() + bounds.body_time;
        let mut first = Bytes::new();
        let mut whole = BytesMut::new();
        loop {
            let deadline = end.min(Instant::now() + bounds.body_idle);
            let Ok(frame) = timeout_at(deadline, self.body.frame()).await else {
                return Err(BodyError::Late);
            };
            let piece = match frame {
                Some(Ok(frame)) => frame.into_data().unwrap_or_default(),
                Some(Err(_broken)) => return Err(BodyError::Broken),
                None => break,
            };
            if first.len() + whole.len() + piece.len() > bounds.body_bytes {
                return Err(BodyError::TooLarge(bounds.body_bytes));
            }
            // Most bodies come in one piece, and then nothing is copied.
            if whole.is_empty() && first.is_empty() {
                first = piece;
            } else {
                whole.extend_from_slice(&std::mem::take(&mut first));
                whole.extend_from_slice(&piece);
            }
        }
        Ok(if whole.is_empty() {
            first
        } else {
            whole.freeze()
        })
    }

    /// Reads what is left of a body that was answered without it, if that is little; whether nothing is left.
    ///
    /// In HTTP/1 the next request stands behind it. hyper closes the connection where something of it is still on its way,
    /// and a client that was not told loses the request it sends next.
    pub(crate) async fn skip_body(&mut self) -> bool {
        if self.body.is_end_stream() || self.version >= Version::HTTP_2 {
            return true;
        }
        // Who waits for `100 Continue` sends nothing now.
        if self.headers.contains_key(header::EXPECT) || self.body.size_hint().lower() > SKIPPED_MAX
        {
            return false;
        }
        let end = Instant::now() + SKIPPING;
        let mut left = SKIPPED_MAX;
        loop {
            let piece = match timeout_at(end, self.body.frame()).await {
                Ok(None) => return true,
                Ok(Some(Ok(frame))) => frame.into_data().unwrap_or_default(),
                Ok(Some(Err(_))) | Err(_) => return false,
            };
            match left.checked_sub(piece.len() as u64) {
                Some(rest) => left = rest,
                None => return false,
            }
        }
    }
}
