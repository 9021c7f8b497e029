//! A request as it was asked for, before anything is added to it for the way.

use std::fmt;
use std::io::Read;
use std::path::PathBuf;

use http::{HeaderMap, HeaderName, Method};
use url::Url;

use crate::body::Body;
use crate::item::Item;
use crate::target::{self, Scheme, Target, User};

mod error;
mod content;
mod fields;

pub use error::Error;

/// What is asked, of whom.
#[derive(Debug)]
pub struct Request {
    /// The method, in the case in which it was typed.
    pub method: Method,
    /// Where to, without a fragment: `http` or `https`, with a host.
    pub url: Url,
    /// The socket in the file system that the connection is made to, instead of the URL's host.
    pub socket: Option<PathBuf>,
    /// Whether the request line has `*` for a target: `OPTIONS` of the server as a whole (RFC 9112 §3.2.4).
    pub is_asterisk: bool,
    /// The fields that were asked for or follow from the body; `Host`, `Content-Length` and `Cookie` are added on the way.
    pub fields: HeaderMap,
    /// Names of fields that are not to be sent, though they would be added (`User-Agent:` in HTTPie's items).
    pub without: Vec<HeaderName>,
    /// The content; `None` is none, which for `POST` is another thing than an empty one only in its `Content-Type`.
    pub body: Option<Body>,
}

/// What was said about a request beside its items.
pub struct Options {
    /// How data items become a body.
    pub format: Format,
    /// The body, as typed.
    pub raw: Option<String>,
    /// Standard input, if it is to be the body. It is read when the request is sent.
    pub stdin: Option<Box<dyn Read + Send>>,
    /// Who asks. It counts more than a user in the URL.
    pub auth: Option<Auth>,
    /// Where `/songs` leads, as in [`Target::read`].
    pub base: String,
    /// What is spoken where no scheme is typed.
    pub scheme: Scheme,
    /// What `~/` means before the name of a file.
    pub home: Option<PathBuf>,
    /// What stands between the parts of a form with files: one to seventy letters and digits. `None` draws one.
    pub boundary: Option<String>,
}

/// How data items become a body, and what a body is when nothing else says so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// As [`Json`](Self::Json), but JSON is asked for only if some is sent.
    #[default]
    Unsaid,
    /// `--json`: a JSON object, and JSON is what is asked for.
    Json,
    /// `--form`: `application/x-www-form-urlencoded`, or `multipart/form-data` if there are files.
    Form,
    /// `--multipart`: `multipart/form-data`.
    Multipart,
}

/// Who asks.
#[derive(Clone, PartialEq, Eq)]
pub enum Auth {
    /// With a name and a password (RFC 7617).
    Basic(User),
    /// With a token (RFC 6750).
    Bearer(String),
}

impl Request {
    /// Makes a request of what was typed: a method, a URL, and items.
    ///
    /// As with HTTPie, data items (`name=text`, `name:=json`) are the members of a JSON object unless the options say
    /// otherwise; standard input, `--raw`, `@file` alone, and data items exclude one another. `Accept` and
    /// `Content-Type` follow from the body where no item sets or removes them. `Content-Type` comes only with a body.
    ///
    /// A body is allowed with every method but `TRACE` (RFC 9110 §9.3.8), and `QUERY` needs one (RFC 10008): `name==text`
    /// goes into the URL with it as with any other method, `--form name=text` into the body.
    pub fn read(
        method: Method,
        typed: &str,
        items: &[String],
        options: Options,
    ) -> Result<Self, Error> {
        let items: Vec<Item> = items
            .iter()
            .map(|item| Item::read(item))
            .collect::<Result<_, _>>()?;
        let mut target = Target::read(typed, &options.base, options.scheme)?;
        if target.is_asterisk && method != Method::OPTIONS {
            return Err(Error::Asterisk { method });
        }
        let home = options.home.clone();
        let (format, auth) = (options.format, options.auth.clone());
        fields::extend_query(&mut target.url, &items, home.as_deref())?;
        if target.is_asterisk && target.url.query().is_some() {
            return Err(Error::AsteriskQuery);
        }
        let asked = fields::read(&items, home.as_deref())?;
        let content = content::read(&items, options)?;
        content.check(&method)?;
        let (fields, without) = asked.complete(format, &content, auth, target.user)?;
        Ok(Self {
            method,
            url: target.url,
            socket: target.socket,
            is_asterisk: target.is_asterisk,
            fields,
            without,
            body: content.body,
        })
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            format: Format::default(),
            raw: None,
            stdin: None,
            auth: None,
            base: target::BASE.to_owned(),
            scheme: Scheme::default(),
            home: None,
            boundary: None,
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("format", &self.format)
            .field("raw", &self.raw)
            .field("has_stdin", &self.stdin.is_some())
            .field("auth", &self.auth)
            .field("base", &self.base)
            .field("scheme", &self.scheme)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Basic(user) => f.debug_tuple("Basic").field(user).finish(),
            Self::Bearer(_) => f.write_str("Bearer"),
        }
    }
}

#[cfg(test)]
mod tests;
