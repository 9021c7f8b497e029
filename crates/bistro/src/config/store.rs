//! Where sessions are kept: `database`, `cookie`, or the URL of a Redis.

use bistro_plan::catalog::nearest;
use serde::{Deserialize, Deserializer};

use crate::config::text::{self, Text};

/// Where sessions are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Store {
    /// In the served database.
    Database,
    /// With the client, sealed.
    Cookie,
    /// In the Redis of this URL.
    Redis(String),
}

/// How the URL of a Redis begins.
const REDIS: &str = "redis://";

impl Text for Store {
    const EXPECTED: &'static str =
        "\"database\", \"cookie\", or the URL of a Redis such as \"redis://localhost:6379\"";

    /// What is wrong is not repeated where it may hold a password.
    fn read(text: &str) -> Result<Self, String> {
        match text {
            "database" => return Ok(Self::Database),
            "cookie" => return Ok(Self::Cookie),
            _ => {}
        }
        match text.strip_prefix(REDIS) {
            Some("") => Err(format!("`{text}` does not name a host")),
            Some(_) => Ok(Self::Redis(text.to_owned())),
            None => Err(match nearest(text, ["database", "cookie"]) {
                Some(word) => format!("unknown word `{text}`; did you mean `{word}`?"),
                None => format!("this is not {}", Self::EXPECTED),
            }),
        }
    }
}

impl<'de> Deserialize<'de> for Store {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        text::deserialize(source)
    }
}
