//! The request's own query string, taken apart so that links can change one thing and keep the rest.

use bistro_http::percent;

/// One `name=value`.
#[derive(Clone, Debug)]
pub(super) struct Parameter {
    /// Decoded.
    pub(super) name: String,
    /// Decoded.
    pub(super) value: String,
    /// As it came.
    pub(super) raw: String,
}

/// A query string.
#[derive(Clone, Debug)]
pub(super) struct Parameters(Vec<Parameter>);

impl Parameters {
    pub(super) fn read(query: &str) -> Self {
        let parameters = query.split('&').filter(|raw| !raw.is_empty()).map(|raw| {
            let (name, value) = raw.split_once('=').unwrap_or((raw, ""));
            Parameter {
                name: decode(name),
                value: decode(value),
                raw: raw.to_owned(),
            }
        });
        Self(parameters.collect())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Parameter> {
        self.0.iter()
    }

    /// Those left when some are taken away by name.
    pub(super) fn without(&self, names: &[&str]) -> impl Iterator<Item = &Parameter> {
        self.0
            .iter()
            .filter(move |parameter| !names.contains(&parameter.name.as_str()))
    }

    pub(super) fn value(&self, name: &str) -> Option<&str> {
        let parameter = self.0.iter().find(|parameter| parameter.name == name);
        parameter.map(|parameter| parameter.value.as_str())
    }

    /// The address of the same path without what a place says, and without the page that was being looked at.
    pub(super) fn href_without_place(&self, path: &str, place: usize) -> String {
        let kept =
            self.0.iter().enumerate().filter(|(at, parameter)| {
                *at != place && !PAGING.contains(&parameter.name.as_str())
            });
        address(path, kept.map(|(_, parameter)| parameter.raw.as_str()))
    }

    /// The address of the same path with some parameters taken away, and one put at the end.
    pub(super) fn href(&self, path: &str, without: &[&str], with: Option<&str>) -> String {
        address(
            path,
            self.without(without)
                .map(|parameter| parameter.raw.as_str())
                .chain(with),
        )
    }
}

/// What says which page of the rows is meant: it has no meaning once the rows or their order change.
pub(super) const PAGING: [&str; 2] = ["offset", "after"];

fn address<'a>(path: &str, parameters: impl Iterator<Item = &'a str>) -> String {
    let mut address = path.to_owned();
    for (at, raw) in parameters.enumerate() {
        address.push(if at == 0 { '?' } else { '&' });
        address.push_str(raw);
    }
    address
}

/// What was accepted as a request can be decoded; what cannot is shown as it is.
fn decode(encoded: &str) -> String {
    percent::decode_form(encoded).unwrap_or_else(|_| encoded.to_owned())
}
