//! Rows as CSV (RFC 4180), as `PostgREST` writes it: a header always, lines separated by LF.

use bistro_plan::catalog::Kind;
use bistro_plan::sql::Shape;
use bistro_plan::value::{Row, ValueRef};

use bistro_plan::json::scalar;

/// Writes rows as CSV.
#[derive(Clone, Debug)]
pub(crate) struct Writer {
    header: Vec<u8>,
    kinds: Vec<Kind>,
    has_rows: bool,
}

impl Writer {
    pub(crate) fn new(shape: &Shape) -> Self {
        let mut header = Vec::new();
        for (at, column) in shape.columns.iter().enumerate() {
            if at > 0 {
                header.push(b',');
            }
            field(column.name.as_bytes(), &mut header);
        }
        header.push(b'\n');
        let kinds = shape.columns.iter().map(|column| column.kind).collect();
        Self {
            header,
            kinds,
            has_rows: false,
        }
    }

    pub(crate) fn start(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.header);
    }

    /// A line has its break before it, not after: the last one has none, as from `PostgREST`.
    pub(crate) fn row(&mut self, row: &dyn Row, out: &mut Vec<u8>) {
        if std::mem::replace(&mut self.has_rows, true) {
            out.push(b'\n');
        }
        for (at, kind) in self.kinds.iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            value(row.value(at), *kind, out);
        }
    }
}

/// NULL is nothing at all, an empty text is `""`: they can be told apart.
fn value(value: ValueRef<'_>, kind: Kind, out: &mut Vec<u8>) {
    match value {
        ValueRef::Null => {}
        ValueRef::Integer(number) => match scalar::boolean(number) {
            Some(word) if kind == Kind::Boolean => out.extend_from_slice(word.as_bytes()),
            Some(_) | None => scalar::integer(number, out),
        },
        ValueRef::Real(number) => scalar::real(number, out),
        ValueRef::Text(octets) => field(scalar::text(octets).as_bytes(), out),
        ValueRef::Blob([]) => field(&[], out),
        ValueRef::Blob(octets) => scalar::base64(octets, out),
    }
}

/// Text, in quotes where a reader would otherwise take it for more or less than it is: a bare `NULL` is NULL to the
/// dialect (`PostgREST`, "Bulk Insert").
fn field(text: &[u8], out: &mut Vec<u8>) {
    let is_plain = !text.is_empty()
        && text != b"NULL"
        && text.trim_ascii() == text
        && !text.iter().any(|octet| b",\"\n\r".contains(octet));
    if is_plain {
        out.extend_from_slice(text);
        return;
    }
    out.push(b'"');
    for &octet in text {
        if octet == b'"' {
            out.push(b'"');
        }
        out.push(octet);
    }
    out.push(b'"');
}
