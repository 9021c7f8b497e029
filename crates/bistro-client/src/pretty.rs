//! JSON indented and coloured as it streams.
//!
//! Nothing is read into values and written again: numbers, members that occur twice, escapes and their order are what was sent.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::{mem, str};

use crate::colour::{END, Style};
use crate::escape::{self, Escaper, Keep};

/// How deep containers may lie in each other; what is deeper is passed on as it is.
const DEPTH_MAX: usize = 10_000;
/// From this depth on, lines are indented no further: each line of a hostile body would be longer than the one before.
const INDENTED_MAX: usize = 32;

/// How values are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Each member on its own line.
    Indented,
    /// As they came: NDJSON, a value a line. A broken line does not spoil the next.
    Lines,
}

/// A body of JSON on its way to a terminal, in constant memory.
///
/// Characters in texts that would steer the terminal become JSON's own escapes, so that the value stays the same. From the point
/// where the body is no JSON it is passed on as it is, with such characters escaped.
#[derive(Debug)]
pub struct Json {
    layout: Layout,
    is_coloured: bool,
    state: State,
    /// The containers around here: whether each is an object.
    around: Vec<bool>,
    /// The beginning of a character in a text.
    character: Vec<u8>,
    escaper: Escaper,
    out: Vec<u8>,
    /// Whether anything was written, and was not the end of a line.
    is_within_line: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Between values that stand in nothing.
    Top,
    /// Behind `[` or `{`: a value, a name, or the end.
    First,
    /// Behind `:`, or `,` in an array.
    Value,
    /// Behind `,` in an object.
    Name,
    /// Behind a name.
    Colon,
    /// Behind a value in a container.
    After,
    Text {
        is_name: bool,
        is_escaped: bool,
    },
    Number,
    /// What is left of `true`, `false` or `null`.
    Word(&'static [u8]),
    /// This is no JSON.
    Broken,
}

impl Json {
    /// A body whose first octet is still to come.
    pub fn new(layout: Layout, is_coloured: bool) -> Self {
        Self {
            layout,
            is_coloured,
            state: State::Top,
            around: Vec::new(),
            character: Vec::new(),
            escaper: Escaper::new(Keep::Lines),
            out: Vec::new(),
            is_within_line: false,
        }
    }

    /// The next piece of the body.
    pub fn write(&mut self, chunk: &[u8], out: &mut impl Write) -> io::Result<()> {
        let mut rest = chunk;
        while let Some((&octet, behind)) = rest.split_first() {
            if self.state == State::Broken && self.layout == Layout::Indented {
                self.escape(rest);
                break;
            }
            let plain = self.plain(rest);
            if let Some((run, behind)) = rest.split_at_checked(plain)
                && plain > 0
            {
                self.out.extend_from_slice(run);
                rest = behind;
                continue;
            }
            self.octet(octet);
            rest = behind;
        }
        self.flush(out)
    }

    /// The end of the body, and of the line.
    pub fn finish(&mut self, out: &mut impl Write) -> io::Result<()> {
        self.escape_character();
        self.end_style();
        self.end_escapes();
        self.flush(out)?;
        if mem::take(&mut self.is_within_line) {
            out.write_all(b"\n")?;
        }
        out.flush()
    }

    fn flush(&mut self, out: &mut impl Write) -> io::Result<()> {
        if let Some(last) = self.out.last() {
            self.is_within_line = *last != b'\n';
        }
        out.write_all(&self.out)?;
        self.out.clear();
        Ok(())
    }

    /// How many octets from here are of a text, and need no look.
    fn plain(&self, rest: &[u8]) -> usize {
        let is_in_text = matches!(
            self.state,
            State::Text {
                is_escaped: false,
                ..
            }
        );
        if !is_in_text || !self.character.is_empty() {
            return 0;
        }
        let is_plain = |octet: &u8| matches!(octet, b' '..=b'~') && !matches!(octet, b'"' | b'\\');
        rest.iter()
            .position(|octet| !is_plain(octet))
            .unwrap_or(rest.len())
    }

