//! What is asked: every kind of answer that is remembered, and some that never are.

use crate::http::{Request, Response};
use crate::random::Random;

/// `{}` is a row's key.
const TARGETS: &[&str] = &[
    "/songs",
    "/rest/v1/songs",
    "/songs?select=title,year&order=year.desc,id",
    "/songs?year=gte.1995&order=id",
    "/songs?limit=3",
    "/songs?limit=3&offset=2",
    "/songs?order=title,id&limit=4",
    "/songs?title=like.*a*",
    "/songs?select=year,count()&order=year",
    "/songs?select=count()",
    "/songs?select=title,artists(name,country)",
    "/songs?select=title,tags(name)",
    "/songs?select=title,extra",
    "/songs?artist_id=eq.{}&select=title",
    "/songs/{}",
    "/rest/v1/songs/{}",
    "/songs/{}?select=title,artists(*)",
    "/songs/{}?select=title,tags(name)&tags.order=name",
    "/songs/{}/tags",
    "/artists",
    "/artists?select=*,songs(title,year)",
    "/artists?select=name,songs(count())",
    "/artists?select=name,songs(title,tags(name))&limit=2",
    "/artists/{}",
    "/artists/{}?select=*,songs(*)",
    "/artists/{}/songs",
    "/artists/{}/songs?select=title&limit=2",
    "/tags?select=name,songs(title)",
    "/lyrics?select=title&words=fts.day",
    "/lyrics",
    "/shelves",
    "/shelves/{}",
    "/shelves?width=gt.1",
    "/recent",
    "/recent?select=title&limit=2",
    "/counters",
    "/counters/1",
    "/",
];

const ACCEPTED: &[&str] = &[
    "application/json",
    "application/json",
    "application/json",
    "text/csv",
    "text/html",
    "application/x-ndjson",
    "application/vnd.pgrst.object+json",
    "application/vnd.pgrst.array+json;nulls=stripped",
    "*/*",
];

/// How something is asked for.
#[derive(Clone)]
struct Way {
    is_head: bool,
    /// Pages speak of the name that they were asked by.
    host: &'static str,
    accept: &'static str,
    field: Option<(&'static str, String)>,
}

impl Way {
    fn any(random: &mut Random) -> Self {
        Self {
            is_head: random.once_in(8),
            host: random.pick(&["localhost", "127.0.0.1", "localhost:81"]),
            accept: random.pick(ACCEPTED),
            field: match random.below(6) {
                0 => Some(("Prefer", "count=exact".to_owned())),
                1 => {
                    let first = random.below(4);
                    let last = first + random.below(4);
                    Some(("Range", format!("{first}-{last}")))
                }
                _ => None,
            },
        }
    }

    /// One that differs in one respect at most.
    fn another(&self, random: &mut Random) -> Self {
        let any = Self::any(random);
        let mut other = self.clone();
        match random.below(6) {
            0 => other.is_head = any.is_head,
            1 => other.host = any.host,
            2..4 => other.accept = any.accept,
            _ => other.field = any.field,
        }
        other
    }

    fn request(&self, target: &str) -> Request {
        let method = if self.is_head { "HEAD" } else { "GET" };
        let request = Request::new(method, target)
            .field("Host", self.host)
            .field("Accept", self.accept);
        match &self.field {
            Some((name, value)) => request.field(name, value),
            None => request,
        }
    }
}

/// A request, and the tags that it was answered with.
pub(super) struct Asked {
    request: Request,
    tags: Vec<String>,
}

impl Asked {
    /// Two that ask for the same, each in its own way.
    pub(super) fn two(random: &mut Random) -> [Self; 2] {
        let key = 1 + random.below(6);
        let target = random.pick(TARGETS).replace("{}", &key.to_string());
        let one = Way::any(random);
        let other = one.another(random);
        [one, other].map(|way| Self {
            request: way.request(&target),
            tags: Vec::new(),
        })
    }

    /// The request, which may say what its client has already: something of before, perhaps the newest.
    pub(super) fn again(&self, random: &mut Random) -> Request {
        let request = self.request.clone();
        if self.tags.is_empty() || !random.once_in(3) {
            return request;
        }
        let name = if random.once_in(6) {
            "If-Match"
        } else {
            "If-None-Match"
        };
        request.field(name, &random.pick(&self.tags))
    }

    /// Learns what the client has now.
    pub(super) fn learn(&mut self, response: &Response) {
        if let Some(tag) = response.field("ETag")
            && self.tags.last().is_none_or(|last| last != tag)
        {
            self.tags.push(tag.to_owned());
        }
    }
}
