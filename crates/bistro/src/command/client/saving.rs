//! The body of a response on its way to a file.

use std::path::PathBuf;

use anyhow::{Result, bail};
use bistro_client::download::{Begun, Download, Head, Place, Resume};
use bistro_client::escape::{self, Keep};
use bistro_client::exchange::Response;
use bistro_client::request::Request;
use http::StatusCode;

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
        let octets = download.octets();
        let path = download.finish()?.display().to_string();
        say(&format!(
            "Saved {octets} bytes in {}",
            escape::text(&path, Keep::Nothing)
        ));
        Ok(())
    }
}
