//! What one item brings into a body.

use std::path::{Path, PathBuf};

use serde_json::value::RawValue;

use super::{Error, file};
use crate::item::{Item, Kind};

/// A name and what it stands for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Datum {
    /// The name, as typed.
    pub(crate) name: String,
    /// What it stands for.
    pub(crate) value: Value,
}

/// A value of a body.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// Text.
    Text(String),
    /// JSON, every octet of it as typed.
    Json(String),
    /// A file.
    File(Upload),
}

/// A file that is sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Upload {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// What it is: a media type.
    pub(crate) media_type: String,
}

impl Datum {
    /// What an item brings; nothing, if it has no place in a body.
    pub(crate) fn read(item: &Item, home: Option<&Path>) -> Result<Option<Self>, Error> {
        let path = || file::resolve(&item.value, home);
        let value = match item.kind {
            Kind::Text => Value::Text(item.value.clone()),
            Kind::TextFromFile => Value::Text(file::text(&path())?),
            Kind::Json => Value::Json(raw(&item.value).map_err(|cause| Error::Json {
                name: item.name.clone(),
                value: shorten(&item.value),
                cause,
            })?),
            Kind::JsonFromFile => {
                let path = path();
                let text = file::text(&path)?;
                Value::Json(raw(&text).map_err(|cause| Error::JsonFile { path, cause })?)
            }
            Kind::File => Value::File(Upload::read(&item.value, home)?),
            Kind::Field
            | Kind::FieldFromFile
            | Kind::Without
            | Kind::EmptyField
            | Kind::Query
            | Kind::QueryFromFile => return Ok(None),
        };
        Ok(Some(Self {
            name: item.name.clone(),
            value,
        }))
    }
}

impl Upload {
    /// Reads `path;type=media/type`; without the type it is guessed by the file's name.
    pub(crate) fn read(typed: &str, home: Option<&Path>) -> Result<Self, Error> {
        let (path, media_type) = match typed.rsplit_once(";type=") {
            Some((path, media_type)) => (path, Some(media_type)),
            None => (typed, None),
        };
        let path = file::resolve(path, home);
        let media_type = match media_type {
            Some(typed) if is_media_type(typed) => typed.to_owned(),
            Some(typed) => {
                return Err(Error::MediaType {
                    media_type: typed.to_owned(),
                });
            }
            None => guess(&path).to_owned(),
        };
        Ok(Self { path, media_type })
    }
}

fn guess(path: &Path) -> &'static str {
    mime_guess::from_path(path)
        .first_raw()
        .unwrap_or("application/octet-stream")
}

/// Whether it has the form of a media type, and can stand in a field.
fn is_media_type(typed: &str) -> bool {
    let (kind, rest) = typed.split_once('/').unwrap_or_default();
    !kind.is_empty()
        && !rest.is_empty()
        && typed
            .chars()
            .all(|character| matches!(character, ' '..='~'))
}

/// The JSON value in a text, which has nothing else in it. It is checked, and not read: numbers keep their digits.
fn raw(text: &str) -> Result<String, serde_json::Error> {
    Ok(serde_json::from_str::<&RawValue>(text)?.get().to_owned())
}

fn shorten(value: &str) -> String {
    const CHARACTERS: usize = 40;
    match value.char_indices().nth(CHARACTERS) {
        Some((end, _)) => format!("{}…", value.get(..end).unwrap_or_default()),
        None => value.to_owned(),
    }
}
