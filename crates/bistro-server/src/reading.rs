//! `GET`, `HEAD` and `QUERY`: a read plan becomes a response.

mod lines;
pub(crate) mod head;
pub(crate) mod key;
pub(crate) mod prepared;
pub(crate) mod given;
pub(crate) mod memory;
pub(crate) mod local;

use std::borrow::Cow;
use std::pin::Pin;
use std::sync::Arc;

use bistro_database::{Error, Snapshot, Tried};
use bistro_dialect::page::Cursor;
use bistro_http::etag::Conditions;
use bistro_http::method::Method;
use bistro_plan::plan::{Dependence, Read};
use bistro_plan::principal::Principal;
use bistro_plan::value::Value;
use bistro_represent::Encoder;
use bytes::Bytes;
use hyper::header;
use hyper::{Response, StatusCode};
use tokio::sync::oneshot;

use crate::answer::delivery::{
    Delivery, Long, Streamed, Task, WHOLE_BYTES_MAX, Wanted, Way, Whole,
};
use crate::answer::entity::Tag;
use crate::asked::Asked;
use crate::body::{Body, Pieces};
use crate::problem::Problem;
use crate::problem::failure::Failure;
use crate::reading::given::{Given, Rows};
use crate::reading::key::Key;
use crate::reading::local::Local;
use crate::reading::prepared::{Prepared, Row};
use crate::state::State;
use crate::state::long::Place;

/// The longest response that is kept until its transaction has ended, in octets.
const WITHIN_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Room that is made for a response of which nothing is known yet, in octets.
const OCTETS: usize = 4 * 1024;

/// Room that a response which is remembered may keep unused, besides a quarter of its length, in octets.
const SPARE: usize = 64;

type Running = Pin<Box<dyn Future<Output = Result<Option<Whole>, Error>> + Send>>;

/// A read that a reader has run once.
enum Attempt {
    /// All of it is here.
    Whole(Whole),
    /// It became a response that is still being sent.
    Begun(Response<Body>),
    /// Its response is long, and too many of those are being sent already.
    NoPlace,
}

/// A read of this one row, or of what it was planned for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading<'a> {
    pub(crate) prepared: &'a Arc<Prepared>,
    pub(crate) row: Option<&'a Row<'a>>,
    /// On whose behalf.
    pub(crate) principal: &'a Principal,
    /// What its answer is remembered by, if it may be.
    pub(crate) key: Option<&'a Key>,
    /// What the client has already.
    pub(crate) conditions: &'a Conditions,
}

/// The answer that was given to this request before, if nothing has changed since.
pub(crate) fn remembered(local: &Local, reading: Reading<'_>) -> Option<Result<Rows, Failure>> {
    let key = reading.answer_key()?;
    let given = local.memory.given(&key, local.lane.generation())?;
    let method = reading.prepared.method();
    let rows = Rows::answer(given, reading.conditions, method);
    Some(rows.map_err(Failure::Settled))
}

impl<'a> Reading<'a> {
    /// What its answer is remembered by, if it may be: the request, and who asks as far as the answer depends on it.
    fn answer_key(&self) -> Option<Cow<'a, [u8]>> {
        let key = self.key.filter(|_| self.prepared.is_worth_remembering())?;
        Some(match self.prepared.dependence() {
            Dependence::Nobody | Dependence::Class => Cow::Borrowed(key.whole()),
            Dependence::Values(values) => Cow::Owned(key.whole_for(self.principal, values)),
        })
    }
}

/// Runs a read on this thread and answers with its rows; `None` if it takes long, or would have to wait.
pub(crate) fn at_once(local: &Local, reading: Reading<'_>) -> Result<Option<Rows>, Failure> {
    match try_at_once(local, reading)? {
        Tried::Done(whole) => answer(local, reading, whole).map(Some),
        Tried::Long | Tried::Declined => Ok(None),
    }
}

/// Runs a read and answers with its rows: here and now if it is short, on a reader if it is not.
pub(crate) async fn run(
    state: &State,
    local: &Local,
    reading: Reading<'_>,
) -> Result<Response<Body>, Failure> {
    if let Some(rows) = at_once(local, reading)? {
        return Ok(rows.respond());
    }
    match on_reader(state, reading).await? {
        Attempt::Whole(whole) => Ok(answer(local, reading, whole)?.respond()),
        Attempt::Begun(response) => Ok(response),
        Attempt::NoPlace => Err(Failure::Settled(no_place())),
    }
}

