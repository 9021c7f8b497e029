//! What a download is called on disk, which a stranger may suggest but not decide.

use bistro_http::percent;
use mime_guess::get_mime_extensions_str;
use url::Url;

use crate::escape::{self, Keep};

/// How long a name may be, in octets: file systems take 255, and a number and an ending may follow.
const OCTETS_MAX: usize = 200;
/// How long an extension may be to count as one when a name is cut.
const EXTENSION_MAX: usize = 16;

/// A name for a download, without any folder.
///
/// It is what `Content-Disposition` suggests (RFC 6266), else the last segment of the URL, else `index`; the latter two with an
/// extension for the media type if they have none.
pub fn suggest(
    content_disposition: Option<&[u8]>,
    url: &Url,
    content_type: Option<&str>,
) -> String {
    let named = content_disposition
        .and_then(disposition)
        .and_then(|name| clean(&name));
    if let Some(name) = named {
        return name;
    }
    let segment = url
        .path()
        .rsplit('/')
        .find(|segment| !segment.is_empty())
        .unwrap_or_default();
    let segment = percent::decode(segment).unwrap_or_else(|_| segment.to_owned());
    let name = clean(&segment).unwrap_or_else(|| "index".to_owned());
    match content_type.and_then(extension) {
        Some(extension) if !name.contains('.') => format!("{name}.{extension}"),
        Some(_) | None => name,
    }
}

/// The name with a number before its extension: `song-1.mp3`.
pub(crate) fn numbered(name: &str, number: u32) -> String {
    match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => format!("{stem}-{number}.{extension}"),
        Some(_) | None => format!("{name}-{number}"),
    }
}

/// The name that the field suggests: `filename*` goes before `filename` (RFC 6266 §4.3).
fn disposition(field: &[u8]) -> Option<String> {
    let field = str::from_utf8(field).map_or_else(
        |_| field.iter().copied().map(char::from).collect(),
        str::to_owned,
    );
    let (mut plain, mut extended) = (None, None);
    let mut rest = behind(&field, ';');
    while let Some(parameter) = rest {
        rest = behind(parameter, ';');
        let Some((name, value)) = parameter.split_once('=') else {
            continue;
        };
        match name.trim().to_ascii_lowercase().as_str() {
            "filename" if plain.is_none() => plain = Some(unquoted(value.trim_start())),
            "filename*" if extended.is_none() => {
                extended = ext_value(&unquoted(value.trim_start()));
            }
            _ => {}
        }
    }
    extended.or(plain)
}

/// What comes behind the first separator that does not stand in quotes.
fn behind(text: &str, separator: char) -> Option<&str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    for (index, character) in text.char_indices() {
        if character == separator && !is_quoted {
            return text.get(index + separator.len_utf8()..);
        }
        if character == '"' && !is_escaped {
            is_quoted = !is_quoted;
        }
        is_escaped = is_quoted && character == '\\' && !is_escaped;
    }
    None
}

/// A value with or without quotes, up to its end.
fn unquoted(text: &str) -> String {
    let Some(quoted) = text.strip_prefix('"') else {
        return text
            .split(';')
            .next()
            .unwrap_or_default()
            .trim_end()
            .to_owned();
    };
    let mut value = String::new();
    let mut characters = quoted.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => break,
            '\\' => value.extend(characters.next()),
            _ => value.push(character),
        }
    }
    value
}

/// `UTF-8''%e2%82%ac` (RFC 8187 §3.2); `None` if it is broken or in a charset that nobody has to know.
fn ext_value(text: &str) -> Option<String> {
    let (charset, rest) = text.split_once('\'')?;
    let (_, encoded) = rest.split_once('\'')?;
    if charset.eq_ignore_ascii_case("utf-8") {
        return percent::decode(encoded).ok();
    }
    if !charset.eq_ignore_ascii_case("iso-8859-1") {
        return None;
    }
    let mut decoded = String::new();
    let mut rest = encoded;
    while let Some((before, after)) = rest.split_once('%') {
        decoded.push_str(before);
        let (digits, after) = after.split_at_checked(2)?;
        decoded.push(char::from(u8::from_str_radix(digits, 16).ok()?));
        rest = after;
    }
    decoded.push_str(rest);
    Some(decoded)
}

/// The name without whatever would lead elsewhere, hide it, or surprise a later command; `None` if nothing is left.
fn clean(name: &str) -> Option<String> {
    // Both, for a name that is harmless here may be carried to another system.
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let is_odd = |c: char| {
        "<>:\"|?*".contains(c) || !escape::is_safe(c.encode_utf8(&mut [0; 4]), Keep::Nothing)
    };
    let name: String = name
        .chars()
        .map(|c| if is_odd(c) { '_' } else { c })
        .collect();
    let name = name
        .trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '.' | '-' | '~'))
        .trim_end_matches(|c: char| c.is_whitespace() || c == '.');
    let name = shortened(name);
    let stem = name
        .split('.')
        .next()
        .unwrap_or_default()
        .to_ascii_uppercase();
    let is_device = matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL")
        || (stem.len() == 4 && (stem.starts_with("COM") || stem.starts_with("LPT")));
    match name.as_str() {
        "" => None,
        _ if is_device => Some(format!("_{name}")),
        _ => Some(name),
    }
}

