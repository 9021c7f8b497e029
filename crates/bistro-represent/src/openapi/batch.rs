//! `POST /-/batch`: several requests in one transaction.

use bistro_http::method::Method;

use crate::openapi::name;
use crate::openapi::node::{Object, texts};
use crate::openapi::operation::Operation;
use crate::openapi::parameter;
use crate::openapi::response;

/// The methods that a batch can do.
const METHODS: [Method; 7] = [
    Method::Get,
    Method::Head,
    Method::Query,
    Method::Post,
    Method::Put,
    Method::Patch,
    Method::Delete,
];

const ABOUT: &str = "All of them are done, or none. What an earlier one was answered with is named by a JSON Pointer into the \
     list of answers: `{\"$response\": \"/0/body/0/id\"}` for a value in a body, `{/0/body/0/id}` in a path. If one fails, the \
     answer has its status, and all others are 424.";

/// What a batch does.
pub(super) fn operation(tag: &str) -> Operation {
    let answers = || {
        vec![(
            "application/json",
            name::schema("bistro.batch.answers").into(),
        )]
    };
    let mut responses = Object::new().with(
        "200",
        response::plain(
            "Every answer, in the order of the requests",
            &["Preference-Applied", "Idempotent-Replayed"],
            answers(),
        ),
    );
    let either = vec![
        name::schema("bistro.batch.answers").into(),
        name::schema("bistro.error").into(),
    ];
    let failed = || Object::new().with("anyOf", either.clone());
    for status in ["300", "4XX", "5XX"] {
        let content = vec![
            ("application/json", failed().into()),
            (
                "application/problem+json",
                name::schema("bistro.problem").into(),
            ),
            ("text/html", Object::new().with("type", "string").into()),
        ];
        let said = "Nothing was done: one of the requests failed, or the batch is none";
        responses.add(status, response::plain(said, &["Retry-After"], content));
    }
    let operation = Operation {
        id: "bistro.batch.do".to_owned(),
        tag: tag.to_owned(),
        summary: "Do several requests in one transaction".to_owned(),
        description: Some(ABOUT),
        parameters: parameter::bistro(&["prefer.write", "idempotency-key"]),
        body: None,
        responses,
    };
    operation.with_body(vec![("application/json", name::schema("bistro.batch"))])
}

/// The schemas of a batch and of its answers.
pub(super) fn schemas(out: &mut Object) {
    let string = || Object::new().with("type", "string");
    let headers = || {
        Object::new()
            .with("type", "object")
            .with("additionalProperties", string())
    };
    let methods = METHODS.iter().map(|method| method.name());
    let request = Object::new()
        .with("method", Object::new().with("enum", texts(methods)))
        .with("path", parameter::patterned(r"^/[!-\[\]-~]*$"))
        .with("headers", headers())
        .with("body", Object::new());
    out.add(
        "bistro.batch",
        Object::new()
            .with("type", "array")
            .with("minItems", 1)
            .with(
                "items",
                object(request, &["method", "path"]).with("additionalProperties", false),
            ),
    );
    let answer = Object::new()
        .with("status", Object::new().with("type", "integer"))
        .with("headers", headers())
        .with("body", Object::new());
    out.add(
        "bistro.batch.answers",
        Object::new()
            .with("type", "array")
            .with("items", object(answer, &["status", "headers"])),
    );
}

fn object(properties: Object, required: &[&str]) -> Object {
    Object::new()
        .with("type", "object")
        .with("properties", properties)
        .with("required", texts(required.iter().copied()))
}
