//! JSON indented and coloured as it streams.
//!
//! Nothing is read into values and written again: numbers, members that occur twice, escapes and their order are what was sent.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::{mem, str};

use crate::colour::{END, Style};
use crate::escape::{self, Escaper};

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
            escaper: Escaper::default(),
            out: Vec::new(),
            is_within_line: false,
        }
    }

    /// The next piece of the body.
    pub fn write(&mut self, chunk: &[u8], out: &mut impl Write) -> io::Result<()> {
        let mut rest = chunk;
        while let Some((&octet, behind)) = rest.split_first() {
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
        let kept = self.escaper.finish();
        self.out.extend_from_slice(kept.as_bytes());
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
                if escape::printable(text) == text {
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
        let safe = self.escaper.push(&[octet]);
        self.out.extend_from_slice(safe.as_bytes());
        if self.layout == Layout::Lines && octet == b'\n' {
            self.around.clear();
            self.state = State::Top;
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use proptest::prelude::*;
    use serde_json::Value;

    use super::{Json, Layout};

    fn shown(body: &[u8], size: usize, layout: Layout, is_coloured: bool) -> String {
        let mut json = Json::new(layout, is_coloured);
        let mut out = Vec::new();
        for chunk in body.chunks(size) {
            json.write(chunk, &mut out).expect("memory");
        }
        json.finish(&mut out).expect("memory");
        String::from_utf8(out).expect("what is shown is UTF-8")
    }

    #[expect(
        clippy::needless_pass_by_value,
        reason = "so that the table stays readable"
    )]
    fn check(layout: Layout, body: &[u8], expected: Expect) {
        let found = shown(body, usize::MAX, layout, false);
        expected.assert_eq(&found);
    }

    #[test]
    fn json_is_indented_and_otherwise_as_it_was_sent() {
        check(
            Layout::Indented,
            br#"{"a":[1.50,-0,1e400,{"b":{}, "c" : [ ]}],"a":"\u00e9\/\"","d":null}"#,
            expect![[r#"
                {
                  "a": [
                    1.50,
                    -0,
                    1e400,
                    {
                      "b": {},
                      "c": []
                    }
                  ],
                  "a": "\u00e9\/\"",
                  "d": null
                }
            "#]],
        );
        check(
            Layout::Indented,
            b" 1 true\n\"x\"[]",
            expect![[r#"
            1
            true
            "x"
            []
        "#]],
        );
        check(Layout::Indented, b"", expect![""]);
    }

    #[test]
    fn what_is_no_json_is_passed_on() {
        check(
            Layout::Indented,
            b"{\"a\":1, oops \x1b[1m}\n",
            expect![[r#"
                {
                  "a": 1,
                  oops \u{1b}[1m}
            "#]],
        );
    }

    #[test]
    fn a_text_does_not_steer_the_terminal() {
        check(
            Layout::Indented,
            "[\"\u{1b}[2J\u{202e}\u{9b}\u{e0001}한\"]".as_bytes(),
            expect![[r#"
            [
              "\u001b[2J\u202e\u009b\udb40\udc01한"
            ]
        "#]],
        );
        check(
            Layout::Indented,
            b"\"\xff\xea\xb0\" \xff",
            expect![[r#"
            "\xff\xea\xb0"\xff
        "#]],
        );
    }

    #[test]
    fn a_broken_line_does_not_spoil_the_next() {
        check(
            Layout::Lines,
            b"{\"a\": 1}\r\nnope {\n[1,2]\n\"x\n{}",
            expect![[r#"
            {"a": 1}
            nope {
            [1,2]
            "x
            {}
        "#]],
        );
    }

    #[test]
    fn colours_end_where_they_began() {
        let found = shown(b"{\"a\":[1,\"x\",null]}", 3, Layout::Lines, true);
        expect![[r#"
            {[34;1m"a"[0m:[[36m1[0m,[32m"x"[0m,[35mnull[0m]}
        "#]]
        .assert_eq(&found);
        for body in ["\"unfinished", "12", "tru", "trust", "[1x"] {
            let found = shown(body.as_bytes(), usize::MAX, Layout::Indented, true);
            assert_eq!(found.matches("\u{1b}[0m").count(), 1, "{found:?}");
        }
    }

    #[test]
    fn depth_costs_nothing() {
        let body = "[".repeat(100_000);
        let found = shown(body.as_bytes(), 4096, Layout::Indented, false);
        assert!(found.len() < 10_000 * 70 + 100_000, "{}", found.len());
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
            "[\u{0}-\u{20}\u{7f}-\u{9f}\u{200b}-\u{202f}]{0,4}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map(any::<String>(), inner, 0..5)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_shown_means_the_same(value in value(), size in 1_usize..20, is_indented: bool) {
            let layout = if is_indented { Layout::Indented } else { Layout::Lines };
            let found = shown(value.to_string().as_bytes(), size, layout, false);
            prop_assert_eq!(serde_json::from_str::<Value>(&found).expect("JSON"), value);
        }

        #[test]
        fn pieces_do_not_change_what_is_shown(
            body in prop::collection::vec(prop_oneof![any::<u8>(), prop::sample::select(&b"[]{}\":,\\ \n1truefalsn"[..])], 0..60),
            size in 1_usize..10, is_indented: bool, is_coloured: bool,
        ) {
            let layout = if is_indented { Layout::Indented } else { Layout::Lines };
            let whole = shown(&body, usize::MAX, layout, is_coloured);
            prop_assert_eq!(shown(&body, size, layout, is_coloured), whole);
        }

        #[test]
        fn nothing_reaches_the_terminal_that_steers_it(body in prop::collection::vec(any::<u8>(), 0..60), is_indented: bool) {
            let layout = if is_indented { Layout::Indented } else { Layout::Lines };
            let found = shown(&body, 7, layout, false);
            let is_safe = |c: char| !c.is_control() || matches!(c, '\n' | '\t' | '\r');
            prop_assert!(found.chars().all(is_safe), "{found:?}");
            prop_assert!(!found.replace("\r\n", "").contains('\r'), "{found:?}");
        }
    }
}
