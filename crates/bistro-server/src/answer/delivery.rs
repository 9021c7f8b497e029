//! Rows on their way out: kept until they are all there if they are few, streamed if they are many.
//!
//! A response that fits into [`WHOLE_BYTES_MAX`] is sent with its length and entity tag. A longer one is sent in pieces while
//! the database still finds rows, and nothing of it is kept; what its head must say about all of it (how many rows, where
//! the next page starts) is asked of the same snapshot before the first piece goes. It also needs a [`Place`] then, for from
//! there on its client decides how long it takes.

use std::mem;
use std::ops::ControlFlow;

use bistro_database::{Error, Generation, Snapshot};
use bistro_dialect::page::Cursor;
use bistro_plan::plan::Read;
use bistro_plan::value::{Row, Sink, Value};
use bistro_represent::{Encoder, Footer};
use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

use crate::body::Broken;
use crate::state::long::{LongResponses, Place};

/// The longest response that is kept whole, in octets.
pub(crate) const WHOLE_BYTES_MAX: usize = 1024 * 1024;

/// The length of a piece of a longer one, in octets.
const PIECE_BYTES: usize = 64 * 1024;

/// Pieces that may wait for a slow client before the database has to.
const PIECES_WAITING: usize = 4;

/// What the head of a response says about its rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Extent {
    /// Rows in it.
    pub(crate) rows: u64,
    /// Rows in all, if that was asked.
    pub(crate) total: Option<u64>,
    /// Where the next page starts, if there is one.
    pub(crate) next: Option<Cursor>,
    /// Whether there is a next page, with a cursor or without.
    pub(crate) has_more: bool,
}

/// A response that fit.
#[derive(Debug)]
pub(crate) struct Whole {
    /// The state of the database it was read in, where that is known.
    pub(crate) generation: Option<Generation>,
    pub(crate) extent: Extent,
    pub(crate) body: Vec<u8>,
    /// The way it did not take. Dropped any sooner it would wake whoever waits for the answer once more, before that is
    /// there: of a short answer two switches between threads are a good part.
    pub(crate) _unused: Option<Way>,
}

/// The head of a response that did not, and its pieces.
#[derive(Debug)]
pub(crate) struct Streamed {
    pub(crate) extent: Extent,
    pub(crate) pieces: mpsc::Receiver<Result<Bytes, Broken>>,
}

/// What is told as soon as a response turns out not to fit.
#[derive(Debug)]
pub(crate) enum Long {
    /// It has begun.
    Begun(Streamed),
    /// Too many are being sent already: it has not begun, and nothing of it will come.
    NoPlace,
}

/// Where a response goes that does not fit.
#[derive(Debug)]
pub(crate) struct Way {
    /// Its head.
    pub(crate) head: oneshot::Sender<Long>,
    /// Whether the rest of it is wanted, too.
    pub(crate) wanted: Wanted,
    /// Where it finds a place, unless it has one.
    pub(crate) places: LongResponses,
    /// The one it has.
    pub(crate) place: Option<Place>,
}

/// A read, told how its rows become a response.
pub(crate) struct Task<'a> {
    /// The read.
    pub(crate) read: &'a Read,
    /// The text of its statement.
    pub(crate) text: &'a str,
    /// What to bind to it.
    pub(crate) parameters: &'a [Value],
    /// Writes the rows.
    pub(crate) encoder: Encoder,
    /// Whether exactly one row is wanted.
    pub(crate) is_singular: bool,
    /// Tells the URL of the next page.
    pub(crate) next_url: &'a dyn Fn(&Cursor) -> Option<String>,
    /// How long the response is likely to be, in octets.
    pub(crate) octets: usize,
}

/// Whether the body is wanted at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// `GET`, `QUERY`
    Body,
    /// `HEAD`: a response too long to keep is not begun
    Head,
}

/// Takes the rows of one read and makes its response of them.
pub(crate) struct Delivery<'a> {
    snapshot: &'a Snapshot<'a>,
    task: Task<'a>,
    total: Option<u64>,
    rows: u64,
    cursor: Option<Cursor>,
    has_more: bool,
    buffer: Vec<u8>,
    way: Option<Way>,
    /// The longest response that is kept, if it cannot be streamed.
    kept_max: usize,
    is_too_long: bool,
    /// Held until the last row is found.
    place: Option<Place>,
    pieces: Option<mpsc::Sender<Result<Bytes, Broken>>>,
    failure: Option<Error>,
}

impl<'a> Delivery<'a> {
    pub(crate) fn new(snapshot: &'a Snapshot<'a>, task: Task<'a>) -> Self {
        Self {
            snapshot,
            buffer: Vec::with_capacity(task.octets),
            task,
            total: None,
            rows: 0,
            cursor: None,
            has_more: false,
            way: None,
            kept_max: usize::MAX,
            is_too_long: false,
            place: None,
            pieces: None,
            failure: None,
        }
    }

    /// Lets a response that does not fit be streamed. Without this it is kept however long it is.
    pub(crate) fn streamable(mut self, way: Way) -> Self {
        self.way = Some(way);
        self
    }

