//! Answers to the requests of a batch, as they stand in the answer to all of them.

use hyper::Response;
use hyper::header::{self, HeaderMap};
use serde_json::{Map, Value};

use crate::body::Body;
use crate::fields;
use crate::problem::PROXY_STATUS;
use crate::standard::RESOURCE_POLICY;

/// Fields that only mean something on a response of its own: to caches, to browsers, to whoever goes on from its URL, and where
/// there is no body.
const LEFT_OUT: [header::HeaderName; 6] = [
    header::CACHE_CONTROL,
    header::LINK,
    header::VARY,
    header::X_CONTENT_TYPE_OPTIONS,
    RESOURCE_POLICY,
    PROXY_STATUS,
];

/// `{"status": 201, "headers": {…}, "body": …}`: JSON stands there as it is, any other text as a string of it.
pub(super) fn write(response: &Response<Body>) -> String {
    let status = response.status().as_u16();
    let headers = Value::Object(told(response.headers()));
    let mut text = format!("{{\"status\":{status},\"headers\":{headers}");
    if let Body::Whole(body) = response.body()
        && !body.is_empty()
    {
        text.push_str(",\"body\":");
        let body = String::from_utf8_lossy(body);
        if is_json(response.headers()) {
            text.push_str(&body);
        } else {
            text.push_str(&Value::String(body.into_owned()).to_string());
        }
    }
    text.push('}');
    text
}

fn told(headers: &HeaderMap) -> Map<String, Value> {
    let mut fields: Map<String, Value> = Map::new();
    for (name, value) in headers {
        if LEFT_OUT.contains(name) {
            continue;
        }
        let value = String::from_utf8_lossy(value.as_bytes());
        match fields.get_mut(name.as_str()) {
            Some(Value::String(before)) => {
                before.push_str(", ");
                before.push_str(&value);
            }
            Some(_) | None => {
                fields.insert(name.to_string(), Value::String(value.into_owned()));
            }
        }
    }
    fields
}

fn is_json(headers: &HeaderMap) -> bool {
    let media_type = fields::one(headers, header::CONTENT_TYPE).unwrap_or_default();
    let essence = fields::essence(media_type);
    essence == "application/json" || essence.ends_with("+json")
}
