//! `GET`, `HEAD` and `QUERY`: a read plan becomes a response.

use std::pin::Pin;
use std::sync::Arc;

use bistro_database::{Database, Error, Snapshot};
use bistro_http::etag::Verdict;
use bistro_http::method::Method;
use bistro_http::range;
use bistro_plan::plan::Read;
use bistro_represent::Encoder;
use bytes::Bytes;
use hyper::header::{self, HeaderValue};
use hyper::{Response, StatusCode};
use tokio::sync::oneshot;

use crate::answer::delivery::{Delivery, Extent, Long, NextUrl, Streamed, Wanted, Way, Whole};
use crate::answer::{entity, link, preferred};
use crate::asked::Asked;
use crate::body::{Body, Pieces};
use crate::fields;
use crate::problem::Problem;
use crate::problem::failure::Failure;
use crate::state::State;
use crate::state::long::Place;

/// The longest response that is kept until its transaction has ended, in octets.
const WITHIN_BYTES_MAX: usize = 64 * 1024 * 1024;

type Running = Pin<Box<dyn Future<Output = Result<Option<Whole>, Error>> + Send>>;

/// A read that was run once.
enum Attempt {
    /// It became a response.
    Answered(Response<Body>),
    /// Its response is long, and too many of those are being sent already.
    NoPlace,
}

/// Runs a read and answers with its rows. A long response waits for its place without keeping a reader, and is then read anew.
pub(crate) async fn run<F>(
    state: &State,
    version: i64,
    asked: &Arc<Asked>,
    read: Read,
    encoder: F,
) -> Result<Response<Body>, Failure>
where
    F: Fn(&Read) -> Encoder,
{
    let patience = state.settings.bounds.long_wait;
    let mut place = None;
    loop {
        let encoder = encoder(&read);
        match attempt(state, version, asked, read.clone(), encoder, place).await? {
            Attempt::Answered(response) => return Ok(response),
            Attempt::NoPlace => match state.long.wait(patience).await {
                Some(free) => place = Some(free),
                None => return Err(no_place().into()),
            },
        }
    }
}

async fn attempt(
    state: &State,
    version: i64,
    asked: &Arc<Asked>,
    read: Read,
    encoder: Encoder,
    place: Option<Place>,
) -> Result<Attempt, Failure> {
    let answer = Answer::to(asked, &read);
    let (head, mut begun) = oneshot::channel();
    let way = Way {
        head,
        wanted: if asked.request.method == Method::Head {
            Wanted::Head
        } else {
            Wanted::Body
        },
        places: state.long.clone(),
        place,
    };
    let mut running = start(state.database.clone(), version, asked, read, encoder, way);
    let finished = tokio::select! {
        biased;
        Ok(long) = &mut begun => return answer.long(long, Some(running)),
        finished = &mut running => finished?,
    };
    match finished {
        Some(whole) => answer.whole(whole).map(Attempt::Answered),
        // It went out in pieces, and the last one before we looked.
        None => match begun.await {
            Ok(long) => answer.long(long, None),
            Err(error) => Err(Failure::from(Error::Internal {
                message: error.to_string(),
            })),
        },
    }
}

fn start(
    database: Database,
    version: i64,
    asked: &Arc<Asked>,
    read: Read,
    encoder: Encoder,
    way: Way,
) -> Running {
    let is_singular = asked.representation.is_singular;
    let next_url = next_url(asked, &read);
    Box::pin(async move {
        let job = move |snapshot: &Snapshot<'_>| {
            Delivery::new(snapshot, &read, encoder, is_singular, next_url)
                .streamable(way)
                .run()
        };
        database.read(version, job).await
    })
}

fn next_url(asked: &Arc<Asked>, read: &Read) -> NextUrl {
    let asked = Arc::clone(asked);
    let limit = read.limit;
    Box::new(move |cursor| limit.map(|limit| link::next_page(&asked.request, limit, cursor)))
}

/// Runs a read inside a transaction, and answers with its rows: all of them, for nothing may be told before the transaction
/// has ended.
pub(crate) fn within(
    snapshot: &Snapshot<'_>,
    asked: &Arc<Asked>,
    read: &Read,
    encoder: Encoder,
) -> Result<Response<Body>, Failure> {
    let is_singular = asked.representation.is_singular;
    let whole = Delivery::new(snapshot, read, encoder, is_singular, next_url(asked, read))
        .bounded(WITHIN_BYTES_MAX)
        .run()?;
    let whole = whole.ok_or_else(|| {
        Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "BISTRO413",
            format!("The rows are longer than {WITHIN_BYTES_MAX} bytes; nothing was changed"),
        )
        .hint("Ask with `Prefer: return=minimal`, or for fewer rows and columns with `limit` and `select`.")
    })?;
    Answer::to(asked, read).whole(whole)
}

/// What a response says besides its rows.
struct Answer {
    asked: Arc<Asked>,
    is_item: bool,
    limit: Option<u64>,
    offset: u64,
}

