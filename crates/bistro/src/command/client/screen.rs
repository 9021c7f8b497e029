//! What is shown of an exchange, and of those before it.

use std::io::{self, BufWriter, ErrorKind, Stdout, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Result;
use bistro_client::body::Body;
use bistro_client::colour::Look;
use bistro_client::content::{self, Content};
use bistro_client::escape::{self, Keep};
use bistro_client::exchange::Response;
use bistro_client::follow::Observer;
use bistro_client::head::Head;
use bistro_client::print::{self, Parts};
use bistro_client::timing;
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};

use crate::cli::client;
use crate::command::client::surroundings::Surroundings;
use crate::command::house::say;

/// Whoever read what is shown has read enough.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("nobody reads what is written")]
pub(super) struct NobodyReads;

/// Standard output, and whether what was written last ends a line.
pub(super) struct Output {
    stdout: BufWriter<Stdout>,
    is_within_line: bool,
}

impl Output {
    /// Ends the line if something stands in it, so that what follows begins one.
    fn end_line(&mut self) -> io::Result<()> {
        if self.is_within_line {
            self.write_all(b"\n")?;
        }
        Ok(())
    }
}

impl Write for Output {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let written = self.stdout.write(octets)?;
        if let Some(last) = octets.get(..written).and_then(<[u8]>::last) {
            self.is_within_line = *last != b'\n';
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stdout.flush()
    }
}

/// What came of writing.
fn written(outcome: Result<()>) -> Result<()> {
    outcome.map_err(|error| {
        let is_closed = error.chain().any(|cause| {
            let cause = cause.downcast_ref::<io::Error>();
            cause.is_some_and(|cause| cause.kind() == ErrorKind::BrokenPipe)
        });
        if is_closed { NobodyReads.into() } else { error }
    })
}

/// Where all that is shown goes. A copy writes to the same place.
#[derive(Clone)]
pub(super) struct Screen {
    shown: Arc<Mutex<Shown>>,
    /// How it has to look.
    pub(super) look: Look,
    parts: Parts,
    /// Whether responses on the way are shown.
    is_all: bool,
    draws_timing: bool,
    notes: Look,
}

struct Shown {
    out: Output,
    /// What is shown of the request's body.
    body: Vec<u8>,
    /// Whether something stands there already, from which the next head is to be set apart.
    is_begun: bool,
    /// What went wrong where nobody could be told.
    failure: Option<io::Error>,
}

impl Screen {
    /// A screen for what was asked to be shown.
    pub(super) fn new(
        output: &client::Output,
        surroundings: &Surroundings,
        is_saving: bool,
        is_head: bool,
    ) -> Self {
        let look = surroundings.output(output.colour.into());
        let usual = Parts::usual(look.is_terminal && !output.has_rows());
        let parts = match (output.print, output.verbose, output.head, output.body) {
            (Some(parts), ..) => parts,
            (None, true, ..) => Parts {
                has_request_head: true,
                has_request_body: true,
                has_response_head: true,
                has_response_body: true,
                has_metadata: false,
            },
            (None, _, true, _) => Parts {
                has_response_head: true,
                ..Parts::default()
            },
            (None, _, _, true) => Parts {
                has_response_body: true,
                ..Parts::default()
            },
            // What is saved is not shown, and its head is of no use in a pipe.
            (None, ..) if is_saving => Parts::default(),
            // It is all there is to it.
            (None, ..) if is_head => Parts {
                has_response_head: true,
                ..usual
            },
            (None, ..) => usual,
        };
        Self {
            shown: Arc::new(Mutex::new(Shown {
                out: Output {
                    stdout: BufWriter::new(io::stdout()),
                    is_within_line: false,
                },
                body: Vec::new(),
                is_begun: false,
                failure: None,
            })),
            look,
            parts,
            is_all: output.all || output.verbose,
            draws_timing: output.timing,
            notes: surroundings.notes(output.colour.into()),
        }
    }

    /// Whether the body of the response is shown.
    pub(super) fn shows_body(&self) -> bool {
        self.parts.has_response_body
    }

    /// Whether a terminal sees the notes.
    pub(super) fn notes(&self) -> Look {
        self.notes
    }

    /// Remembers what is to be shown of the body of the request that is about to be sent.
    pub(super) fn prepare(&self, body: Option<&Body>, content_type: Option<&str>) -> Result<()> {
        if self.parts.has_request_body
            && let Some(body) = body
        {
            let mut text = Vec::new();
            content::of_request(body, content_type, self.look, &mut text)?;
            self.lock().body = text;
        }
        Ok(())
    }

