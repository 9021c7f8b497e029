//! Client text becomes values: what it means is decided by the column it is for.

mod number;
mod array;
mod text;
mod payload;
#[cfg(test)]
mod tests;

pub use array::read as json_of_array;
pub use number::Number;
pub use payload::read as of_datum;
pub use text::read as of_text;
pub(crate) use text::shown;