/// The name cut to what file systems take, with its extension.
fn shortened(name: &str) -> String {
    if name.len() <= OCTETS_MAX {
        return name.to_owned();
    }
    let (stem, extension) = match name.rsplit_once('.') {
        Some((stem, extension)) if extension.len() <= EXTENSION_MAX => {
            (stem, format!(".{extension}"))
        }
        Some(_) | None => (name, String::new()),
    };
    let end = stem.floor_char_boundary(OCTETS_MAX - extension.len());
    stem.get(..end).unwrap_or_default().to_owned() + &extension
}

/// The extension that people expect for a media type. The table of `mime_guess` has several for many, the rarest often first.
fn extension(content_type: &str) -> Option<&'static str> {
    let essence = content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    match essence.as_str() {
        "application/octet-stream" => None,
        "text/plain" => Some("txt"),
        "text/html" => Some("html"),
        "text/markdown" => Some("md"),
        "text/javascript" => Some("js"),
        "text/xml" | "application/xml" => Some("xml"),
        "application/x-ndjson" => Some("ndjson"),
        "application/gzip" => Some("gz"),
        "image/jpeg" => Some("jpg"),
        "image/tiff" => Some("tiff"),
        "audio/mpeg" => Some("mp3"),
        "video/mp4" => Some("mp4"),
        "video/mpeg" => Some("mpeg"),
        _ if essence.ends_with("+json") => Some("json"),
        _ => get_mime_extensions_str(&essence)?.first().copied(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use url::Url;

    use super::{numbered, suggest};

    fn named(field: &[u8]) -> String {
        suggest(
            Some(field),
            &Url::parse("http://example.org/x.bin").expect("a URL"),
            None,
        )
    }

    #[test]
    fn a_server_suggests_a_name() {
        let table: [(&[u8], &str); 16] = [
            (b"attachment; filename=a.txt", "a.txt"),
            (b"attachment; filename=\"a \\\"b;c.txt\" ; x=y", "a _b;c.txt"),
            (b"attachment; FileName*=UTF-8'en'%e2%82%ac%20rates.csv; filename=\"EURO rates.csv\"", "€ rates.csv"),
            (b"attachment; filename*=iso-8859-1''caf%E9.txt", "café.txt"),
            (b"attachment; filename*=koi8-r''x; filename=y", "y"),
            (b"attachment; filename*=utf-8''%ff; filename=y", "y"),
            (b"attachment; filename=\"../../etc/passwd\"", "passwd"),
            (b"attachment; filename=\"C:\\\\Windows\\\\a.exe\"", "a.exe"),
            (b"attachment; filename*=utf-8''..%2f..%2f.bashrc", "bashrc"),
            (b"attachment; filename=\"-rf\"", "rf"),
            (b"attachment; filename=\"a\x1b[2J\xe2\x80\xaegnp.exe\"", "a_[2J_gnp.exe"),
            (b"attachment; filename=nul.txt", "_nul.txt"),
            (b"attachment; filename=\"\xe9.txt\"", "é.txt"),
            (b"attachment; filename=\"..\"", "x.bin"),
            (b"inline", "x.bin"),
            (b"attachment; filename", "x.bin"),
        ];
        for (field, expected) in table {
            assert_eq!(named(field), expected, "{}", String::from_utf8_lossy(field));
        }
    }

    #[test]
    fn else_the_url_has_one_and_the_type_an_ending() {
        for (url, content_type, expected) in [
            ("http://h/a/song.mp3?x=1", Some("text/html"), "song.mp3"),
            (
                "http://h/songs/",
                Some("application/json; charset=utf-8"),
                "songs.json",
            ),
            ("http://h/", Some("text/html"), "index.html"),
            ("http://h", None, "index"),
            ("http://h/%EC%83%81", Some("image/png"), "상.png"),
            ("http://h/a%2Fb%00", Some("text/plain"), "b_.txt"),
            ("http://h/x", Some("application/octet-stream"), "x"),
            ("http://h/x", Some("application/problem+json"), "x.json"),
            ("http://h/x", Some("text/csv"), "x.csv"),
        ] {
            let url = Url::parse(url).expect("a URL");
            assert_eq!(suggest(None, &url, content_type), expected, "{url}");
        }
    }

    #[test]
    fn a_number_stands_before_the_extension() {
        for (name, expected) in [("a.txt", "a-1.txt"), ("a", "a-1"), ("a.b.c", "a.b-1.c")] {
            assert_eq!(numbered(name, 1), expected);
        }
    }

    #[test]
    fn a_long_name_keeps_its_extension() {
        let name = named(format!("attachment; filename=\"{}.tar\"", "한".repeat(200)).as_bytes());
        assert!(name.len() <= 200 && name.ends_with("한.tar"), "{name}");
    }

    proptest! {
        #[test]
        fn no_name_leads_elsewhere(field in "attachment; filename(\\*=UTF-8''[%./a-f0-9\\\\]{0,30}|=\"?.{0,30}\"?)") {
            let name = named(field.as_bytes());
            prop_assert!(!name.is_empty() && name.len() <= 200);
            prop_assert!(!name.contains(['/', '\\', '\0', '\n']) && !name.starts_with('.'), "{name:?}");
            prop_assert!(name.chars().all(|c| !c.is_control()));
        }
    }
}
