//! Responses: what comes with which status, in which forms.

use crate::negotiate::Representation;
use crate::openapi::name;
use crate::openapi::node::{Node, Object, texts};

/// Failures by their status, and what they mean.
const FAILURES: [(&str, &str); 13] = [
    (
        "300",
        "More than one relationship could be meant: `details` lists them",
    ),
    (
        "400",
        "The request makes no sense for this resource: `message` and `hint` say why",
    ),
    (
        "403",
        "Not open to you, or asked for by a page of another origin",
    ),
    (
        "404",
        "There is no such resource, or none that is open to you",
    ),
    (
        "405",
        "The resource does not have this method, or not with these parameters",
    ),
    (
        "406",
        "None of the accepted media types can be given; or one object was asked for, and there is not exactly one row",
    ),
    (
        "409",
        "The change contradicts other rows: a value that must be unique, or a reference to what is not there",
    ),
    (
        "412",
        "What is there is not what `If-Match` or `If-None-Match` asks for",
    ),
    (
        "415",
        "The resource does not take bodies of this media type",
    ),
    (
        "416",
        "A page that cannot be: backwards, or beyond the last row",
    ),
    (
        "422",
        "A patch that makes no sense for this row, or an `Idempotency-Key` that was used for another request",
    ),
    (
        "5XX",
        "503: busy, locked, out of time, or the database file cannot be used now, so try again after `Retry-After` \
         seconds. 507: there is no room for a change. 500: the server made a mistake, or the database file is damaged",
    ),
    ("304", "What the client has is what there is"),
];

/// The media types of failures.
const FORMS: [&str; 2] = ["application/json", "application/problem+json"];

/// What a representation holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rows {
    /// Any number of rows.
    Many,
    /// The row that an address names.
    One,
}

/// The responses that mean the same everywhere, by the names of their components.
pub(super) fn shared() -> Object {
    let mut responses = Object::new();
    for (status, description) in FAILURES {
        let mut response = Object::new().with("description", description);
        let headers = failure_headers(status);
        if !headers.is_empty() {
            response.add("headers", referring(headers));
        }
        if status != "304" {
            response.add("content", failure());
        }
        responses.add(format!("bistro.{status}"), response);
    }
    responses
        .with(
            "bistro.done",
            Object::new()
                .with("description", "Done; nothing was asked to be sent back")
                .with(
                    "headers",
                    referring(&["Preference-Applied", "Content-Range", "Idempotent-Replayed"]),
                ),
        )
        .with(
            "bistro.options",
            Object::new()
                .with(
                    "description",
                    "What can be done here, and with which bodies",
                )
                .with(
                    "headers",
                    referring(&["Allow", "Accept-Patch", "Accept-Post", "Accept-Query"]),
                ),
        )
        .with(
            "bistro.echo",
            Object::new()
                .with(
                    "description",
                    "The request as it was received, without credentials",
                )
                .with("content", Object::new().with("message/http", text())),
        )
}

/// Header fields of responses, by the names of their components.
pub(super) fn headers() -> Object {
    let range = r"^(?:[0-9]+-[0-9]+|\*)/(?:[0-9]+|\*)$";
    let tag = "^(?:W/)?\"[!#-~]*\"$";
    let mut headers = Object::new();
    for (name, description, pattern) in [
        ("Accept-Patch", "Media types that `PATCH` takes", None),
        ("Accept-Post", "Media types that `POST` takes", None),
        ("Accept-Query", "Media types that `QUERY` takes", None),
        ("Allow", "The methods the resource has for you", None),
        ("Cache-Control", "How it may be kept", None),
        ("Content-Location", "The address of what is sent back", None),
        (
            "Content-Range",
            "Which rows, of how many: `0-24/100`; `*` for what is not known",
            Some(range),
        ),
        ("ETag", "The entity tag of what is sent", Some(tag)),
        (
            "Idempotent-Replayed",
            "The answer given before to this `Idempotency-Key`",
            Some("^true$"),
        ),
        (
            "Link",
            "The next page (`next`), other representations (`alternate`), the collection (`collection`)",
            None,
        ),
        (
            "Location",
            "The address of the one row that was created",
            None,
        ),
        (
            "Preference-Applied",
            "The preferences that were heeded",
            None,
        ),
        (
            "Retry-After",
            "Seconds after which another try makes sense",
            Some("^[0-9]+$"),
        ),
        (
            "Vary",
            "Which fields of the request the answer depends on",
            None,
        ),
    ] {
        let schema = Object::new()
            .with("type", "string")
            .with_some("pattern", pattern);
        headers.add(
            name,
            Object::new()
                .with("description", description)
                .with("schema", schema),
        );
    }
    headers
}

