//! Which representation of a resource a client gets.

use bistro_http::media::{self, Offer};

/// The form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Representation {
    /// How rows are written.
    pub format: Format,
    /// `application/vnd.pgrst.object+json`: exactly one row, or an error.
    pub is_singular: bool,
    /// `…;nulls=stripped`: members that are NULL are left out.
    pub strips_nulls: bool,
}

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `application/json`, and `PostgREST`'s own variants of it
    Json,
    /// `text/csv`
    Csv,
    /// `application/x-ndjson`
    Ndjson,
    /// `text/html`
    Html,
}

const JSON: Representation = plain(Format::Json);
const CSV: Representation = plain(Format::Csv);
const NDJSON: Representation = plain(Format::Ndjson);
const HTML: Representation = plain(Format::Html);
const STRIPPED: Representation = Representation {
    strips_nulls: true,
    ..JSON
};
const SINGULAR: Representation = Representation {
    is_singular: true,
    ..JSON
};
const SINGULAR_STRIPPED: Representation = Representation {
    strips_nulls: true,
    ..SINGULAR
};

/// What tells a type with NULLs left out from the same type with them.
const NULLS_STRIPPED: &[(&str, &str)] = &[("nulls", "stripped")];

/// Every media type that can be asked for, the dearest first: `*/*` gets the first.
///
/// A problem document is what a client takes that only wants to hear of errors; the rest of what it gets is JSON.
const OFFERS: [(Offer<'_>, Representation); 16] = [
    (Offer::new("application", "json"), JSON),
    (Offer::new("text", "csv"), CSV),
    (Offer::new("application", "x-ndjson"), NDJSON),
    (Offer::new("text", "html"), HTML),
    (Offer::new("application", "vnd.pgrst.array+json"), JSON),
    (Offer::new("application", "vnd.pgrst.array"), JSON),
    (Offer::new("application", "vnd.pgrst.object+json"), SINGULAR),
    (Offer::new("application", "vnd.pgrst.object"), SINGULAR),
    (Offer::with("application", "json", NULLS_STRIPPED), STRIPPED),
    (
        Offer::with("application", "vnd.pgrst.array+json", NULLS_STRIPPED),
        STRIPPED,
    ),
    (
        Offer::with("application", "vnd.pgrst.array", NULLS_STRIPPED),
        STRIPPED,
    ),
    (
        Offer::with("application", "vnd.pgrst.object+json", NULLS_STRIPPED),
        SINGULAR_STRIPPED,
    ),
    (
        Offer::with("application", "vnd.pgrst.object", NULLS_STRIPPED),
        SINGULAR_STRIPPED,
    ),
    (Offer::new("application", "ndjson"), NDJSON),
    (Offer::new("application", "jsonl"), NDJSON),
    (Offer::new("application", "x-jsonlines"), NDJSON),
];

/// What a client that takes only problem documents gets where there is no problem.
const PROBLEM: (Offer<'_>, Representation) = (Offer::new("application", "problem+json"), JSON);

impl Representation {
    /// Every representation, the dearest first.
    pub const ALL: [Self; 7] = [
        JSON,
        SINGULAR,
        STRIPPED,
        SINGULAR_STRIPPED,
        CSV,
        NDJSON,
        HTML,
    ];

    /// Those that a change is answered with: there is no page of one.
    pub const OF_CHANGES: [Self; 6] = [JSON, SINGULAR, STRIPPED, SINGULAR_STRIPPED, CSV, NDJSON];

    /// Chooses by `Accept` (RFC 9110 §12.5.1); JSON where nothing is asked. `None`: nothing acceptable is offered.
    pub fn choose(accept: &[&str]) -> Option<Self> {
        let accepted = media::accept(accept);
        if accepted.is_empty() && accept.iter().any(|line| line.contains('/')) {
            // postgrest-js asks for a plan with `options=`, which cannot be read; rows would be taken for that plan.
            return None;
        }
        media::choose(&accepted, &OFFERS).or_else(|| media::choose(&accepted, &[PROBLEM]))
    }

    /// The `Content-Type` of the answer, as `PostgREST` writes it.
    pub fn content_type(&self) -> &'static str {
        match (self.format, self.is_singular, self.strips_nulls) {
            (Format::Json, false, false) => "application/json; charset=utf-8",
            (Format::Json, false, true) => {
                "application/vnd.pgrst.array+json;nulls=stripped; charset=utf-8"
            }
            (Format::Json, true, false) => "application/vnd.pgrst.object+json; charset=utf-8",
            (Format::Json, true, true) => {
                "application/vnd.pgrst.object+json;nulls=stripped; charset=utf-8"
            }
            (Format::Csv, _, _) => "text/csv; charset=utf-8",
            (Format::Ndjson, _, _) => "application/x-ndjson; charset=utf-8",
            (Format::Html, _, _) => "text/html; charset=utf-8",
        }
    }

    /// The media type to ask for it by: the `Content-Type` without the character encoding, which is always the same.
    pub fn media_type(&self) -> &'static str {
        let content_type = self.content_type();
        content_type
            .strip_suffix("; charset=utf-8")
            .unwrap_or(content_type)
    }

    /// Whether rows are JSON values in it.
    pub fn is_json(&self) -> bool {
        match self.format {
            Format::Json => true,
            Format::Csv | Format::Ndjson | Format::Html => false,
        }
    }

    /// The other representations of the same address, for `Link: rel="alternate"`: media type and what to call it.
    pub fn alternates(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let format = self.format;
        Format::ALL
            .into_iter()
            .filter(move |other| *other != format)
            .map(Format::names)
    }
}

impl Format {
    /// Every format, the dearest first.
    pub const ALL: [Self; 4] = [Self::Json, Self::Csv, Self::Ndjson, Self::Html];

    /// The media type to ask for it by, and what to call it.
    pub fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Json => ("application/json", "JSON"),
            Self::Csv => ("text/csv", "CSV"),
            Self::Ndjson => ("application/x-ndjson", "NDJSON"),
            Self::Html => ("text/html", "HTML"),
        }
    }
}

const fn plain(format: Format) -> Representation {
    Representation {
        format,
        is_singular: false,
        strips_nulls: false,
    }
}

#[cfg(test)]
mod tests;
