//! What the plan refused. Where `PostgREST` has words for it, they are its words, for its clients to find.

use bistro_http::method::Method;
use bistro_plan::Error;
use bistro_plan::error::Candidate;
use hyper::StatusCode;
use serde_json::json;

use crate::problem::Problem;

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let sentence = error.to_string();
        match error {
            Error::UnknownRelation { .. }
            | Error::UnknownFunction { .. }
            | Error::WrongArguments { .. }
            | Error::NoRelation
            | Error::UnknownColumn { .. }
            | Error::UnknownPayloadColumn { .. }
            | Error::UnknownCast { .. } => unknown(error, &sentence),
            Error::UnknownRelationship { .. }
            | Error::AmbiguousRelationship { .. }
            | Error::NotEmbedded { .. }
            | Error::RelatedOrder { .. }
            | Error::SpreadAggregate { .. } => relationship(error, sentence),
            Error::NoKey { .. } | Error::KeyParts { .. } | Error::NoSuchRow { .. } => {
                Self::new(StatusCode::NOT_FOUND, "BISTRO404", sentence)
            }
            Error::NotRelated { nearest, .. } => not_related(nearest, sentence),
            Error::NotAllowed {
                method, allowed, ..
            } => Self::not_allowed(method, &allowed),
            Error::Forbidden { .. } => Self::new(StatusCode::FORBIDDEN, "42501", sentence),
            Error::InvalidValue { .. } | Error::OutOfRange { .. } => misfit(error),
            Error::NoPath { .. }
            | Error::UnsupportedOperator { .. }
            | Error::NoAggregate { .. } => bad("42883", sentence),
            Error::Unsupported { .. } => bad("0A000", sentence),
            Error::NotGrouped { .. } => bad("42803", sentence),
            Error::DuplicateName { .. } => bad("42701", sentence),
            Error::CursorLength { .. } | Error::CursorMisplaced { .. } => bad("PGRST100", sentence),
            Error::DisjointRange => Self::new(
                StatusCode::RANGE_NOT_SATISFIABLE,
                "PGRST103",
                "Requested range not satisfiable",
            )
            .details(sentence),
            Error::Unfiltered {
                method, example, ..
            } => unfiltered(method, &example),
            Error::Misread(error) => Self::from(error),
            Error::RepeatedArgument { .. } => bad("PGRST100", sentence),
            Error::ArgumentsList { .. }
            | Error::RelatedMismatch { .. }
            | Error::RowCount { .. }
            | Error::NoPayload { .. }
            | Error::WrongPayload { .. }
            | Error::GeneratedColumn { .. }
            | Error::NotCreatedWith { .. }
            | Error::FilledColumn { .. }
            | Error::RowsInText { .. } => body(error, sentence),
            Error::PutFilters { .. } | Error::PutPage | Error::PutMismatch { .. } => {
                put(&error, sentence)
            }
            Error::NoUnique { .. } => bad(
                "42P10",
                "there is no unique or exclusion constraint matching the ON CONFLICT specification",
            )
            .details(sentence),
            Error::TooManyParameters { .. }
            | Error::TooManyColumns { .. }
            | Error::TooManyPatterns { .. }
            | Error::TooManyRows { .. } => bad("54000", sentence),
        }
    }
}

fn bad(code: &'static str, message: impl Into<String>) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, code, message)
}

