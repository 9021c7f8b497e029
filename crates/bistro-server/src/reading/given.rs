//! An answer with rows, as it can be given more than once.

use bistro_database::Generation;
use bistro_http::etag::{Conditions, EntityTag, Verdict};
use bistro_http::method::Method;
use bytes::Bytes;
use hyper::header::{self, HeaderMap};
use hyper::{Response, StatusCode};

use crate::answer::entity;
use crate::body::Body;
use crate::problem::Problem;

/// An answer that was made whole.
#[derive(Clone, Debug)]
pub(super) struct Given {
    /// The state of the database that it tells of, where that is known.
    pub(super) generation: Option<Generation>,
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    /// The tag, which is among the fields, too; `None` for what no URL stands for.
    pub(super) tag: Option<EntityTag>,
    pub(super) body: Bytes,
}

impl Given {
    /// The response to who sets these conditions.
    pub(super) fn respond(
        mut self,
        conditions: &Conditions,
        method: Method,
    ) -> Result<Response<Body>, Problem> {
        let verdict = match &self.tag {
            Some(tag) if !conditions.is_empty() => conditions.evaluate(Some(tag), method),
            Some(_) | None => Verdict::Proceed,
        };
        match verdict {
            Verdict::Proceed => {}
            Verdict::Failed => return Err(entity::failed()),
            Verdict::NotModified => {
                self.status = StatusCode::NOT_MODIFIED;
                self.headers.remove(header::CONTENT_TYPE);
                self.headers.remove(header::CONTENT_RANGE);
                self.body = Bytes::new();
            }
        }
        let mut response = Response::new(Body::Whole(self.body));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        Ok(response)
    }

    /// How much memory it takes, more or less, in octets.
    pub(super) fn weight(&self) -> usize {
        let fields: usize = self
            .headers
            .iter()
            .map(|(name, value)| name.as_str().len() + value.len() + 100)
            .sum();
        size_of::<Self>() + self.body.len() + fields
    }
}
