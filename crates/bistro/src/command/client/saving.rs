//! The body of a response on its way to a file.

use std::path::PathBuf;

use anyhow::{Result, bail};
use bistro_client::download::{Begun, Download, Head, Place, Resume};
use bistro_client::escape::{self, Keep};
use bistro_client::exchange::Response;
use bistro_client::request::Request;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::cli::client;
use crate::command::client::network;
use crate::command::house::say;

/// A file that is to be written.
pub(super) struct Saving {
    place: Place,
    resume: Option<Resume>,
}

impl Saving {
    /// What is asked for; `None` if the body is shown. A request that goes on where another broke off says so.
    ///
    /// # Errors
    /// What is there of the file cannot be read.
    pub(super) fn new(arguments: &client::Download, request: &mut Request) -> Result<Option<Self>> {
        let place = match &arguments.output {
            Some(file) => Place::File(file.clone()),
            None if arguments.is_named_by_server => Place::Folder(PathBuf::from(".")),
            None => return Ok(None),
        };
        let resume = match &arguments.output {
            Some(file) if arguments.resume => Resume::find(file)?,
            Some(_) | None => None,
        };
        if let Some(resume) = &resume {
            for (name, value) in resume.fields() {
                request.fields.insert(name, value);
            }
        }
        Ok(Some(Self { place, resume }))
    }

    /// Whether the response is one that is saved. What came instead is shown.
    pub(super) fn takes(&self, response: &Response) -> bool {
        let is_end = response.status == StatusCode::RANGE_NOT_SATISFIABLE && self.resume.is_some();
        response.status.is_success() || is_end
    }

    /// Opens the file for the rows of a response, and of those after it, in the form that is wanted. Nobody knows how long it will be, and
    /// it cannot be gone on with where it breaks off.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(super) fn open(self, response: &Response, output: &client::Output) -> Result<Download> {
        let mut fields = HeaderMap::new();
        if let Some(disposition) = response.fields.get(CONTENT_DISPOSITION) {
            fields.insert(CONTENT_DISPOSITION, disposition.clone());
        }
        let kind = if output.csv {
            "text/csv"
        } else if output.ndjson {
            "application/x-ndjson"
        } else if output.table.is_some() {
            "text/plain"
        } else {
            "application/json"
        };
        fields.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        let head = Head {
            status: StatusCode::OK,
            fields: &fields,
            url: &response.url,
        };
        match Download::begin(&self.place, head, None, false)? {
            Begun::Open(download) => Ok(download),
            Begun::Complete { path, .. } => bail!("{} is there already", path.display()),
        }
    }

    /// Saves the body of a response.
    ///
    /// # Errors
    /// It breaks off, or the file cannot be written.
    pub(super) async fn save(self, response: &mut Response, shows_progress: bool) -> Result<()> {
        let head = Head {
            status: response.status,
            fields: &response.fields,
            url: &response.url,
        };
        let begun = Download::begin(&self.place, head, self.resume.as_ref(), shows_progress)?;
        let mut download = match begun {
            Begun::Open(download) => download,
            Begun::Complete { path, octets } => {
                let path = path.display().to_string();
                let path = escape::text(&path, Keep::Nothing);
                say(&format!("{path} is all there: {octets} bytes"));
                return Ok(());
            }
        };
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) => download.write(&chunk)?,
                Ok(None) => break,
                Err(error) => {
                    let error = network::explained(error);
                    bail!("{error}\n{}", download.interrupted());
                }
            }
        }
        finish(download)
    }
}

/// All is there: the file gets its name.
///
/// # Errors
/// It is not all, or the disk does not take it.
pub(super) fn finish(download: Download) -> Result<()> {
    let octets = download.octets();
    let path = download.finish()?.display().to_string();
    say(&format!(
        "Saved {octets} bytes in {}",
        escape::text(&path, Keep::Nothing)
    ));
    Ok(())
}