/// The schemas of failures.
pub(super) fn schemas(out: &mut Object) {
    let string = || Object::new().with("type", "string");
    let nullable = || Object::new().with("type", texts(["string", "null"]));
    let error = Object::new()
        .with(
            "code",
            string().with("description", "`PGRST…`, an SQLSTATE, or `BISTRO…`"),
        )
        .with("message", string())
        .with(
            "details",
            Object::new().with(
                "description",
                "More about it: a text, a list of choices, or null",
            ),
        )
        .with("hint", nullable());
    let problem = Object::new()
        .with("type", string())
        .with("title", string())
        .with("status", Object::new().with("type", "integer"))
        .with("detail", string())
        .with("code", string())
        .with("hint", string());
    out.add(
        "bistro.error",
        closed(error, &["code", "message", "details", "hint"])
            .with("description", "A failure, as PostgREST has it"),
    );
    out.add(
        "bistro.problem",
        closed(problem, &["type", "title", "status", "detail", "code"])
            .with("description", "A failure as problem details (RFC 9457)"),
    );
}

fn closed(properties: Object, required: &[&str]) -> Object {
    Object::new()
        .with("type", "object")
        .with("properties", properties)
        .with("required", texts(required.iter().copied()))
}

/// The representations of a relation's rows as they are read, by the names of their components.
pub(super) fn of_reads(relation: &str, has_key: bool, links: Object, out: &mut Object) {
    let base = name::component(relation);
    let fields = [
        "ETag",
        "Link",
        "Preference-Applied",
        "Vary",
        "Cache-Control",
        "Content-Range",
    ];
    let all = &Representation::ALL;
    out.add(
        format!("{base}.rows"),
        linked(
            representation("Rows", &fields, content(&base, Rows::Many, all)),
            links,
        ),
    );
    if has_key {
        let [fields @ .., _content_range] = fields;
        out.add(
            format!("{base}.row"),
            representation("The row", &fields, content(&base, Rows::One, all)),
        );
    }
}

/// Likewise, as they are sent back after a change.
pub(super) fn of_changes(relation: &str, has_key: bool, out: &mut Object) {
    let base = name::component(relation);
    let said =
        "Done. The rows are sent back with `Prefer: return=representation`, otherwise nothing is";
    let all = &Representation::OF_CHANGES;
    let fields = [
        "Location",
        "Preference-Applied",
        "Idempotent-Replayed",
        "Vary",
    ];
    let of_rows = [&fields[..], &["Content-Range"]].concat();
    out.add(
        format!("{base}.written.rows"),
        representation(said, &of_rows, content(&base, Rows::Many, all)),
    );
    if has_key {
        let of_row = [&fields[..], &["ETag", "Content-Location"]].concat();
        out.add(
            format!("{base}.written.row"),
            representation(said, &of_row, content(&base, Rows::One, all)),
        );
    }
}

/// With where one can go from here.
fn linked(response: Object, links: Object) -> Object {
    if links.is_empty() {
        response
    } else {
        response.with("links", links)
    }
}

fn representation(description: &str, fields: &[&str], content: Object) -> Object {
    Object::new()
        .with("description", description)
        .with("headers", referring(fields))
        .with("content", content)
}

fn content(base: &str, rows: Rows, representations: &[Representation]) -> Object {
    let mut content = Object::new();
    for representation in representations {
        let row = name::schema(base);
        let schema = if !representation.is_json() {
            Object::new().with("type", "string")
        } else if representation.is_singular || rows == Rows::One {
            row
        } else {
            Object::new().with("type", "array").with("items", row)
        };
        content.add(
            representation.media_type(),
            Object::new().with("schema", schema),
        );
    }
    content
}

/// References to failures by their status.
pub(super) fn failures(statuses: &[&str], out: &mut Object) {
    for status in statuses {
        out.add(*status, name::response(&format!("bistro.{status}")));
    }
}

fn failure_headers(status: &str) -> &'static [&'static str] {
    match status {
        "304" => &["ETag", "Vary", "Cache-Control"],
        "405" => &["Allow"],
        "415" => &["Accept-Query"],
        "416" => &["Content-Range"],
        "5XX" => &["Retry-After"],
        _ => &[],
    }
}

fn failure() -> Object {
    let [json, problem] = FORMS;
    let media = |schema| Object::new().with("schema", name::schema(schema));
    Object::new()
        .with(json, media("bistro.error"))
        .with(problem, media("bistro.problem"))
        .with("text/html", text())
}

fn text() -> Object {
    Object::new().with("schema", Object::new().with("type", "string"))
}

fn referring(fields: &[&str]) -> Object {
    let mut headers = Object::new();
    for field in fields {
        headers.add(*field, name::reference("headers", field));
    }
    headers
}

/// A response with one form of content.
pub(super) fn plain(description: &str, fields: &[&str], content: Vec<(&str, Node)>) -> Object {
    let mut forms = Object::new();
    for (media, schema) in content {
        forms.add(media, Object::new().with("schema", schema));
    }
    representation(description, fields, forms)
}
