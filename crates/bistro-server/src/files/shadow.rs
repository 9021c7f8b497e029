//! Files that are there and are not served, because a resource has their name.

use std::path::Path;

use bistro_plan::catalog::Catalog;

use crate::files::answer::OURS;
use crate::log::Event;

/// Tells the log of each.
pub(crate) fn tell_shadowed(folder: Option<&Path>, catalog: &Catalog) {
    let Some(folder) = folder else {
        return;
    };
    let tables = catalog.relations.keys().map(String::as_str);
    for name in OURS.into_iter().chain(tables) {
        // What is no name of a file could not be asked for as one.
        let is_name = !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\0']);
        let path = folder.join(name);
        if is_name && path.exists() {
            Event::Shadowed { file: &path, name }.write();
        }
    }
}
