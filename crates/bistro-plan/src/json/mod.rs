//! Values as JSON: the same at the top of an answer, where they are represented, and inside it, where the database puts
//! together what is embedded.

pub mod scalar;
mod value;
mod members;

pub use members::{Meaning, Members, write_value};
pub use value::{Value, read, write_string, written};
