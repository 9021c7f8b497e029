//! What was decided about a read, kept: the next request like it needs no second thought.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use bistro_dialect::page::Cursor;
use bistro_dialect::preference::Count;
use bistro_dialect::{Target, print};
use bistro_http::method::Method;
use bistro_plan::catalog::{Relation, RelationKind};
use bistro_plan::plan::{Dependence, Link, Read, Related, Source};
use bistro_plan::principal::Principal;
use bistro_plan::sql::{self, Statement};
use bistro_plan::value::Value;
use bistro_represent::{Encoder, Format};
use hyper::header;

use crate::answer::link;
use crate::asked::Asked;
use crate::reading::head::Head;
use crate::reading::key::Key;
use crate::reading::lines::Lines;

/// A read, with everything its answer needs besides the database.
#[derive(Debug)]
pub(crate) struct Prepared {
    /// The schema it was planned for.
    pub(super) version: i64,
    /// What was asked.
    pub(super) asked: Arc<Asked>,
    /// What will be done.
    pub(super) read: Read,
    /// How the database is told.
    pub(super) statement: Statement,
    /// How rows are written.
    pub(super) encoder: Encoder,
    /// What the head says, whichever rows there are.
    pub(super) head: Head,
    links: Links,
    /// Whether any other row's path would be answered by the same statement with another key.
    is_of_any_row: bool,
    /// Whether its answers are better given again than made again.
    is_worth_remembering: bool,
    /// On whom its answers depend.
    dependence: Dependence,
    /// How often it was asked for since it was found to take long; [`SHORT`] if it was not.
    since_long: AtomicU32,
    /// How long its last answer was, in octets: room for as much is made at once.
    octets: AtomicUsize,
}

/// It was not found to take long.
const SHORT: u32 = u32::MAX;

/// How often something is asked for that takes long, until it is tried again whether it still does.
const TRIED_EVERY: u32 = 256;

/// `Link`
#[derive(Debug)]
enum Links {
    /// The same unless there is a next page.
    Fixed(String),
    /// Of whichever row is meant: the pieces that its key goes between.
    OfRow(Vec<String>),
    /// Left out: the answer is of no URL.
    None,
}

/// The row that is meant, if it is not the one that the read was planned for.
#[derive(Clone, Debug)]
pub(crate) struct Row<'a> {
    /// The parameters of the statement.
    pub(super) parameters: Vec<Value>,
    /// Its key, as in its path.
    segment: &'a str,
}

impl Links {
    /// The links of a row at this path.
    fn of_row(path: &str, links: &str) -> Self {
        let parent = path.rfind('/').and_then(|end| path.get(..=end));
        let mut pieces: Vec<_> = links.split(path).map(str::to_owned).collect();
        if let Some((_last, before)) = pieces.split_last_mut() {
            for piece in before {
                piece.push_str(parent.unwrap_or_default());
            }
        }
        Self::OfRow(pieces)
    }
}

impl Prepared {
    pub(crate) fn new(
        version: i64,
        asked: &Arc<Asked>,
        read: Read,
        encoder: Encoder,
        dependence: Dependence,
    ) -> Self {
        let links = if asked.request.method.is_safe() {
            let links = link::field(&asked.request, asked.representation, None);
            match row_path(asked) {
                Some(path) => Links::of_row(&path, &links),
                None => Links::Fixed(links),
            }
        } else {
            // What a call gives is nothing that its URL stands for.
            Links::None
        };
        let statement = sql::read(&read);
        let is_of_any_row =
            matches!(links, Links::OfRow(_)) && is_of_any_row(asked, &read, statement.key.len());
        let is_worth_remembering = is_worth_remembering(&read) && !may_ask_the_time(&statement);
        Self {
            version,
            statement,
            is_of_any_row,
            is_worth_remembering,
            head: Head::new(asked, &dependence),
            dependence,
            asked: Arc::clone(asked),
            links,
            since_long: AtomicU32::new(SHORT),
            octets: AtomicUsize::new(0),
            read,
            encoder,
        }
    }

    /// The method that it answers.
    pub(crate) fn method(&self) -> Method {
        self.asked.request.method
    }

    /// Whether any other row's path would be answered by the same statement with another key.
    pub(crate) fn is_of_any_row(&self) -> bool {
        self.is_of_any_row
    }

