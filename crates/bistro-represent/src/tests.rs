//! Rows in memory, and the laws every representation keeps.

use bistro_plan::catalog::Kind;
use bistro_plan::sql::{Shape, ShapeColumn};
use bistro_plan::value::{Row, Value, ValueRef};
use proptest::prelude::{Just, Strategy, any, prop_oneof};

use crate::{Encoder, Footer, Format, Representation};

/// A row that is just there.
pub(crate) struct Values(pub(crate) Vec<Value>);

impl Row for Values {
    fn value(&self, column: usize) -> ValueRef<'_> {
        match &self.0[column] {
            Value::Null => ValueRef::Null,
            Value::Integer(number) => ValueRef::Integer(*number),
            Value::Real(number) => ValueRef::Real(*number),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Blob(octets) => ValueRef::Blob(octets),
        }
    }
}

/// A row whose one text is not UTF-8.
pub(crate) struct Octets(pub(crate) &'static [u8]);

impl Row for Octets {
    fn value(&self, _column: usize) -> ValueRef<'_> {
        ValueRef::Text(self.0)
    }
}

pub(crate) fn shape(columns: &[(&str, Kind)]) -> Shape {
    let columns = columns.iter().map(|(name, kind)| ShapeColumn {
        name: (*name).to_owned(),
        kind: *kind,
        is_written: false,
    });
    Shape {
        columns: columns.collect(),
        hidden: 0,
    }
}

pub(crate) fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

pub(crate) fn plain(format: Format) -> Representation {
    Representation {
        format,
        is_singular: false,
        strips_nulls: false,
    }
}

/// All that an encoder writes.
pub(crate) fn write(mut encoder: Encoder, rows: &[&dyn Row], footer: &Footer) -> String {
    let mut out = Vec::new();
    encoder.start(&mut out);
    for row in rows {
        encoder.row(*row, &mut out);
    }
    encoder.finish(footer, &mut out);
    String::from_utf8(out).expect("every representation is UTF-8")
}

/// Every value SQLite can give; it keeps no NaN.
pub(crate) fn values() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<i64>().prop_map(Value::Integer),
        any::<f64>()
            .prop_filter("SQLite keeps NaN as NULL", |number| !number.is_nan())
            .prop_map(Value::Real),
        any::<String>().prop_map(Value::Text),
        any::<Vec<u8>>().prop_map(Value::Blob),
    ]
}
