//! Why what was typed is no request.

use http::Method;
use thiserror::Error;

use crate::{body, item, target};

/// Why what was typed is no request.
#[derive(Debug, Error)]
pub enum Error {
    /// The URL leads nowhere.
    #[error(transparent)]
    Target(#[from] target::Error),
    /// An item is none.
    #[error(transparent)]
    Item(#[from] item::Error),
    /// The key of an item leads nowhere.
    #[error(transparent)]
    Path(#[from] item::PathError),
    /// The body cannot be made.
    #[error(transparent)]
    Body(#[from] body::Error),
    /// `*` with a method that has no use for it.
    #[error("`*` is a target of `OPTIONS` only, and not of `{method}`: write `/` for the root")]
    Asterisk {
        /// The method.
        method: Method,
    },
    /// `*` with a query.
    #[error("`*` has no query: write a path, as in `/`, or leave the query out")]
    AsteriskQuery,
    /// Two things want to be the body.
    #[error("{one} and {other} cannot both be the body: leave one out")]
    TwoBodies {
        /// One of them.
        one: &'static str,
        /// Another.
        other: &'static str,
    },
    /// A file in a JSON object.
    #[error(
        "`{name}@` is a file, and JSON has none: send a form (`--form` or `--multipart`), or its text with `{name}=@FILE`"
    )]
    FileInJson {
        /// The item's name.
        name: String,
    },
    /// A file in a form without a name.
    #[error(
        "a file in a form has a name: write `name@FILE`, or leave `--form` and `--multipart` out to send it as it is"
    )]
    NamelessFile,
    /// A form of several parts that is not made of items.
    #[error("`--multipart` makes a body of items, and not of {other}: leave `--multipart` out")]
    MultipartOf {
        /// What should be the body.
        other: &'static str,
    },
    /// A form of several parts without any.
    #[error("`--multipart` needs at least one part: write `name=text` or `name@FILE`")]
    NoParts,
    /// The boundary that was passed cannot be one.
    #[error("`{boundary}` is no boundary: it has 1 to 70 letters, digits and hyphens")]
    Boundary {
        /// The boundary.
        boundary: String,
    },
    /// A boundary in an item, which would not be the body's.
    #[error("the boundary is drawn when the body is made: leave it out of `Content-Type`")]
    TypedBoundary,
    /// A body with `TRACE`.
    #[error("`TRACE` has no body (RFC 9110, section 9.3.8): leave {what} out")]
    TraceBody {
        /// What would be the body.
        what: &'static str,
    },
    /// `QUERY` without a body.
    #[error(
        "`QUERY` has its query in the body: write `name=text`, `--form name=text`, `--raw TEXT` or `@FILE`; `name==text` goes into the URL"
    )]
    QueryWithoutBody,
    /// Something is no name of a field.
    #[error("`{name}` is no name of a field: letters, digits and hyphens are in one")]
    FieldName {
        /// The name.
        name: String,
    },
    /// Something cannot be the value of a field.
    #[error(
        "the value of `{name}` has a control character, {character:?}, which no field can have"
    )]
    FieldValue {
        /// The field's name.
        name: String,
        /// The first such character.
        character: char,
    },
    /// A length that is not the body's.
    #[error("`Content-Length: {typed}` is not the length of the body: leave it out")]
    Length {
        /// What was typed.
        typed: String,
    },
    /// Two statements of who asks.
    #[error("`Authorization` is set by an item and by an option: leave one out")]
    TwoAuthorizations,
    /// A name that Basic authentication cannot carry.
    #[error(
        "the name `{name}` has a colon, which ends the name in Basic authentication (RFC 7617)"
    )]
    UserName {
        /// The name.
        name: String,
    },
    /// A name, password or token with a control character.
    #[error("{what} has a control character")]
    Secret {
        /// Which of them.
        what: &'static str,
    },
}

impl Error {
    /// Whether what was typed is wrong in itself, and not by what is in a file or by what the system does.
    pub fn is_slip(&self) -> bool {
        match self {
            Self::Body(error) => error.is_slip(),
            _ => true,
        }
    }
}
