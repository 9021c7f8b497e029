//! Answers with files: whole, in part, or that the client has it already.

use std::io;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use bistro_http::allow;
use bistro_http::bytes::Bytes as Range;
use bistro_http::etag::{EntityTag, Verdict};
use bistro_http::media::{self, Offer};
use bistro_http::method::Method;
use httpdate::{fmt_http_date, parse_http_date};
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use tokio::task::spawn_blocking;

use crate::answer::entity;
use crate::asked::condition::conditions;
use crate::body::Body;
use crate::exchange::Exchange;
use crate::fields;
use crate::files::found::{self, Content, Found, Served};
use crate::files::pieces;
use crate::files::place::Place;
use crate::problem::Problem;
use crate::standard::AsItIs;
use crate::state::State;

/// A cache asks about it again each time it is wanted.
const NO_CACHE: HeaderValue = HeaderValue::from_static("no-cache");

/// The first names that are Bistro's, whatever tables there are.
pub(super) const OURS: [&str; 2] = ["-", "rpc"];

/// Where supabase's clients look for the data.
const PREFIX: &str = "/rest/v1";

/// What may be had at `/`: the page in the folder, and for whoever asks for it the description.
const AT_ROOT: [(Offer<'_>, bool); 4] = [
    (Offer::new("text", "html"), true),
    (Offer::new("application", "openapi+json"), false),
    (Offer::new("application", "vnd.oai.openapi+json"), false),
    (Offer::new("application", "json"), false),
];

/// The answer, if a file is there and nothing of Bistro's has its name.
///
/// # Errors
/// The method is none that files have, a condition does not hold, or the system fails.
pub(crate) async fn answer(
    state: &State,
    exchange: &Exchange,
) -> Result<Option<Response<Body>>, Problem> {
    let Some((folder, place)) = place(state, exchange.path()) else {
        return Ok(None);
    };
    let is_root = place.is_root();
    if is_root && !wants_page(&exchange.headers) {
        return Ok(None);
    }
    let Some(found) = find(folder, place).await? else {
        return Ok(None);
    };
    let methods = methods_of(state);
    if !methods.contains(&exchange.method) {
        return Err(Problem::not_allowed(exchange.method, &methods));
    }
    let mut response = match (exchange.method, found) {
        (Method::Options, _) => options(&methods),
        (_, Found::Folder) => redirect(exchange),
        (_, Found::File(served)) => serve(exchange, served)?,
    };
    if is_root {
        let accept = HeaderValue::from_static("Accept");
        response.headers_mut().insert(header::VARY, accept);
    }
    Ok(Some(response))
}

/// The methods of a path, if a file is there.
pub(crate) async fn methods(state: &State, path: &str) -> Option<Vec<Method>> {
    let (folder, place) = place(state, path)?;
    let found = find(folder, place).await;
    matches!(found, Ok(Some(_))).then(|| methods_of(state))
}

/// The folder and the place in it, unless a resource of Bistro's has the first name.
fn place(state: &State, path: &str) -> Option<(PathBuf, Place)> {
    let folder = state.settings.files.as_ref()?;
    let is_alias = path
        .strip_prefix(PREFIX)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    if is_alias {
        return None;
    }
    let place = Place::read(path)?;
    let is_taken = place.first().is_some_and(|first| {
        OURS.contains(&first) || state.database.catalog().relations.contains_key(first)
    });
    (!is_taken).then(|| (folder.clone(), place))
}

/// Looks for it on a thread that may wait for the disk.
async fn find(folder: PathBuf, place: Place) -> Result<Option<Found>, Problem> {
    let found = spawn_blocking(move || found::find(&folder, &place, now())).await;
    found.map_err(io::Error::other).flatten().map_err(|error| {
        Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "58030",
            "The file cannot be read",
        )
        .field(header::RETRY_AFTER, "1")
        .report(format!("a static file cannot be read: {error}"))
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "what is asked is how long ago a file was changed by the clock of its file system"
)]
fn now() -> SystemTime {
    SystemTime::now()
}

fn wants_page(headers: &HeaderMap) -> bool {
    let accepted = media::accept(&fields::lines(headers, header::ACCEPT));
    media::choose(&accepted, &AT_ROOT).unwrap_or(false)
}

fn methods_of(state: &State) -> Vec<Method> {
    let mut methods = vec![Method::Get, Method::Head, Method::Options];
    if state.settings.trace {
        methods.push(Method::Trace);
    }
    methods
}

fn options(methods: &[Method]) -> Response<Body> {
    let mut response = empty(StatusCode::NO_CONTENT);
    let allowed = fields::value(&allow::allow(methods));
    response.headers_mut().insert(header::ALLOW, allowed);
    response
}

/// The same with a slash at its end, so that what its page links to is found below it.
fn redirect(exchange: &Exchange) -> Response<Body> {
    let query = exchange.query().map(|query| format!("?{query}"));
    let location = format!("{}/{}", exchange.path(), query.unwrap_or_default());
    let mut response = empty(StatusCode::PERMANENT_REDIRECT);
    let headers = response.headers_mut();
    headers.insert(header::LOCATION, fields::value(&location));
    headers.insert(header::CACHE_CONTROL, NO_CACHE);
    response
}

fn serve(exchange: &Exchange, served: Served) -> Result<Response<Body>, Problem> {
    let headers = &exchange.headers;
    let status = match verdict(headers, exchange.method, &served) {
        Verdict::Failed => return Err(entity::failed()),
        Verdict::NotModified => StatusCode::NOT_MODIFIED,
        Verdict::Proceed => StatusCode::OK,
    };
    let mut response = empty(status);
    let fields = response.headers_mut();
    fields.insert(header::CACHE_CONTROL, NO_CACHE);
    fields.insert(header::ETAG, fields::value(&served.tag.to_string()));
    if let Some(modified) = served.modified {
        let date = fields::value(&fmt_http_date(modified));
        fields.insert(header::LAST_MODIFIED, date);
    }
    if status == StatusCode::NOT_MODIFIED {
        return Ok(response);
    }
    fields.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    let kind = HeaderValue::from_static(served.content_type);
    fields.insert(header::CONTENT_TYPE, kind);
    let total = served.length;
    let (first, length) = match range(headers, exchange.method, &served) {
        Range::All => (0, total),
        Range::Part { first, last } => {
            let part = fields::value(&format!("bytes {first}-{last}/{total}"));
            fields.insert(header::CONTENT_RANGE, part);
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
            (first, last - first + 1)
        }
        Range::Beyond => return Err(beyond(total)),
    };
    let announced = HeaderValue::from(length);
    response
        .headers_mut()
        .insert(header::CONTENT_LENGTH, announced);
    if exchange.method != Method::Head {
        *response.body_mut() = body(served.content, first, length);
    }
    Ok(response)
}

fn body(content: Content, first: u64, length: u64) -> Body {
    match content {
        Content::Open(file) => pieces::body(file, first, length),
        Content::Whole(octets) => {
            // Both ends lie in what is in memory.
            let end = |octet: u64| {
                usize::try_from(octet)
                    .unwrap_or(usize::MAX)
                    .min(octets.len())
            };
            Body::Whole(octets.slice(end(first)..end(first + length)))
        }
    }
}

/// Decides in the order of RFC 9110 §13.2.2: dates only where no tags are named.
fn verdict(headers: &HeaderMap, method: Method, served: &Served) -> Verdict {
    let conditions = conditions(headers);
    let modified = served.modified.map(whole_seconds);
    let is_later = |name| match (modified, date(headers, name)) {
        (Some(modified), Some(since)) => Some(modified > since),
        (None, _) | (_, None) => None,
    };
    if conditions.if_match.is_none() && is_later(header::IF_UNMODIFIED_SINCE) == Some(true) {
        return Verdict::Failed;
    }
    match conditions.evaluate(Some(&served.tag), method) {
        Verdict::Proceed if conditions.if_none_match.is_none() => {
            match is_later(header::IF_MODIFIED_SINCE) {
                Some(false) => Verdict::NotModified,
                Some(true) | None => Verdict::Proceed,
            }
        }
        verdict => verdict,
    }
}

/// The part that is asked for, if it is one of the state that the client has already begun to read (RFC 9110 §13.1.5).
fn range(headers: &HeaderMap, method: Method, served: &Served) -> Range {
    let Some(range) = fields::one(headers, header::RANGE).filter(|_| method == Method::Get) else {
        return Range::All;
    };
    let is_same = match fields::joined(headers, header::IF_RANGE) {
        None => true,
        Some(state) => match EntityTag::read(&state) {
            Some(tag) => tag.is_strongly(&served.tag),
            // A second in which it may have changed twice tells too little; a weak tag says that it is such a one.
            None => {
                !served.tag.is_weak
                    && served.modified.map(whole_seconds) == parse_http_date(&state).ok()
            }
        },
    };
    if is_same {
        Range::read(range, served.length)
    } else {
        Range::All
    }
}

fn beyond(total: u64) -> Problem {
    Problem::new(
        StatusCode::RANGE_NOT_SATISFIABLE,
        "PGRST103",
        "Requested range not satisfiable",
    )
    .details(format!("The file has {total} octets."))
    .field(header::CONTENT_RANGE, &format!("bytes */{total}"))
}

fn date(headers: &HeaderMap, name: HeaderName) -> Option<SystemTime> {
    parse_http_date(fields::one(headers, name)?).ok()
}

/// As much of a time as fields can say.
fn whole_seconds(time: SystemTime) -> SystemTime {
    let since = time.duration_since(SystemTime::UNIX_EPOCH);
    let seconds = since.map_or(0, |since| since.as_secs());
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = status;
    response.extensions_mut().insert(AsItIs);
    response
}
