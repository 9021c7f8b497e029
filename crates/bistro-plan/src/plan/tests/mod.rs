//! Decisions in tables, and laws they keep.

mod errors;
mod injection;
mod methods;
mod paging;
mod embedding;
mod calls;
mod children;
