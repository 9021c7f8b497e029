//! What keeps somebody from a session.

use bistro_session::data::DataError;
use bistro_session::email::EmailError;
use bistro_session::password::PasswordError;
use bistro_session::password::hasher::HasherError;
use bistro_session::store::redis::StoreError;
use hyper::{StatusCode, header};

use crate::problem::Problem;

/// Seconds after which what is busy now is worth another try.
const RETRY_AFTER: &str = "1";

/// Seconds after which what somebody has to mend may be.
const LATER: &str = "10";

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let report = error.to_string();
        match error {
            StoreError::Unavailable { .. }
            | StoreError::Refused { .. }
            | StoreError::Address { .. }
            | StoreError::Tls => unavailable(LATER).report(report),
            StoreError::Contended => unavailable(RETRY_AFTER),
            StoreError::Damaged { .. } => Self::internal(report),
        }
    }
}

fn unavailable(after: &str) -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "BISTRO503",
        "Sessions cannot be looked up or changed at the moment",
    )
    .hint("Try again in a moment.")
    .field(header::RETRY_AFTER, after)
}

impl From<HasherError> for Problem {
    fn from(error: HasherError) -> Self {
        match error {
            HasherError::Busy => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "BISTRO503",
                "Too many passwords are being checked at the moment",
            )
            .hint("Try again in a moment.")
            .field(header::RETRY_AFTER, RETRY_AFTER),
            HasherError::Refused(error) => Self::from(error),
            HasherError::Hash(error) => Self::internal(error.to_string()),
        }
    }
}

impl From<DataError> for Problem {
    fn from(error: DataError) -> Self {
        let sentence = error.to_string();
        match error {
            DataError::Syntax { .. } => Self::new(StatusCode::BAD_REQUEST, "BISTRO400", sentence),
            DataError::NoObject | DataError::TooDeep { .. } => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "BISTRO422", sentence)
            }
            DataError::TooLong { .. } => {
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, "BISTRO413", sentence)
            }
        }
    }
}

impl From<EmailError> for Problem {
    fn from(error: EmailError) -> Self {
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "BISTRO422",
            error.to_string(),
        )
    }
}

impl From<PasswordError> for Problem {
    fn from(error: PasswordError) -> Self {
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "BISTRO422",
            error.to_string(),
        )
    }
}
