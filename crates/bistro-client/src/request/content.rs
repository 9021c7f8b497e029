//! Which body is sent, and what it is.

use std::path::Path as FilePath;

use bistro_http::json_string;
use http::Method;

use super::error::Error;
use super::{Format, Options};
use crate::body::datum::{Datum, Upload, Value};
use crate::body::json::Tree;
use crate::body::{Body, file, form, multipart};
use crate::item::{Item, Path};

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";

/// A body and its media type.
#[derive(Debug, Default)]
pub(super) struct Content {
    /// The body.
    pub(super) body: Option<Body>,
    /// What `Content-Type` says, unless an item says otherwise.
    pub(super) media_type: Option<String>,
    /// The boundary between its parts.
    pub(super) boundary: Option<String>,
    /// What it was made of, for a message.
    source: &'static str,
}

/// What can be a body. There is one at most.
enum Source<'a> {
    Raw(String),
    Stdin(Body),
    File(&'a Item),
    Items,
}

impl Content {
    /// Whether the method can have it.
    pub(super) fn check(&self, method: &Method) -> Result<(), Error> {
        match (&self.body, method.as_str()) {
            (Some(_), "TRACE") => Err(Error::TraceBody { what: self.source }),
            (None, "QUERY") => Err(Error::QueryWithoutBody),
            _ => Ok(()),
        }
    }
}

/// Makes the body of whatever is there for it.
pub(super) fn read(items: &[Item], options: Options) -> Result<Content, Error> {
    let Options {
        format,
        raw,
        stdin,
        home,
        boundary,
        ..
    } = options;
    let home = home.as_deref();
    let whole: Vec<&Item> = items.iter().filter(|item| item.is_whole_body()).collect();
    let is_form = matches!(format, Format::Form | Format::Multipart);
    if is_form && !whole.is_empty() {
        return Err(Error::NamelessFile);
    }
    let has_data = items
        .iter()
        .any(|item| item.is_data() && !item.is_whole_body());
    let sources = raw
        .map(Source::Raw)
        .into_iter()
        .chain(stdin.map(|stdin| Source::Stdin(Body::Stream(stdin))))
        .chain(whole.into_iter().map(Source::File))
        .chain(has_data.then_some(Source::Items));
    match only(sources)? {
        Some(Source::Items) => of_items(items, format, home, boundary),
        Some(source) if format == Format::Multipart => Err(Error::MultipartOf {
            other: source.name(),
        }),
        Some(Source::Raw(raw)) => Ok(of_whole(Body::bytes(raw), format, "`--raw`")),
        Some(Source::Stdin(body)) => Ok(of_whole(body, format, "standard input")),
        Some(Source::File(item)) => of_file(item, home),
        None if format == Format::Multipart => Err(Error::NoParts),
        None => Ok(Content::default()),
    }
}

impl Source<'_> {
    fn name(&self) -> &'static str {
        match self {
            Self::Raw(_) => "`--raw`",
            Self::Stdin(_) => "standard input",
            Self::File(_) => "`@FILE`",
            Self::Items => "data items (`name=text`)",
        }
    }
}

/// The source, if there is only one.
fn only<'a>(mut sources: impl Iterator<Item = Source<'a>>) -> Result<Option<Source<'a>>, Error> {
    let Some(one) = sources.next() else {
        return Ok(None);
    };
    match sources.next() {
        None => Ok(Some(one)),
        Some(other) => Err(Error::TwoBodies {
            one: one.name(),
            other: other.name(),
        }),
    }
}

/// A body that nobody looks into: HTTPie takes it for JSON unless a form was asked for.
fn of_whole(body: Body, format: Format, source: &'static str) -> Content {
    let media_type = match format {
        Format::Unsaid | Format::Json => JSON,
        Format::Form | Format::Multipart => FORM,
    };
    Content {
        body: Some(body),
        media_type: Some(media_type.to_owned()),
        boundary: None,
        source,
    }
}

fn of_file(item: &Item, home: Option<&FilePath>) -> Result<Content, Error> {
    let upload = Upload::read(&item.value, home)?;
    Ok(Content {
        body: Some(file::body(&upload.path)?),
        media_type: Some(upload.media_type),
        boundary: None,
        source: "`@FILE`",
    })
}

fn of_items(
    items: &[Item],
    format: Format,
    home: Option<&FilePath>,
    boundary: Option<String>,
) -> Result<Content, Error> {
    let mut data = Vec::new();
    for item in items {
        data.extend(Datum::read(item, home)?);
    }
    let has_files = data
        .iter()
        .any(|datum| matches!(datum.value, Value::File(_)));
    let (body, media_type, boundary) = match format {
        Format::Unsaid | Format::Json => (Body::bytes(json(data)?), JSON.to_owned(), None),
        Format::Form if !has_files => (Body::bytes(form::encode(&data)?), FORM.to_owned(), None),
        Format::Form | Format::Multipart => {
            let boundary = match boundary {
                Some(boundary) => check_boundary(boundary)?,
                None => multipart::boundary()?,
            };
            let body = Body::Pieces(multipart::encode(&data, &boundary)?);
            (body, "multipart/form-data".to_owned(), Some(boundary))
        }
    };
    Ok(Content {
        body: Some(body),
        media_type: Some(media_type),
        boundary,
        source: Source::Items.name(),
    })
}

fn json(data: Vec<Datum>) -> Result<String, Error> {
    let mut tree = Tree::default();
    for Datum { name, value } in data {
        let json = match value {
            Value::Json(json) => json,
            Value::Text(text) => {
                let mut json = String::with_capacity(text.len() + 2);
                json_string::quote_into(&text, &mut json);
                json
            }
            Value::File(_) => return Err(Error::FileInJson { name }),
        };
        tree.set(&Path::read(&name)?, json)?;
    }
    let mut json = String::new();
    tree.write(&mut json);
    Ok(json)
}

/// Whether it can stand between parts, and in `Content-Type` without quotes (RFC 2046 §5.1.1).
fn check_boundary(boundary: String) -> Result<String, Error> {
    let is_boundary = (1..=70).contains(&boundary.len())
        && boundary
            .bytes()
            .all(|octet| octet.is_ascii_alphanumeric() || octet == b'-');
    if is_boundary {
        Ok(boundary)
    } else {
        Err(Error::Boundary { boundary })
    }
}