/// What a body holds that cannot be written.
fn body(error: Error, sentence: String) -> Problem {
    match error {
            Error::ArgumentsList { .. } => bad("PGRST102", sentence),
            Error::RelatedMismatch { .. } => {
                bad("PGRST115", "Payload values do not match the row in the URL")
                    .details(sentence)
                    .hint("Leave the column out: the URL says what it refers to.")
            }
            Error::RowCount { method, .. } => bad(row_count_code(method), sentence),
            Error::NoPayload { .. } => bad("PGRST102", "Empty or invalid json").details(sentence),
            Error::WrongPayload { .. } => {
                Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "PGRST102", sentence)
            }
            Error::GeneratedColumn { column, .. } => bad(
                "428C9",
                format!("cannot insert a non-DEFAULT value into column \"{column}\""),
            )
            .details(format!("Column \"{column}\" is a generated column."))
            .hint("Leave it out of the body: the database computes it."),
            Error::NotCreatedWith { .. } => bad("0A000", sentence).hint(
                "Create one after the other with `POST /-/batch`: a later request can use the key of an earlier row.",
            ),
            Error::FilledColumn { .. } => {
                bad("PGRST115", "Payload values do not match the row they stand in")
                    .details(sentence)
                    .hint("Leave the column out: it is known what the row belongs to.")
            }
            Error::RowsInText { .. } => bad("PGRST102", sentence),
        _ => bad("PGRST102", sentence),
    }
}

/// Values that do not fit their columns, or arguments their types, in PostgreSQL's words.
fn misfit(error: Error) -> Problem {
    let (code, column, message) = match error {
        Error::InvalidValue { column, kind, text } => (
            "22P02",
            column,
            format!("invalid input syntax for type {}: \"{text}\"", kind.name()),
        ),
        Error::OutOfRange { column, kind, text } => (
            "22003",
            column,
            format!("value \"{text}\" is out of range for type {}", kind.name()),
        ),
        other => return bad("22P02", other.to_string()),
    };
    bad(code, message).details(format!("The value is for `{column}`."))
}

/// What `PUT` takes, and this is not.
fn put(error: &Error, sentence: String) -> Problem {
    match error {
        Error::PutPage => bad(
            "PGRST114",
            "limit/offset querystring parameters are not allowed for PUT",
        ),
        Error::PutMismatch { .. } => bad(
            "PGRST115",
            "Payload values do not match URL in primary key column(s)",
        )
        .details(sentence),
        _ => Problem::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "PGRST105",
            "Filters must include all and only primary key columns with 'eq' operators",
        )
        .details(sentence),
    }
}

/// A function that is not there, or not with these arguments.
fn no_function(name: &str, arguments: &str) -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "PGRST202",
        format!("Could not find the function {name}{arguments} in the schema cache"),
    )
}

/// Names that are not there.
fn unknown(error: Error, sentence: &str) -> Problem {
    match error {
        Error::UnknownRelation { name, nearest } => {
            let problem = Problem::new(
                StatusCode::NOT_FOUND,
                "PGRST205",
                format!("Could not find the table '{name}' in the schema cache"),
            );
            match nearest {
                Some(nearest) => problem.hint(format!("Perhaps you meant the table '{nearest}'")),
                None => problem.hint("`/` lists the tables and views there are."),
            }
        }
        Error::UnknownFunction { name, nearest } => {
            let problem = no_function(&name, "");
            match nearest {
                Some(nearest) => {
                    problem.hint(format!("Perhaps you meant to call the function {nearest}"))
                }
                None => problem.hint("`/` lists the stored queries there are."),
            }
        }
        Error::WrongArguments {
            function,
            expected,
            given,
        } => no_function(&function, &format!("({})", given.join(", ")))
            .details(sentence)
            .hint(format!(
                "Perhaps you meant to call the function {function}({})",
                expected.join(", ")
            )),
        Error::UnknownColumn {
            relation,
            column,
            nearest,
        } => {
            let problem = bad(
                "42703",
                format!("column {relation}.{column} does not exist"),
            );
            match nearest {
                Some(nearest) => problem.hint(format!(
                    "Perhaps you meant to reference the column \"{relation}.{nearest}\"."
                )),
                None => problem,
            }
        }
        Error::UnknownPayloadColumn {
            relation,
            column,
            nearest,
        } => {
            let problem = bad(
                "PGRST204",
                format!("Could not find the '{column}' column of '{relation}' in the schema cache"),
            );
            match nearest {
                Some(nearest) => problem.hint(format!("Perhaps you meant the column '{nearest}'")),
                None => problem,
            }
        }
        Error::UnknownCast { name, .. } => {
            bad("42704", format!("type \"{name}\" does not exist")).details(sentence)
        }
        _ => Problem::new(StatusCode::NOT_FOUND, "BISTRO404", sentence),
    }
}

