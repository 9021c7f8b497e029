//! Entity tags, and requests that depend on them (RFC 9110 §8.8.3, §13).

use std::fmt::{self, Display, Write as _};

use crate::method::Method;

/// The name of one state of a representation.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EntityTag {
    /// Whether representations with this tag may differ in what does not matter.
    pub is_weak: bool,
    /// What stands between the quotes: visible characters, but no `"`. Others are left out when the tag is written.
    pub opaque: String,
}

/// The preconditions of a request. `None`: the field is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conditions {
    /// `If-Match`
    pub if_match: Option<Condition>,
    /// `If-None-Match`
    pub if_none_match: Option<Condition>,
}

/// What one of the two fields lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// `*`: whatever there is
    Any,
    /// any of these
    Tags(Vec<EntityTag>),
    /// The field is there and says nothing intelligible.
    Malformed,
}

/// What the preconditions decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Do as asked.
    Proceed,
    /// 304: the client has it already.
    NotModified,
    /// 412: the resource is not in the state the client wants it in.
    Failed,
}

impl EntityTag {
    /// Reads one tag: `"x"` or `W/"x"`. `W` is upper case (RFC 9110 §8.8.3).
    pub fn read(text: &str) -> Option<Self> {
        let (tag, rest) = Self::read_first(text)?;
        rest.is_empty().then_some(tag)
    }

    /// Whether both name the very same octets (RFC 9110 §8.8.3.2).
    pub fn is_strongly(&self, other: &Self) -> bool {
        !self.is_weak && !other.is_weak && self.opaque == other.opaque
    }

    /// Whether both name representations that are as good as the same.
    pub fn is_weakly(&self, other: &Self) -> bool {
        self.opaque == other.opaque
    }

    fn read_first(text: &str) -> Option<(Self, &str)> {
        let (is_weak, quoted) = match text.strip_prefix("W/") {
            Some(quoted) => (true, quoted),
            None => (false, text),
        };
        // `\` escapes nothing here, unlike in a quoted string.
        let (opaque, rest) = quoted.strip_prefix('"')?.split_once('"')?;
        let tag = Self {
            is_weak,
            opaque: opaque.to_owned(),
        };
        opaque.chars().all(is_opaque).then_some((tag, rest))
    }
}

impl Display for EntityTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_weak { "W/\"" } else { "\"" })?;
        for character in self
            .opaque
            .chars()
            .filter(|character| is_opaque(*character))
        {
            f.write_char(character)?;
        }
        f.write_char('"')
    }
}

impl Conditions {
    /// Reads both fields. Several lines of one are joined with `", "` before.
    ///
    /// One bad member spoils its field: what a client meant is then unknown, see [`Conditions::evaluate`].
    pub fn read(if_match: Option<&str>, if_none_match: Option<&str>) -> Self {
        Self {
            if_match: if_match.map(Condition::read),
            if_none_match: if_none_match.map(Condition::read),
        }
    }

    /// Whether the request sets no condition.
    pub fn is_empty(&self) -> bool {
        self.if_match.is_none() && self.if_none_match.is_none()
    }

    /// Decides in the order of RFC 9110 §13.2.2. `current`: the tag of what is there; `None`: nothing is there.
    ///
    /// Who sets a condition on a write fears to overwrite something, so a malformed field lets no write pass. A read
    /// is answered in full if `If-None-Match` is malformed; a malformed `If-Match` fails there, too. `QUERY` is a read.
    /// `OPTIONS`, `TRACE` and `CONNECT` select no representation and have no conditions (RFC 9110 §13.2.1).
    pub fn evaluate(&self, current: Option<&EntityTag>, method: Method) -> Verdict {
        let is_read = match method {
            Method::Get | Method::Head | Method::Query => true,
            Method::Post | Method::Put | Method::Patch | Method::Delete => false,
            Method::Options | Method::Trace | Method::Connect => return Verdict::Proceed,
        };
        let is_as_wanted = match &self.if_match {
            None => true,
            Some(Condition::Any) => current.is_some(),
            Some(Condition::Tags(tags)) => {
                current.is_some_and(|current| tags.iter().any(|tag| tag.is_strongly(current)))
            }
            Some(Condition::Malformed) => false,
        };
        if !is_as_wanted {
            return Verdict::Failed;
        }
        let is_unwanted = match &self.if_none_match {
            None => false,
            Some(Condition::Any) => current.is_some(),
            Some(Condition::Tags(tags)) => {
                current.is_some_and(|current| tags.iter().any(|tag| tag.is_weakly(current)))
            }
            Some(Condition::Malformed) => !is_read,
        };
        match (is_unwanted, is_read) {
            (false, _) => Verdict::Proceed,
            (true, true) => Verdict::NotModified,
            (true, false) => Verdict::Failed,
        }
    }
}

impl Condition {
    fn read(value: &str) -> Self {
        let blank = [' ', '\t', ','];
        let mut rest = value.trim_matches(blank);
        if rest == "*" {
            return Self::Any;
        }
        let mut tags = Vec::new();
        while let Some((tag, after)) = EntityTag::read_first(rest) {
            tags.push(tag);
            rest = after.trim_start_matches([' ', '\t']);
            if rest.is_empty() {
                return Self::Tags(tags);
            }
            let Some(after) = rest.strip_prefix(',') else {
                return Self::Malformed;
            };
            rest = after.trim_start_matches(blank);
        }
        Self::Malformed
    }
}

/// Whether a character may stand between the quotes (RFC 9110 §8.8.3: `etagc`).
fn is_opaque(character: char) -> bool {
    character != '"' && character != ' ' && !character.is_ascii_control()
}

#[cfg(test)]
mod tests;