    fn octet(&mut self, octet: u8) {
        match self.state {
            State::Text {
                is_name,
                is_escaped,
            } => self.in_text(octet, is_name, is_escaped),
            State::Number if matches!(octet, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E') => {
                self.out.push(octet);
            }
            State::Number => {
                self.end_value();
                self.octet(octet);
            }
            State::Word(left) => match left.split_first() {
                Some((first, left)) if *first == octet => {
                    self.out.push(octet);
                    self.state = State::Word(left);
                    if left.is_empty() {
                        self.end_value();
                    }
                }
                _ => self.give_up(octet),
            },
            State::Broken => self.broken(octet),
            State::Top
            | State::First
            | State::Value
            | State::Name
            | State::Colon
            | State::After => self.between(octet),
        }
    }

    /// An octet between values.
    fn between(&mut self, octet: u8) {
        let is_object = self.around.last().copied().unwrap_or_default();
        match (octet, self.state) {
            (b' ' | b'\t' | b'\r' | b'\n', _) => {
                // A CR alone would let the terminal write over the line.
                if self.layout == Layout::Lines && octet != b'\r' {
                    self.out.push(octet);
                }
            }
            (b'}', State::First | State::After) if is_object => self.close(octet),
            (b']', State::First | State::After) if !is_object => self.close(octet),
            (b',', State::After) => {
                self.out.push(octet);
                self.state = if is_object { State::Name } else { State::Value };
                self.indent();
            }
            (b':', State::Colon) => {
                self.out.push(octet);
                if self.layout == Layout::Indented {
                    self.out.push(b' ');
                }
                self.state = State::Value;
            }
            (b'"', State::First | State::Name) if is_object => {
                if self.state == State::First {
                    self.indent();
                }
                self.begin(Style::Name, octet);
                self.state = State::Text {
                    is_name: true,
                    is_escaped: false,
                };
            }
            (_, State::Top | State::Value) => self.value(octet),
            (_, State::First) if !is_object => self.value(octet),
            _ => self.give_up(octet),
        }
    }

    /// The first octet of a value.
    fn value(&mut self, octet: u8) {
        let (style, state) = match octet {
            b'"' => (
                Style::Text,
                State::Text {
                    is_name: false,
                    is_escaped: false,
                },
            ),
            b'-' | b'0'..=b'9' => (Style::Number, State::Number),
            b't' => (Style::Word, State::Word(b"rue")),
            b'f' => (Style::Word, State::Word(b"alse")),
            b'n' => (Style::Word, State::Word(b"ull")),
            b'{' | b'[' if self.around.len() < DEPTH_MAX => {
                self.separate();
                self.out.push(octet);
                self.around.push(octet == b'{');
                self.state = State::First;
                return;
            }
            _ => return self.give_up(octet),
        };
        self.separate();
        self.begin(style, octet);
        self.state = state;
    }

    /// Puts a value on a line of its own, if it is the first of its array or follows another that stands in nothing.
    fn separate(&mut self) {
        match self.state {
            State::First => self.indent(),
            State::Top if self.is_within_line() => self.indent(),
            _ => {}
        }
    }

    fn is_within_line(&self) -> bool {
        self.out
            .last()
            .map_or(self.is_within_line, |last| *last != b'\n')
    }

    fn close(&mut self, octet: u8) {
        let is_empty = self.state == State::First;
        self.around.pop();
        if !is_empty {
            self.indent();
        }
        self.out.push(octet);
        self.state = if self.around.is_empty() {
            State::Top
        } else {
            State::After
        };
    }

