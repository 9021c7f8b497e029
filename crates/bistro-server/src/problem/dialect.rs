//! What the dialect could not read.

use bistro_dialect::error::{Error, Place, Problem as Trouble};
use bistro_dialect::limits::Bound;
use hyper::StatusCode;
use hyper::header::{self, HeaderName};

use crate::problem::Problem;

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let place = error.place;
        match error.problem {
            Trouble::Syntax {
                text,
                at,
                found,
                expected,
            } => syntax(&place, &text, at, &found, &expected),
            trouble @ (Trouble::Encoding { .. } | Trouble::Repeated) => Self::new(
                StatusCode::BAD_REQUEST,
                "PGRST100",
                format!("{place}: {trouble}"),
            ),
            trouble @ Trouble::TooMuch { .. } => too_much(&place, &trouble),
            trouble @ Trouble::Missing => {
                Self::new(StatusCode::BAD_REQUEST, "PGRST102", trouble.to_string())
            }
            trouble @ Trouble::NoMediaType { .. } => {
                Self::new(StatusCode::BAD_REQUEST, "PGRST102", trouble.to_string())
            }
            Trouble::MediaType { found, expected } => Self::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "PGRST102",
                format!("Content-Type not acceptable: {found}"),
            )
            .hint(format!("This resource takes {expected}."))
            .field(taken(expected), expected),
            trouble @ Trouble::Malformed { .. } => {
                let message = match &place {
                    // Lines and columns are counted from where it begins.
                    Place::Member(_) => format!("{place}: {trouble}"),
                    Place::Path
                    | Place::Query
                    | Place::Parameter(_)
                    | Place::Field(_)
                    | Place::Body => trouble.to_string(),
                };
                Self::new(StatusCode::BAD_REQUEST, "PGRST102", message)
            }
            trouble @ Trouble::UnequalKeys { .. } => Self::new(
                StatusCode::BAD_REQUEST,
                "PGRST102",
                "All object keys must match",
            )
            .details(trouble.to_string())
            .hint("Name the columns you mean with `columns=`, or send the same keys in every row."),
            Trouble::EmptyRange => unsatisfiable(
                "The lower boundary must be lower than or equal to the upper boundary in the Range header.",
            ),
            Trouble::NegativeLimit => {
                unsatisfiable("Limit should be greater than or equal to zero.")
            }
            Trouble::Preferences(invalid) => Self::new(
                StatusCode::BAD_REQUEST,
                "PGRST122",
                "Invalid preferences given with handling=strict",
            )
            .details(format!("Invalid preferences: {}", invalid.join(", "))),
        }
    }
}

/// A page that no rows can fill, in `PostgREST`'s words.
fn unsatisfiable(details: &str) -> Problem {
    Problem::new(
        StatusCode::RANGE_NOT_SATISFIABLE,
        "PGRST103",
        "Requested range not satisfiable",
    )
    .details(details)
}

/// The most of a client's own text that a message says back, in characters.
const QUOTED_MAX: usize = 200;

fn syntax(place: &Place, text: &str, at: usize, found: &str, expected: &str) -> Problem {
    let text = match text.char_indices().nth(QUOTED_MAX) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    };
    let details = format!("unexpected {found}, expected {expected}");
    match place {
        // The words PostgREST's clients know.
        Place::Parameter(name) => Problem::new(
            StatusCode::BAD_REQUEST,
            "PGRST100",
            format!(
                "\"failed to parse {} ({text})\" (line 1, column {})",
                part(name),
                at.saturating_add(1)
            ),
        ),
        Place::Path => Problem::new(
            StatusCode::NOT_FOUND,
            "PGRST125",
            "Invalid path specified in request URL",
        ),
        Place::Query => Problem::new(
            StatusCode::BAD_REQUEST,
            "PGRST100",
            format!(
                "failed to parse the query string ({text}) (line 1, column {})",
                at.saturating_add(1)
            ),
        ),
        Place::Field(name) => Problem::new(
            StatusCode::BAD_REQUEST,
            "PGRST100",
            format!(
                "failed to parse field {name} ({text}) (column {})",
                at.saturating_add(1)
            ),
        ),
        Place::Body | Place::Member(_) => Problem::new(
            StatusCode::BAD_REQUEST,
            "PGRST102",
            format!("failed to parse the body (byte {at})"),
        ),
    }
    .details(details)
}

/// What PostgREST calls the part of a query that this parameter is.
fn part(name: &str) -> String {
    let last = name.rsplit('.').next().unwrap_or(name);
    match (name, last) {
        ("select" | "columns" | "on_conflict" | "after", _) | (_, "limit" | "offset") => {
            format!("{name} parameter")
        }
        (_, "order") => "order".to_owned(),
        (_, "and" | "or") => "logic tree".to_owned(),
        _ => "filter".to_owned(),
    }
}

/// The field that says what a resource takes: `QUERY` has its own (RFC 10008), and is the one method that takes forms only.
fn taken(expected: &str) -> HeaderName {
    if expected == "application/x-www-form-urlencoded" {
        HeaderName::from_static("accept-query")
    } else {
        header::ACCEPT
    }
}

fn too_much(place: &Place, trouble: &Trouble) -> Problem {
    let status = match place {
        Place::Path | Place::Query | Place::Parameter(_) => StatusCode::URI_TOO_LONG,
        Place::Field(_) => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
        Place::Body | Place::Member(_) => StatusCode::PAYLOAD_TOO_LARGE,
    };
    let code = match place {
        Place::Path | Place::Query | Place::Parameter(_) | Place::Field(_) => "PGRST100",
        Place::Body | Place::Member(_) => "PGRST102",
    };
    Problem::new(
        status,
        code,
        format!("{place}: {trouble}{}", setting(trouble)),
    )
}

/// The setting behind a bound, as it stands behind a sentence about it.
fn setting(trouble: &Trouble) -> String {
    let Trouble::TooMuch { bound, .. } = trouble else {
        return String::new();
    };
    let key = match bound {
        Bound::QueryBytes => "query_max",
        Bound::Depth => "depth",
        Bound::Terms => "terms",
        Bound::List => "list",
        Bound::Rows => "rows",
        Bound::Columns => "columns",
        // Nobody sets it.
        Bound::Values => return String::new(),
    };
    format!(" (`[limits] {key}`)")
}
