//! Names in the document: of components, of operations, and what refers to them.

use std::fmt::Write as _;

use crate::openapi::node::Object;

/// A name of the schema in the letters a component's may have. No two names become the same, and none has a dot in it, so
/// that a dot can stand between such names.
pub(super) fn component(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for character in name.chars() {
        if character.is_ascii_alphanumeric() || character == '_' {
            text.push(character);
        } else {
            let code = u32::from(character);
            write!(text, "-{code:x}-").expect("a string takes every letter");
        }
    }
    text
}

/// What refers to a component: `{"$ref": "#/components/schemas/songs"}`.
pub(super) fn reference(section: &str, name: &str) -> Object {
    Object::new().with("$ref", format!("#/components/{section}/{name}"))
}

/// What refers to a schema.
pub(super) fn schema(name: &str) -> Object {
    reference("schemas", name)
}

/// What refers to a parameter.
pub(super) fn parameter(name: &str) -> Object {
    reference("parameters", name)
}

/// What refers to a response.
pub(super) fn response(name: &str) -> Object {
    reference("responses", name)
}

/// The names of columns as people read them: `` `id`, `name` ``.
pub(super) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<_> = names.into_iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::component;

    #[test]
    fn every_name_has_a_component_of_its_own() {
        for (name, expected) in [
            ("songs", "songs"),
            ("order lines", "order-20-lines"),
            ("a.b", "a-2e-b"),
            ("a-20-b", "a-2d-20-2d-b"),
            ("도시", "-b3c4--c2dc-"),
            ("", ""),
        ] {
            assert_eq!(component(name), expected);
        }
    }
}
