//! What becomes of a cookie, and why it may be nothing.

use std::fmt;

use bistro_http::cookie::received::Unreadable;
use thiserror::Error;

/// What became of a cookie that was not refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receipt {
    /// It is a new one.
    Added,
    /// It took the place of an earlier one.
    Replaced,
    /// It was over when it came, and so is the one that was there: a server's way to take a cookie back.
    Removed,
    /// It was over when it came, and there was none.
    Over,
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Added => "added",
            Self::Replaced => "replaced an earlier one",
            Self::Removed => "removed",
            Self::Over => "over when it came",
        })
    }
}

/// Why a cookie is not kept (RFC 6265bis §5.6 and §5.7). What servers wrote stands in these with its odd characters escaped.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The field is no cookie.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// The target has no host, which no `http` or `https` target lacks.
    #[error("the target has no host that a cookie could belong to")]
    NoHost,
    /// Its `Domain` is none of the host's.
    #[error("its `Domain` is `{domain}`, and the host `{host}` is not in there")]
    Domain {
        /// The attribute.
        domain: String,
        /// Who sent it.
        host: String,
    },
    /// Its `Domain` is one under which strangers register.
    #[error("its `Domain` is `{domain}`, which belongs to everybody")]
    PublicSuffix {
        /// The attribute.
        domain: String,
    },
    /// It has no `Path`, and the path of the target is too long to stand for it.
    #[error(
        "it has no `Path`, and that of the target is longer than the {max} bytes that a path may have"
    )]
    Path {
        /// How long it may be.
        max: usize,
    },
    /// It is `Secure` and did not come over TLS.
    #[error("it is `Secure`, and it came over plain http")]
    Insecure,
    /// It would stand before a `Secure` one of the same name, and did not come over TLS.
    #[error("it would hide a `Secure` cookie of that name, and it came over plain http")]
    Overlay,
    /// `SameSite=None` without `Secure`.
    #[error("it has `SameSite=None`, which needs `Secure`")]
    NotSecure,
    /// The name, or the value of a nameless cookie, begins with a prefix that promises more than the attributes keep.
    #[error("it begins with `{prefix}`, which needs {needs}")]
    Prefix {
        /// The prefix.
        prefix: &'static str,
        /// What is needed.
        needs: &'static str,
    },
    /// There are too many others that must stay before it.
    #[error("its domain has {max} cookies already, all of them `Secure`")]
    Crowded {
        /// The limit.
        max: usize,
    },
}
