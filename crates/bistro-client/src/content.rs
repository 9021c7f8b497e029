//! A body as a terminal can bear it; a pipe gets exactly its octets.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use encoding_rs::{Decoder, Encoding, UTF_8};

use crate::body::{Body, Piece};
use crate::colour::{Look, Style};
use crate::escape::{self, Escaper, Keep};
use crate::pretty::{Json, Layout};

/// How long a file may be that is shown as a part of a request.
const FILE_OCTETS_MAX: u64 = 64 * 1024;

/// A body on its way to whoever looks, in constant memory.
#[derive(Debug)]
pub struct Content {
    look: Look,
    kind: Kind,
    manner: Option<Manner>,
    /// What the head says of the length.
    octets: Option<u64>,
    /// How many have come.
    octets_seen: u64,
    is_within_line: bool,
}

/// What the media type promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Json(Layout),
    Text,
    /// In another encoding than UTF-8.
    Coded(&'static Encoding),
    Binary,
    /// The octets have to tell.
    Unknown,
}

/// How it is written.
#[derive(Debug)]
enum Manner {
    Exact,
    Json(Box<Json>),
    Text(Escaper),
    Coded(Box<Decoder>, Escaper),
    Binary,
}

impl Content {
    /// A body with this `Content-Type` and, if it is known, length.
    ///
    /// It is formatted if a terminal looks, or if there are colours (`--colour always`, for a pager).
    pub fn new(content_type: Option<&str>, octets: Option<u64>, look: Look) -> Self {
        let is_exact = !look.is_terminal && !look.is_coloured;
        Self {
            look,
            kind: content_type.map_or(Kind::Unknown, Kind::read),
            manner: is_exact.then_some(Manner::Exact),
            octets,
            octets_seen: 0,
            is_within_line: false,
        }
    }

    /// The next piece.
    pub fn write(&mut self, chunk: &[u8], out: &mut impl Write) -> io::Result<()> {
        if chunk.is_empty() {
            return Ok(());
        }
        let mut shown = chunk;
        if self.manner.is_none() {
            self.manner = Some(self.kind.manner(chunk, self.look));
            // A byte order mark is not part of the text (RFC 8259 §8.1).
            shown = chunk.strip_prefix(b"\xef\xbb\xbf").unwrap_or(chunk);
        }
        self.octets_seen = self.octets_seen.saturating_add(chunk.len() as u64);
        let safe = match &mut self.manner {
            Some(Manner::Exact) => return out.write_all(chunk),
            Some(Manner::Json(json)) => return json.write(shown, out),
            Some(Manner::Text(escaper)) => escaped(escaper, shown),
            Some(Manner::Coded(decoder, escaper)) => {
                let text = decoded(decoder, chunk, false);
                escaped(escaper, text.as_bytes())
            }
            Some(Manner::Binary) | None => return Ok(()),
        };
        self.text(&safe, out)
    }

    /// The end: of the line, too, if a terminal looks.
    pub fn finish(mut self, out: &mut impl Write) -> io::Result<()> {
        let mut kept = String::new();
        match self.manner.take() {
            Some(Manner::Json(mut json)) => return json.finish(out),
            Some(Manner::Text(escaper)) => escaper.finish(&mut kept),
            Some(Manner::Coded(mut decoder, mut escaper)) => {
                escaper.write(decoded(&mut decoder, &[], true).as_bytes(), &mut kept);
                escaper.finish(&mut kept);
            }
            Some(Manner::Binary) => {
                let octets = self.octets.unwrap_or(self.octets_seen);
                let text = format!("binary, {octets} bytes; use --output FILE");
                return note(&text, self.look, out);
            }
            Some(Manner::Exact) | None => return out.flush(),
        }
        self.text(&kept, out)?;
        if self.is_within_line {
            out.write_all(b"\n")?;
        }
        out.flush()
    }

    /// Whether the rest makes no difference to what is shown: it is binary, and how long it is was said before.
    pub fn is_settled(&self) -> bool {
        matches!(self.manner, Some(Manner::Binary)) && self.octets.is_some()
    }

