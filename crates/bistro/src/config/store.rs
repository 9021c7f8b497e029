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
const REDIS: [&str; 2] = ["redis://", "redis+unix://"];

/// How one begins that is spoken to by TLS.
const REDIS_TLS: &str = "rediss://";

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
        if text.starts_with(REDIS_TLS) {
            return Err(
                "Redis is spoken to without TLS: write `redis://`, and use a private network, a tunnel or a Unix socket"
                    .to_owned(),
            );
        }
        match REDIS.into_iter().find_map(|begin| text.strip_prefix(begin)) {
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
