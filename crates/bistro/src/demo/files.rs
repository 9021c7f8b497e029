//! The files beside the database: the configuration, stored queries, and the pages of the shop.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

use sha2::{Digest as _, Sha256};

/// Paths and what is in them.
pub(super) const FILES: [(&str, &str); 15] = [
    ("bistro.toml", include_str!("site/bistro.toml")),
    (
        "queries/best_sellers.sql",
        include_str!("queries/best_sellers.sql"),
    ),
    ("queries/mixtape.sql", include_str!("queries/mixtape.sql")),
    (
        "queries/ship_order.sql",
        include_str!("queries/ship_order.sql"),
    ),
    ("public/index.html", include_str!("site/public/index.html")),
    ("public/shop.css", include_str!("site/public/shop.css")),
    ("public/main.js", include_str!("site/public/main.js")),
    ("public/bistro.js", include_str!("site/public/bistro.js")),
    ("public/page.js", include_str!("site/public/page.js")),
    (
        "public/catalogue.js",
        include_str!("site/public/catalogue.js"),
    ),
    ("public/cart.js", include_str!("site/public/cart.js")),
    ("public/account.js", include_str!("site/public/account.js")),
    ("public/blog.js", include_str!("site/public/blog.js")),
    ("public/orders.js", include_str!("site/public/orders.js")),
    ("public/weather.js", include_str!("site/public/weather.js")),
];

/// Where it is kept what was written, as `sha256sum` prints it: `sha256sum --check as-made.sha256` tells what has changed since.
pub(super) const MADE: &str = "as-made.sha256";

/// Puts the files into a folder. One that somebody has changed since it was written is left alone; one that nobody has is
/// replaced by a newer version; one that is missing is written again.
///
/// Returns the files of which there is a newer version, left alone because they were changed.
///
/// # Errors
/// The folder or a file cannot be read or made.
pub(crate) fn put_files(folder: &Path) -> io::Result<Vec<&'static str>> {
    let mut made = read_made(&folder.join(MADE))?;
    let mut outdated = Vec::new();
    for (name, text) in FILES {
        let path = folder.join(name);
        let wanted = hash(text.as_bytes());
        let there = match fs::read(&path) {
            Ok(octets) => Some(hash(&octets)),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        let written = made.get(name);
        let is_changed = there.is_some() && there.as_ref() != written;
        if there.as_ref() == Some(&wanted) {
            made.insert(name.to_owned(), wanted);
        } else if !is_changed {
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::write(&path, text)?;
            made.insert(name.to_owned(), wanted);
        } else if written.is_some_and(|written| *written != wanted) {
            outdated.push(name);
        }
    }
    write_made(&folder.join(MADE), &made)?;
    Ok(outdated)
}

/// The hashes of what was written, by path.
fn read_made(path: &Path) -> io::Result<BTreeMap<String, String>> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error),
    };
    let lines = text.lines().filter_map(|line| line.split_once("  "));
    Ok(lines
        .map(|(hash, name)| (name.to_owned(), hash.to_owned()))
        .collect())
}

fn write_made(path: &Path, made: &BTreeMap<String, String>) -> io::Result<()> {
    let lines = made.iter().map(|(name, hash)| format!("{hash}  {name}\n"));
    let text: String = lines.collect();
    if fs::read_to_string(path).is_ok_and(|there| there == text) {
        return Ok(());
    }
    fs::write(path, text)
}

/// SHA-256 in hexadecimal digits.
pub(super) fn hash(octets: &[u8]) -> String {
    let mut text = String::new();
    for octet in Sha256::digest(octets) {
        // A text takes whatever is written into it.
        let _ = write!(text, "{octet:02x}");
    }
    text
}
