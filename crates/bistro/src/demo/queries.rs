//! The stored queries beside it.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::Path;

/// File names and what is in them.
pub(super) const QUERIES: [(&str, &str); 3] = [
    ("best_sellers.sql", include_str!("queries/best_sellers.sql")),
    ("mixtape.sql", include_str!("queries/mixtape.sql")),
    ("ship_order.sql", include_str!("queries/ship_order.sql")),
];

/// Puts the stored queries into a folder. Files that are there are left alone: somebody may have changed them.
///
/// # Errors
/// The folder or a file cannot be made.
pub(crate) fn put_queries(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for (name, text) in QUERIES {
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(folder.join(name));
        match file {
            Ok(mut file) => file.write_all(text.as_bytes())?,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
