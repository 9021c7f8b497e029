//! The body of a response on its way to whoever looks: as it is, or as rows in another form.

use std::io::{self, Write};

use anyhow::Result;
use bistro_client::colour::Look;
use bistro_client::content::Content;
use bistro_client::elements::Error;
use bistro_client::escape::{Escaper, Keep};
use bistro_client::exchange::Response;
use bistro_client::separated::{Csv, Joiner, Ndjson};
use bistro_client::table::Table;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};

use crate::cli::client::Output;
use crate::command::house::say;

/// A body, or the bodies of all pages.
pub(super) struct Rows {
    /// Makes one array of those of all pages.
    joiner: Option<Joiner>,
    form: Form,
    /// As it is shown if it has no rows.
    plain: Content,
    /// Makes CSV safe, where a terminal looks.
    escaper: Option<Escaper>,
    count: u64,
}

enum Form {
    Plain,
    Table(Box<Table>),
    Csv(Box<Csv>),
    Ndjson(Box<Ndjson>),
}

impl Rows {
    /// For the body of this response, and of those that come after it if there are `pages`.
    pub(super) fn new(output: &Output, response: &Response, pages: bool, look: Look) -> Self {
        let content_type = text(response, CONTENT_TYPE);
        let is_type = |name: &str| {
            content_type.is_some_and(|own| own.split(';').next().unwrap_or_default().trim() == name)
        };
        let is_json = is_type("application/json");
        // What came instead of rows is told as it is.
        let form = if !response.status.is_success() || is_type("text/csv") {
            Form::Plain
        } else if let Some(form) = output.table {
            Form::Table(Box::new(Table::new(form.into(), look)))
        } else if output.csv {
            Form::Csv(Box::default())
        } else if output.ndjson && !is_type("application/x-ndjson") {
            Form::Ndjson(Box::default())
        } else {
            Form::Plain
        };
        let octets = text(response, CONTENT_LENGTH).and_then(|length| length.parse().ok());
        let octets = octets.filter(|_| !pages && response.undecoded.is_none());
        Self {
            joiner: (pages && is_json && response.status.is_success()).then(Joiner::default),
            form,
            plain: Content::new(content_type, octets, look),
            escaper: look.is_terminal.then(|| Escaper::new(Keep::Lines)),
            count: 0,
        }
    }

    /// The next piece.
    pub(super) fn write(&mut self, chunk: &[u8], out: &mut dyn Write) -> Result<()> {
        let Some(joiner) = &mut self.joiner else {
            return self.shape(chunk, out);
        };
        let mut joined = Vec::new();
        match joiner.write(chunk, &mut joined) {
            Err(error @ Error::NotRows { .. }) => {
                say(&format!("warning: {error}"));
                self.joiner = None;
                self.form = Form::Plain;
                self.shape(chunk, out)
            }
            written => {
                self.shape(&joined, out)?;
                Ok(written?)
            }
        }
    }

    fn shape(&mut self, chunk: &[u8], out: &mut dyn Write) -> Result<()> {
        let mut out = out;
        let written = match &mut self.form {
            Form::Plain => return Ok(self.plain.write(chunk, &mut out)?),
            Form::Table(table) => table.write(chunk),
            Form::Csv(csv) => {
                let mut text = Vec::new();
                let written = csv.write(chunk, &mut text);
                safe(&mut self.escaper, &text, out)?;
                written
            }
            Form::Ndjson(lines) => lines.write(chunk, &mut out),
        };
        match written {
            Err(error @ Error::NotRows { .. }) => {
                say(&format!("warning: {error}"));
                self.form = Form::Plain;
                Ok(self.plain.write(chunk, &mut out)?)
            }
            written => Ok(written?),
        }
    }

    /// Whether more of the body would change nothing of what is shown.
    pub(super) fn is_settled(&self) -> bool {
        let is_plain = matches!(self.form, Form::Plain);
        is_plain && self.plain.is_settled()
    }

    /// The end of a page. Whether it had rows; `true` where nobody counts.
    pub(super) fn end_page(&mut self) -> Result<bool> {
        let Some(joiner) = &mut self.joiner else {
            return Ok(true);
        };
        joiner.end_page()?;
        let before = self.count;
        self.count = joiner.count();
        Ok(self.count > before)
    }

    /// The end of all.
    pub(super) fn finish(mut self, out: &mut dyn Write) -> Result<()> {
        if let Some(joiner) = self.joiner.take() {
            let mut joined = Vec::new();
            joiner.finish(&mut joined)?;
            self.shape(&joined, out)?;
        }
        let mut out = out;
        match self.form {
            Form::Plain => self.plain.finish(&mut out)?,
            Form::Table(table) => table.finish(&mut out)?,
            Form::Csv(csv) => {
                let mut text = Vec::new();
                csv.finish(&mut text)?;
                safe(&mut self.escaper, &text, out)?;
            }
            Form::Ndjson(lines) => lines.finish()?,
        }
        Ok(())
    }
}

/// Writes text as it is, or so that it cannot steer a terminal.
fn safe(escaper: &mut Option<Escaper>, text: &[u8], out: &mut dyn Write) -> io::Result<()> {
    let Some(escaper) = escaper else {
        return out.write_all(text);
    };
    let mut safe = String::new();
    escaper.write(text, &mut safe);
    out.write_all(safe.as_bytes())
}

fn text(response: &Response, name: http::HeaderName) -> Option<&str> {
    response.fields.get(name)?.to_str().ok()
}
