//! What a file is, by the end of its name.

/// What is sent of files whose names say nothing. Browsers keep such a file, and show it to nobody.
const UNKNOWN: &str = "application/octet-stream";

/// The ends of names, in small letters, and the media types of such files.
const KINDS: [(&str, &str); 47] = [
    ("html", "text/html; charset=utf-8"),
    ("htm", "text/html; charset=utf-8"),
    ("css", "text/css; charset=utf-8"),
    ("js", "text/javascript; charset=utf-8"),
    ("mjs", "text/javascript; charset=utf-8"),
    ("json", "application/json; charset=utf-8"),
    ("map", "application/json; charset=utf-8"),
    ("jsonld", "application/ld+json"),
    ("geojson", "application/geo+json"),
    ("webmanifest", "application/manifest+json"),
    ("ndjson", "application/x-ndjson"),
    ("wasm", "application/wasm"),
    ("txt", "text/plain; charset=utf-8"),
    ("md", "text/markdown; charset=utf-8"),
    ("csv", "text/csv; charset=utf-8"),
    ("xml", "application/xml"),
    ("xhtml", "application/xhtml+xml"),
    ("atom", "application/atom+xml"),
    ("rss", "application/rss+xml"),
    ("ics", "text/calendar; charset=utf-8"),
    ("vcf", "text/vcard; charset=utf-8"),
    ("svg", "image/svg+xml"),
    ("png", "image/png"),
    ("apng", "image/apng"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
    ("avif", "image/avif"),
    ("ico", "image/vnd.microsoft.icon"),
    ("bmp", "image/bmp"),
    ("tif", "image/tiff"),
    ("tiff", "image/tiff"),
    ("woff", "font/woff"),
    ("woff2", "font/woff2"),
    ("ttf", "font/ttf"),
    ("otf", "font/otf"),
    ("mp3", "audio/mpeg"),
    ("m4a", "audio/mp4"),
    ("ogg", "audio/ogg"),
    ("opus", "audio/ogg"),
    ("wav", "audio/wav"),
    ("mp4", "video/mp4"),
    ("webm", "video/webm"),
    ("pdf", "application/pdf"),
    ("zip", "application/zip"),
    ("gz", "application/gzip"),
];

/// The media type of a file of this name.
pub(super) fn of(name: &str) -> &'static str {
    let end = match name.rsplit_once('.') {
        Some((_, end)) => end.to_ascii_lowercase(),
        None => return UNKNOWN,
    };
    KINDS
        .iter()
        .find(|(known, _)| *known == end)
        .map_or(UNKNOWN, |(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    use super::{UNKNOWN, of};

    #[test]
    fn the_end_of_the_name_says_what_it_is() {
        for (name, kind) in [
            ("index.html", "text/html; charset=utf-8"),
            ("A.B.JS", "text/javascript; charset=utf-8"),
            ("photo.JPEG", "image/jpeg"),
            ("html", UNKNOWN),
            ("README", UNKNOWN),
            ("page.html.bak", UNKNOWN),
            ("page.", UNKNOWN),
        ] {
            assert_eq!(of(name), kind, "{name}");
        }
    }
}
