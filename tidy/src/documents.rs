//! The documents are complete: what the program can do or say stands in them.

use std::collections::BTreeSet;

use bistro_dialect::operator::OPERATORS;
use bistro_dialect::preference::PREFERENCES;

use crate::source;

/// All pages of a folder as one text.
fn pages(folder: &str) -> String {
    let files = source::all().into_iter();
    let pages = files.filter(|file| file.path.starts_with(folder) && file.is("md"));
    pages.map(|file| file.text).collect()
}

#[test]
fn the_specification_has_every_operator_and_its_negation() {
    let spec = pages("spec/");
    for row in OPERATORS {
        for example in [format!("={}", row.token), format!("=not.{}", row.token)] {
            let is_there = [".", "("]
                .iter()
                .any(|next| spec.contains(&format!("{example}{next}")));
            assert!(
                is_there,
                "spec/ never asks `{example}.…`: add it to spec/filters.md"
            );
        }
        if row.is_quantifiable {
            let is_there = ["any", "all"]
                .iter()
                .any(|word| spec.contains(&format!("={}({word})", row.token)));
            assert!(
                is_there,
                "spec/ never asks `{}(any)`: add it to spec/quantifiers.md",
                row.token
            );
        }
    }
}

#[test]
fn the_reference_has_every_operator() {
    let page = source::read("docs/dialect.md");
    for row in OPERATORS {
        assert!(
            page.contains(&format!("| `{}`", row.token)),
            "docs/dialect.md has no row for `{}`: add one",
            row.token
        );
    }
}

#[test]
fn the_specification_has_every_preference() {
    let spec = pages("spec/");
    for row in PREFERENCES {
        assert!(
            spec.contains(&format!("{}=", row.name)),
            "spec/ never says `Prefer: {}=…`: add it to spec/preferences.md",
            row.name
        );
    }
}

#[test]
fn every_error_code_is_explained() {
    let page = source::read("docs/errors.md");
    let codes = codes();
    assert!(codes.len() > 20, "the codes are not where they were");
    for code in codes {
        assert!(
            page.contains(&format!("| `{code}`")),
            "docs/errors.md does not explain `{code}`: add a row with what it means and what to do"
        );
    }
}

/// Every `PGRST…`, `BISTRO…` and SQLSTATE that the server can send.
fn codes() -> BTreeSet<String> {
    let mut codes = BTreeSet::new();
    for file in source::rust() {
        let is_named = file.path.starts_with("crates/bistro-server/src/")
            || file.path == "crates/bistro-database/src/error.rs";
        if !is_named || file.is_test() {
            continue;
        }
        for (index, literal) in file.code().split('"').enumerate() {
            let is_plain = literal
                .chars()
                .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
            let is_ours = ["PGRST", "BISTRO"]
                .iter()
                .any(|start| literal.starts_with(start));
            let is_state = literal.len() == 5
                && literal.contains(|c: char| c.is_ascii_digit())
                && file.path.contains("/problem/");
            if index % 2 == 1 && is_plain && (is_ours && literal.len() > 6 || is_state) {
                codes.insert(literal.to_owned());
            }
        }
    }
    codes
}

#[test]
fn links_between_the_pages_lead_somewhere() {
    for file in source::all() {
        if !file.is("md") {
            continue;
        }
        for link in file.text.split("](").skip(1) {
            let target = link.split([')', '#', ' ']).next().unwrap_or_default();
            if target.is_empty() || target.contains("://") || target.starts_with('/') {
                continue;
            }
            let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
            let path = source::root().join(folder).join(target);
            assert!(
                path.exists(),
                "{} links to `{target}`, which is not there",
                file.path
            );
        }
    }
}