    fn in_text(&mut self, octet: u8, is_name: bool, is_escaped: bool) {
        if !self.character.is_empty() || !octet.is_ascii() {
            return self.in_character(octet, is_name);
        }
        let mut is_escape = false;
        match octet {
            _ if octet.is_ascii_control() => {
                if octet == b'\n' && self.layout == Layout::Lines {
                    return self.give_up(octet);
                }
                // Behind a backslash the escape would lose its own, so that octet is shown as it would be outside of JSON.
                if is_escaped {
                    self.out.extend_from_slice(b"u{");
                    self.push_text(format_args!("{octet:x}}}"));
                } else {
                    self.push_text(format_args!("\\u{octet:04x}"));
                }
            }
            b'"' if !is_escaped => {
                self.out.push(octet);
                return if is_name {
                    self.end_style();
                    self.state = State::Colon;
                } else {
                    self.end_value();
                };
            }
            _ => {
                is_escape = octet == b'\\' && !is_escaped;
                self.out.push(octet);
            }
        }
        self.state = State::Text {
            is_name,
            is_escaped: is_escape,
        };
    }

    /// An octet of a character that has several.
    fn in_character(&mut self, octet: u8, is_name: bool) {
        self.state = State::Text {
            is_name,
            is_escaped: false,
        };
        self.character.push(octet);
        match str::from_utf8(&self.character) {
            Ok(text) => {
                if escape::is_safe(text, Keep::Nothing) {
                    self.out.extend_from_slice(text.as_bytes());
                } else {
                    let units: Vec<u16> = text.encode_utf16().collect();
                    for unit in units {
                        self.push_text(format_args!("\\u{unit:04x}"));
                    }
                }
                self.character.clear();
            }
            Err(error) if error.error_len().is_none() => {}
            Err(_) => {
                // Only the last octet can have spoilt it, and may itself begin something.
                self.character.pop();
                let is_alone = self.character.is_empty();
                self.escape_character();
                if is_alone {
                    self.push_text(format_args!("\\x{octet:02x}"));
                } else {
                    self.octet(octet);
                }
            }
        }
    }

    fn escape_character(&mut self) {
        for octet in mem::take(&mut self.character) {
            self.push_text(format_args!("\\x{octet:02x}"));
        }
    }

    fn push_text(&mut self, text: std::fmt::Arguments<'_>) {
        let mut written = String::new();
        let _ = written.write_fmt(text);
        self.out.extend_from_slice(written.as_bytes());
    }

    fn begin(&mut self, style: Style, octet: u8) {
        if self.is_coloured {
            self.out.extend_from_slice(style.begin().as_bytes());
        }
        self.out.push(octet);
    }

    /// Ends the style, if one has begun.
    fn end_style(&mut self) {
        if self.is_coloured
            && matches!(
                self.state,
                State::Text { .. } | State::Number | State::Word(_)
            )
        {
            self.out.extend_from_slice(END.as_bytes());
        }
    }

    fn end_value(&mut self) {
        self.end_style();
        self.state = if self.around.is_empty() {
            State::Top
        } else {
            State::After
        };
    }

    fn indent(&mut self) {
        if self.layout == Layout::Indented {
            self.out.push(b'\n');
            let depth = self.around.len().min(INDENTED_MAX);
            self.out.resize(self.out.len() + 2 * depth, b' ');
        }
    }

    /// From here on this is no JSON.
    fn give_up(&mut self, octet: u8) {
        self.escape_character();
        self.end_style();
        self.state = State::Broken;
        self.broken(octet);
    }

    fn broken(&mut self, octet: u8) {
        self.escape(&[octet]);
        if self.layout == Layout::Lines && octet == b'\n' {
            self.end_escapes();
            self.around.clear();
            self.state = State::Top;
        }
    }

    fn escape(&mut self, octets: &[u8]) {
        let mut safe = String::new();
        self.escaper.write(octets, &mut safe);
        self.out.extend_from_slice(safe.as_bytes());
    }

    fn end_escapes(&mut self) {
        let mut safe = String::new();
        mem::replace(&mut self.escaper, Escaper::new(Keep::Lines)).finish(&mut safe);
        self.out.extend_from_slice(safe.as_bytes());
    }
}

#[cfg(test)]
mod tests;
