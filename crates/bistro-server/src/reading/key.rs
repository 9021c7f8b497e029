//! What tells two safe requests apart: everything that their answers depend on besides the database.

use std::collections::BTreeSet;

use bistro_http::method::Method;
use bistro_plan::predicate::CallerValue;
use bistro_plan::principal::Principal;
use bistro_plan::rule::Class;
use bistro_plan::value::Value;
use hyper::header::HeaderName;
use memchr::memrchr;

use crate::exchange::Head;

/// The longest key, in octets: what asks at such length is seldom asked twice.
const OCTETS_MAX: usize = 4 * 1024;

/// Not the row `v1` of a table `rest`: the root, as supabase's clients call it.
const ROOT: &str = "/rest/v1";

/// A request without a body, as octets.
#[derive(Debug)]
pub(crate) struct Key {
    octets: Vec<u8>,
    /// How many of them tell its kind: all but the key of the row.
    kind: usize,
    /// Whether the request depends on what the client has already.
    is_conditional: bool,
}

impl Key {
    /// The key of a request under that version of the settings by a caller of this class, or by nobody in particular; `None` if it
    /// is none that is remembered.
    pub(crate) fn of(head: Head<'_>, version: u64, class: Option<&Class>) -> Option<Self> {
        let is_read = match head.method {
            Method::Get | Method::Head => true,
            Method::Query
            | Method::Post
            | Method::Put
            | Method::Patch
            | Method::Delete
            | Method::Options
            | Method::Trace
            | Method::Connect => false,
        };
        if !is_read || head.has_body {
            return None;
        }
        let (path, query) = (head.path, head.query);
        let length = path.len() + query.map_or(0, str::len);
        if length > OCTETS_MAX {
            return None;
        }
        let (parent, segment) = split(path);
        let mut octets = Vec::with_capacity(2 * length + 128);
        octets.extend_from_slice(&version.to_le_bytes());
        if let Some(class) = class {
            let class = class.octets();
            octets.extend_from_slice(&class.len().to_le_bytes());
            octets.extend_from_slice(class);
        } else {
            octets.push(0xff);
        }
        octets.push(u8::from(head.method == Method::Head));
        octets.push(u8::from(segment.is_some()));
        let mut is_conditional = false;
        for (name, value) in head.headers {
            if matches!(name.as_str(), "if-none-match" | "if-match") {
                is_conditional = true;
            } else if let Some(place) = place(name) {
                octets.push(place);
                octets.extend_from_slice(value.as_bytes());
                octets.push(0);
            }
        }
        // Pages link to themselves by the name that was used for us.
        octets.extend_from_slice(head.name.as_str().as_bytes());
        octets.push(0);
        if let Some(query) = query {
            octets.push(b'?');
            octets.extend_from_slice(query.as_bytes());
        }
        octets.push(0);
        octets.extend_from_slice(parent.as_bytes());
        octets.push(0);
        let kind = octets.len();
        octets.extend_from_slice(segment.unwrap_or_default().as_bytes());
        (octets.len() <= OCTETS_MAX).then_some(Self {
            octets,
            kind,
            is_conditional,
        })
    }

    /// Whether the request depends on what the client has already.
    pub(crate) fn is_conditional(&self) -> bool {
        self.is_conditional
    }

    /// What the same requests have in common, and no others.
    pub(super) fn whole(&self) -> &[u8] {
        &self.octets
    }

    /// The same, by callers who have these values in common.
    pub(super) fn whole_for(
        &self,
        principal: &Principal,
        values: &BTreeSet<CallerValue>,
    ) -> Vec<u8> {
        let mut octets = self.octets.clone();
        for value in values {
            match principal.value(*value) {
                Value::Text(text) => {
                    octets.push(1);
                    octets.extend_from_slice(&text.len().to_le_bytes());
                    octets.extend_from_slice(text.as_bytes());
                }
                // All that is known of a caller is text.
                Value::Null | Value::Integer(_) | Value::Real(_) | Value::Blob(_) => octets.push(0),
            }
        }
        octets
    }

    /// What requests have in common that differ in nothing but the key of the row they are for.
    pub(super) fn kind(&self) -> &[u8] {
        self.octets.get(..self.kind).unwrap_or_default()
    }

    /// The last segment of its path, where that may be a row's key.
    pub(super) fn segment(&self) -> Option<&str> {
        let segment = self.octets.get(self.kind..).unwrap_or_default();
        str::from_utf8(segment).ok().filter(|text| !text.is_empty())
    }

    /// Whether it is for something whose last segment may be a row's key.
    pub(super) fn may_be_row(&self) -> bool {
        self.kind < self.octets.len()
    }
}

/// A path before its last segment, and that segment, if it may be the key of a row and can only be written in this way.
fn split(path: &str) -> (&str, Option<&str>) {
    if path == ROOT {
        return (path, None);
    }
    let cut = memrchr(b'/', path.as_bytes()).and_then(|end| {
        let (parent, segment) = path.split_at_checked(end)?;
        Some((parent, segment.strip_prefix('/')?))
    });
    match cut {
        Some((parent, segment)) if !parent.is_empty() && is_plain(segment) => {
            (parent, Some(segment))
        }
        Some(_) | None => (path, None),
    }
}

/// Whether every octet stands for itself (RFC 3986 §2.3), and for no separator of keys.
fn is_plain(segment: &str) -> bool {
    !segment.is_empty()
        && segment
            .bytes()
            .all(|octet| octet.is_ascii_alphanumeric() || b"-._~".contains(&octet))
}

/// The place of a field among those that an answer depends on. Conditions are none of them: they are held against the answer.
fn place(name: &HeaderName) -> Option<u8> {
    match name.as_str() {
        "accept" => Some(0),
        "prefer" => Some(1),
        "range" => Some(2),
        "range-unit" => Some(3),
        "accept-profile" => Some(4),
        "content-type" => Some(5),
        _ => None,
    }
}