    /// Shows the head of the last response.
    pub(super) fn head(&self, response: &Response) -> Result<()> {
        let mut shown = self.lock();
        if let Some(failure) = shown.failure.take() {
            return written(Err(failure.into()));
        }
        let mut write = || {
            if self.parts.has_response_head {
                self.write_head(&mut shown, response)?;
            }
            Ok(shown.out.flush()?)
        };
        written(write())
    }

    /// Lets a part of the body be written.
    pub(super) fn write(&self, write: impl FnOnce(&mut Output) -> Result<()>) -> Result<()> {
        let mut shown = self.lock();
        let outcome = write(&mut shown.out);
        // Whoever watches a stream of events sees each when it comes.
        written(outcome.and_then(|()| Ok(shown.out.flush()?)))
    }

    /// Shows how long it took, once all is there.
    pub(super) fn journey(&self, response: &Response) -> Result<()> {
        if self.parts.has_metadata {
            let line = timing::line(&response.journey);
            self.write(|out| {
                out.end_line()?;
                Ok(writeln!(out, "{}", line.trim_end())?)
            })?;
        }
        if self.draws_timing {
            say(timing::draw(&response.journey, self.notes).trim_end());
        }
        if let Some(coding) = &response.undecoded {
            let coding = escape::text(coding, Keep::Nothing);
            say(&format!(
                "note: the body is as it came, coded as `{coding}`"
            ));
        }
        Ok(())
    }

    fn write_head(&self, shown: &mut Shown, response: &Response) -> io::Result<()> {
        let reason = response.reason.as_ref().map(String::as_bytes);
        let (version, status) = (response.version, response.status);
        shown.set_apart()?;
        print::response_head(
            version,
            status,
            reason,
            &response.fields,
            self.look,
            &mut shown.out,
        )
    }

    fn write_request(&self, shown: &mut Shown, head: &Head) -> io::Result<()> {
        let has_body = [CONTENT_LENGTH, TRANSFER_ENCODING]
            .iter()
            .any(|name| head.fields.contains_key(name));
        if self.parts.has_request_head {
            shown.set_apart()?;
            let (version, fields) = (head.version, &head.fields);
            print::request_head(
                &head.method,
                &head.target,
                version,
                fields,
                self.look,
                &mut shown.out,
            )?;
        }
        // The line behind it is empty already.
        shown.is_begun = false;
        if self.parts.has_request_body && has_body && !shown.body.is_empty() {
            shown.is_begun = true;
            shown.out.write_all(&shown.body)?;
            if !shown.body.ends_with(b"\n") {
                shown.out.write_all(b"\n")?;
            }
        }
        shown.out.flush()
    }

    fn write_passed(&self, shown: &mut Shown, response: &Response, body: &[u8]) -> io::Result<()> {
        if self.parts.has_response_head {
            self.write_head(shown, response)?;
        }
        if self.parts.has_response_body && !body.is_empty() {
            let content_type = response.fields.get(CONTENT_TYPE);
            let content_type = content_type.and_then(|value| value.to_str().ok());
            let mut content = Content::new(content_type, None, self.look);
            content.write(body, &mut shown.out)?;
            content.finish(&mut shown.out)?;
        }
        shown.out.flush()
    }

    fn lock(&self) -> MutexGuard<'_, Shown> {
        // Whoever panicked while holding it has written less than he wanted.
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, write: impl FnOnce(&Self, &mut Shown) -> io::Result<()>) {
        let mut shown = self.lock();
        if let Err(failure) = write(self, &mut shown) {
            shown.failure = Some(failure);
        }
    }
}

impl Shown {
    /// Leaves a line empty between two exchanges.
    fn set_apart(&mut self) -> io::Result<()> {
        self.out.end_line()?;
        if self.is_begun {
            self.out.write_all(b"\n")?;
        }
        self.is_begun = true;
        Ok(())
    }
}

impl Observer for Screen {
    fn asked(&mut self, head: &Head) {
        self.tell(|screen, shown| screen.write_request(shown, head));
    }

    fn passed(&mut self, response: &Response, body: &Bytes) {
        if self.is_all {
            self.tell(|screen, shown| screen.write_passed(shown, response, body));
        }
        if self.draws_timing {
            say(timing::draw(&response.journey, self.notes).trim_end());
        }
    }

    fn waits(&mut self, pause: Duration, because: &str) {
        let because = escape::text(because, Keep::Nothing);
        say(&format!(
            "note: {because}; trying again in {:.1} s",
            pause.as_secs_f64()
        ));
    }

    fn gives_up(&mut self, wanted: Duration) {
        say(&format!(
            "note: the server asks to be left alone for {} s, which is not waited for",
            wanted.as_secs()
        ));
    }
}
