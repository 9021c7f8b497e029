//! Where sessions are kept: one file for each host and name.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{MAIN_SEPARATOR, Path, PathBuf};

use bistro_http::percent;
use etcetera::{BaseStrategy as _, choose_base_strategy};
use url::Url;

use super::error::Error;

/// How long the name of a session may be.
const NAME_MAX: usize = 64;

/// A named session that is there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stored {
    /// The host, and the port if it is not the usual one: `example.org:8080`.
    pub host: String,
    /// Its name.
    pub name: String,
    /// Its file.
    pub file: PathBuf,
}

/// The directory of all named sessions: `bistro/sessions` in `$XDG_STATE_HOME`, which is `~/.local/state` unless it is
/// set; on Windows in the user's application data.
pub fn directory() -> Result<PathBuf, Error> {
    let places = choose_base_strategy().map_err(|source| Error::NoPlace {
        source: io::Error::other(source),
    })?;
    let state = places.state_dir().unwrap_or_else(|| places.data_dir());
    Ok(state.join("bistro").join("sessions"))
}

/// The file of a session: below the directory by host and name, or, if the name has a `/`, at that path, for whatever host.
///
/// `http` and `https` on their usual ports share their sessions, as they share cookies. What answers at a `socket` in the file system is
/// another server, whatever it is called.
pub fn file(
    directory: &Path,
    name: &str,
    url: &Url,
    socket: Option<&Path>,
) -> Result<PathBuf, Error> {
    if name.contains(['/', MAIN_SEPARATOR]) {
        return Ok(PathBuf::from(name));
    }
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if name.is_empty()
        || name.len() > NAME_MAX
        || name.starts_with('.')
        || !name.chars().all(is_plain)
    {
        return Err(Error::Name {
            name: name.to_owned(),
            max: NAME_MAX,
        });
    }
    let host = url.host_str().ok_or(Error::NoHost)?;
    let host = match (socket, url.port()) {
        (Some(socket), _) => format!("unix:{}", socket.display()),
        (None, Some(port)) => format!("{host}:{port}"),
        (None, None) => host.to_owned(),
    };
    Ok(directory.join(escape(&host)).join(format!("{name}.json")))
}

/// The named sessions that are there, by host and name. What is no session's file is passed over; no directory is no
/// session.
pub fn list(directory: &Path) -> Result<Vec<Stored>, Error> {
    let mut stored = Vec::new();
    for host in entries(directory)? {
        let Some(name_of_host) = host.file_name().and_then(OsStr::to_str).and_then(unescape) else {
            continue;
        };
        if !host.is_dir() {
            continue;
        }
        for file in entries(&host)? {
            let name = file.file_name().and_then(OsStr::to_str);
            if let Some(name) = name.and_then(|name| name.strip_suffix(".json")) {
                stored.push(Stored {
                    host: name_of_host.clone(),
                    name: name.to_owned(),
                    file: file.clone(),
                });
            }
        }
    }
    stored.sort();
    Ok(stored)
}

/// What is in a directory; nothing, if it is not there.
fn entries(directory: &Path) -> Result<Vec<PathBuf>, Error> {
    let read = |source| Error::Read {
        path: directory.to_owned(),
        source,
    };
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(read(error)),
    };
    entries
        .map(|entry| entry.map(|entry| entry.path()).map_err(read))
        .collect()
}

/// A host as the name of a directory on any system: no two hosts have the same, none is hidden or leads elsewhere.
fn escape(host: &str) -> String {
    let mut name = String::with_capacity(host.len());
    for (at, octet) in host.bytes().enumerate() {
        let is_plain = octet.is_ascii_lowercase()
            || octet.is_ascii_digit()
            || matches!(octet, b'-' | b'_')
            || octet == b'.' && at > 0 && at + 1 < host.len();
        if is_plain {
            name.push(char::from(octet));
        } else {
            let [high, low] =
                [octet >> 4, octet & 0xf].map(|digit| char::from_digit(digit.into(), 16));
            name.push('%');
            name.extend(
                high.into_iter()
                    .chain(low)
                    .map(|digit| digit.to_ascii_uppercase()),
            );
        }
    }
    name
}

/// The host of such a name.
fn unescape(name: &str) -> Option<String> {
    percent::decode(name).ok()
}

#[cfg(test)]
mod tests {
    //! Names and where they lead.

    use std::path::Path;

    use url::Url;

    use super::{escape, file, unescape};

    fn path(name: &str, target: &str) -> Option<String> {
        let url = Url::parse(target).expect("it is one");
        let file = file(Path::new("d"), name, &url, None).ok()?;
        Some(file.to_str().expect("it is text").to_owned())
    }

    #[test]
    fn what_is_behind_a_socket_is_a_server_of_its_own() {
        let url = Url::parse("http://localhost/").expect("it is one");
        let socket = Some(Path::new("/run/App.sock"));
        let file = file(Path::new("d"), "me", &url, socket).expect("it is a good name");
        let expected = format!("d/{}/me.json", escape("unix:/run/App.sock"));
        assert_eq!(file.to_str(), Some(expected.as_str()));
    }

    #[test]
    fn a_session_has_a_file_for_each_host_and_name() {
        let table = [
            ("me", "https://example.org/a", Some("d/example.org/me.json")),
            ("me", "http://EXAMPLE.org:80", Some("d/example.org/me.json")),
            (
                "me",
                "http://example.org:8080",
                Some("d/example.org%3A8080/me.json"),
            ),
            (
                "me",
                "http://[::1]:8080",
                Some("d/%5B%3A%3A1%5D%3A8080/me.json"),
            ),
            (
                "me",
                "http://bücher.example",
                Some("d/xn--bcher-kva.example/me.json"),
            ),
            ("a.b-c_D", "http://a_8080", Some("d/a_8080/a.b-c_D.json")),
            ("./x/me.json", "http://a", Some("./x/me.json")),
            ("/me", "http://a", Some("/me")),
            ("", "http://a", None),
            (".me", "http://a", None),
            ("..", "http://a", None),
            ("a b", "http://a", None),
            ("ä", "http://a", None),
            ("a\0", "http://a", None),
        ];
        for (name, target, expected) in table {
            assert_eq!(path(name, target).as_deref(), expected, "{name} {target}");
        }
        assert_eq!(path(&"x".repeat(65), "http://a"), None);
        assert!(path(&"x".repeat(64), "http://a").is_some());
    }

    #[test]
    fn a_host_is_a_harmless_name_and_comes_back_from_it() {
        let table = [
            ("example.org", "example.org"),
            ("..", "%2E%2E"),
            (".", "%2E"),
            ("example.org.", "example.org%2E"),
            ("a%b", "a%25b"),
            ("a/b\\c", "a%2Fb%5Cc"),
        ];
        for (host, name) in table {
            assert_eq!(escape(host), name);
            assert_eq!(unescape(name).as_deref(), Some(host));
        }
    }
}
