//! Bistro's own resources: `/`, and everything under `/-/`. One row each.

mod sent;
mod session;

use std::sync::Arc;

use bistro_dialect::Target;
use bistro_http::allow;
use bistro_http::etag::Verdict;
use bistro_http::method::Method;
use bistro_plan::catalog::Catalog;
use bistro_plan::principal::Principal;
use bistro_plan::rule::Policy;
use bistro_represent::Survey;
use bistro_represent::openapi::{self, RootForm, Version};
use bistro_represent::page::{self, Viewer};
use bytes::Bytes;
use hyper::header::{self, HeaderValue};
use hyper::{Response, StatusCode};

use crate::accounts::visit::JSON;
use crate::answer::entity;
use crate::asked::condition::conditions;
use crate::batch;
use crate::body::Body;
use crate::caller::{self, Caller};
use crate::exchange::Exchange;
use crate::fields;
use crate::problem::Problem;
use crate::reading::local::Local;
use crate::resource::session::Personal;
use crate::state::State;

/// Where programs find the description (RFC 8631).
const DESCRIPTION: &str = "</-/>; rel=\"service-desc\"; type=\"application/openapi+json\"";

/// The resources under `/-/` by their path.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Own {
    /// `/-/`: what `/` is where the operator has no page of his own there
    List,
    /// `/-/health`: whether the database answers
    Health,
    /// `/-/batch`: several requests in one transaction
    Batch,
    /// `/-/style.css`: what pages look like
    StyleSheet,
    /// what is about who asks
    Personal(Personal),
}

impl Own {
    fn find(path: &[String]) -> Option<Self> {
        match path {
            [] => Some(Self::List),
            [name] if name == "health" => Some(Self::Health),
            [name] if name == "batch" => Some(Self::Batch),
            [name] if name == "style.css" => Some(Self::StyleSheet),
            path => Personal::find(path).map(Self::Personal),
        }
    }
}

/// The methods of an own resource.
///
/// # Errors
/// There is none of this name.
pub(crate) fn methods(path: &[String], policy: &Policy) -> Result<Vec<Method>, Problem> {
    match Own::find(path) {
        Some(Own::List | Own::Health | Own::StyleSheet) => {
            Ok(vec![Method::Get, Method::Head, Method::Options])
        }
        // A batch runs where writes do.
        Some(Own::Batch) if policy.is_read_only => Ok(vec![Method::Options]),
        Some(Own::Batch) => Ok(vec![Method::Post, Method::Options]),
        Some(Own::Personal(resource)) => Ok(resource.methods(policy.is_read_only)),
        None => Err(unknown(path)),
    }
}

/// Answers for an own resource.
pub(crate) async fn own(
    state: &State,
    local: &Local,
    exchange: &mut Exchange,
    caller: &mut Caller,
    path: &[String],
) -> Result<Response<Body>, Problem> {
    match Own::find(path) {
        Some(Own::List) => {
            let catalog = state.refresh().await?;
            root(state, &catalog, exchange, &caller.principal)
        }
        Some(Own::Batch) => batch::run(state, local, exchange, caller).await,
        Some(Own::Health) => {
            // Asks the file itself for its schema version.
            state.refresh().await?;
            Ok(whole(JSON, "no-store", b"{\"status\":\"ok\"}\n".to_vec()))
        }
        Some(Own::StyleSheet) => tagged(
            exchange,
            "text/css; charset=utf-8",
            Bytes::from_static(page::STYLE_SHEET.as_bytes()),
        ),
        Some(Own::Personal(resource)) => {
            session::respond(state, local, exchange, caller, &resource).await
        }
        None => Err(unknown(path)),
    }
}

/// `/` and `/-/`: the resources that are open to whoever asks, as a description for programs and as a page for people.
///
/// # Errors
/// A condition of the request does not hold.
pub(crate) fn root(
    state: &State,
    catalog: &Arc<Catalog>,
    exchange: &Exchange,
    principal: &Principal,
) -> Result<Response<Body>, Problem> {
    let settings = &state.settings;
    let survey = || Survey::of(catalog, principal, &settings.policy, settings.trace);
    let description = |version| {
        let make = || openapi::describe(&survey(), version);
        state.descriptions.get(catalog, principal, version, make)
    };
    let form = RootForm::choose(&fields::lines(&exchange.headers, header::ACCEPT));
    let content_type = form.content_type();
    let body = match form {
        RootForm::Page => {
            let viewer = Viewer::of(principal, &settings.policy);
            Bytes::from(page::root(&survey(), &exchange.origin(), &viewer))
        }
        RootForm::Description(version) => description(version),
        RootForm::Json => description(Version::default()),
    };
    let mut response = tagged(exchange, content_type, body)?;
    let headers = response.headers_mut();
    headers.insert(header::VARY, HeaderValue::from_static("Accept"));
    if settings.policy.tells_apart() {
        caller::keep_apart(headers);
    }
    headers.insert(header::LINK, HeaderValue::from_static(DESCRIPTION));
    Ok(response)
}

/// What a cache asks about again each time it is wanted, and is sent again only if it has changed.
fn tagged(
    exchange: &Exchange,
    content_type: &'static str,
    body: Bytes,
) -> Result<Response<Body>, Problem> {
    let tag = entity::tag(content_type, None, &body);
    let mut response = whole(content_type, "no-cache", body);
    match conditions(&exchange.headers).evaluate(Some(&tag), exchange.method) {
        Verdict::Proceed => {}
        Verdict::Failed => return Err(entity::failed()),
        Verdict::NotModified => {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            *response.body_mut() = Body::Empty;
            response.headers_mut().remove(header::CONTENT_TYPE);
        }
    }
    let tag = entity::field(&tag);
    response.headers_mut().insert(header::ETAG, tag);
    Ok(response)
}

/// `OPTIONS`: what can be done here, and with which bodies.
pub(crate) fn options(target: &Target, methods: &[Method]) -> Response<Body> {
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    headers.insert(header::ALLOW, fields::value(&allow::allow(methods)));
    if methods.contains(&Method::Patch) {
        headers.insert(
            "accept-patch",
            HeaderValue::from_static(
                "application/json, application/merge-patch+json, application/json-patch+json",
            ),
        );
    }
    if methods.contains(&Method::Query) {
        headers.insert(
            "accept-query",
            HeaderValue::from_static("\"application/x-www-form-urlencoded\""),
        );
    }
    if methods.contains(&Method::Post) {
        let taken = match target {
            Target::Own { .. } => "application/json",
            Target::Root
            | Target::Collection { .. }
            | Target::Item { .. }
            | Target::Related { .. }
            | Target::Function { .. } => {
                "application/json, text/csv, application/x-www-form-urlencoded"
            }
        };
        headers.insert("accept-post", HeaderValue::from_static(taken));
    }
    response
}

fn whole(
    content_type: &'static str,
    cache_control: &'static str,
    body: impl Into<Bytes>,
) -> Response<Body> {
    let mut response = Response::new(Body::Whole(body.into()));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static(cache_control),
    );
    response
}

fn unknown(path: &[String]) -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "BISTRO404",
        format!("Bistro has no resource `/-/{}`", path.join("/")),
    )
    .hint("It has `/-/batch`, `/-/health`, `/-/session`, `/-/sessions` and `/-/users`.")
}
