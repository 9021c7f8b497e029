//! Decisions in a table.