impl Answer {
    fn to(asked: &Arc<Asked>, read: &Read) -> Self {
        Self {
            asked: Arc::clone(asked),
            is_item: read.is_item,
            limit: read.limit,
            offset: read.offset,
        }
    }

    fn whole(&self, whole: Whole) -> Result<Response<Body>, Failure> {
        let Whole { extent, body, .. } = whole;
        let status = self.status(&extent)?;
        let content_range = self.content_range(&extent);
        if !self.asked.request.method.is_safe() {
            // What a call gives is nothing that its URL stands for.
            let body = Body::Whole(Bytes::from(body));
            return Ok(self.head(status, &extent, content_range, body));
        }
        let tag = entity::tag(
            self.asked.representation.content_type(),
            content_range.as_deref(),
            &body,
        );
        match self
            .asked
            .conditions
            .evaluate(Some(&tag), self.asked.request.method)
        {
            Verdict::Proceed => {}
            Verdict::Failed => return Err(entity::failed().into()),
            Verdict::NotModified => {
                let mut response = self.head(StatusCode::NOT_MODIFIED, &extent, None, Body::Empty);
                response.headers_mut().remove(header::CONTENT_TYPE);
                response
                    .headers_mut()
                    .insert(header::ETAG, fields::value(&tag.to_string()));
                return Ok(response);
            }
        }
        let mut response = self.head(
            status,
            &extent,
            content_range,
            Body::Whole(Bytes::from(body)),
        );
        response
            .headers_mut()
            .insert(header::ETAG, fields::value(&tag.to_string()));
        Ok(response)
    }

    fn long(&self, long: Long, running: Option<Running>) -> Result<Attempt, Failure> {
        match long {
            Long::Begun(streamed) => self.stream(streamed, running).map(Attempt::Answered),
            Long::NoPlace => Ok(Attempt::NoPlace),
        }
    }

    /// The response whose rows are still coming. `running` lives as long as the body: a client that goes away stops it.
    fn stream(
        &self,
        streamed: Streamed,
        running: Option<Running>,
    ) -> Result<Response<Body>, Failure> {
        let status = self.status(&streamed.extent)?;
        let content_range = self.content_range(&streamed.extent);
        let pieces = Pieces::new(
            streamed.pieces,
            running.map(|running| -> Box<dyn Send> { Box::new(running) }),
        );
        Ok(self.head(
            status,
            &streamed.extent,
            content_range,
            Body::Stream(pieces),
        ))
    }

    /// 200, 206 or 416 (`PostgREST`, "Pagination and Count"); 404 for an item that is not there, 406 for a singular
    /// answer that would not be one.
    fn status(&self, extent: &Extent) -> Result<StatusCode, Problem> {
        if self.asked.representation.is_singular
            && (extent.rows != 1 || extent.has_more)
            && !self.is_item
        {
            return Err(not_singular(extent.rows));
        }
        if self.is_item {
            return if extent.rows == 0 {
                Err(Problem::no_such_row())
            } else {
                Ok(StatusCode::OK)
            };
        }
        match extent.total {
            Some(total) if self.offset > total => Err(out_of_range(self.offset, total)),
            Some(total) if extent.rows < total => Ok(StatusCode::PARTIAL_CONTENT),
            Some(_) | None => Ok(StatusCode::OK),
        }
    }

    fn content_range(&self, extent: &Extent) -> Option<String> {
        (!self.is_item).then(|| range::content_range(self.offset, extent.rows, extent.total))
    }

    fn head(
        &self,
        status: StatusCode,
        extent: &Extent,
        content_range: Option<String>,
        body: Body,
    ) -> Response<Body> {
        let asked = &self.asked;
        let mut response = Response::new(body);
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static(asked.representation.content_type()),
        );
        if let Some(content_range) = content_range {
            headers.insert(header::CONTENT_RANGE, fields::value(&content_range));
        }
        let next = match (&extent.next, self.limit) {
            (Some(cursor), Some(limit)) => Some(link::next_page(&asked.request, limit, cursor)),
            (Some(_) | None, _) => None,
        };
        if asked.request.method.is_safe() {
            let links = link::field(&asked.request, asked.representation, next.as_deref());
            headers.insert(header::LINK, fields::value(&links));
        }
        headers.insert(
            header::VARY,
            HeaderValue::from_static("Accept, Prefer, Range"),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        preferred::applied(&asked.request, &asked.request.preferences, headers);
        response
    }
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

/// A singular answer was asked for, and there is not exactly one row.
pub(crate) fn not_singular(rows: u64) -> Problem {
    Problem::new(
        StatusCode::NOT_ACCEPTABLE,
        "PGRST116",
        "Cannot coerce the result to a single JSON object",
    )
    .details(format!("The result contains {rows} rows"))
}

/// The row a URL names is not there, or not for this caller.
fn out_of_range(offset: u64, total: u64) -> Problem {
    Problem::new(
        StatusCode::RANGE_NOT_SATISFIABLE,
        "PGRST103",
        "Requested range not satisfiable",
    )
    .details(format!(
        "An offset of {offset} was requested, but there are only {total} rows."
    ))
    .field(header::CONTENT_RANGE, &format!("*/{total}"))
}
