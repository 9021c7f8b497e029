//! The fields of an answer, written once: what is sent again and again is not put together again and again.

use hyper::header::{HeaderMap, HeaderName, HeaderValue};

/// Fields as HTTP/1.1 has them, each with the end of its line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lines(Vec<u8>);

impl Lines {
    /// None yet, with room for so many octets.
    pub(super) fn with_capacity(octets: usize) -> Self {
        Self(Vec::with_capacity(octets))
    }

    /// These.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let mut lines = Self::default();
        for (name, value) in headers {
            lines.add(name, value.to_str());
        }
        lines
    }

    /// Adds a field whose value is these texts, one after the other. Octets that may not stand there become `?`: nothing that a
    /// client wrote can end a field and begin another.
    pub(super) fn add<'a>(&mut self, name: &HeaderName, value: impl IntoIterator<Item = &'a str>) {
        self.0.extend_from_slice(name.as_str().as_bytes());
        self.0.extend_from_slice(b": ");
        let start = self.0.len();
        for text in value {
            self.0.extend_from_slice(text.as_bytes());
        }
        let may_stand = |octet: &u8| (b' '..=b'~').contains(octet);
        let value = self.0.get_mut(start..).unwrap_or_default();
        // Looking at all of it goes many octets at a time, and there is hardly ever anything to be changed.
        if !value.iter().fold(true, |all, octet| all & may_stand(octet)) {
            for octet in value.iter_mut().filter(|octet| !may_stand(octet)) {
                *octet = b'?';
            }
        }
        self.0.extend_from_slice(b"\r\n");
    }

    /// Adds all of these.
    pub(super) fn extend(&mut self, lines: &Self) {
        self.0.extend_from_slice(&lines.0);
    }

    /// How many octets they have.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// How many octets they take, with those that could still be added.
    pub(super) fn room(&self) -> usize {
        self.0.capacity()
    }

    /// The fields that they are.
    pub(super) fn headers(&self) -> HeaderMap {
        headers(&self.0)
    }

    /// Their octets, from that one on.
    pub(super) fn from(&self, start: usize) -> &[u8] {
        self.0.get(start..).unwrap_or_default()
    }
}

/// The fields that these lines are.
pub(super) fn headers(lines: &[u8]) -> HeaderMap {
    let lines = lines.split(|octet| *octet == b'\n');
    lines
        .filter_map(|line| {
            let line = line.strip_suffix(b"\r")?;
            let end = line.windows(2).position(|octets| octets == b": ")?;
            let name = HeaderName::from_bytes(line.get(..end)?).ok()?;
            Some((name, HeaderValue::from_bytes(line.get(end + 2..)?).ok()?))
        })
        .collect()
}