    /// Keeps no more than this many octets of a response that is not to be streamed.
    pub(crate) fn bounded(mut self, kept_max: usize) -> Self {
        self.kept_max = kept_max;
        self
    }

    /// Runs the read. `None`: the response went out in pieces, or found no place, or is longer than it may be.
    pub(crate) fn run(mut self) -> Result<Option<Whole>, Error> {
        let Task {
            read,
            text,
            parameters,
            ..
        } = self.task;
        let snapshot = self.snapshot;
        if read.count.is_some() {
            self.total = Some(snapshot.count(read)?);
        }
        self.task.encoder.start(&mut self.buffer);
        let run = snapshot.select(text, parameters, read, &mut self);
        if let Some(error) = self.failure.take().or(run.err()) {
            if let Some(pieces) = self.pieces {
                // Nobody is left to tell if the client went away meanwhile.
                let _gone = pieces.blocking_send(Err(Broken));
            }
            return Err(error);
        }
        if self.is_too_long {
            return Ok(None);
        }
        let extent = Extent {
            rows: self.rows,
            total: self.total,
            next: self.cursor.take().filter(|_| self.has_more),
            has_more: self.has_more,
        };
        let footer = Footer {
            next: extent.next.as_ref().and_then(self.task.next_url),
            total: self.total,
        };
        self.task.encoder.finish(&footer, &mut self.buffer);
        let Some(pieces) = self.pieces else {
            return Ok(Some(Whole {
                generation: snapshot.generation(),
                extent,
                body: self.buffer,
                _unused: self.way,
            }));
        };
        let _gone = pieces.blocking_send(Ok(Bytes::from(self.buffer)));
        Ok(None)
    }

    /// Begins to stream: what the head says about all rows is asked of the snapshot now.
    fn begin(&mut self, way: Way) -> Result<ControlFlow<()>, Error> {
        let (sender, pieces) = mpsc::channel(PIECES_WAITING);
        // From here on nothing is returned whole any more.
        self.pieces = Some(sender);
        if way.wanted == Wanted::Body {
            self.place = way.place.or_else(|| way.places.enter());
            if self.place.is_none() {
                // Nobody is left to tell if the client went away meanwhile.
                let _gone = way.head.send(Long::NoPlace);
                return Ok(ControlFlow::Break(()));
            }
        }
        let rows = if self.task.read.is_item {
            // What is read may be the row at another address than the read was planned for.
            self.rows
        } else {
            self.snapshot.extent(self.task.read)?
        };
        let limit = self.task.read.limit.unwrap_or(u64::MAX);
        let mut last = LastRow {
            read: self.task.read,
            cursor: None,
        };
        if rows > limit {
            self.snapshot.last(self.task.read, &mut last)?;
        }
        let streamed = Streamed {
            extent: Extent {
                rows: rows.min(limit),
                total: self.total,
                next: last.cursor,
                has_more: rows > limit,
            },
            pieces,
        };
        let is_gone = way.head.send(Long::Begun(streamed)).is_err();
        Ok(if is_gone || way.wanted == Wanted::Head {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        })
    }

    /// Begins to stream once there is too much to keep, and sends what has gathered once it is a piece.
    fn flow(&mut self) -> Result<ControlFlow<()>, Error> {
        if self.pieces.is_none()
            && self.buffer.len() > WHOLE_BYTES_MAX
            && let Some(way) = self.way.take()
            && self.begin(way)?.is_break()
        {
            return Ok(ControlFlow::Break(()));
        }
        if self.way.is_none() && self.pieces.is_none() && self.buffer.len() > self.kept_max {
            self.is_too_long = true;
            return Ok(ControlFlow::Break(()));
        }
        if let Some(pieces) = &self.pieces
            && self.buffer.len() >= PIECE_BYTES
        {
            let piece = Bytes::from(mem::replace(
                &mut self.buffer,
                Vec::with_capacity(2 * PIECE_BYTES),
            ));
            if pieces.blocking_send(Ok(piece)).is_err() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}

impl Sink for Delivery<'_> {
    fn row(&mut self, row: &dyn Row) -> ControlFlow<()> {
        if self.task.read.limit == Some(self.rows) {
            self.has_more = true;
            return ControlFlow::Break(());
        }
        self.rows += 1;
        if self.task.read.limit == Some(self.rows) {
            self.cursor = self.task.read.cursor(row);
        }
        if self.task.is_singular && self.rows > 1 {
            // One row too many is an error already; the rest is only counted, to say how many.
            return ControlFlow::Continue(());
        }
        self.task.encoder.row(row, &mut self.buffer);
        match self.flow() {
            Ok(flow) => flow,
            Err(error) => {
                self.failure = Some(error);
                ControlFlow::Break(())
            }
        }
    }
}

/// Keeps the cursor of the one row it is shown.
struct LastRow<'a> {
    read: &'a Read,
    cursor: Option<Cursor>,
}

impl Sink for LastRow<'_> {
    fn row(&mut self, row: &dyn Row) -> ControlFlow<()> {
        self.cursor = self.read.cursor(row);
        ControlFlow::Break(())
    }
}
