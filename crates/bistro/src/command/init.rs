//! `bistro init`: a configuration to start from.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use bistro_database::Database;

use crate::cli;
use crate::command::house;
use crate::config::{QUERIES, starting};

/// Writes a file that opens nothing, and in which every table is named.
///
/// # Errors
/// The database cannot be read, or the file is there already or cannot be written.
pub(super) fn run(arguments: &cli::Init) -> Result<()> {
    let output = &arguments.output;
    let shown = output.display();
    let folder = match output.parent() {
        Some(folder) if folder != Path::new("") => folder,
        Some(_) | None => Path::new("."),
    };
    let database = Database::open(bistro_database::Settings {
        queries: Some(folder.join(QUERIES)),
        is_read_only: true,
        ..bistro_database::Settings::new(&arguments.database)
    })?;
    let path = relative(&arguments.database, folder)
        .with_context(|| format!("cannot find the way from `{shown}` to the database"))?;
    let Some(path) = path.to_str() else {
        bail!("`{}` is not UTF-8, so no file can name it", path.display());
    };
    let text = starting(path, &database.catalog());
    write(output, &text, arguments.force)?;
    house::say(&format!(
        "Wrote {shown}, which opens nothing yet. In it, remove the `#` before what should be open; \
         `bistro check{option}` says what that is, and `bistro serve{option}` serves it.",
        option = match output.to_str() {
            Some("bistro.toml") => String::new(),
            Some(_) | None => format!(" --config {shown}"),
        }
    ));
    Ok(())
}

/// A path as seen from a folder that a configuration lies in. Links are left as they are: they are there to be changed.
fn relative(path: &Path, folder: &Path) -> io::Result<PathBuf> {
    let beside = match path.parent() {
        Some(beside) if beside != Path::new("") => beside,
        Some(_) | None => Path::new("."),
    };
    let mut whole = fs::canonicalize(beside)?;
    whole.extend(path.file_name());
    let folder = fs::canonicalize(folder)?;
    Ok(match whole.strip_prefix(folder) {
        Ok(below) => below.to_owned(),
        Err(_elsewhere) => whole,
    })
}

fn write(output: &Path, text: &str, may_replace: bool) -> Result<()> {
    let shown = output.display();
    let mut options = File::options();
    options.write(true);
    if may_replace {
        options.create(true).truncate(true);
    } else {
        options.create_new(true);
    }
    match options.open(output) {
        Ok(mut file) => file.write_all(text.as_bytes()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            bail!("`{shown}` is there already; --force replaces it, --output names another file")
        }
        Err(error) => Err(error),
    }
    .with_context(|| format!("cannot write `{shown}`"))
}
