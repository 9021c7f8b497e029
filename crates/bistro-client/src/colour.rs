//! Colours for the terminal, and whether there are any.

use std::fmt;

/// What the user asks for with `--colour`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Choice {
    /// If a terminal looks and nothing speaks against it.
    #[default]
    Auto,
    /// Into a pipe, too.
    Always,
    /// Not at all.
    Never,
}

/// What the environment says of colours; `None` is a variable that is not set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Environment<'a> {
    /// `NO_COLOR`: no colours if it is not empty (no-color.org).
    pub no_color: Option<&'a str>,
    /// `CLICOLOR_FORCE`: colours into a pipe, too, unless it is empty or `0` (bixense.com/clicolors).
    pub clicolor_force: Option<&'a str>,
    /// `TERM`: `dumb` knows no colours.
    pub term: Option<&'a str>,
}

impl Choice {
    /// Whether there are colours. What was typed goes before the environment, and `NO_COLOR` before `CLICOLOR_FORCE`.
    pub fn is_coloured(self, environment: Environment<'_>, is_terminal: bool) -> bool {
        let is_set = |value: Option<&str>| value.is_some_and(|value| !value.is_empty());
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto if is_set(environment.no_color) => false,
            Self::Auto
                if environment.clicolor_force != Some("0")
                    && is_set(environment.clicolor_force) =>
            {
                true
            }
            Self::Auto => is_terminal && environment.term != Some("dumb"),
        }
    }
}

/// Who looks at what is written, and how it has to look for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Whether a terminal looks; if not, bodies are written octet for octet.
    pub is_terminal: bool,
    /// Whether there are colours.
    pub is_coloured: bool,
    /// How many columns there are; `None`: as many as are needed.
    pub width: Option<usize>,
}

impl Look {
    /// A pipe or a file: nothing is added.
    pub const PIPE: Self = Self {
        is_terminal: false,
        is_coloured: false,
        width: None,
    };

    /// The text in that style, if there are colours. It is not made safe here.
    pub fn paint(self, style: Style, text: &str) -> Painted<'_> {
        Painted {
            style: self.is_coloured.then_some(style),
            text,
        }
    }
}

/// What text is, from which its colour follows.
///
/// These are some of the sixteen colours that everyone sets for their own background, without yellow and white, which vanish on a
/// light one, and without plain blue, which does on a dark one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// A name: of a field, of a JSON member.
    Name,
    /// Text in quotes.
    Text,
    /// A number.
    Number,
    /// `true`, `false`, `null`.
    Word,
    /// A 2xx.
    Fine,
    /// A 1xx or 3xx.
    Elsewhere,
    /// A 4xx.
    Refused,
    /// A 5xx.
    Failed,
    /// What stands back.
    Faint,
    /// What stands out.
    Strong,
}

/// What ends a style.
pub(crate) const END: &str = "\u{1b}[0m";

impl Style {
    /// What begins it (ECMA-48 SGR).
    pub(crate) const fn begin(self) -> &'static str {
        match self {
            Self::Name => "\u{1b}[34;1m",
            Self::Text => "\u{1b}[32m",
            Self::Number => "\u{1b}[36m",
            Self::Word => "\u{1b}[35m",
            Self::Fine => "\u{1b}[32;1m",
            Self::Elsewhere => "\u{1b}[36;1m",
            Self::Refused => "\u{1b}[35;1m",
            Self::Failed => "\u{1b}[31;1m",
            Self::Faint => "\u{1b}[2m",
            Self::Strong => "\u{1b}[1m",
        }
    }
}

/// Text in its style, to be written.
#[derive(Clone, Copy, Debug)]
pub struct Painted<'a> {
    style: Option<Style>,
    text: &'a str,
}

impl fmt::Display for Painted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.style {
            Some(style) => write!(f, "{}{}{END}", style.begin(), self.text),
            None => f.write_str(self.text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Choice, Environment, Look, Style};

    #[test]
    fn colours_follow_what_was_typed_then_the_environment_then_the_terminal() {
        let check = |choice: Choice,
                     [no_color, force, term]: [Option<&'static str>; 3],
                     at_terminal: bool,
                     in_pipe: bool| {
            let environment = Environment {
                no_color,
                clicolor_force: force,
                term,
            };
            let found =
                [true, false].map(|is_terminal| choice.is_coloured(environment, is_terminal));
            assert_eq!(found, [at_terminal, in_pipe], "{choice:?} {environment:?}");
        };
        check(Choice::Auto, [None, None, None], true, false);
        check(Choice::Auto, [None, None, Some("dumb")], false, false);
        check(Choice::Auto, [Some("1"), None, None], false, false);
        check(Choice::Auto, [Some(""), None, None], true, false);
        check(Choice::Auto, [None, Some("1"), Some("dumb")], true, true);
        check(Choice::Auto, [None, Some("0"), None], true, false);
        check(Choice::Auto, [None, Some(""), None], true, false);
        check(Choice::Auto, [Some("1"), Some("1"), None], false, false);
        check(Choice::Always, [Some("1"), None, Some("dumb")], true, true);
        check(Choice::Never, [None, Some("1"), None], false, false);
    }

    #[test]
    fn a_style_ends_where_the_text_does() {
        let look = Look {
            is_coloured: true,
            ..Look::PIPE
        };
        assert_eq!(
            look.paint(Style::Word, "null").to_string(),
            "\u{1b}[35mnull\u{1b}[0m"
        );
        assert_eq!(Look::PIPE.paint(Style::Word, "null").to_string(), "null");
    }
}
