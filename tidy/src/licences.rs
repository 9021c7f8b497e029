//! What we may use: the licences of the whole tree stand in `deny.toml`.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

use crate::source;

#[test]
fn every_licence_in_the_tree_is_on_the_list() {
    let allowed = allowed();
    let metadata = metadata();
    let packages = metadata
        .get("packages")
        .and_then(Value::as_array)
        .expect("a list");
    assert!(packages.len() > 50, "the tree is not what it was");
    for package in packages {
        let name = package
            .get("name")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let licence = package
            .get("license")
            .and_then(Value::as_str)
            .unwrap_or("none");
        assert!(
            is_allowed(licence, &allowed),
            "{name} is under `{licence}`, which is not on the list: use another crate, or add the licence to \
             deny.toml and say in the commit why it is compatible"
        );
    }
}

/// The list in `deny.toml`.
fn allowed() -> BTreeSet<String> {
    let deny: toml::Table = toml::from_str(&source::read("deny.toml")).expect("deny.toml is TOML");
    let list = deny
        .get("licenses")
        .and_then(|licenses| licenses.get("allow"));
    let list = list
        .and_then(toml::Value::as_array)
        .expect("deny.toml lists what is allowed");
    list.iter()
        .filter_map(toml::Value::as_str)
        .map(str::to_owned)
        .collect()
}

/// What cargo knows of the tree; without the network where everything is there already.
fn metadata() -> Value {
    let run = |more: &[&str]| {
        Command::new(env!("CARGO"))
            .args(["metadata", "--format-version=1", "--locked"])
            .args(more)
            .current_dir(source::root())
            .output()
            .expect("cargo is running this test")
    };
    let mut output = run(&["--offline"]);
    if !output.status.success() {
        output = run(&[]);
    }
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).expect("cargo writes JSON")
}

/// Whether one of the ways to take a licence (SPDX: `AND` over `OR`, brackets around either) is open to us.
fn is_allowed(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let expression = expression.replace(" / ", " OR ").replace('/', " OR ");
    let mut words = expression
        .replace('(', " ( ")
        .replace(')', " ) ")
        .split_whitespace()
        .map(str::to_owned)
        .collect::<Vec<_>>();
    words.reverse();
    any(&mut words, allowed)
}

/// `a OR b`; the next word is the last of `words`.
fn any(words: &mut Vec<String>, allowed: &BTreeSet<String>) -> bool {
    let mut is_open = every(words, allowed);
    while words.last().is_some_and(|word| word == "OR") {
        words.pop();
        is_open |= every(words, allowed);
    }
    is_open
}

/// `a AND b`
fn every(words: &mut Vec<String>, allowed: &BTreeSet<String>) -> bool {
    let mut is_open = one(words, allowed);
    while words.last().is_some_and(|word| word == "AND") {
        words.pop();
        is_open &= one(words, allowed);
    }
    is_open
}

/// `a`, `a WITH b` or `(…)`
fn one(words: &mut Vec<String>, allowed: &BTreeSet<String>) -> bool {
    let Some(mut word) = words.pop() else {
        return false;
    };
    if word == "(" {
        let is_open = any(words, allowed);
        words.pop();
        return is_open;
    }
    if words.last().is_some_and(|next| next == "WITH") {
        words.pop();
        word = format!("{word} WITH {}", words.pop().unwrap_or_default());
    }
    allowed.contains(&word)
}

#[test]
fn expressions_are_read_as_spdx_means_them() {
    let allowed = BTreeSet::from(["MIT".to_owned(), "Zlib".to_owned(), "A WITH B".to_owned()]);
    let table = [
        ("MIT", true),
        ("GPL-3.0", false),
        ("GPL-3.0 OR MIT", true),
        ("MIT/Apache-2.0", true),
        ("MIT AND GPL-3.0", false),
        ("(GPL-3.0 OR MIT) AND Zlib", true),
        ("A WITH B OR GPL-3.0", true),
        ("A", false),
    ];
    for (expression, is_open) in table {
        assert_eq!(is_allowed(expression, &allowed), is_open, "{expression}");
    }
}
