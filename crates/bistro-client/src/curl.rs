//! The same request as a command for curl, to be pasted into a POSIX shell.
//!
//! A shell or a terminal gets nothing to interpret: words are quoted, and octets that are no text, or that nobody could see, are
//! written in octal for `printf`. A body with such octets, with files between its parts, or too long for an argument comes
//! through a pipe, so that what arrives is the same to the octet.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::slice;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, EXPECT};
use http::{HeaderName, Method};
use thiserror::Error;

use crate::body::{Body, Piece};
use crate::escape::{self, Keep};
use crate::request::Request;

/// The longest word: Linux takes 128 KiB, and quotes need room.
const WORD_OCTETS_MAX: usize = 100_000;
/// From here on curl asks before it sends (`Expect: 100-continue`), which we do not.
const EXPECT_OCTETS_MIN: u64 = 1024 * 1024;
/// What fits into a line.
const LINE_CHARACTERS_MAX: usize = 100;

/// How the request travels, in so far as curl can be told.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Whether certificates go unchecked.
    pub is_insecure: bool,
    /// The certificates that are trusted instead of the system's, in PEM.
    pub cacert: Option<PathBuf>,
    /// The certificate that the client shows, in PEM.
    pub cert: Option<PathBuf>,
    /// Its private key, in PEM.
    pub key: Option<PathBuf>,
    /// The proxy.
    pub proxy: Option<Proxy>,
    /// Addresses of names, as `--resolve` has them: `host:port:address`.
    pub resolve: Vec<String>,
    /// The version of HTTP.
    pub version: Option<Version>,
    /// Whether redirects are followed.
    pub is_following: bool,
    /// How many redirects, if they are.
    pub redirects_max: Option<u32>,
    /// How long everything may take.
    pub timeout: Option<Duration>,
    /// How long it may take until there is a connection.
    pub connect_timeout: Option<Duration>,
    /// How often it is tried again. curl does so after some more statuses than Bistro, and whatever the method is.
    pub retries: u32,
    /// Where the body goes if not to standard output.
    pub saved: Option<Saved>,
    /// Whether compressed content is asked for and decoded.
    pub is_compressed: bool,
}

/// Which proxy is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proxy {
    /// None, whatever the environment says.
    Never,
    /// That at this URL.
    At(String),
}

/// Where a body is saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Saved {
    /// In this file.
    In(PathBuf),
    /// Behind what is in this file already.
    Behind(PathBuf),
    /// In a file that the server names.
    AsNamed,
}

/// Which version of HTTP is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// HTTP/1.1
    Http1,
    /// HTTP/2, if the server agrees
    Http2,
    /// HTTP/2 without asking, over plain connections too
    Http2Prior,
}

/// Why there is no such command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Error {
    /// curl waits for the body of a response that has none.
    #[error("curl cannot send a body with `HEAD`: leave the body or `--curl` out")]
    HeadWithBody,
}

/// The command, without an end of line. A body from standard input is read there by curl as well.
///
/// `User-Agent` is curl's own unless the request has one.
pub fn command(request: &Request, options: &Options) -> Result<String, Error> {
    let mut words = vec!["curl".to_owned()];
    words.extend(method(request)?);
    words.extend(travel(request, options));
    words.extend(fields(request));
    let (before, body) = body(request.body.as_ref());
    words.extend(body);
    let url = request.url.as_str();
    if url.contains(['[', ']', '{', '}']) {
        words.push("--globoff".to_owned());
    }
    words.push(quote(url.as_bytes()));
    let line = words.join(" ");
    let is_short = before.len() + line.chars().count() <= LINE_CHARACTERS_MAX;
    let command = if is_short {
        line
    } else {
        words.join(" \\\n  ")
    };
    Ok(before + &command)
}

fn method(request: &Request) -> Result<Option<String>, Error> {
    let method = &request.method;
    Ok(match (method, request.body.is_some()) {
        (&Method::GET, false) | (&Method::POST, true) => None,
        (&Method::HEAD, false) => Some("--head".to_owned()),
        (&Method::HEAD, true) => return Err(Error::HeadWithBody),
        _ => Some(format!("-X {}", quote(method.as_str().as_bytes()))),
    })
}

