//! Every page of a collection: `Link` to the next (RFC 8288), or ranges of rows as PostgREST and Bistro have them.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use bistro_http::link;
use bistro_http::range::{ContentRange, ItemRange};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use url::Url;

use crate::body::Body;
use crate::error::{Error, shown};
use crate::exchange::Response;
use crate::follow::Way;
use crate::request::Request;

/// The unit of `Range`, as PostgREST's clients give it.
const RANGE_UNIT: HeaderName = HeaderName::from_static("range-unit");

/// The pages of a collection, one after the other. Only one is there at a time.
#[expect(
    missing_debug_implementations,
    reason = "it holds who remembers and who observes"
)]
pub struct Pages<'a> {
    way: Way<'a>,
    request: Request,
    next: Next,
    /// Whether a page had a link to the next: then one without is the last.
    has_links: bool,
    /// What was asked for, as hashes: whoever counts pages without end does not get our memory.
    seen: BTreeSet<u64>,
}

/// What comes next.
enum Next {
    First,
    Page(Step),
    End,
}

/// How the next page differs from this one.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    /// It has another target.
    Target(Url),
    /// It has another `Range`.
    Range(HeaderValue),
}

impl<'a> Pages<'a> {
    /// The pages that begin with the response to this request.
    pub fn new(way: Way<'a>, request: Request) -> Self {
        Self {
            way,
            request,
            next: Next::First,
            has_links: false,
            seen: BTreeSet::new(),
        }
    }

    /// The next page, as a response whose body is yet to be read; `None` after the last.
    ///
    /// The last is one that leads nowhere, that leads to where we were, that is empty, or that is no success; other methods than `GET` and `QUERY`
    /// have one page. The page after
    /// it is not given, if it took one more request to see that there is none. An error if a link leads to another origin.
    pub async fn next(&mut self) -> Result<Option<Response>, Error> {
        let is_first = match std::mem::replace(&mut self.next, Next::End) {
            Next::End => return Ok(None),
            Next::First => true,
            Next::Page(step) => {
                self.apply(step);
                false
            }
        };
        let is_stream = matches!(self.request.body, Some(Body::Stream(_)));
        if !is_first && is_stream {
            return Err(Error::BodyIsGone {
                to: shown(&self.request.url),
            });
        }
        self.seen.insert(mark(&self.request));
        let response = self.way.follow(&mut self.request).await?;
        let is_over = response.status == StatusCode::RANGE_NOT_SATISFIABLE || is_empty(&response);
        if is_over && !is_first {
            return Ok(None);
        }
        let is_read = matches!(self.request.method.as_str(), "GET" | "QUERY");
        if !is_over && is_read && response.status.is_success() {
            self.next = self.after(&response)?;
        }
        Ok(Some(response))
    }

    /// Ends here, whatever comes next: for who sees in the body that there is nothing more.
    pub fn finish(&mut self) {
        self.next = Next::End;
    }

    fn apply(&mut self, step: Step) {
        match step {
            Step::Target(url) => {
                // A link is the whole target: rows counted from there would be others.
                self.request.fields.remove(header::RANGE);
                self.request.url = url;
            }
            Step::Range(range) => drop(self.request.fields.insert(header::RANGE, range)),
        }
    }

    /// What comes after this page.
    fn after(&mut self, response: &Response) -> Result<Next, Error> {
        let linked = linked(&response.fields, &response.url);
        if let Some(to) = &linked
            && to.origin() != response.url.origin()
        {
            return Err(Error::ForeignPage {
                from: shown(&response.url),
                to: shown(to),
            });
        }
        self.has_links |= linked.is_some();
        let step = match linked {
            Some(to) => Some(Step::Target(to)),
            None if self.has_links => None,
            None => ranged(&self.request, &response.fields),
        };
        let Some(step) = step else {
            return Ok(Next::End);
        };
        let here = (
            self.request.url.clone(),
            self.request.fields.get(header::RANGE).cloned(),
        );
        let there = match &step {
            Step::Target(url) => (url.clone(), None),
            Step::Range(range) => (here.0, Some(range.clone())),
        };
        let is_new = !self.seen.contains(&hash(&there));
        Ok(if is_new { Next::Page(step) } else { Next::End })
    }
}

/// What makes a page another page.
fn mark(request: &Request) -> u64 {
    hash(&(
        request.url.clone(),
        request.fields.get(header::RANGE).cloned(),
    ))
}

fn hash(page: &(Url, Option<HeaderValue>)) -> u64 {
    let mut hasher = DefaultHasher::new();
    page.hash(&mut hasher);
    hasher.finish()
}

/// Whether the head alone says that there are no rows: none in the range, no content, or two octets of JSON, `[]`.
fn is_empty(response: &Response) -> bool {
    let text = |name| {
        response
            .fields
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok())
    };
    let range = text(header::CONTENT_RANGE).and_then(ContentRange::read);
    let is_json = text(header::CONTENT_TYPE).is_some_and(|media| media.contains("json"));
    match text(header::CONTENT_LENGTH) {
        _ if range.is_some_and(|range| range.items.is_none()) => true,
        _ if response.status == StatusCode::NO_CONTENT => true,
        Some("0") => true,
        Some("2") => is_json,
        _ => false,
    }
}

