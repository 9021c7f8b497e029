//! What the fuzz targets share.

pub mod exchange;
pub mod law;
