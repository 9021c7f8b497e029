//! The elements of JSON arrays, one by one, from a body that comes in pieces.

use std::io;

use thiserror::Error;

/// How long one element may be: it is held in memory.
const ELEMENT_OCTETS_MAX: usize = 64 * 1024 * 1024;

/// Why a body is no rows.
#[derive(Debug, Error)]
pub enum Error {
    /// Nothing of the body was used up but blanks, so that it can still be shown in another way.
    #[error(
        "the body begins with `{found}`, so it is neither a JSON array nor objects on lines: leave out what asks for rows"
    )]
    NotRows {
        /// Its first character.
        found: char,
    },
    /// What stands between two elements does not belong there.
    #[error("the array goes on with `{found}`, which is no JSON (elements before it: {elements})")]
    Unexpected {
        /// How many came before.
        elements: u64,
        /// The first character that is wrong.
        found: char,
    },
    /// An element is no JSON.
    #[error("element {element} is no JSON ({source})")]
    Broken {
        /// Which, from 1.
        element: u64,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// An element is too long to be held.
    #[error(
        "element {element} is longer than {octets_max} octets: write the body to a file with --output"
    )]
    TooLong {
        /// Which, from 1.
        element: u64,
        /// How long one may be.
        octets_max: usize,
    },
    /// An element is not an object, so that it has no columns.
    #[error("element {element} is no object and has no columns: use --ndjson")]
    NotObject {
        /// Which, from 1.
        element: u64,
    },
    /// A member that no row had when the first line was written.
    #[error("element {element} has a column `{name}` that the first {rows} have not: use --ndjson")]
    UnknownColumn {
        /// Which, from 1.
        element: u64,
        /// The member.
        name: String,
        /// From how many rows the columns were taken.
        rows: usize,
    },
    /// The body ended within an array.
    #[error("the body ends within the array and did not come whole (elements before: {elements})")]
    Unfinished {
        /// How many came whole.
        elements: u64,
    },
    /// What became of them could not be written.
    #[error("the output cannot be written ({source})")]
    Write {
        /// Why.
        source: io::Error,
    },
}

/// What may stand at the top of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Top {
    /// Arrays, one after the other.
    Arrays,
    /// Objects, too: NDJSON, or one object.
    ArraysAndObjects,
}

/// Splits arrays into their elements. It looks only for their ends: whether one is JSON is for its taker to find out.
#[derive(Debug)]
pub(crate) struct Elements {
    top: Top,
    state: State,
    element: Vec<u8>,
    /// How many containers are open within the element.
    depth: usize,
    is_in_array: bool,
    /// How many elements have been given out.
    count: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Outside of arrays.
    Top,
    /// Behind `[`.
    First,
    /// Behind `,`.
    Next,
    /// Behind an element.
    Behind,
    /// In a number or a word.
    Plain,
    Text {
        is_escaped: bool,
    },
    Container,
}

/// Takes an element: its octets, and which it is, from 1.
pub(crate) type Take<'a> = dyn FnMut(&[u8], u64) -> Result<(), Error> + 'a;

impl Elements {
    pub(crate) fn new(top: Top) -> Self {
        Self {
            top,
            state: State::Top,
            element: Vec::new(),
            depth: 0,
            is_in_array: false,
            count: 0,
        }
    }

    /// How many elements have come whole.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// The next piece of the body.
    pub(crate) fn write(&mut self, chunk: &[u8], take: &mut Take<'_>) -> Result<(), Error> {
        for octet in chunk {
            self.octet(*octet, take)?;
        }
        Ok(())
    }

    /// The end of a body; another may follow.
    pub(crate) fn finish(&mut self) -> Result<(), Error> {
        if self.state == State::Top {
            return Ok(());
        }
        let elements = self.count;
        Err(Error::Unfinished { elements })
    }

    fn octet(&mut self, octet: u8, take: &mut Take<'_>) -> Result<(), Error> {
        match self.state {
            State::Text { is_escaped } => {
                self.push(octet)?;
                let is_end = octet == b'"' && !is_escaped;
                match (is_end, self.depth) {
                    (true, 0) => self.give(take)?,
                    (true, _) => self.state = State::Container,
                    (false, _) => {
                        let is_escaped = octet == b'\\' && !is_escaped;
                        self.state = State::Text { is_escaped };
                    }
                }
            }
            State::Container => self.in_container(octet, take)?,
            State::Plain if matches!(octet, b',' | b']' | b' ' | b'\t' | b'\r' | b'\n') => {
                self.give(take)?;
                self.between(octet)?;
            }
            State::Plain => self.push(octet)?,
            State::Top | State::First | State::Next | State::Behind => self.between(octet)?,
        }
        Ok(())
    }

    fn between(&mut self, octet: u8) -> Result<(), Error> {
        match (octet, self.state) {
            (b' ' | b'\t' | b'\r' | b'\n', _) => {}
            // A byte order mark is no JSON, but often there.
            (0xef | 0xbb | 0xbf, State::Top) if self.count == 0 => {}
            (b'[', State::Top) => {
                self.is_in_array = true;
                self.state = State::First;
            }
            (b'{', State::Top) if self.top == Top::ArraysAndObjects => {
                self.is_in_array = false;
                self.begin(octet)?;
            }
            (b']', State::First | State::Behind) => self.state = State::Top,
            (b',', State::Behind) => self.state = State::Next,
            (b',' | b']' | b'}' | b':', _) | (_, State::Top | State::Behind) => {
                return Err(self.unexpected(octet));
            }
            _ => self.begin(octet)?,
        }
        Ok(())
    }

