//! Request methods (RFC 9110 §9, RFC 5789, RFC 10008).

use std::fmt::{self, Display};

/// The methods Bistro knows. A method nobody knows has no value here: it is answered with 501.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// read
    #[default]
    Get,
    /// read, header fields only
    Head,
    /// read, the query in the body (RFC 10008)
    Query,
    /// create
    Post,
    /// replace or create
    Put,
    /// update
    Patch,
    /// delete
    Delete,
    /// ask what is possible
    Options,
    /// echo
    Trace,
    /// tunnel
    Connect,
}

impl Method {
    /// Every method, in the order `Allow` lists them.
    pub const ALL: [Self; 10] = [
        Self::Get,
        Self::Head,
        Self::Query,
        Self::Post,
        Self::Put,
        Self::Patch,
        Self::Delete,
        Self::Options,
        Self::Trace,
        Self::Connect,
    ];

    /// Reads a method; names are case-sensitive (RFC 9110 §9.1).
    pub fn read(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name)
    }

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Query => "QUERY",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
            Self::Options => "OPTIONS",
            Self::Trace => "TRACE",
            Self::Connect => "CONNECT",
        }
    }

    /// Whether the method promises to change nothing (RFC 9110 §9.2.1).
    pub fn is_safe(self) -> bool {
        match self {
            Self::Get | Self::Head | Self::Query | Self::Options | Self::Trace => true,
            Self::Post | Self::Put | Self::Patch | Self::Delete | Self::Connect => false,
        }
    }
}

impl Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::Method;

    #[test]
    fn methods_are_read_by_their_exact_names() {
        for method in Method::ALL {
            assert_eq!(Method::read(method.name()), Some(method));
            assert_eq!(Method::read(&method.name().to_lowercase()), None);
        }
        for other in ["", " GET", "GET ", "PROPFIND", "GETS", "G\0ET", "ＧＥＴ"] {
            assert_eq!(Method::read(other), None, "{other:?}");
        }
    }

    #[test]
    fn methods_that_change_something_are_not_safe() {
        let safe: Vec<_> = Method::ALL
            .into_iter()
            .filter(|method| method.is_safe())
            .collect();
        assert_eq!(
            safe,
            [
                Method::Get,
                Method::Head,
                Method::Query,
                Method::Options,
                Method::Trace
            ]
        );
    }
}
