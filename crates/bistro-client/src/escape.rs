//! Text from a stranger, made safe for a terminal: what could steer it, reorder it or hide in it becomes visible.
//!
//! A character that is not shown as itself becomes `\u{1b}`, with its code in hexadecimal; an octet that is no text becomes
//! `\xff`. A backslash stays one backslash, so that ordinary text reads as it is: the result is for eyes, and not to be undone.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::mem;

/// Which control characters may pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// None: the text has to fit into one line, as a field's value or a cell of a table does.
    Nothing,
    /// Tabs and the ends of lines, LF and CR LF. A CR alone does not pass: it would let text overwrite what stands before it.
    Lines,
}

/// Makes text safe.
pub fn text(text: &str, keep: Keep) -> Cow<'_, str> {
    if is_safe(text, keep) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    escape_into(text, keep, &mut safe);
    Cow::Owned(safe)
}

/// Makes octets safe that are probably UTF-8.
pub fn octets(octets: &[u8], keep: Keep) -> String {
    let mut safe = String::with_capacity(octets.len());
    let mut escaper = Escaper::new(keep);
    escaper.write(octets, &mut safe);
    escaper.finish(&mut safe);
    safe
}

/// Whether [`text`] would leave the text as it is.
pub fn is_safe(text: &str, keep: Keep) -> bool {
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        if !passes(character, rest.peek().copied(), keep) {
            return false;
        }
    }
    true
}

/// Makes octets safe as they come: a character, or the end of a line, may be split between two pieces.
#[derive(Debug)]
pub struct Escaper {
    keep: Keep,
    /// What could not be judged yet: the beginning of a character, or a CR whose LF may follow. Never more than three octets.
    pending: Vec<u8>,
}

impl Escaper {
    /// An escaper at the beginning of a text.
    pub fn new(keep: Keep) -> Self {
        Self {
            keep,
            pending: Vec::new(),
        }
    }

    /// Appends the next piece, made safe, but for an end that only the piece after it explains.
    pub fn write(&mut self, piece: &[u8], safe: &mut String) {
        if self.pending.is_empty() {
            self.pending = self.write_whole(piece, safe);
            return;
        }
        let mut joined = mem::take(&mut self.pending);
        joined.extend_from_slice(piece);
        self.pending = self.write_whole(&joined, safe);
    }

    /// Appends what is left when no piece follows.
    pub fn finish(self, safe: &mut String) {
        // A CR at the very end is no end of a line, and half a character no character.
        match str::from_utf8(&self.pending) {
            Ok(text) => escape_into(text, self.keep, safe),
            Err(_) => escape_octets(&self.pending, safe),
        }
    }

    /// Appends all of a piece that can be judged, and gives back the rest.
    fn write_whole(&self, piece: &[u8], safe: &mut String) -> Vec<u8> {
        let (piece, end) = match piece {
            [before @ .., b'\r'] => (before, vec![b'\r']),
            _ => (piece, Vec::new()),
        };
        let mut rest = piece;
        loop {
            let error = match str::from_utf8(rest) {
                Ok(text) => {
                    escape_into(text, self.keep, safe);
                    return end;
                }
                Err(error) => error,
            };
            let (valid, after) = rest.split_at(error.valid_up_to());
            escape_into(&String::from_utf8_lossy(valid), self.keep, safe);
            match error.error_len() {
                Some(length) => {
                    let (invalid, after) = after.split_at(length);
                    escape_octets(invalid, safe);
                    rest = after;
                }
                // Cut off in the middle; a CR behind it proves that nothing will complete it.
                None if end.is_empty() => return after.to_vec(),
                None => {
                    escape_octets(after, safe);
                    return end;
                }
            }
        }
    }
}

fn escape_into(text: &str, keep: Keep, safe: &mut String) {
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        if passes(character, rest.peek().copied(), keep) {
            safe.push(character);
        } else {
            safe.extend(character.escape_unicode());
        }
    }
}

fn escape_octets(octets: &[u8], safe: &mut String) {
    for octet in octets {
        write!(safe, "\\x{octet:02x}").expect("a string takes everything");
    }
}

fn passes(character: char, next: Option<char>, keep: Keep) -> bool {
    match (character, keep) {
        ('\n' | '\t', Keep::Lines) => true,
        ('\r', Keep::Lines) => next == Some('\n'),
        _ => !character.is_control() && !is_treacherous(character),
    }
}

/// Whether a character changes what is seen without being seen itself: it reverses the order of others (Unicode Standard
/// Annex 9), has no width, or ends a line.
///
/// The joiners U+200C and U+200D pass: Persian, Hindi, and families of emoji are spelled with them.
fn is_treacherous(character: char) -> bool {
    matches!(character,
        '\u{ad}'                    // the soft hyphen
        | '\u{61c}'                 // marks, embeddings, overrides and isolates of direction
        | '\u{200e}' | '\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}'
        | '\u{180e}' | '\u{200b}'   // spaces without a width, and what joins words or mathematics without being seen
        | '\u{2060}'..='\u{2065}'
        | '\u{206a}'..='\u{206f}'
        | '\u{feff}'
        | '\u{2028}' | '\u{2029}'   // ends of lines and paragraphs
        | '\u{fff9}'..='\u{fffb}'   // annotations between lines
        | '\u{e0000}'..='\u{e007f}' // tags: ASCII that nobody sees
    )
}

#[cfg(test)]
mod tests;