/// Answers with rows that are all there.
fn answer(local: &Local, reading: Reading<'_>, whole: Whole) -> Result<Rows, Failure> {
    let Reading { prepared, row, .. } = reading;
    let given = Arc::new(given(prepared, row, whole).map_err(Failure::Settled)?);
    if given.generation.is_some()
        && let Some(key) = reading.answer_key()
    {
        local.memory.give(&key, &given);
    }
    let method = prepared.asked.request.method;
    Rows::answer(given, reading.conditions, method).map_err(Failure::Settled)
}

/// Runs a read inside a transaction, and answers with its rows: all of them, for nothing may be told before the transaction
/// has ended.
pub(crate) fn within(
    snapshot: &Snapshot<'_>,
    asked: &Arc<Asked>,
    read: &Read,
    encoder: Encoder,
) -> Result<Response<Body>, Failure> {
    // It was planned for whoever asks, and nobody keeps the answer.
    let prepared = Prepared::new(0, asked, read.clone(), encoder, Dependence::Nobody);
    let parameters = &prepared.statement.parameters;
    let whole = deliver(&prepared, parameters, snapshot, |delivery| {
        delivery.bounded(WITHIN_BYTES_MAX)
    })?;
    let whole = whole.ok_or_else(|| {
        Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "BISTRO413",
            format!("The rows are longer than {WITHIN_BYTES_MAX} bytes; nothing was changed"),
        )
        .hint("Ask with `Prefer: return=minimal`, or for fewer rows and columns with `limit` and `select`.")
    })?;
    let given = Arc::new(given(&prepared, None, whole)?);
    Ok(Rows::answer(given, &asked.conditions, asked.request.method)?.respond())
}

/// Runs a read on this thread, unless it would take long, or its response is.
fn try_at_once(local: &Local, reading: Reading<'_>) -> Result<Tried<Whole>, Error> {
    let prepared = reading.prepared;
    if prepared.is_long() {
        return Ok(Tried::Long);
    }
    let parameters = prepared.parameters(reading.row, reading.principal);
    let tried = local.lane.read(prepared.version, |snapshot| {
        let snapshot = snapshot.on_behalf_of(reading.principal);
        deliver(prepared, &parameters, &snapshot, |delivery| {
            delivery.bounded(WHOLE_BYTES_MAX)
        })
    })?;
    match tried {
        Tried::Done(Some(whole)) => {
            prepared.note_short();
            Ok(Tried::Done(whole))
        }
        Tried::Done(None) | Tried::Long => {
            prepared.note_long();
            Ok(Tried::Long)
        }
        Tried::Declined => Ok(Tried::Declined),
    }
}

/// Runs a read on a reader. A long response waits for its place without keeping one, and is then read anew.
async fn on_reader(state: &State, reading: Reading<'_>) -> Result<Attempt, Failure> {
    let patience = state.settings.bounds.long_wait;
    let mut place = None;
    loop {
        match attempt(state, reading, place).await? {
            Attempt::NoPlace => match state.long.wait(patience).await {
                Some(free) => place = Some(free),
                None => return Ok(Attempt::NoPlace),
            },
            done => return Ok(done),
        }
    }
}

async fn attempt(
    state: &State,
    reading: Reading<'_>,
    place: Option<Place>,
) -> Result<Attempt, Failure> {
    let Reading { prepared, row, .. } = reading;
    let (head, mut begun) = oneshot::channel();
    let way = Way {
        head,
        wanted: if prepared.asked.request.method == Method::Head {
            Wanted::Head
        } else {
            Wanted::Body
        },
        places: state.long.clone(),
        place,
    };
    let mut running = start(state, reading, way);
    let long = |long, running| match long {
        Long::Begun(streamed) => stream(prepared, row, streamed, running).map(Attempt::Begun),
        Long::NoPlace => Ok(Attempt::NoPlace),
    };
    let finished = tokio::select! {
        biased;
        Ok(begun) = &mut begun => return Ok(long(begun, Some(running))?),
        finished = &mut running => finished?,
    };
    match finished {
        Some(whole) => Ok(Attempt::Whole(whole)),
        // It went out in pieces, and the last one before we looked.
        None => match begun.await {
            Ok(begun) => Ok(long(begun, None)?),
            Err(error) => Err(Failure::from(Error::Internal {
                message: error.to_string(),
            })),
        },
    }
}