/// What is embedded and cannot be, or is asked of it and cannot be.
fn relationship(error: Error, sentence: String) -> Problem {
    match error {
        Error::UnknownRelationship {
            from,
            to,
            hint,
            nearest,
        } => {
            let by = hint.map_or_else(String::new, |hint| format!(" using the hint '{hint}'"));
            let problem = bad(
                "PGRST200",
                format!("Could not find a relationship between '{from}' and '{to}' in the schema cache"),
            )
            .details(format!(
                "Searched for a foreign key relationship between '{from}' and '{to}'{by}, but no matches were found."
            ));
            match nearest {
                Some(nearest) => {
                    problem.hint(format!("Perhaps you meant '{nearest}' instead of '{to}'."))
                }
                None => problem,
            }
        }
        Error::AmbiguousRelationship {
            from,
            to,
            candidates,
        } => ambiguous(&from, &to, &candidates),
        Error::NotEmbedded { name } => bad(
            "PGRST108",
            format!("'{name}' is not an embedded resource in this request"),
        )
        .hint(format!(
            "Verify that '{name}' is included in the 'select' query parameter."
        )),
        Error::RelatedOrder { name, relation } => bad(
            "PGRST118",
            format!("A related order on '{name}' is not possible"),
        )
        .details(format!(
            "'{relation}' and '{name}' do not form a many-to-one or one-to-one relationship"
        )),
        Error::SpreadAggregate { .. } => bad("PGRST127", "Feature not implemented")
            .details(sentence)
            .hint("Embed it without spreading, and aggregate there."),
        _ => bad("PGRST200", sentence),
    }
}

/// A path to what belongs to a row, and nothing does.
fn not_related(nearest: Option<String>, sentence: String) -> Problem {
    let message = "Invalid path specified in request URL";
    let problem = Problem::new(StatusCode::NOT_FOUND, "PGRST125", message).details(sentence);
    match nearest {
        Some(nearest) => problem.hint(format!("Perhaps you meant '{nearest}'")),
        None => problem,
    }
}

/// 300 with every way there is (`PostgREST`, "Foreign Key Joins on Multiple Foreign Key Relationships").
fn ambiguous(from: &str, to: &str, candidates: &[Candidate]) -> Problem {
    let names: Vec<String> = candidates
        .iter()
        .map(|candidate| format!("'{}'", candidate.name))
        .collect();
    let ways: Vec<String> = candidates
        .iter()
        .map(|candidate| format!("{} ({})", candidate.relationship, candidate.cardinality))
        .collect();
    let facts = candidates.iter().map(|candidate| {
        json!({
            "cardinality": candidate.cardinality,
            "embedding": candidate.embedding,
            "relationship": candidate.relationship,
        })
    });
    Problem::new(
        StatusCode::MULTIPLE_CHOICES,
        "PGRST201",
        format!("Could not embed because more than one relationship was found for '{from}' and '{to}'"),
    )
    .details(ways.join("; "))
    .facts(facts.collect())
    .hint(format!(
        "Try changing '{to}' to one of the following: {}. Find the desired relationship in the 'details' key.",
        names.join(", ")
    ))
}

fn unfiltered(method: Method, example: &str) -> Problem {
    let statement = if method == Method::Delete {
        "DELETE"
    } else {
        "UPDATE"
    };
    bad("21000", format!("{statement} requires a WHERE clause"))
        .details(format!(
            "{method} without a filter would concern every row."
        ))
        .hint(format!(
            "Add a filter. If every row is meant, say so: `{example}`."
        ))
}

fn row_count_code(method: Method) -> &'static str {
    if method == Method::Put {
        "PGRST115"
    } else {
        "21000"
    }
}
