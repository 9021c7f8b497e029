//! Rows as objects, written straight into the answer: no tree, and keys rendered once.

use std::sync::Arc;

use bistro_plan::catalog::Kind;
use bistro_plan::sql::Shape;
use bistro_plan::value::Row;

use crate::json::strip;
use bistro_plan::json::{self, Value};

/// Writes rows as JSON. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Writer {
    columns: Arc<[Column]>,
    layout: Layout,
    nulls: Nulls,
    has_rows: bool,
}

/// How objects follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// `[{…},{…}]`
    Array,
    /// `{…}`: there is one row.
    Object,
    /// One object a line, each line ended (NDJSON).
    Lines,
}

/// What happens to members that are NULL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nulls {
    /// They are written as `null`.
    Kept,
    /// They are left out, inside JSON columns too.
    Stripped,
}

#[derive(Debug)]
struct Column {
    /// The name as a JSON string, and the colon.
    key: Vec<u8>,
    kind: Kind,
    is_written: bool,
}

impl Writer {
    pub(crate) fn new(shape: &Shape, layout: Layout, nulls: Nulls) -> Self {
        let columns = shape.columns.iter().map(|column| {
            let mut key = Vec::with_capacity(column.name.len() + 3);
            json::write_string(&column.name, &mut key);
            key.push(b':');
            Column {
                key,
                kind: column.kind,
                is_written: column.is_written,
            }
        });
        Self {
            columns: columns.collect(),
            layout,
            nulls,
            has_rows: false,
        }
    }

    pub(crate) fn start(&self, out: &mut Vec<u8>) {
        match self.layout {
            Layout::Array => out.push(b'['),
            Layout::Object | Layout::Lines => {}
        }
    }

    pub(crate) fn row(&mut self, row: &dyn Row, out: &mut Vec<u8>) {
        let is_first = !std::mem::replace(&mut self.has_rows, true);
        match self.layout {
            Layout::Array if !is_first => out.extend_from_slice(b",\n"),
            Layout::Array | Layout::Object | Layout::Lines => {}
        }
        self.object(row, out);
        match self.layout {
            Layout::Lines => out.push(b'\n'),
            Layout::Array | Layout::Object => {}
        }
    }

    pub(crate) fn finish(&self, out: &mut Vec<u8>) {
        match self.layout {
            Layout::Array => out.push(b']'),
            Layout::Object | Layout::Lines => {}
        }
    }

    fn object(&self, row: &dyn Row, out: &mut Vec<u8>) {
        out.push(b'{');
        let mut has_members = false;
        for (at, column) in self.columns.iter().enumerate() {
            let value = if column.is_written {
                json::written(row.value(at))
            } else {
                json::read(row.value(at), column.kind)
            };
            if self.nulls == Nulls::Stripped && matches!(value, Value::Null) {
                continue;
            }
            if std::mem::replace(&mut has_members, true) {
                out.push(b',');
            }
            out.extend_from_slice(&column.key);
            value.write(|text, out| self.document(text, out), out);
        }
        out.push(b'}');
    }

    fn document(&self, text: &str, out: &mut Vec<u8>) {
        match (self.nulls, self.layout) {
            (Nulls::Stripped, Layout::Array | Layout::Object | Layout::Lines) => {
                strip::strip_nulls(text, out);
            }
            (Nulls::Kept, Layout::Array | Layout::Object) => out.extend_from_slice(text.as_bytes()),
            // Outside strings a line break is only whitespace, and inside JSON strings there is none: one object, one line.
            (Nulls::Kept, Layout::Lines) => out.extend(text.bytes().map(|octet| match octet {
                b'\n' | b'\r' => b' ',
                other => other,
            })),
        }
    }
}
