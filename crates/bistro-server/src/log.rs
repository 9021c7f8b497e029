//! What an operator should read, one line each on standard error.

use std::fmt::{self, Display};
use std::io::{self, Write as _};
use std::path::Path;

use bistro_database::News;

/// Something worth an operator's attention. A refused request is none, nor is a client that goes away.
#[derive(Debug)]
pub(crate) enum Event<'a> {
    /// A connection could not be accepted, for a reason of this machine's.
    AcceptFailed {
        /// The system's words.
        reason: &'a io::Error,
    },
    /// Code of ours gave up. The connection is closed, the server goes on.
    Panicked {
        /// What was under way.
        during: &'a str,
    },
    /// A request failed for a reason that is not the client's.
    Failed {
        /// The file it is about, if it is about one.
        file: Option<&'a Path>,
        /// What the client is not told.
        report: &'a str,
        /// How many failed likewise since it was said last.
        more: u64,
    },
    /// Something happened to the database file.
    File {
        /// The file.
        file: &'a Path,
        /// What.
        news: &'a News,
    },
    /// A relation or a stored query cannot be served, or not as it now stands in its file.
    LeftOut {
        /// What it is called.
        name: &'a str,
        /// What is wrong with it.
        reason: &'a str,
    },
    /// The log of changes cannot be moved into the database's file.
    CheckpointsFail {
        /// Why not.
        reason: &'a str,
    },
    /// It can again.
    CheckpointsWork,
    /// A file is not served, because a resource has its name.
    Shadowed {
        /// The file.
        file: &'a Path,
        /// The name of the resource.
        name: &'a str,
    },
    /// The settings were replaced.
    Replaced {
        /// Keys whose new values hold after a restart.
        fixed: &'a [&'static str],
    },
    /// Other settings were asked for, and cannot be had.
    NotReplaced {
        /// Why not.
        reason: &'a str,
    },
    /// What is kept of sessions cannot be written.
    SessionsFail {
        /// Why not.
        reason: &'a str,
    },
    /// Some of a visitor's rows could not become the user's.
    NotAdopted {
        /// Why not.
        reason: &'a str,
    },
    /// A cookie was shown that looks like a sealed session, and no key opens it.
    Unopened {
        /// How many were since it was said last.
        more: u64,
    },
    /// Requests were still under way when the time to finish them was over.
    Abandoned,
}

impl Event<'_> {
    /// Writes the line. A log that cannot be written is no reason to stop serving.
    pub(crate) fn write(&self) {
        let _unwritable = writeln!(io::stderr().lock(), "bistro: {self}");
    }

    /// What goes on with a reason.
    fn beginning(&self) -> &'static str {
        match self {
            Self::CheckpointsFail { .. } => {
                "changes cannot be moved from the `-wal` file into the database, so that file grows"
            }
            Self::NotReplaced { .. } => {
                "the configuration was read again and cannot be used, so nothing changes"
            }
            Self::SessionsFail { .. } => "sessions cannot be kept up to date",
            Self::NotAdopted { .. } => {
                "some rows of a visitor could not become those of the user he has signed in as"
            }
            _ => "",
        }
    }
}

impl Display for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AcceptFailed { reason } => {
                write!(f, "a connection could not be accepted: {reason}")
            }
            Self::Panicked { during } => {
                write!(
                    f,
                    "a bug in Bistro ended {during}; please report the lines above"
                )
            }
            Self::Failed { file, report, more } => {
                f.write_str("a request failed: ")?;
                if let Some(file) = file {
                    write!(f, "`{}`: ", Line(&file.to_string_lossy()))?;
                }
                write!(f, "{}", Line(report))?;
                match more {
                    0 => Ok(()),
                    more => write!(f, " ({more} more since this was last said)"),
                }
            }
            Self::File { file, news } => {
                let (file, news) = (file.to_string_lossy(), news.to_string());
                write!(f, "`{}`: {}", Line(&file), Line(&news))
            }
            Self::LeftOut { name, reason } => {
                write!(f, "`{}` cannot be used: {}", Line(name), Line(reason))
            }
            Self::CheckpointsWork => {
                f.write_str("changes are moved from the `-wal` file into the database again")
            }
            Self::Shadowed { file, name } => {
                let file = file.to_string_lossy();
                write!(
                    f,
                    "`{}` is not served: `/{}` is a resource of the database",
                    Line(&file),
                    Line(name)
                )
            }
            Self::Replaced { fixed } => {
                f.write_str("the configuration was read again and holds from now on")?;
                match fixed {
                    [] => Ok(()),
                    fixed => write!(f, ", but for what takes a restart: {}", fixed.join(", ")),
                }
            }
            Self::CheckpointsFail { reason }
            | Self::SessionsFail { reason }
            | Self::NotAdopted { reason }
            | Self::NotReplaced { reason } => {
                write!(f, "{}: {}", self.beginning(), Line(reason))
            }
            Self::Unopened { more } => {
                f.write_str(
                    "a sealed session could not be opened: its key was removed, or somebody has made it up",
                )?;
                match more {
                    0 => Ok(()),
                    more => write!(f, " ({more} more since this was last said)"),
                }
            }
            Self::Abandoned => {
                f.write_str("requests still under way were cut off: the time to finish was over")
            }
        }
    }
}

/// Text on one line, so that nothing in it can pretend to be another event.
struct Line<'a>(&'a str);

impl Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            if character.is_control() {
                write!(f, "{}", character.escape_default())?;
            } else {
                write!(f, "{character}")?;
            }
        }
        Ok(())
    }
}
