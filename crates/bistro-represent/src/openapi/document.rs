//! The document as a whole.

use bistro_http::method::Method;

use crate::openapi::batch;
use crate::openapi::call;
use crate::openapi::change;
use crate::openapi::kind::{self, KINDS, Nulls};
use crate::openapi::name;
use crate::openapi::node::{Node, Object, texts};
use crate::openapi::operation::Operation;
use crate::openapi::parameter;
use crate::openapi::path::{self, Path, Site};
use crate::openapi::read;
use crate::openapi::relation;
use crate::openapi::response;
use crate::openapi::version::Version;
use crate::resource;
use crate::resource::{Place, Survey};

const TITLE: &str = "Bistro";

/// The group of Bistro's own resources; the path of a relation called so would be theirs.
const OWN: &str = "-";

const ABOUT: &str = "Tables and views as resources, in PostgREST's dialect.\n\n\
     Every `GET` has its `HEAD`: the same header fields, without content. Every address answers `OPTIONS` as `/` does. What the schemas of parameters say is accepted; \
     the dialect says more than a regular expression can. Failures come as `application/json` with PostgREST's four \
     members, as `application/problem+json` to whoever accepts it, and as a page to a browser. Any request may be refused \
     for what it is as HTTP: 400 (malformed), 408 (too slow), 413, 414 and 431 (too large), 417 (an expectation), 421 (another \
     server's name), 501 (a method nobody knows).";

/// The description of everything in a survey, as JSON.
pub fn describe(survey: &Survey, version: Version) -> Vec<u8> {
    let document = Object::new()
        .with("openapi", version.number())
        .with("info", info(survey))
        .with("tags", tags(survey))
        .with("paths", paths(survey, version))
        .with("components", components(survey));
    serde_json::to_vec(&document).expect("texts and numbers always have a JSON form")
}

fn info(survey: &Survey) -> Object {
    Object::new()
        .with("title", TITLE)
        .with("description", ABOUT)
        .with("version", survey.version.to_string())
}

fn tags(survey: &Survey) -> Vec<Node> {
    let tag = |name: &str, description: String| {
        Node::Object(
            Object::new()
                .with("name", name)
                .with("description", description),
        )
    };
    let places = survey.places.iter().map(|place| {
        let relation = &place.relation;
        let what = resource::kind_name(relation.kind);
        tag(
            &relation.name,
            format!("A {what} of {} columns", relation.columns.len()),
        )
    });
    let own = tag(OWN, "Bistro's own resources".to_owned());
    let calls = survey.calls.iter().map(|callable| {
        let description = callable.function.description.clone();
        tag(&callable.rows.relation.name, description)
    });
    places.chain(calls).chain([own]).collect()
}

fn paths(survey: &Survey, version: Version) -> Object {
    let mut paths = Object::new();
    let own = |at: &str| Site {
        at: at.to_owned(),
        tag: OWN,
        keyed: None,
        has_rows: false,
        echoes: survey.echoes,
    };
    let mut root = Path::new(version);
    root.add(Method::Get, root_operation());
    root.add(Method::Options, options_operation());
    paths.add("/", root.write(&own("bistro.root")));
    for place in &survey.places {
        path::of_place(place, version, survey.echoes, &mut paths);
    }
    for callable in &survey.calls {
        call::of_callable(callable, version, survey.echoes, &mut paths);
    }
    if survey.can_change {
        let mut batch = Path::new(version);
        batch.add(Method::Post, batch::operation(OWN));
        paths.add("/-/batch", batch.write(&own("bistro.batch")));
    }
    let mut health = Path::new(version);
    health.add(Method::Get, health_operation());
    paths.add("/-/health", health.write(&own("bistro.health")));
    paths
}

