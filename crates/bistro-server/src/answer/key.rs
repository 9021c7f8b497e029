//! Key values as they stand in an item's URL.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bistro_plan::value::Value;

/// A key value as text that reads back as the same value; `None` for NULL, which names no row.
pub(crate) fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Integer(integer) => Some(integer.to_string()),
        Value::Real(real) => Some(real.to_string()),
        Value::Text(text) => Some(text.clone()),
        Value::Blob(bytes) => Some(URL_SAFE_NO_PAD.encode(bytes)),
    }
}
