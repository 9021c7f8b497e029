//! An answer with rows, as it can be given more than once.

use std::sync::Arc;

use bistro_database::Generation;
use bistro_http::etag::{Conditions, Verdict};
use bistro_http::method::Method;
use bytes::Bytes;
use hyper::{Response, StatusCode};

use crate::answer::entity::{self, Tag};
use crate::body::Body;
use crate::problem::Problem;
use crate::reading::lines::{self, Lines};

/// An answer that was made whole.
#[derive(Debug)]
pub(crate) struct Given {
    /// The state of the database that it tells of, where that is known.
    pub(super) generation: Option<Generation>,
    pub(super) status: StatusCode,
    /// Its fields, those of [`standard::fields`](crate::standard::fields) among them.
    pub(super) lines: Lines,
    /// How many octets of these, at their beginning, tell of the content: a 304 has none.
    pub(super) of_content: usize,
    /// The tag, which is among the fields, too; `None` for what no URL stands for.
    pub(super) tag: Option<Tag>,
    pub(super) body: Bytes,
}

impl Given {
    /// How much memory it takes, more or less, in octets.
    pub(super) fn weight(&self) -> usize {
        size_of::<Self>() + self.body.len() + self.lines.room()
    }
}

/// The answer to a request that may have set conditions.
#[derive(Debug)]
pub(crate) struct Rows {
    given: Arc<Given>,
    /// Whether the client has it already: 304.
    is_not_modified: bool,
}

impl Rows {
    /// The answer to who sets these conditions.
    ///
    /// # Errors
    /// They do not hold: 412.
    pub(super) fn answer(
        given: Arc<Given>,
        conditions: &Conditions,
        method: Method,
    ) -> Result<Self, Problem> {
        let verdict = match &given.tag {
            Some(tag) if !conditions.is_empty() => {
                conditions.evaluate(Some(&tag.entity_tag()), method)
            }
            Some(_) | None => Verdict::Proceed,
        };
        match verdict {
            Verdict::Failed => Err(entity::failed()),
            Verdict::Proceed | Verdict::NotModified => Ok(Self {
                given,
                is_not_modified: verdict == Verdict::NotModified,
            }),
        }
    }

    /// Its status.
    pub(crate) fn status(&self) -> StatusCode {
        if self.is_not_modified {
            StatusCode::NOT_MODIFIED
        } else {
            self.given.status
        }
    }

    /// Its fields as HTTP/1.1 has them, each with the end of its line; those that every answer has are among them.
    pub(crate) fn lines(&self) -> &[u8] {
        let start = if self.is_not_modified {
            self.given.of_content
        } else {
            0
        };
        self.given.lines.from(start)
    }

    /// Its content.
    pub(crate) fn body(&self) -> Bytes {
        if self.is_not_modified {
            Bytes::new()
        } else {
            self.given.body.clone()
        }
    }

    /// The same for hyper.
    pub(crate) fn respond(&self) -> Response<Body> {
        let mut response = Response::new(Body::Whole(self.body()));
        *response.status_mut() = self.status();
        *response.headers_mut() = lines::headers(self.lines());
        response
    }
}
