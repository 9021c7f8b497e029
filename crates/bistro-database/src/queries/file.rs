//! The folder of stored queries: `{name}.sql`, one statement each.

use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// The longest file, in octets. SQLite takes a million, and a request adds to it.
const BYTES_MAX: u64 = 256 * 1024;

/// The most files in a folder.
const FILES_MAX: usize = 1_000;

/// What tells whether a folder is as it was: of each file its name, place on the disk, length and time of change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Listing {
    files: Vec<Listed>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Listed {
    path: PathBuf,
    inode: u64,
    bytes: u64,
    changed: (i64, i64),
    /// Why it cannot be looked at.
    trouble: Option<String>,
}

/// A file of one stored query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct QueryFile {
    /// What the query is called: the file's name without `.sql`.
    pub(crate) name: String,
    /// Where it is.
    pub(crate) path: PathBuf,
    /// What is in it; or why that cannot be known.
    pub(crate) text: Result<String, String>,
}

impl Listing {
    /// Looks at a folder. One that is not there has no files.
    ///
    /// # Errors
    /// It cannot be looked at, or holds too many.
    pub(crate) fn of(folder: &Path) -> io::Result<Self> {
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(error),
        };
        let mut files = Vec::new();
        for entry in entries {
            let path = entry?.path();
            let is_hidden = path
                .file_name()
                .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
            if is_hidden || path.extension().is_none_or(|extension| extension != "sql") {
                continue;
            }
            match fs::metadata(&path) {
                Ok(metadata) if metadata.is_file() => files.push(Listed {
                    path,
                    inode: metadata.ino(),
                    bytes: metadata.len(),
                    changed: (metadata.mtime(), metadata.mtime_nsec()),
                    trouble: None,
                }),
                Ok(_) => {}
                // It went between two looks.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                // A link in a circle: the others are as good as before.
                Err(error) => files.push(Listed {
                    path,
                    inode: 0,
                    bytes: 0,
                    changed: (0, 0),
                    trouble: Some(error.to_string()),
                }),
            }
            if files.len() > FILES_MAX {
                let message = format!("it holds more than {FILES_MAX} files of queries");
                return Err(io::Error::other(message));
            }
        }
        files.sort_unstable();
        Ok(Self { files })
    }

    /// Reads its files.
    pub(crate) fn read(&self) -> Vec<QueryFile> {
        self.files.iter().map(Listed::read).collect()
    }
}

impl Listed {
    fn read(&self) -> QueryFile {
        let stem = self.path.file_stem().unwrap_or_default();
        QueryFile {
            name: stem.to_string_lossy().into_owned(),
            path: self.path.clone(),
            text: match stem.to_str() {
                Some(_) => self.text(),
                None => Err("its name is not UTF-8, so no URL could name it".to_owned()),
            },
        }
    }

    fn text(&self) -> Result<String, String> {
        if let Some(trouble) = &self.trouble {
            return Err(trouble.clone());
        }
        if self.bytes > BYTES_MAX {
            return Err(format!(
                "it has {} octets, a query may have {BYTES_MAX}",
                self.bytes
            ));
        }
        let text = fs::read_to_string(&self.path).map_err(|error| match error.kind() {
            ErrorKind::InvalidData => "it is not UTF-8".to_owned(),
            _ => error.to_string(),
        })?;
        if text.contains('\0') {
            // SQLite would take what stands before it for all there is: a DELETE without its WHERE.
            return Err("there is a NUL in it".to_owned());
        }
        // Some editors begin a file with a mark of its encoding.
        Ok(match text.strip_prefix('\u{feff}') {
            Some(text) => text.to_owned(),
            None => text,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn only_files_of_queries_count_and_a_change_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str, text: &[u8]| fs::write(folder.path().join(name), text).unwrap();
        assert_eq!(Listing::of(&folder.path().join("none")).unwrap().files, []);
        put("top.sql", b"SELECT 1");
        put(".hidden.sql", b"SELECT 2");
        put("README.md", b"text");
        fs::create_dir(folder.path().join("folder.sql")).unwrap();
        let listing = Listing::of(folder.path()).unwrap();
        let files = listing.read();
        assert_eq!(files.len(), 1);
        assert_eq!(files[0].name, "top");
        assert_eq!(files[0].text.as_deref(), Ok("SELECT 1"));
        assert_eq!(Listing::of(folder.path()).unwrap(), listing);
        put("top.sql", b"SELECT 10");
        assert_ne!(Listing::of(folder.path()).unwrap(), listing);
    }

    #[test]
    fn a_file_that_cannot_be_a_query_says_why() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.sql"), b"\xff").unwrap();
        let long = vec![b' '; usize::try_from(BYTES_MAX).unwrap() + 1];
        fs::write(folder.path().join("b.sql"), long).unwrap();
        fs::write(
            folder.path().join("c.sql"),
            b"DELETE FROM songs\0WHERE id = 1",
        )
        .unwrap();
        symlink("d.sql", folder.path().join("d.sql")).unwrap();
        fs::write(folder.path().join("e.sql"), "\u{feff}SELECT 1").unwrap();
        let files = Listing::of(folder.path()).unwrap().read();
        let texts: Vec<_> = files.into_iter().map(|file| file.text).collect();
        let expected = [
            Err("it is not UTF-8".to_owned()),
            Err("it has 262145 octets, a query may have 262144".to_owned()),
            Err("there is a NUL in it".to_owned()),
            Err("Too many levels of symbolic links (os error 40)".to_owned()),
            Ok("SELECT 1".to_owned()),
        ];
        assert_eq!(texts, expected);
    }
}
