//! The representation of a write: kept whole until the change is on disk, so that nothing is told that may yet be undone.

use std::ops::ControlFlow;

use bistro_plan::value::{Row, Sink};
use bistro_represent::{Encoder, Footer};
use hyper::StatusCode;

use crate::problem::Problem;

/// The longest representation of a write, in octets.
const BYTES_MAX: usize = 64 * 1024 * 1024;

/// Takes the rows that a write returns.
#[derive(Debug)]
pub(crate) struct Gathering {
    encoder: Option<Encoder>,
    rows: u64,
    buffer: Vec<u8>,
    is_too_long: bool,
}

/// What was gathered.
#[derive(Debug)]
pub(crate) struct Gathered {
    /// Rows returned.
    pub(crate) rows: u64,
    /// The representation; `None` if nobody wants one.
    pub(crate) body: Option<Vec<u8>>,
}

impl Gathering {
    /// For rows written by `encoder`; without one they are only counted.
    pub(crate) fn new(mut encoder: Option<Encoder>) -> Self {
        let mut buffer = Vec::new();
        if let Some(encoder) = &mut encoder {
            encoder.start(&mut buffer);
        }
        Self {
            encoder,
            rows: 0,
            buffer,
            is_too_long: false,
        }
    }

    /// The representation.
    ///
    /// # Errors
    /// It is longer than Bistro keeps; the change must not be made.
    pub(crate) fn finish(mut self) -> Result<Gathered, Problem> {
        if self.is_too_long {
            return Err(Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "BISTRO413",
                format!("The representation of this change is longer than {BYTES_MAX} bytes; nothing was changed"),
            )
            .hint("Ask with `Prefer: return=minimal`, or return fewer columns with `select`."));
        }
        let body = self.encoder.map(|mut encoder| {
            encoder.finish(&Footer::default(), &mut self.buffer);
            self.buffer
        });
        Ok(Gathered {
            rows: self.rows,
            body,
        })
    }
}

impl Sink for Gathering {
    fn row(&mut self, row: &dyn Row) -> ControlFlow<()> {
        self.rows += 1;
        let Some(encoder) = &mut self.encoder else {
            return ControlFlow::Continue(());
        };
        if self.buffer.len() > BYTES_MAX {
            self.is_too_long = true;
            return ControlFlow::Break(());
        }
        encoder.row(row, &mut self.buffer);
        ControlFlow::Continue(())
    }
}
