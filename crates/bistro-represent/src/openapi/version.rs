//! Which OpenAPI a client gets, and as which media type.

use bistro_http::media::{self, Offer};

/// A version of the OpenAPI Specification.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Version {
    /// 3.1, which has no place for `QUERY` but an extension.
    #[default]
    V3_1,
    /// 3.2, where `QUERY` is a method like others.
    V3_2,
}

/// The form in which the root is represented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RootForm {
    /// A page.
    Page,
    /// The description, as what it is.
    Description(Version),
    /// The description, as what any client of JSON takes.
    Json,
}

const OFFERS: [(Offer<'_>, RootForm); 7] = [
    (
        Offer::with("application", "openapi+json", &[("version", "3.1")]),
        RootForm::Description(Version::V3_1),
    ),
    (
        Offer::with("application", "openapi+json", &[("version", "3.2")]),
        RootForm::Description(Version::V3_2),
    ),
    (
        Offer::new("application", "openapi+json"),
        RootForm::Description(Version::V3_1),
    ),
    (
        Offer::new("application", "vnd.oai.openapi+json"),
        RootForm::Description(Version::V3_1),
    ),
    (Offer::new("application", "json"), RootForm::Json),
    (Offer::new("text", "html"), RootForm::Page),
    (Offer::new("application", "problem+json"), RootForm::Json),
];

impl Version {
    /// Every version, the one that is given unasked first.
    pub const ALL: [Self; 2] = [Self::V3_1, Self::V3_2];

    /// How it is called in `Accept`, and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::V3_1 => "3.1",
            Self::V3_2 => "3.2",
        }
    }

    /// What stands in the document.
    pub(super) fn number(self) -> &'static str {
        match self {
            Self::V3_1 => "3.1.1",
            Self::V3_2 => "3.2.0",
        }
    }
}

impl RootForm {
    /// Chooses by `Accept` (RFC 9110 §12.5.1). Whoever accepts nothing of it gets JSON all the same: the root is where
    /// one looks when nothing else is known.
    pub fn choose(accept: &[&str]) -> Self {
        media::choose(&media::accept(accept), &OFFERS).unwrap_or(Self::Json)
    }

    /// The `Content-Type` of the answer.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Page => "text/html; charset=utf-8",
            Self::Description(Version::V3_1) => "application/openapi+json;version=3.1",
            Self::Description(Version::V3_2) => "application/openapi+json;version=3.2",
            Self::Json => "application/json; charset=utf-8",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{RootForm, Version};

    #[test]
    fn the_root_is_a_description_for_programs_and_a_page_for_people() {
        let old = RootForm::Description(Version::V3_1);
        for (accept, expected) in [
            (&[][..], old),
            (&["*/*"], old),
            (&["application/openapi+json"], old),
            (&["application/vnd.oai.openapi+json"], old),
            (&["application/openapi+json;version=3.1"], old),
            (
                &["application/openapi+json;version=3.2"],
                RootForm::Description(Version::V3_2),
            ),
            (&["application/openapi+json;version=9"], RootForm::Json),
            (&["application/json"], RootForm::Json),
            (&["application/json, */*;q=0.1"], RootForm::Json),
            (&["application/problem+json"], RootForm::Json),
            (&["image/png"], RootForm::Json),
            (
                &["text/html,application/xml;q=0.9,*/*;q=0.8"],
                RootForm::Page,
            ),
        ] {
            assert_eq!(RootForm::choose(accept), expected, "{accept:?}");
        }
    }
}