    fn text(&mut self, safe: &str, out: &mut impl Write) -> io::Result<()> {
        if let Some(last) = safe.as_bytes().last() {
            self.is_within_line = *last != b'\n';
        }
        out.write_all(safe.as_bytes())
    }
}

impl Kind {
    fn read(content_type: &str) -> Self {
        let (essence, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
        let essence = essence.trim().to_ascii_lowercase();
        let (family, name) = essence.split_once('/').unwrap_or((&essence, ""));
        let charset = parameters
            .split(';')
            .filter_map(|parameter| parameter.split_once('='))
            .find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))
            .map(|(_, charset)| charset.trim().trim_matches('"').to_ascii_lowercase());
        let encoding = charset
            .and_then(|charset| Encoding::for_label(charset.as_bytes()))
            .filter(|encoding| *encoding != UTF_8);
        let is_xml = name == "xml" || name.ends_with("+xml");
        match (family, name) {
            (_, "x-ndjson" | "ndjson" | "jsonl" | "x-jsonl" | "jsonlines") => {
                Self::Json(Layout::Lines)
            }
            (_, "json") => Self::Json(Layout::Indented),
            _ if name.ends_with("+json") => Self::Json(Layout::Indented),
            _ if family == "text" || is_xml => encoding.map_or(Self::Text, Self::Coded),
            (
                "application",
                "javascript" | "x-www-form-urlencoded" | "yaml" | "toml" | "sql" | "graphql",
            ) => Self::Text,
            ("image" | "audio" | "video" | "font", _) => Self::Binary,
            ("application", "zip" | "gzip" | "pdf" | "wasm" | "x-tar") => Self::Binary,
            _ => Self::Unknown,
        }
    }

    /// How a body that begins so is written. NUL is in no text that a terminal can show: that is UTF-16, or no text.
    fn manner(self, first: &[u8], look: Look) -> Manner {
        let is_text = !first.contains(&0);
        match self {
            Self::Json(layout) if is_text => {
                Manner::Json(Box::new(Json::new(layout, look.is_coloured)))
            }
            Self::Text if is_text => Manner::Text(Escaper::new(Keep::Lines)),
            Self::Coded(encoding) if is_text || !encoding.is_ascii_compatible() => {
                let decoder = Box::new(encoding.new_decoder());
                Manner::Coded(decoder, Escaper::new(Keep::Lines))
            }
            Self::Unknown if is_text && is_utf8_so_far(first) => {
                Manner::Text(Escaper::new(Keep::Lines))
            }
            Self::Json(_) | Self::Text | Self::Coded(_) | Self::Unknown | Self::Binary => {
                Manner::Binary
            }
        }
    }
}

/// Whether this is UTF-8, but for a character at its end that may still become whole.
fn is_utf8_so_far(octets: &[u8]) -> bool {
    str::from_utf8(octets).map_or_else(|error| error.error_len().is_none(), |_| true)
}

/// Shows what a request carries, which has this `Content-Type`.
///
/// A pipe gets its octets. For a terminal, files that are long or no text are named instead; so is standard input, which is read
/// only once. Errors are the writer's, and for a pipe also those of reading files.
pub fn of_request(
    body: &Body,
    content_type: Option<&str>,
    look: Look,
    out: &mut impl Write,
) -> io::Result<()> {
    let pieces = match body {
        Body::Pieces(pieces) => pieces,
        Body::Stream(_) => return note("from standard input, not shown", look, out),
    };
    // Pieces of several are parts of one form: text around files.
    let content_type = if pieces.len() == 1 {
        content_type
    } else {
        Some("text/plain")
    };
    let mut content = Content::new(content_type, body.octets(), look);
    for piece in pieces {
        match piece {
            Piece::Bytes(octets) => content.write(octets, out)?,
            Piece::File { path, .. } if matches!(content.manner, Some(Manner::Exact)) => {
                io::copy(&mut File::open(path)?, out)?;
            }
            Piece::File { path, octets } => match short_text(path, *octets) {
                Some(text) => content.write(text.as_bytes(), out)?,
                None => {
                    let name = path.to_string_lossy();
                    note(
                        &format!(
                            "file {}, {octets} bytes",
                            escape::text(&name, Keep::Nothing)
                        ),
                        look,
                        out,
                    )?;
                    content.is_within_line = false;
                }
            },
        }
    }
    content.finish(out)
}

