//! Decisions in tables, and laws they keep.

mod errors;
mod injection;
mod methods;
mod paging;
mod views;
mod embedding;
mod calls;
mod children;