/// The options of the way.
fn travel(request: &Request, options: &Options) -> Vec<String> {
    let mut words = Vec::new();
    let flags = [
        (options.is_insecure, "--insecure"),
        (options.is_following, "--location"),
        (options.is_compressed, "--compressed"),
        (options.version == Some(Version::Http1), "--http1.1"),
        (options.version == Some(Version::Http2), "--http2"),
        (
            options.version == Some(Version::Http2Prior),
            "--http2-prior-knowledge",
        ),
        (options.proxy == Some(Proxy::Never), "--noproxy '*'"),
        (request.is_asterisk, "--request-target '*'"),
    ];
    words.extend(
        flags
            .iter()
            .filter(|(is_set, _)| *is_set)
            .map(|(_, flag)| (*flag).to_owned()),
    );
    let files = [
        ("--cacert", options.cacert.as_deref()),
        ("--key", options.key.as_deref()),
        ("--unix-socket", request.socket.as_deref()),
    ];
    words.extend(
        files
            .iter()
            .filter_map(|(option, path)| Some(format!("{option} {}", quote_path((*path)?)))),
    );
    if let Some(cert) = &options.cert {
        // A colon would begin the password.
        let cert = as_argument(cert).into_os_string().into_encoded_bytes();
        let cert: Vec<u8> = cert.iter().flat_map(escape_colon).copied().collect();
        words.push(format!("--cert {}", quote(&cert)));
    }
    if let Some(Proxy::At(url)) = &options.proxy {
        words.push(format!("--proxy {}", quote(url.as_bytes())));
    }
    words.extend(
        options
            .resolve
            .iter()
            .map(|entry| format!("--resolve {}", quote(entry.as_bytes()))),
    );
    words.extend(bounds(options));
    words.extend(saved(options.saved.as_ref()));
    words
}

/// How far, how long and how often.
fn bounds(options: &Options) -> impl Iterator<Item = String> {
    let seconds = |timeout: Duration| timeout.as_secs_f64();
    let redirects = options
        .redirects_max
        .map(|count| format!("--max-redirs {count}"));
    let all = options
        .timeout
        .map(|timeout| format!("--max-time {}", seconds(timeout)));
    let connect = options
        .connect_timeout
        .map(|timeout| format!("--connect-timeout {}", seconds(timeout)));
    let retries = (options.retries > 0).then(|| format!("--retry {}", options.retries));
    [redirects, all, connect, retries].into_iter().flatten()
}

/// Where the body goes.
fn saved(saved: Option<&Saved>) -> Vec<String> {
    match saved {
        None => Vec::new(),
        Some(Saved::In(path)) => vec![format!("--output {}", quote_path(path))],
        Some(Saved::Behind(path)) => vec![
            "--continue-at -".to_owned(),
            format!("--output {}", quote_path(path)),
        ],
        Some(Saved::AsNamed) => vec!["--remote-header-name --remote-name".to_owned()],
    }
}

fn escape_colon(octet: &u8) -> &[u8] {
    if *octet == b':' {
        b"\\:"
    } else {
        slice::from_ref(octet)
    }
}

/// What is sent, and what curl would add and is not sent.
fn fields(request: &Request) -> Vec<String> {
    let mut words = Vec::new();
    for (name, value) in &request.fields {
        let word = match value.as_bytes() {
            // With a colon and nothing behind it curl leaves the field out.
            b"" => format!("{};", title(name)).into_bytes(),
            value => [format!("{}: ", title(name)).as_bytes(), value].concat(),
        };
        words.push(format!("-H {}", quote(&word)));
    }
    let octets = request.body.as_ref().map(|body| body.octets().unwrap_or(0));
    let added = [
        (ACCEPT, true),
        (CONTENT_TYPE, octets.is_some()),
        (
            EXPECT,
            octets.is_some_and(|octets| octets >= EXPECT_OCTETS_MIN),
        ),
    ];
    let added = added
        .into_iter()
        .filter(|(name, is_added)| *is_added && !request.without.contains(name))
        .map(|(name, _)| name);
    for name in request.without.iter().cloned().chain(added) {
        if !request.fields.contains_key(&name) {
            words.push(format!(
                "-H {}",
                quote(format!("{}:", title(&name)).as_bytes())
            ));
        }
    }
    words
}

/// A name as people write it: `Content-Type`.
fn title(name: &HeaderName) -> String {
    let mut is_first = true;
    let letter = |letter: char| {
        let shown = if is_first {
            letter.to_ascii_uppercase()
        } else {
            letter
        };
        is_first = letter == '-';
        shown
    };
    name.as_str().chars().map(letter).collect()
}