    fn unexpected(&self, octet: u8) -> Error {
        let found = char::from(octet);
        let found = if found.is_ascii_graphic() {
            found
        } else {
            char::REPLACEMENT_CHARACTER
        };
        if self.count == 0 && self.state == State::Top {
            return Error::NotRows { found };
        }
        let elements = self.count;
        Error::Unexpected { elements, found }
    }

    fn begin(&mut self, octet: u8) -> Result<(), Error> {
        self.state = match octet {
            b'"' => State::Text { is_escaped: false },
            b'{' | b'[' => {
                self.depth = 1;
                State::Container
            }
            _ => State::Plain,
        };
        self.push(octet)
    }

    fn in_container(&mut self, octet: u8, take: &mut Take<'_>) -> Result<(), Error> {
        self.push(octet)?;
        match octet {
            b'"' => self.state = State::Text { is_escaped: false },
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => {
                self.depth -= 1;
                if self.depth == 0 {
                    self.give(take)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn push(&mut self, octet: u8) -> Result<(), Error> {
        if self.element.len() >= ELEMENT_OCTETS_MAX {
            return Err(Error::TooLong {
                element: self.count + 1,
                octets_max: ELEMENT_OCTETS_MAX,
            });
        }
        self.element.push(octet);
        Ok(())
    }

    fn give(&mut self, take: &mut Take<'_>) -> Result<(), Error> {
        self.count += 1;
        self.state = if self.is_in_array {
            State::Behind
        } else {
            State::Top
        };
        let taken = take(&self.element, self.count);
        self.element.clear();
        taken
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Elements, Error, Top};

    fn split(body: &[u8], size: usize, top: Top) -> (Vec<String>, Result<(), Error>) {
        let mut elements = Elements::new(top);
        let mut found = Vec::new();
        let mut take = |element: &[u8], _: u64| {
            found.push(String::from_utf8_lossy(element).into_owned());
            Ok(())
        };
        let mut result = Ok(());
        for chunk in body.chunks(size) {
            result = result.and_then(|()| elements.write(chunk, &mut take));
        }
        let result = result.and_then(|()| elements.finish());
        (found, result)
    }

    #[test]
    fn elements_come_one_by_one() {
        let table: [(&str, &[&str]); 7] = [
            ("[]", &[]),
            (" ", &[]),
            (
                "[1 , \"],\\\"\",null,[[]],{\"a\":\"}\"}]",
                &["1", "\"],\\\"\"", "null", "[[]]", "{\"a\":\"}\"}"],
            ),
            ("{\"a\":1}\n{\"b\":2}", &["{\"a\":1}", "{\"b\":2}"]),
            ("[1][2]\n[]", &["1", "2"]),
            ("\u{feff}[1]", &["1"]),
            ("[{\"a\" :\n1}\n]\n", &["{\"a\" :\n1}"]),
        ];
        for (body, expected) in table {
            for size in 1..=body.len() {
                let (found, result) = split(body.as_bytes(), size, Top::ArraysAndObjects);
                assert_eq!(found, expected, "{body}");
                assert!(result.is_ok(), "{body}: {result:?}");
            }
        }
    }

    #[test]
    fn what_is_no_array_is_told() {
        let table = [
            (
                "<html>",
                "the body begins with `<`, so it is neither a JSON array nor objects on lines: leave out what asks for rows",
            ),
            (
                "\"x\"",
                "the body begins with `\"`, so it is neither a JSON array nor objects on lines: leave out what asks for rows",
            ),
            (
                "{}",
                "the body begins with `{`, so it is neither a JSON array nor objects on lines: leave out what asks for rows",
            ),
            (
                "[1 2]",
                "the array goes on with `2`, which is no JSON (elements before it: 1)",
            ),
            (
                "[1,]",
                "the array goes on with `]`, which is no JSON (elements before it: 1)",
            ),
            (
                "[,",
                "the array goes on with `,`, which is no JSON (elements before it: 0)",
            ),
            (
                "[1] x",
                "the array goes on with `x`, which is no JSON (elements before it: 1)",
            ),
            (
                "[1,2",
                "the body ends within the array and did not come whole (elements before: 1)",
            ),
            (
                "[1,\"",
                "the body ends within the array and did not come whole (elements before: 1)",
            ),
            (
                "[",
                "the body ends within the array and did not come whole (elements before: 0)",
            ),
        ];
        for (body, expected) in table {
            let (_, result) = split(body.as_bytes(), 3, Top::Arrays);
            assert_eq!(
                result.map_err(|error| error.to_string()),
                Err(expected.to_owned()),
                "{body}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_array_is_its_elements(numbers in prop::collection::vec(any::<(i32, String)>(), 0..6), size in 1_usize..9) {
            let body = serde_json::to_string(&numbers).expect("JSON");
            let (found, result) = split(body.as_bytes(), size, Top::Arrays);
            prop_assert!(result.is_ok());
            let expected: Vec<String> = numbers.iter().map(|pair| serde_json::to_string(pair).expect("JSON")).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