/// What is in a file, if that is worth showing. One that cannot be read is a matter of sending, where the error is told.
fn short_text(path: &Path, octets: u64) -> Option<String> {
    let is_short = octets <= FILE_OCTETS_MAX && fs::metadata(path).ok()?.is_file();
    let text = is_short.then(|| fs::read_to_string(path).ok())??;
    (!text.contains('\0')).then_some(text)
}

/// The next piece of text, as its encoding has it; what is no text in it becomes U+FFFD.
fn decoded(decoder: &mut Decoder, octets: &[u8], is_last: bool) -> String {
    let room = decoder.max_utf8_buffer_length(octets.len());
    let mut text = String::with_capacity(room.unwrap_or_default());
    let (_, _, _) = decoder.decode_to_string(octets, &mut text, is_last);
    text
}

fn escaped(escaper: &mut Escaper, octets: &[u8]) -> String {
    let mut safe = String::new();
    escaper.write(octets, &mut safe);
    safe
}

fn note(text: &str, look: Look, out: &mut impl Write) -> io::Result<()> {
    let text = format!("[{text}]");
    writeln!(out, "{}", look.paint(Style::Faint, &text))?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use std::io;

    use proptest::prelude::*;
    use tempfile::TempDir;

    use super::{Content, of_request};
    use crate::body::{Body, Piece};
    use crate::colour::Look;

    const TERMINAL: Look = Look {
        is_terminal: true,
        is_coloured: false,
        width: Some(80),
    };

    fn shown(content_type: Option<&str>, body: &[u8], look: Look) -> Vec<u8> {
        let mut content = Content::new(content_type, None, look);
        let mut out = Vec::new();
        for chunk in body.chunks(5) {
            content.write(chunk, &mut out).expect("memory");
        }
        content.finish(&mut out).expect("memory");
        out
    }

    #[test]
    fn a_terminal_gets_what_it_can_bear() {
        let note = "[binary, 6 bytes; use --output FILE]\n";
        let table: [(Option<&str>, &[u8], &str); 16] = [
            (Some("application/json"), b"[1]", "[\n  1\n]\n"),
            (
                Some("application/problem+json; charset=utf-8"),
                b"{}",
                "{}\n",
            ),
            (Some("application/json"), b"\xef\xbb\xbf{}", "{}\n"),
            (
                Some("application/x-ndjson"),
                b"{\"a\":1}\n{}\n",
                "{\"a\":1}\n{}\n",
            ),
            (Some("text/plain"), b"a\x1b[2J", "a\\u{1b}[2J\n"),
            (
                Some("text/html; charset=ISO-8859-1"),
                b"caf\xe9\n",
                "café\n",
            ),
            (Some("text/plain"), b"caf\xe9\n", "caf\\xe9\n"),
            (Some("text/plain; charset=euc-kr"), b"\xb0\xa1", "가\n"),
            (Some("image/png"), b"\x89PNG\r\n", note),
            (Some("image/svg+xml"), b"<svg/>", "<svg/>\n"),
            (Some("text/plain"), b"a\0b\0c\0", note),
            (
                Some("application/octet-stream"),
                b"\xff\xd8\xff\xe0ab",
                note,
            ),
            (Some("application/octet-stream"), b"text", "text\n"),
            (None, "가나".as_bytes(), "가나\n"),
            (None, b"", ""),
            (Some("nonsense"), b"ok\n", "ok\n"),
        ];
        for (content_type, body, expected) in table {
            let found = shown(content_type, body, TERMINAL);
            assert_eq!(
                String::from_utf8_lossy(&found),
                expected,
                "{content_type:?}"
            );
        }
    }

    #[test]
    fn a_terminal_sees_text_of_any_encoding() {
        let table: [(&str, &[u8], &str); 5] = [
            (
                "text/plain; charset=euc-kr",
                b"\xb3\xad \xbe\xcb\xbe\xc6\xbf\xe4",
                "난 알아요",
            ),
            (
                "text/html; charset=\"Shift_JIS\"",
                b"\x8a\xbf\x8e\x9a",
                "漢字",
            ),
            ("application/xml; charset=iso-8859-1", b"caf\xe9", "café"),
            ("text/plain; charset=utf-16le", b"a\0\x1b\0", "a\\u{1b}"),
            ("text/plain; charset=klingon", b"a\xe9", "a\\xe9"),
        ];
        for (content_type, body, expected) in table {
            let found =
                String::from_utf8(shown(Some(content_type), body, TERMINAL)).expect("UTF-8");
            assert_eq!(found.trim_end(), expected, "{content_type}");
        }
    }

    proptest! {
        #[test]
        fn no_body_steers_the_terminal(body: Vec<u8>, kind in 0_usize..5) {
            let types = [None, Some("text/plain"), Some("text/html; charset=latin1"), Some("application/json"), Some("x/ndjson")];
            let found = String::from_utf8(shown(types[kind], &body, TERMINAL)).expect("UTF-8");
            let is_safe = |c: char| !c.is_control() || matches!(c, '\n' | '\t');
            prop_assert!(found.replace("\r\n", "\n").chars().all(is_safe), "{found:?}");
        }
    }

    #[test]
    fn a_pipe_gets_the_octets() {
        for content_type in [None, Some("application/json"), Some("image/png")] {
            let body = b"[1 ,\x1b\xff\0 nope";
            assert_eq!(shown(content_type, body, Look::PIPE), body);
        }
    }

    #[test]
    fn nobody_waits_for_the_rest_of_what_is_not_shown() {
        let settled = |content_type, octets| {
            let mut content = Content::new(Some(content_type), octets, TERMINAL);
            content.write(b"x", &mut io::sink()).expect("memory");
            content.is_settled()
        };
        assert!(settled("image/png", Some(1 << 30)));
        assert!(!settled("image/png", None));
        assert!(!settled("text/plain", Some(1 << 30)));
    }

    #[test]
    fn a_request_shows_its_pieces_and_names_its_files() {
        let folder = TempDir::new().expect("a folder");
        let file = |name: &str, content: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, content).expect("a file");
            Piece::File {
                path,
                octets: content.len() as u64,
            }
        };
        let body = Body::Pieces(vec![
            Piece::Bytes("--x\r\n".into()),
            file("a.txt", b"text\n"),
            Piece::Bytes("--x\r\n".into()),
            file("b.bin", b"\xff\0"),
            Piece::Bytes("--x--".into()),
        ]);
        let shown = |body: &Body, look| {
            let mut out = Vec::new();
            of_request(body, Some("application/json"), look, &mut out).expect("files are there");
            String::from_utf8_lossy(&out).into_owned()
        };
        let name = folder.path().join("b.bin");
        let expected = format!(
            "--x\r\ntext\n--x\r\n[file {}, 2 bytes]\n--x--\n",
            name.display()
        );
        assert_eq!(shown(&body, TERMINAL), expected);
        assert_eq!(
            shown(&body, Look::PIPE),
            "--x\r\ntext\n--x\r\n\u{fffd}\0--x--"
        );
        assert_eq!(
            shown(&Body::bytes("{\"a\":1}"), TERMINAL),
            "{\n  \"a\": 1\n}\n"
        );
        let stream = Body::Stream(Box::new(io::empty()));
        assert_eq!(
            shown(&stream, TERMINAL),
            "[from standard input, not shown]\n"
        );
    }
}
