//! Files that are served as they are, in a folder that the operator names. Whatever is in it is for everyone.

mod kind;
mod place;
mod found;
mod pieces;
mod answer;
mod shadow;

pub(crate) use answer::{answer, methods};
pub(crate) use shadow::tell_shadowed;