/// What stands before the command, and what tells curl of the body.
fn body(body: Option<&Body>) -> (String, Option<String>) {
    let pieces = match body {
        None => return (String::new(), None),
        Some(Body::Stream(_)) => return (String::new(), Some("--data-binary @-".to_owned())),
        Some(Body::Pieces(pieces)) => pieces,
    };
    match pieces.as_slice() {
        [] => (String::new(), Some("--data-raw ''".to_owned())),
        [Piece::Bytes(octets)] if let Some(text) = readable(octets) => (
            String::new(),
            Some(format!("--data-raw {}", quote(text.as_bytes()))),
        ),
        [Piece::File { path, .. }] => {
            let word = [b"@", as_argument(path).as_os_str().as_encoded_bytes()].concat();
            (
                String::new(),
                Some(format!("--data-binary {}", quote(&word))),
            )
        }
        [piece] => (
            format!("{} | ", source(piece)),
            Some("--data-binary @-".to_owned()),
        ),
        pieces => {
            let sources: Vec<String> = pieces.iter().map(source).collect();
            let before = format!("{{ {}; }} |\n", sources.join(";\n  "));
            (before, Some("--data-binary @-".to_owned()))
        }
    }
}

/// The octets as an argument that a person can read and a shell can take.
fn readable(octets: &Bytes) -> Option<&str> {
    let text = str::from_utf8(octets).ok()?;
    // What is copied from a terminal has lost its CR.
    let is_readable =
        text.len() <= WORD_OCTETS_MAX && escape::is_safe(text, Keep::Lines) && !text.contains('\r');
    is_readable.then_some(text)
}

/// A command that writes the piece.
fn source(piece: &Piece) -> String {
    match piece {
        Piece::Bytes(octets) => format!("printf '{}'", format_of(octets)),
        Piece::File { path, .. } => format!("cat {}", quote_path(path)),
    }
}

/// A path that is no option, and not standard input.
fn as_argument(path: &Path) -> PathBuf {
    if path.as_os_str().as_encoded_bytes().starts_with(b"-") {
        Path::new(".").join(path)
    } else {
        path.to_owned()
    }
}

fn quote_path(path: &Path) -> String {
    let path = as_argument(path);
    quote(OsStr::as_encoded_bytes(path.as_os_str()))
}

/// A word of a command.
fn quote(word: &[u8]) -> String {
    let Ok(text) = str::from_utf8(word) else {
        return substitute(word);
    };
    let is_plain =
        |character: char| character.is_ascii_alphanumeric() || "@%+=:,./_-".contains(character);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    if escape::is_safe(text, Keep::Lines) && !text.contains('\r') {
        return format!("'{}'", text.replace('\'', "'\\''"));
    }
    substitute(word)
}

/// A word that `printf` writes. The shell takes the ends of lines off its end, so they stand behind it.
fn substitute(word: &[u8]) -> String {
    let kept = word.len()
        - word
            .iter()
            .rev()
            .take_while(|octet| **octet == b'\n')
            .count();
    let (kept, ends) = word.split_at(kept);
    format!(
        "\"$(printf '{}'){}\"",
        format_of(kept),
        "\n".repeat(ends.len())
    )
}

/// The format with which `printf` writes the octets, for between single quotes.
fn format_of(octets: &[u8]) -> String {
    let mut format = String::with_capacity(octets.len() + octets.len() / 4);
    for chunk in octets.utf8_chunks() {
        for character in chunk.valid().chars() {
            push(character, &mut format);
        }
        for octet in chunk.invalid() {
            push_octal(*octet, &mut format);
        }
    }
    format
}

fn push(character: char, format: &mut String) {
    match character {
        '%' => format.push_str("%%"),
        '\\' => format.push_str("\\\\"),
        '\n' => format.push_str("\\n"),
        '\r' => format.push_str("\\r"),
        '\t' => format.push_str("\\t"),
        // A `-` at the beginning were an option, and `!` means something to some shells even between quotes.
        '-' if format.is_empty() => push_octal(b'-', format),
        '\'' | '!' => push_octals(character, format),
        _ if escape::is_safe(character.encode_utf8(&mut [0; 4]), Keep::Nothing) => {
            format.push(character);
        }
        _ => push_octals(character, format),
    }
}

fn push_octals(character: char, format: &mut String) {
    for octet in character.encode_utf8(&mut [0; 4]).bytes() {
        push_octal(octet, format);
    }
}

fn push_octal(octet: u8, format: &mut String) {
    write!(format, "\\{octet:03o}").expect("a string takes everything");
}

#[cfg(test)]
mod tests;
