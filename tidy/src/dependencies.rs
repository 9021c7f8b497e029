//! Every dependency has a reason, and is used.

use crate::source;

/// The lines of the root manifest's dependencies that are not ours.
fn lines() -> Vec<String> {
    let manifest = source::read("Cargo.toml");
    let section = manifest
        .split("[workspace.dependencies]")
        .nth(1)
        .and_then(|rest| rest.split("\n[").next())
        .expect("the root manifest lists every dependency");
    section
        .lines()
        .filter(|line| line.contains('=') && !line.starts_with('#') && !line.contains("path = "))
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_dependency_has_its_reason_beside_it() {
    for line in lines() {
        let reason = line
            .rsplit_once(" # ")
            .map_or("", |(_, reason)| reason.trim());
        assert!(
            reason.len() >= 8,
            "Cargo.toml: `{line}`: say behind a `#` why we depend on it"
        );
    }
}

#[test]
fn every_dependency_is_used() {
    let manifests: String = source::all()
        .into_iter()
        .filter(|file| file.name() == "Cargo.toml" && file.path.contains('/'))
        .map(|file| file.text)
        .collect();
    for line in lines() {
        let name = line.split_whitespace().next().unwrap_or_default();
        assert!(
            manifests.contains(&format!("\n{name}.workspace"))
                || manifests.contains(&format!("\n{name} =")),
            "Cargo.toml: no crate uses `{name}`: remove it"
        );
    }
}