fn start(state: &State, reading: Reading<'_>, way: Way) -> Running {
    let database = state.database.clone();
    let prepared = Arc::clone(reading.prepared);
    let principal = reading.principal.clone();
    let parameters = prepared.parameters(reading.row, &principal).into_owned();
    Box::pin(async move {
        let version = prepared.version;
        let job = move |snapshot: &Snapshot<'_>| {
            let snapshot = snapshot.on_behalf_of(&principal);
            deliver(&prepared, &parameters, &snapshot, |delivery| {
                delivery.streamable(way)
            })
        };
        database.read(version, job).await
    })
}

/// Runs a read in a snapshot, as `bound` wants its delivery.
fn deliver(
    prepared: &Prepared,
    parameters: &[Value],
    snapshot: &Snapshot<'_>,
    bound: impl FnOnce(Delivery<'_>) -> Delivery<'_>,
) -> Result<Option<Whole>, Error> {
    let next_url = |cursor: &Cursor| prepared.next_url(Some(cursor));
    let task = Task {
        read: &prepared.read,
        text: &prepared.statement.text,
        parameters,
        encoder: prepared.encoder.clone(),
        is_singular: prepared.asked.representation.is_singular,
        next_url: &next_url,
        octets: match prepared.octets() {
            0 => OCTETS,
            // The next is not much longer.
            before => before + before / 8 + 32,
        },
    };
    bound(Delivery::new(snapshot, task)).run()
}

/// The answer with these rows.
fn given(prepared: &Prepared, row: Option<&Row<'_>>, whole: Whole) -> Result<Given, Problem> {
    let Whole {
        generation,
        extent,
        mut body,
        ..
    } = whole;
    let status = head::status(&prepared.asked, &prepared.read, &extent)?;
    if prepared.is_worth_remembering() && body.capacity() - body.len() > body.len() / 4 + SPARE {
        // What is remembered counts by its length, so it must not keep much more room than that.
        body.shrink_to_fit();
    }
    let content_range = head::content_range(&prepared.read, &extent);
    prepared.note_octets(body.len());
    let (mut lines, of_content) = prepared.head.lines(content_range.as_deref());
    prepared.add_links(&mut lines, row, extent.next.as_ref());
    let tag = prepared.asked.request.method.is_safe().then(|| {
        Tag::of(
            prepared.asked.representation.content_type(),
            content_range.as_deref(),
            &body,
        )
    });
    if let Some(tag) = &tag {
        lines.add(&header::ETAG, ["\"", tag.opaque(), "\""]);
    }
    Ok(Given {
        generation,
        status,
        lines,
        of_content,
        tag,
        body: Bytes::from(body),
    })
}

/// The response whose rows are still coming. `running` lives as long as the body: a client that goes away stops it.
fn stream(
    prepared: &Prepared,
    row: Option<&Row<'_>>,
    streamed: Streamed,
    running: Option<Running>,
) -> Result<Response<Body>, Problem> {
    let Streamed { extent, pieces } = streamed;
    let status = head::status(&prepared.asked, &prepared.read, &extent)?;
    let content_range = head::content_range(&prepared.read, &extent);
    let pieces = Pieces::new(
        pieces,
        running.map(|running| -> Box<dyn Send> { Box::new(running) }),
    );
    let mut response = Response::new(Body::Stream(pieces));
    *response.status_mut() = status;
    // What is not all there yet has no tag.
    let (mut lines, _) = prepared.head.lines(content_range.as_deref());
    prepared.add_links(&mut lines, row, extent.next.as_ref());
    *response.headers_mut() = lines.headers();
    Ok(response)
}

/// Every place for a long response is taken, and none became free in time.
fn no_place() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "53300",
        "Too many long responses are being sent already",
    )
    .hint("Try again in a moment, or ask for fewer rows with `limit`.")
    .field(header::RETRY_AFTER, "5")
}
