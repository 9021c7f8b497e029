//! Which crate may use which: data flows one way.

use std::collections::BTreeMap;

use crate::source;

/// A crate; what it may use of ours, and of others if it is pure (`None`: anything that does I/O for a living).
type Layer = (
    &'static str,
    &'static [&'static str],
    Option<&'static [&'static str]>,
);

/// Every crate, lowest first.
const LAYERS: [Layer; 9] = [
    ("bistro-http", &[], Some(&["thiserror"])),
    (
        "bistro-dialect",
        &["bistro-http"],
        Some(&["base64", "csv", "serde", "serde_json", "thiserror"]),
    ),
    (
        "bistro-plan",
        &["bistro-http", "bistro-dialect"],
        Some(&["base64", "serde", "serde_json", "thiserror"]),
    ),
    (
        "bistro-represent",
        &["bistro-http", "bistro-dialect", "bistro-plan"],
        Some(&["base64", "csv", "maud", "serde", "serde_json", "thiserror"]),
    ),
    ("bistro-session", &["bistro-http"], None),
    (
        "bistro-database",
        &[
            "bistro-http",
            "bistro-dialect",
            "bistro-plan",
            "bistro-session",
        ],
        None,
    ),
    (
        "bistro-server",
        &[
            "bistro-http",
            "bistro-dialect",
            "bistro-plan",
            "bistro-represent",
            "bistro-database",
            "bistro-session",
        ],
        None,
    ),
    ("bistro-client", &["bistro-http"], None),
    (
        "bistro",
        &[
            "bistro-http",
            "bistro-dialect",
            "bistro-plan",
            "bistro-represent",
            "bistro-database",
            "bistro-session",
            "bistro-server",
            "bistro-client",
        ],
        None,
    ),
];

#[test]
fn crates_use_only_what_lies_below_them() {
    let mut wrong = String::new();
    for (name, manifest) in manifests() {
        let Some((_, ours, others)) = LAYERS.iter().find(|(layer, _, _)| *layer == name) else {
            wrong += &format!(
                "\n{name} is a new crate: give it a row in tidy/src/layers.rs and its reason in ARCHITECTURE.md"
            );
            continue;
        };
        let used = manifest.get("dependencies").and_then(toml::Value::as_table);
        for used in used.into_iter().flat_map(toml::Table::keys) {
            let is_ours = used.starts_with("bistro");
            if is_ours && !ours.contains(&used.as_str()) {
                wrong += &format!(
                    "\n{name} uses {used}, which does not lie below it: move what is needed down, or write the new \
                     arrow into ARCHITECTURE.md and tidy/src/layers.rs first"
                );
            }
            if !is_ours && others.is_some_and(|others| !others.contains(&used.as_str())) {
                wrong += &format!(
                    "\n{name} is pure and uses {used}: do it in the crate above, or say in tidy/src/layers.rs why a \
                     pure crate needs it"
                );
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn versions_stand_in_the_root_only() {
    let mut wrong = String::new();
    for (name, manifest) in manifests() {
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let used = manifest.get(section).and_then(toml::Value::as_table);
            for (used, how) in used.into_iter().flatten() {
                if how.get("workspace").and_then(toml::Value::as_bool) != Some(true) {
                    wrong += &format!(
                        "\n{name} gives {used} a version of its own: write `{used}.workspace = true`"
                    );
                }
            }
        }
        for forbidden in ["build-dependencies", "features"] {
            if manifest.get(forbidden).is_some() {
                wrong += &format!(
                    "\n{name} has [{forbidden}]: we do without build scripts and features"
                );
            }
        }
        if manifest
            .get("lints")
            .and_then(|lints| lints.get("workspace"))
            .is_none()
        {
            wrong += &format!("\n{name} has no `[lints] workspace = true`: add it");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// The manifest of each crate in `crates/`, by the crate's name.
fn manifests() -> BTreeMap<String, toml::Table> {
    let mut manifests = BTreeMap::new();
    for file in source::all() {
        if file.path.starts_with("crates/") && file.name() == "Cargo.toml" {
            let manifest: toml::Table =
                toml::from_str(&file.text).unwrap_or_else(|error| panic!("{}: {error}", file.path));
            let name = manifest
                .get("package")
                .and_then(|package| package.get("name"))
                .and_then(toml::Value::as_str)
                .expect("a package has a name");
            manifests.insert(name.to_owned(), manifest.clone());
        }
    }
    assert!(manifests.len() >= 7, "the crates are not where they were");
    manifests
}
