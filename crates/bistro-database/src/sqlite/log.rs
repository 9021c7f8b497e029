//! How much of the write-ahead log is not in the file yet, as the writer and whoever checkpoints tell each other.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// The write-ahead log of one file.
#[derive(Debug, Default)]
pub(super) struct Log {
    /// Pages in it after the last commit.
    pages: AtomicU32,
    /// The most pages since its file was last cut short.
    longest: AtomicU32,
    /// Commits so far.
    commits: AtomicU64,
    /// The commits that are in the file: all up to this one.
    copied: AtomicU64,
}

impl Log {
    /// A commit has left the log this long.
    pub(super) fn committed(&self, pages: u32) {
        self.pages.store(pages, Ordering::Relaxed);
        self.longest.fetch_max(pages, Ordering::Relaxed);
        self.commits.fetch_add(1, Ordering::Release);
    }

    /// How many pages it has.
    pub(super) fn pages(&self) -> u32 {
        self.pages.load(Ordering::Relaxed)
    }

    /// How many pages its file has room for.
    pub(super) fn longest(&self) -> u32 {
        self.longest.load(Ordering::Relaxed)
    }

    /// Its file has been cut short.
    pub(super) fn truncated(&self) {
        self.longest.store(0, Ordering::Relaxed);
    }

    /// How many commits there were.
    pub(super) fn commits(&self) -> u64 {
        self.commits.load(Ordering::Acquire)
    }

    /// The first so many commits are in the file.
    pub(super) fn copied(&self, commits: u64) {
        self.copied.fetch_max(commits, Ordering::Relaxed);
    }

    /// Whether every commit is in the file.
    pub(super) fn is_copied(&self) -> bool {
        self.copied.load(Ordering::Relaxed) == self.commits()
    }
}
