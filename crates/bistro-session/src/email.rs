//! Addresses of electronic mail, as users sign up with them.

use std::fmt::{self, Display};

use thiserror::Error;
use unicode_normalization::UnicodeNormalization as _;

/// The longest address that mail can be sent to (RFC 5321 §4.5.3.1.3, less the brackets).
pub const EMAIL_OCTETS_MAX: usize = 254;

/// An address in the one form that is stored and compared: without space around it, ASCII letters in lower case, normalisation form C.
///
/// By the letter of RFC 5321 the part before `@` might tell cases apart. No provider does, and two accounts that differ in a
/// capital letter are one user's mistake or another's attack.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Email(String);

/// Text that is no address one could send mail to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum EmailError {
    /// There is none.
    #[error("the email address is missing")]
    Missing,
    /// It is longer than addresses can be.
    #[error("the email address has {octets} bytes, at most {EMAIL_OCTETS_MAX} are possible")]
    TooLong {
        /// Its length.
        octets: usize,
    },
    /// It is not `name@host`, or has a character that makes it more than one address.
    #[error("this is no email address: it is written `name@example.org`")]
    Form,
}

impl Email {
    /// Reads an address. Whether it exists only mail can tell, so little is asked of it: one `@` with something on either side, a
    /// host of labels, and no space, control character or mark of a list.
    pub fn read(text: &str) -> Result<Self, EmailError> {
        if text.len() > 4 * EMAIL_OCTETS_MAX {
            return Err(EmailError::TooLong { octets: text.len() });
        }
        let text: String = text.trim().nfc().collect();
        if text.is_empty() {
            return Err(EmailError::Missing);
        }
        if text.len() > EMAIL_OCTETS_MAX {
            return Err(EmailError::TooLong { octets: text.len() });
        }
        let (name, host) = text.rsplit_once('@').ok_or(EmailError::Form)?;
        let is_sound = !name.is_empty()
            && name.len() <= 64
            && name.split('.').all(|atom| !atom.is_empty())
            && name.chars().all(is_name_character)
            && host.split('.').all(is_label);
        if is_sound {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(EmailError::Form)
        }
    }

    /// The address in its one form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether a character may stand before `@`: those of RFC 5322's atoms, and of RFC 6531's.
fn is_name_character(character: char) -> bool {
    character.is_ascii_alphanumeric()
        || ".!#$%&'*+-/=?^_`{|}~".contains(character)
        || is_letter_beyond_ascii(character)
}

/// Whether the text is a label of a host's name.
fn is_label(label: &str) -> bool {
    let is_inside = |character: char| {
        character.is_ascii_alphanumeric() || character == '-' || is_letter_beyond_ascii(character)
    };
    (1..=63).contains(&label.len())
        && label.chars().all(is_inside)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

/// Letters, digits and marks of other scripts; nothing that looks like space, or like nothing.
fn is_letter_beyond_ascii(character: char) -> bool {
    !character.is_ascii() && character.is_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::{Email, EmailError};

    #[test]
    fn addresses_have_one_form() {
        let table = [
            ("ada@example.org", "ada@example.org"),
            (" Ada@Example.ORG\n", "ada@example.org"),
            ("a.b+c@localhost", "a.b+c@localhost"),
            ("o'neil@x-y.example", "o'neil@x-y.example"),
            ("이름@서울.example", "이름@서울.example"),
            ("cre\u{300}me@example.org", "cr\u{e8}me@example.org"),
        ];
        for (text, expected) in table {
            let read = Email::read(text).map(|email| email.to_string());
            assert_eq!(read.as_deref(), Ok(expected), "{text}");
            assert_eq!(
                Email::read(expected).map(|email| email.to_string()),
                read,
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let forms = [
            "ada",
            "@",
            "@example.org",
            "ada@",
            "a b@example.org",
            "a@b@c",
            "a,b@example.org",
            "<a@example.org>",
            "a@example.org, b@example.org",
            ".a@example.org",
            "a..b@example.org",
            "a@-x.org",
            "a@x-.org",
            "a@x..org",
            "a@x.org.",
            "a@[127.0.0.1]",
            "a\0@example.org",
            "a\r\nBcc: b@example.org",
            "a\u{200b}@example.org",
            "a\u{2000}@example.org",
        ];
        for text in forms {
            assert_eq!(Email::read(text), Err(EmailError::Form), "{text:?}");
        }
        assert_eq!(Email::read(" \t"), Err(EmailError::Missing));
        let long = format!("a@{}org", "x.".repeat(130));
        assert!(matches!(
            Email::read(&long),
            Err(EmailError::TooLong { octets: 265 })
        ));
        let name = format!("{}@example.org", "a".repeat(65));
        assert_eq!(Email::read(&name), Err(EmailError::Form));
    }
}
