//! What the fuzz targets share.

pub mod exchange;
pub mod law;
pub mod catalog;
pub mod plan_law;
