//! Why items, files and options make no body.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// The longest file that is read as a whole; longer ones are sent as they are read, or not at all.
pub(crate) const WHOLE_OCTETS_MAX: u64 = 64 * 1024 * 1024;

/// Why there is no such body.
#[derive(Debug, Error)]
pub enum Error {
    /// The system does not give a file.
    #[error("`{}` cannot be read: {cause}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        cause: io::Error,
    },
    /// A file is a folder.
    #[error("`{}` is a folder", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
    },
    /// A file is too long for something that stands in memory.
    #[error(
        "`{}` has more than {} MiB, too much for a value: send it as the body (`@FILE`) or as a part of a form (`name@FILE`)",
        path.display(),
        WHOLE_OCTETS_MAX / 1024 / 1024
    )]
    TooLong {
        /// The file.
        path: PathBuf,
    },
    /// A file is no text.
    #[error(
        "`{}` is not UTF-8 after octet {at}: send it as the body (`@FILE`) or as a part of a form (`name@FILE`)",
        path.display()
    )]
    Utf8 {
        /// The file.
        path: PathBuf,
        /// How many octets of it are text.
        at: usize,
    },
    /// A value is no JSON.
    #[error("`{value}` is not JSON ({cause}): text stands behind `=`, as in `{name}=…`")]
    Json {
        /// The item's name.
        name: String,
        /// Its value, shortened.
        value: String,
        /// What is wrong, and where.
        cause: serde_json::Error,
    },
    /// The content of a file is no JSON.
    #[error("`{}` is not JSON: {cause}", path.display())]
    JsonFile {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        cause: serde_json::Error,
    },
    /// What stands behind `;type=` is no media type.
    #[error("`{media_type}` is no media type: write one like `text/csv`")]
    MediaType {
        /// What stands there.
        media_type: String,
    },
    /// A form cannot have a value.
    #[error(
        "`{name}:=` has {kind}, and a form has text and numbers only: use `{name}=`, or leave `--form` and `--multipart` out"
    )]
    Structure {
        /// The name.
        name: String,
        /// What its value is.
        kind: &'static str,
    },
    /// There is no randomness.
    #[error("the system gives no random octets for a boundary: {cause}")]
    Random {
        /// Why not.
        cause: getrandom::Error,
    },
}

impl Error {
    /// Whether what was typed is wrong in itself, and not by what is in a file or by what the system does.
    pub(crate) fn is_slip(&self) -> bool {
        match self {
            Self::Json { .. } | Self::MediaType { .. } | Self::Structure { .. } => true,
            Self::Read { .. }
            | Self::Folder { .. }
            | Self::TooLong { .. }
            | Self::Utf8 { .. }
            | Self::JsonFile { .. }
            | Self::Random { .. } => false,
        }
    }
}
