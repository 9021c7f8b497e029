//! Values and rows, on their way to and from a database.

use std::ops::ControlFlow;

/// A value bound to a parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// NULL
    Null,
    /// 64 bits, signed
    Integer(i64),
    /// IEEE 754 double
    Real(f64),
    /// UTF-8
    Text(String),
    /// octets
    Blob(Vec<u8>),
}

/// A value in a row that the database is just showing us.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ValueRef<'a> {
    /// NULL
    Null,
    /// 64 bits, signed
    Integer(i64),
    /// IEEE 754 double
    Real(f64),
    /// Text as stored: UTF-8 unless something other than Bistro wrote it.
    Text(&'a [u8]),
    /// octets
    Blob(&'a [u8]),
}

/// One row of a result; it lives until the next one is asked for.
pub trait Row {
    /// The value of a column, from 0, in the order of the statement's [`Shape`](crate::shape::Shape).
    fn value(&self, column: usize) -> ValueRef<'_>;
}

/// Takes the rows of a result, one by one, as the database finds them.
pub trait Sink {
    /// Takes one row. `Break` ends the statement: nobody wants the rest.
    fn row(&mut self, row: &dyn Row) -> ControlFlow<()>;
}