    /// The row that a request is for; `None` where it names none.
    pub(crate) fn row<'a>(&self, request: &'a Key) -> Option<Row<'a>> {
        let segment = request.segment()?;
        let key = self.read.rekeyed(&[segment])?;
        let mut parameters = self.statement.parameters.clone();
        let places = parameters.get_mut(self.statement.key.clone())?;
        for (place, value) in places.iter_mut().zip(key) {
            *place = value;
        }
        Some(Row {
            parameters,
            segment,
        })
    }

    /// The parameters of the statement for this row, or for the one it was planned for, on behalf of somebody of the class it was
    /// planned for.
    pub(super) fn parameters<'a>(
        &'a self,
        row: Option<&'a Row<'a>>,
        principal: &Principal,
    ) -> Cow<'a, [Value]> {
        let parameters = row.map_or(&self.statement.parameters, |row| &row.parameters);
        if self.statement.callers.is_empty() {
            return Cow::Borrowed(parameters);
        }
        let mut own = parameters.clone();
        self.statement.rebind(&mut own, principal);
        Cow::Owned(own)
    }

    /// On whom its answers depend.
    pub(crate) fn dependence(&self) -> &Dependence {
        &self.dependence
    }

    /// Adds `Link`: where else to go from this answer.
    pub(super) fn add_links(
        &self,
        lines: &mut Lines,
        row: Option<&Row<'_>>,
        next: Option<&Cursor>,
    ) {
        let own;
        match &self.links {
            Links::None => {}
            Links::Fixed(links) => {
                let links = match self.next_url(next) {
                    Some(next) => {
                        let asked = &self.asked;
                        own = link::field(&asked.request, asked.representation, Some(&next));
                        &own
                    }
                    None => links,
                };
                lines.add(&header::LINK, [links.as_str()]);
            }
            Links::OfRow(pieces) => {
                let segment = match row {
                    Some(row) => row.segment,
                    None => {
                        own = print::print_target(&self.asked.request.target);
                        own.rsplit_once('/').map_or("", |(_, segment)| segment)
                    }
                };
                let pieces = pieces.iter().enumerate();
                let texts = pieces.flat_map(|(place, piece)| {
                    let between = if place > 0 { segment } else { "" };
                    [between, piece.as_str()]
                });
                lines.add(&header::LINK, texts);
            }
        }
    }

    /// The URL of the page after this row.
    pub(super) fn next_url(&self, cursor: Option<&Cursor>) -> Option<String> {
        Some(link::next_page(
            &self.asked.request,
            self.read.limit?,
            cursor?,
        ))
    }

    /// Whether its answers are better given again than made again.
    pub(crate) fn is_worth_remembering(&self) -> bool {
        self.is_worth_remembering
    }

    /// Whether it is better not tried where others wait: it was long the last time, or is one long step. Now and then it is
    /// tried all the same, for tables shrink and indexes are made.
    pub(super) fn is_long(&self) -> bool {
        if self.since_long.load(Ordering::Relaxed) == SHORT {
            return is_counted_at_length(&self.read);
        }
        self.since_long.fetch_add(1, Ordering::Relaxed) % TRIED_EVERY != TRIED_EVERY - 1
    }

    /// Notes that it takes long.
    pub(super) fn note_long(&self) {
        self.since_long.store(0, Ordering::Relaxed);
    }

    /// Notes that it does not.
    pub(super) fn note_short(&self) {
        if self.since_long.load(Ordering::Relaxed) != SHORT {
            self.since_long.store(SHORT, Ordering::Relaxed);
        }
    }

    /// How much room its answer is likely to need, in octets.
    pub(super) fn octets(&self) -> usize {
        self.octets.load(Ordering::Relaxed)
    }

    /// Notes how long its answer was.
    pub(super) fn note_octets(&self, octets: usize) {
        self.octets.store(octets, Ordering::Relaxed);
    }

    /// How much memory it takes, more or less, in octets.
    pub(super) fn weight(&self) -> usize {
        let parameters = self.statement.parameters.iter().map(|value| match value {
            Value::Text(text) => text.len(),
            Value::Blob(octets) => octets.len(),
            Value::Null | Value::Integer(_) | Value::Real(_) => 0,
        });
        // What was asked, the plan and the statement are each about as long as the statement's text.
        let of_each = size_of::<Value>() * self.statement.parameters.len()
            + parameters.sum::<usize>()
            + self.statement.text.len();
        size_of::<Self>() + 3 * of_each + 1024
    }
}

/// The path of the row that is meant, if nothing else of the request would go into links.
fn row_path(asked: &Asked) -> Option<String> {
    let request = &asked.request;
    match &request.target {
        Target::Item { key, .. } if key.len() == 1 => {
            let path = print::print_target(&request.target);
            // Nothing in the query may be mistaken for it.
            (!print::print_query(&request.query).contains(&path)).then_some(path)
        }
        Target::Item { .. }
        | Target::Root
        | Target::Collection { .. }
        | Target::Related { .. }
        | Target::Function { .. }
        | Target::Own { .. } => None,
    }
}

/// Whether the statement of a read is that of any other row, with another key of so many columns.
fn is_of_any_row(asked: &Asked, read: &Read, columns: usize) -> bool {
    let Target::Item { key, .. } = &asked.request.target else {
        return false;
    };
    // A page speaks of its own address.
    asked.representation.format != Format::Html
        && read.rekeyed(key).is_some_and(|key| key.len() == columns)
}

/// Answers that are remembered must depend on nothing but what is stored in tables: a view, a stored query or a rule may ask what
/// time it is. And one row is found as fast as the memory of it.
fn is_worth_remembering(read: &Read) -> bool {
    let is_one_row = read.is_item && read.related.is_empty();
    !is_one_row
        && read.source == Source::Relation
        && read.parent.as_deref().is_none_or(is_of_tables)
        && is_of_tables(read)
}

/// Whether all rows of a relation are counted, which is a single step to SQLite, however many there are.
fn is_counted_at_length(read: &Read) -> bool {
    let counts = match read.count {
        Some(Count::Exact | Count::Planned | Count::Estimated) => true,
        None => false,
    };
    counts && read.is_of_all_rows()
}

/// Whether a text that is stored may be taken for the time it is asked: SQLite reads `now` so where it formats a time, as casts to one
/// do.
fn may_ask_the_time(statement: &Statement) -> bool {
    statement.text.contains("strftime(")
}

fn is_of_tables(read: &Read) -> bool {
    is_table(&read.relation) && read.related.iter().all(relates_to_tables)
}

fn relates_to_tables(related: &Related) -> bool {
    let joined = match &related.link {
        Link::Through { relation, .. } => is_table(relation),
        Link::Free | Link::Direct(_) => true,
    };
    joined && is_table(&related.relation) && related.related.iter().all(relates_to_tables)
}

fn is_table(relation: &Relation) -> bool {
    match relation.kind {
        RelationKind::Table | RelationKind::Search => relation.is_steadily_seen(),
        RelationKind::View | RelationKind::Virtual => false,
    }
}