fn root_operation() -> Operation {
    let document = || Node::Object(Object::new().with("type", "object"));
    let page = Node::Object(Object::new().with("type", "string"));
    let description = response::plain(
        "The resources that are open to you",
        &["ETag", "Link", "Vary", "Cache-Control"],
        vec![
            ("application/openapi+json", document()),
            ("application/json", document()),
            ("text/html", page),
        ],
    );
    let mut responses = Object::new().with("200", description);
    response::failures(&["304", "412", "5XX"], &mut responses);
    Operation {
        id: "bistro.root.read".to_owned(),
        tag: OWN.to_owned(),
        summary: "This description".to_owned(),
        description: Some(
            "As `application/openapi+json` in version 3.1, or with `;version=3.2` in that; a page for browsers.",
        ),
        parameters: parameter::conditions(),
        body: None,
        responses,
    }
}

fn options_operation() -> Operation {
    let mut responses = Object::new();
    responses.add("204", name::response("bistro.options"));
    Operation {
        id: "bistro.root.options".to_owned(),
        tag: OWN.to_owned(),
        summary: "What can be done here".to_owned(),
        description: None,
        parameters: Vec::new(),
        body: None,
        responses,
    }
}

fn health_operation() -> Operation {
    let status = Object::new().with("const", "ok");
    let schema = Object::new()
        .with("type", "object")
        .with("properties", Object::new().with("status", status))
        .with("required", texts(["status"]));
    let content = vec![("application/json", schema.into())];
    let healthy = response::plain("The database answers", &["Cache-Control"], content);
    let mut responses = Object::new().with("200", healthy);
    response::failures(&["5XX"], &mut responses);
    Operation {
        id: "bistro.health.read".to_owned(),
        tag: OWN.to_owned(),
        summary: "Whether the database answers".to_owned(),
        description: None,
        parameters: Vec::new(),
        body: None,
        responses,
    }
}

fn components(survey: &Survey) -> Object {
    let mut schemas = Object::new();
    let mut parameters = parameter::shared();
    let mut responses = response::shared();
    response::schemas(&mut schemas);
    values(&mut schemas);
    if survey.can_change {
        batch::schemas(&mut schemas);
    }
    parameter::filters(&mut schemas);
    for place in &survey.places {
        relation::schemas(place, survey, &mut schemas);
        parameter::schemas_of_relation(place, &mut schemas);
        parameter::of_relation(place, &mut parameters);
        if place.collection.contains(&Method::Query) {
            let form = format!("{}.rows.query", name::component(&place.relation.name));
            schemas.add(form, read::form(&place.relation));
        }
        representations(place, &mut responses);
    }
    for callable in &survey.calls {
        call::schemas(callable, &mut schemas);
        if call::has_rows(callable) {
            relation::schemas(&callable.rows, survey, &mut schemas);
            parameter::schemas_of_relation(&callable.rows, &mut schemas);
            parameter::of_relation(&callable.rows, &mut parameters);
            representations(&callable.rows, &mut responses);
        }
    }
    Object::new()
        .with("schemas", schemas)
        .with("parameters", parameters)
        .with("headers", response::headers())
        .with("responses", responses)
}

fn representations(place: &Place, out: &mut Object) {
    let name = &place.relation.name;
    let has_key = !place.item.is_empty();
    if place.collection.contains(&Method::Get) {
        response::of_reads(name, has_key, path::links(place), out);
    }
    if place.is_written() {
        response::of_changes(name, has_key, out);
    }
}

/// What values are, whatever column they are for.
fn values(out: &mut Object) {
    for kind in KINDS {
        let word = kind::word(kind);
        out.add(format!("bistro.{word}"), kind::taken(kind, Nulls::Refused));
        out.add(
            format!("bistro.{word}.nullable"),
            kind::taken(kind, Nulls::Allowed),
        );
        out.add(format!("bistro.form.{word}"), kind::written(kind));
    }
    out.add("bistro.position", parameter::position());
    out.add("bistro.cursor", parameter::cursor());
    out.add("bistro.patch", change::patch());
}
