//! Jobs that panic.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::Error;

/// Runs a job; a panic in it is an error of this one answer, not the end of the thread.
pub(super) fn caught<T>(job: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    // The connection is left in a known state by whoever owns its transaction, and nothing else is shared.
    catch_unwind(AssertUnwindSafe(job)).unwrap_or_else(|panic| {
        let reason = panic
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_default();
        Err(Error::Internal {
            message: format!("a job panicked: {reason}"),
        })
    })
}
