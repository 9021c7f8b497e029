//! `If-Match` and `If-None-Match`: the state a request asks for.

use bistro_http::etag::Conditions;
use hyper::header::{self, HeaderMap};

use crate::fields;

/// The conditions a request sets (RFC 9110 §13.1).
pub(crate) fn conditions(headers: &HeaderMap) -> Conditions {
    Conditions::read(
        fields::joined(headers, header::IF_MATCH).as_deref(),
        fields::joined(headers, header::IF_NONE_MATCH).as_deref(),
    )
}
