//! Pages as a browser would take them apart: what links where, and that nothing in the data becomes markup.

mod document;
mod pages;
mod sessions;
mod hostile;
mod places;
