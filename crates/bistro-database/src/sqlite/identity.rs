//! Which files a path names, told without opening them: to open and close one would drop the locks that SQLite holds on it.

use std::fs::{Metadata, canonicalize, metadata, remove_file};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// One file, whatever it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Identity {
    device: u64,
    inode: u64,
}

impl Identity {
    fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
        }
    }

    /// The file at a path, if there is one.
    fn at(path: &Path) -> Option<Self> {
        metadata(path).ok().as_ref().map(Self::of)
    }
}

/// The files that a database consists of while it is open.
#[derive(Debug)]
pub(super) struct Footprint {
    path: PathBuf,
    file: Identity,
    /// The log and its index, which stay the same as long as one connection is open; none without a log.
    companions: [Option<(PathBuf, Identity)>; 2],
}

/// What has become of the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// Nothing stands at the path, or it cannot be seen.
    Gone,
    /// Another file stands at the path.
    Replaced,
    /// The file was cut to nothing.
    Emptied,
    /// The log or its index was removed, or others stand in their place.
    LogTaken,
}

impl Footprint {
    /// The footprint of a database that is open, and has been read.
    ///
    /// # Errors
    /// There is nothing at its path.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        let file = Identity::of(&metadata(path)?);
        // SQLite names the log after the file that a symbolic link leads to.
        let real = canonicalize(path)?;
        let companion = |suffix: &str| {
            let mut name = real.clone().into_os_string();
            name.push(suffix);
            let path = PathBuf::from(name);
            Identity::at(&path).map(|identity| (path, identity))
        };
        Ok(Self {
            path: path.to_owned(),
            file,
            companions: [companion("-wal"), companion("-shm")],
        })
    }

    /// What has become of it; `None` if all is as it was.
    pub(super) fn change(&self) -> Option<Change> {
        let Ok(found) = metadata(&self.path) else {
            return Some(Change::Gone);
        };
        if Identity::of(&found) != self.file {
            return Some(Change::Replaced);
        }
        if found.len() == 0 {
            return Some(Change::Emptied);
        }
        let is_taken =
            |(path, identity): &(PathBuf, Identity)| Identity::at(path) != Some(*identity);
        let mut companions = self.companions.iter().flatten();
        companions.any(is_taken).then_some(Change::LogTaken)
    }

    /// Takes the log and its index out of the way of another file at the path, so that it never shares them with programs that
    /// still have the old one open. Were it to come back, they would be needed.
    pub(super) fn make_way(&self) {
        let Ok(found) = metadata(&self.path) else {
            return;
        };
        if Identity::of(&found) == self.file {
            return;
        }
        for (path, identity) in self.companions.iter().flatten() {
            if Identity::at(path) == Some(*identity) {
                // Where nothing can be removed nothing can be written either.
                let _stays = remove_file(path);
            }
        }
    }

    /// Whether the two are of the same files.
    pub(super) fn is_of_same_file(&self, other: &Self) -> bool {
        self.file == other.file
    }

    /// The log, if it still stands beside the path and has something in it.
    pub(super) fn log_in_the_way(&self) -> Option<&Path> {
        let (path, identity) = self.companions.first()?.as_ref()?;
        let found = metadata(path).ok()?;
        (Identity::of(&found) == *identity && found.len() > 0).then_some(path)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use tempfile::TempDir;

    use super::{Change, Footprint};

    #[test]
    fn every_way_to_take_a_file_away_is_told() {
        let directory = TempDir::new().unwrap();
        let at = |name: &str| directory.path().join(name);
        let make = |name: &str| fs::write(at(name), "something").unwrap();
        let remake = || {
            for name in ["a", "a-wal", "a-shm", "b"] {
                make(name);
            }
            Footprint::of(&at("a")).unwrap()
        };
        let print = remake();
        assert_eq!(print.change(), None);
        make("a");
        assert_eq!(print.change(), None, "the same file, whatever is in it");
        fs::rename(at("a"), at("c")).unwrap();
        assert_eq!(print.change(), Some(Change::Gone));
        fs::rename(at("c"), at("a")).unwrap();
        assert_eq!(print.change(), None, "it is back");
        fs::rename(at("b"), at("a")).unwrap();
        assert_eq!(print.change(), Some(Change::Replaced));
        let print = remake();
        fs::remove_file(at("a-shm")).unwrap();
        assert_eq!(print.change(), Some(Change::LogTaken));
        let print = remake();
        fs::rename(at("b"), at("a-wal")).unwrap();
        assert_eq!(print.change(), Some(Change::LogTaken));
        let print = remake();
        fs::write(at("a"), "").unwrap();
        assert_eq!(print.change(), Some(Change::Emptied));
    }

    #[test]
    fn a_log_makes_way_for_another_file_and_stays_for_its_own() {
        let directory = TempDir::new().unwrap();
        let at = |name: &str| directory.path().join(name);
        for name in ["a", "a-wal", "a-shm", "b"] {
            fs::write(at(name), "something").unwrap();
        }
        let print = Footprint::of(&at("a")).unwrap();
        fs::rename(at("a"), at("c")).unwrap();
        print.make_way();
        assert!(at("a-wal").exists(), "it may come back");
        fs::rename(at("b"), at("a")).unwrap();
        fs::rename(at("a-shm"), at("d")).unwrap();
        fs::write(at("a-shm"), "of somebody else").unwrap();
        print.make_way();
        assert!(!at("a-wal").exists() && at("a-shm").exists());
    }

    #[test]
    fn a_link_is_followed_and_another_target_is_another_file() {
        let directory = TempDir::new().unwrap();
        let at = |name: &str| directory.path().join(name);
        let link = |target: &str| {
            let _absent = fs::remove_file(at("link"));
            symlink(at(target), at("link")).unwrap();
        };
        for name in ["a", "a-wal", "b"] {
            fs::write(at(name), "something").unwrap();
        }
        link("a");
        let print = Footprint::of(&at("link")).unwrap();
        assert_eq!(
            print.log_in_the_way(),
            Some(&*fs::canonicalize(at("a-wal")).unwrap())
        );
        link("b");
        assert_eq!(print.change(), Some(Change::Replaced));
    }

    #[test]
    fn an_empty_log_is_in_nobodys_way() {
        let directory = TempDir::new().unwrap();
        let at = |name: &str| directory.path().join(name);
        fs::write(at("a"), "something").unwrap();
        fs::write(at("a-wal"), "something").unwrap();
        let print = Footprint::of(&at("a")).unwrap();
        assert!(print.log_in_the_way().is_some());
        fs::write(at("a-wal"), "").unwrap();
        assert_eq!(print.log_in_the_way(), None);
    }
}
