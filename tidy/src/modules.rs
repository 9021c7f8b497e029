//! Modules are declared in reading order, and each uses only those declared before it.

use std::collections::BTreeMap;

use crate::source::{self, File};

/// The modules that each module declares, in order. A module is the crate's folder and the names leading to it.
type Declared = BTreeMap<Vec<String>, Vec<String>>;

#[test]
fn a_module_uses_only_siblings_declared_before_it() {
    let files = source::rust();
    let files: Vec<&File> = files
        .iter()
        .filter(|file| file.path.starts_with("crates/") && file.path.contains("/src/"))
        .collect();
    let declared: Declared = files
        .iter()
        .map(|file| (module(&file.path), declarations(&file.text)))
        .collect();
    let mut wrong = String::new();
    for file in files.iter().filter(|file| !file.is_test()) {
        let here = module(&file.path);
        for used in paths(&file.code(), &here) {
            if let Some((own, later)) = knot(&declared, &here, &used) {
                wrong += &format!(
                    "\n{}: `{own}` uses `{later}`, which is declared after it: declare `{later}` first, or move what \
                     both need into a module before them",
                    file.path
                );
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn nobody_reaches_over_two_floors() {
    for file in source::rust() {
        let reach = ["super", "super"].join("::");
        assert!(
            !file.code().contains(&reach),
            "{}: `{reach}` rots when files move: write the path from `crate`",
            file.path
        );
    }
}

#[test]
fn roots_of_modules_only_declare() {
    for file in source::rust() {
        if file.is_test() || !["lib.rs", "mod.rs"].contains(&file.name()) {
            continue;
        }
        let lines = file.text.lines().count();
        assert!(
            lines <= 300,
            "{} has {lines} lines: a root declares, documents, and at most defines the type the folder is about; \
             move the rest into files",
            file.path
        );
    }
}

/// A module's place: the crate's folder, then the names leading to it.
fn module(path: &str) -> Vec<String> {
    let (krate, inside) = path
        .split_once("/src/")
        .expect("only sources are asked for");
    let mut names = vec![krate.to_owned()];
    let inside = inside.trim_end_matches(".rs");
    names.extend(inside.split('/').map(str::to_owned));
    if names
        .last()
        .is_some_and(|last| ["lib", "main", "mod"].contains(&last.as_str()))
    {
        names.pop();
    }
    names
}

/// The names after `mod`.
fn declarations(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for line in text.lines() {
        let line = line
            .trim_start_matches("pub(crate) ")
            .trim_start_matches("pub(super) ")
            .trim_start_matches("pub ");
        if let Some(name) = line
            .strip_prefix("mod ")
            .and_then(|rest| rest.strip_suffix(';'))
        {
            names.push(name.to_owned());
        }
    }
    names
}

/// Every path in the code that starts at the crate's root or one floor up.
fn paths(code: &str, here: &[String]) -> Vec<Vec<String>> {
    let krate = here.get(..1).unwrap_or_default();
    let parent = here.get(..here.len().saturating_sub(1)).unwrap_or_default();
    let mut paths = Vec::new();
    for (start, base) in [("crate::", krate), ("super::", parent)] {
        for (at, _) in code.match_indices(start) {
            let is_longer_word = code
                .get(..at)
                .and_then(|before| before.chars().next_back())
                .is_some_and(|last| last.is_alphanumeric() || last == '_' || last == '$');
            let rest = code.get(at + start.len()..).unwrap_or_default();
            if !is_longer_word {
                paths.extend(
                    branches(rest)
                        .into_iter()
                        .map(|names| base.iter().cloned().chain(names).collect()),
                );
            }
        }
    }
    paths
}

/// `a::b::C` is one branch; `{a::B, c}` are two.
fn branches(rest: &str) -> Vec<Vec<String>> {
    let Some(group) = rest.strip_prefix('{') else {
        let is_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
        let end = rest.find(|c| !is_path(c)).unwrap_or(rest.len());
        let path = rest.get(..end).unwrap_or_default();
        return vec![
            path.split("::")
                .filter(|name| !name.is_empty())
                .map(str::to_owned)
                .collect(),
        ];
    };
    let mut depth = 0_usize;
    let mut items = vec![String::new()];
    for character in group.chars() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => items.push(String::new()),
            _ if depth == 0 => items.last_mut().expect("never empty").push(character),
            _ => {}
        }
    }
    items
        .iter()
        .flat_map(|item| branches(item.trim()))
        .collect()
}

/// Where two paths part: the sibling we are in, and the later one that is used.
fn knot<'a>(
    declared: &Declared,
    here: &'a [String],
    used: &'a [String],
) -> Option<(&'a str, &'a str)> {
    let parting = here
        .iter()
        .zip(used)
        .position(|(one, other)| one != other)?;
    let siblings = declared.get(here.get(..parting)?)?;
    let position = |name: &String| siblings.iter().position(|sibling| sibling == name);
    let (own, other) = (here.get(parting)?, used.get(parting)?);
    (position(other)? > position(own)?).then_some((own.as_str(), other.as_str()))
}

#[test]
fn a_knot_is_found_however_it_is_written() {
    let names = |text: &str| -> Vec<String> { text.split('/').map(str::to_owned).collect() };
    let declared = Declared::from([(names("k"), names("a/b/c")), (names("k/b"), names("x/y"))]);
    let table = [
        ("k/a", "use crate::b::Thing;", true),
        ("k/b", "use crate::a::Thing;", false),
        ("k/a", "use crate::{c, Other};", true),
        ("k/a", "let x = crate::c::make();", true),
        ("k/b/x", "use super::y::Z;", true),
        ("k/b/y", "use super::x::Z;", false),
        ("k/b/y", "use crate::c;", true),
        ("k/c", "use crate::b::y::Z;", false),
        ("k/a", "use crate::Thing;", false),
    ];
    for (here, code, is_knot) in table {
        let here = names(here);
        let found = paths(code, &here)
            .iter()
            .any(|used| knot(&declared, &here, used).is_some());
        assert_eq!(found, is_knot, "{here:?}: {code}");
    }
}