/// The target of the link to the next page.
fn linked(fields: &HeaderMap, from: &Url) -> Option<Url> {
    let lines = fields
        .get_all(header::LINK)
        .iter()
        .filter_map(|line| line.to_str().ok());
    let mut url = lines
        .filter_map(|line| link::read(line, "next"))
        .find_map(|target| from.join(target).ok())?;
    url.set_fragment(None);
    Some(url)
}

/// The page after one that says which rows it has.
fn ranged(request: &Request, fields: &HeaderMap) -> Option<Step> {
    let range = ContentRange::read(fields.get(header::CONTENT_RANGE)?.to_str().ok()?)?;
    let (first, last) = range.items?;
    let next = last.checked_add(1)?;
    if range.total.is_some_and(|total| next >= total) {
        return None;
    }
    let asked = asked_range(request);
    let limit = match (query(request, "limit"), asked) {
        (Some(limit), _) => limit.parse().ok(),
        (None, Some(asked)) => asked.count(),
        (None, None) => None,
    };
    let rows = next.saturating_sub(first);
    // Nobody said how many rows there are, and this page is not full.
    if range.total.is_none() && limit.is_some_and(|limit: u64| rows < limit) {
        return None;
    }
    let is_in_url = query(request, "limit").is_some() || query(request, "offset").is_some();
    match asked.filter(|_| !is_in_url) {
        Some(asked) => {
            let last = asked
                .count()
                .map(|count| next.saturating_add(count).saturating_sub(1));
            let text = format!(
                "{next}-{}",
                last.map_or_else(String::new, |last| last.to_string())
            );
            let prefix = if request.fields.contains_key(RANGE_UNIT) {
                ""
            } else {
                "items="
            };
            HeaderValue::from_str(&format!("{prefix}{text}"))
                .ok()
                .map(Step::Range)
        }
        None => Some(Step::Target(at(&request.url, next))),
    }
}

/// The rows that the request asked for in `Range`.
fn asked_range(request: &Request) -> Option<ItemRange> {
    let text = |name| {
        request
            .fields
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok())
    };
    ItemRange::read(text(header::RANGE)?, text(RANGE_UNIT))
        .ok()
        .flatten()
}

/// A parameter of the query.
fn query(request: &Request, name: &str) -> Option<String> {
    request
        .url
        .query_pairs()
        .find(|(found, _)| found == name)
        .map(|(_, value)| value.into_owned())
}

/// The same URL with another `offset`, all else as it was written.
fn at(url: &Url, offset: u64) -> Url {
    let query = url.query().unwrap_or_default();
    let others = query
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.starts_with("offset="));
    let mut pairs: Vec<String> = others.map(str::to_owned).collect();
    pairs.push(format!("offset={offset}"));
    let mut url = url.clone();
    url.set_query(Some(&pairs.join("&")));
    url
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderName, HeaderValue, Method};
    use url::Url;

    use super::{Step, ranged};
    use crate::request::Request;

    /// The step after a page, as text.
    fn step(
        path: &str,
        fields: &[(&'static str, &'static str)],
        content_range: &'static str,
    ) -> Option<String> {
        let fields = fields.iter().map(|(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        });
        let request = Request {
            method: Method::GET,
            url: Url::parse("http://x/").unwrap().join(path).unwrap(),
            fields: fields.collect(),
            without: Vec::new(),
            body: None,
            is_asterisk: false,
            socket: None,
        };
        let mut response = HeaderMap::new();
        response.insert("content-range", HeaderValue::from_static(content_range));
        ranged(&request, &response).map(|step| match step {
            Step::Target(url) => url[url::Position::BeforePath..].to_owned(),
            Step::Range(range) => range.to_str().unwrap().to_owned(),
        })
    }

    #[test]
    fn a_range_of_rows_leads_to_the_next() {
        let check = |path, fields: &[_], range, expected: Option<&str>| {
            assert_eq!(
                step(path, fields, range).as_deref(),
                expected,
                "{path} {fields:?} {range}"
            );
        };
        check("/songs", &[], "0-99/500", Some("/songs?offset=100"));
        check("/songs?a=b", &[], "0-99/*", Some("/songs?a=b&offset=100"));
        check(
            "/songs?limit=100",
            &[],
            "0-99/*",
            Some("/songs?limit=100&offset=100"),
        );
        check(
            "/songs?offset=100&limit=100",
            &[],
            "100-199/500",
            Some("/songs?limit=100&offset=200"),
        );
        check("/songs?limit=100", &[], "100-150/*", None);
        check("/songs", &[], "400-499/500", None);
        check("/songs", &[], "*/500", None);
        check("/songs", &[], "bytes 0-99/500", None);
        check(
            "/songs",
            &[("range", "items=0-24")],
            "0-24/*",
            Some("items=25-49"),
        );
        check(
            "/songs",
            &[("range", "0-24"), ("range-unit", "items")],
            "0-24/90",
            Some("25-49"),
        );
        check(
            "/songs",
            &[("range", "items=5-")],
            "5-24/90",
            Some("items=25-"),
        );
        check("/songs", &[("range", "items=0-24")], "0-3/*", None);
        check(
            "/songs",
            &[],
            "0-18446744073709551615/*",
            Some("/songs?offset=9223372036854775808"),
        );
    }
}
