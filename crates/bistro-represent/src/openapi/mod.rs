//! What the resources are and can do, for programs: an OpenAPI document.
//!
//! It is made of the same values as the answers are: the catalog, the methods that the plan allows, the representations
//! that can be negotiated, the operators and preferences of the dialect. So it says what is so, for whoever asks.

mod node;
mod name;
mod version;
mod pattern;
mod kind;
mod relation;
mod parameter;
mod response;
mod operation;
mod read;
mod change;
mod path;
mod call;
mod batch;
mod document;
#[cfg(test)]
mod tests;

pub use document::describe;
pub use version::{RootForm, Version};
