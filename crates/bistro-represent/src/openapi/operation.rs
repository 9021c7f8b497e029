//! Operations: what one method does at one address.

use bistro_plan::catalog::Relation;

use crate::openapi::name;
use crate::openapi::node::{Node, Object, texts};
use crate::openapi::response;

/// What may go wrong with any read of rows.
const READ: [&str; 8] = ["300", "304", "400", "404", "406", "412", "416", "5XX"];

/// What may go wrong with any change.
const CHANGE: [&str; 7] = ["400", "403", "404", "406", "409", "412", "5XX"];

/// What may go wrong with a body besides.
const BODY: [&str; 1] = ["415"];

/// An operation in the making.
#[derive(Clone, Debug)]
pub(super) struct Operation {
    /// What it is called, unlike any other.
    pub(super) id: String,
    /// The group it is in.
    pub(super) tag: String,
    /// What it does, in a few words.
    pub(super) summary: String,
    /// More about it, if there is more to say.
    pub(super) description: Option<&'static str>,
    /// Its parameters.
    pub(super) parameters: Vec<Node>,
    /// Its body, if it takes one.
    pub(super) body: Option<Object>,
    /// What comes back, by status.
    pub(super) responses: Object,
}

impl Operation {
    /// One that concerns a relation. `at`: the address, as names with dots.
    pub(super) fn new(at: &str, verb: &str, relation: &Relation, summary: String) -> Self {
        Self {
            id: format!("{at}.{verb}"),
            tag: relation.name.clone(),
            summary,
            description: None,
            parameters: Vec::new(),
            body: None,
            responses: Object::new(),
        }
    }

    /// With parameters.
    #[must_use]
    pub(super) fn taking(mut self, parameters: Vec<Node>) -> Self {
        self.parameters.extend(parameters);
        self
    }

    /// With something to know about it.
    #[must_use]
    pub(super) fn described(mut self, description: &'static str) -> Self {
        self.description = Some(description);
        self
    }

    /// With what comes back.
    #[must_use]
    pub(super) fn answering(mut self, statuses: &[&str], response: &str) -> Self {
        for status in statuses {
            self.responses.add(*status, name::response(response));
        }
        self
    }

    /// With the failures of a read.
    #[must_use]
    pub(super) fn failing_as_read(mut self) -> Self {
        response::failures(&READ, &mut self.responses);
        self
    }

    /// With the failures of a change, and these besides.
    #[must_use]
    pub(super) fn failing_as_change(mut self, besides: &[&str]) -> Self {
        response::failures(&CHANGE, &mut self.responses);
        response::failures(besides, &mut self.responses);
        if self.body.is_some() {
            self.failing_at_body()
        } else {
            self
        }
    }

    /// With what may go wrong with a body.
    #[must_use]
    pub(super) fn failing_at_body(mut self) -> Self {
        response::failures(&BODY, &mut self.responses);
        self
    }

    /// With a body that must be there: a schema for each media type.
    #[must_use]
    pub(super) fn with_body(mut self, forms: Vec<(&str, Object)>) -> Self {
        let mut content = Object::new();
        for (media, schema) in forms {
            content.add(media, Object::new().with("schema", schema));
        }
        let body = Object::new()
            .with("required", true)
            .with("content", content);
        self.body = Some(body);
        self
    }

    /// The operation as it stands in the document.
    pub(super) fn write(mut self) -> Object {
        self.responses.sort();
        Object::new()
            .with("operationId", self.id)
            .with("tags", texts([self.tag]))
            .with("summary", self.summary)
            .with_some("description", self.description)
            .with_any("parameters", self.parameters)
            .with_some("requestBody", self.body)
            .with("responses", self.responses)
    }
}
