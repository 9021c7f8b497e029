//! Where in the folder a path leads.

use std::path::{Path, PathBuf};

use bistro_http::percent;

/// The one name with a dot before it that is for everyone (RFC 8615).
const WELL_KNOWN: &str = ".well-known";

/// The file that stands for its folder.
const INDEX: &str = "index.html";

/// A place below the folder: no step of it leads out, and none is hidden.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The names of folders, and at the end that of the file.
    names: Vec<String>,
    /// Whether it was asked for as a folder, with a slash at the end.
    is_folder: bool,
}

impl Place {
    /// Reads a path, still percent-encoded, starting with `/`. `None` if it leads nowhere.
    pub(super) fn read(path: &str) -> Option<Self> {
        let inner = path.strip_prefix('/')?;
        let (inner, is_folder) = match inner.strip_suffix('/') {
            Some(inner) => (inner, true),
            None => (inner, inner.is_empty()),
        };
        let mut names = Vec::new();
        if !inner.is_empty() {
            for (at, segment) in inner.split('/').enumerate() {
                let name = percent::decode(segment).ok()?;
                let is_open = is_name(&name) || at == 0 && name == WELL_KNOWN;
                if !is_open {
                    return None;
                }
                names.push(name);
            }
        } else if path != "/" {
            return None;
        }
        Some(Self { names, is_folder })
    }

    /// Whether it is the folder itself.
    pub(super) fn is_root(&self) -> bool {
        self.names.is_empty()
    }

    /// Whether it was asked for as a folder.
    pub(super) fn is_folder(&self) -> bool {
        self.is_folder
    }

    /// The first name, if it is not the folder itself.
    pub(super) fn first(&self) -> Option<&str> {
        self.names.first().map(String::as_str)
    }

    /// The name of the file that is served.
    pub(super) fn file_name(&self) -> &str {
        match self.names.last() {
            Some(name) if !self.is_folder => name,
            Some(_) | None => INDEX,
        }
    }

    /// Where it is below `folder`.
    pub(super) fn below(&self, folder: &Path) -> PathBuf {
        let mut path = folder.to_owned();
        path.extend(&self.names);
        if self.is_folder {
            path.push(INDEX);
        }
        path
    }

    /// The place that stands for it if it is a folder.
    pub(super) fn as_folder(&self) -> Self {
        Self {
            is_folder: true,
            ..self.clone()
        }
    }
}

/// Whether it is one name, in this folder, and not hidden.
fn is_name(name: &str) -> bool {
    let is_strange = |letter: char| matches!(letter, '/' | '\\') || letter.is_control();
    !name.is_empty() && !name.starts_with('.') && !name.contains(is_strange)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_below_the_folder_or_nowhere() {
        for (path, expected) in [
            ("/", Some("/srv/index.html")),
            ("/a.html", Some("/srv/a.html")),
            ("/a/b/c.js", Some("/srv/a/b/c.js")),
            ("/a/", Some("/srv/a/index.html")),
            ("/%ED%95%9C%EA%B8%80.txt", Some("/srv/한글.txt")),
            ("/a%20b", Some("/srv/a b")),
            (
                "/.well-known/security.txt",
                Some("/srv/.well-known/security.txt"),
            ),
            ("", None),
            ("//", None),
            ("//etc/passwd", None),
            ("/a//b", None),
            ("/a//", None),
            ("/.", None),
            ("/..", None),
            ("/../etc/passwd", None),
            ("/a/../b", None),
            ("/a/%2e%2e/b", None),
            ("/%2E%2E%2Fetc", None),
            ("/a%2Fb", None),
            ("/a%5Cb", None),
            ("/..%5Cb", None),
            ("/a%00.html", None),
            ("/a%0A", None),
            ("/%FF", None),
            ("/%", None),
            ("/.git/config", None),
            ("/a/.env", None),
            ("/a/.well-known/b", None),
            ("/%2Egit/config", None),
        ] {
            let found = Place::read(path).map(|place| place.below(Path::new("/srv")));
            assert_eq!(found.as_deref(), expected.map(Path::new), "{path}");
        }
    }
}
