//! Each file: how it begins, how long it is, what it is called, and what never stands in it.

use crate::source::{self, File};

#[test]
fn every_file_begins_with_what_it_is_for() {
    for file in source::rust() {
        let first = file.text.lines().next().unwrap_or_default();
        assert!(
            first.starts_with("//! ") && (first.len() > 12 || file.is_test()),
            "{} begins with `{first}`: begin with `//!` and one sentence that says what the file is for",
            file.path
        );
    }
}

#[test]
fn no_file_is_longer_than_600_lines() {
    for file in source::rust() {
        let lines = file.text.lines().count();
        assert!(
            lines <= 600 || file.is_test(),
            "{} has {lines} lines: find the seam and make two files of it, or move its tests to `tests.rs` beside it",
            file.path
        );
    }
}

#[test]
fn no_file_is_named_after_nothing() {
    let forbidden = [
        "util", "utils", "helper", "helpers", "common", "misc", "types", "manager", "handler",
        "handlers", "service",
    ];
    for file in source::all() {
        for part in file.path.split('/') {
            let name = part.split('.').next().unwrap_or_default();
            assert!(
                !forbidden.contains(&name),
                "{}: `{name}` says nothing: name it after what it knows",
                file.path
            );
        }
    }
}

#[test]
fn unfinished_work_has_an_issue() {
    // Put together here, so that this file does not find itself.
    let [todo, fixme, three, debug] =
        [["TO", "DO"], ["FIX", "ME"], ["XX", "X"], ["dbg", "!("]].map(|halves| halves.concat());
    for file in source::all() {
        if file.path == "Cargo.lock" {
            continue;
        }
        for (index, line) in file.text.lines().enumerate() {
            let place = format!("{}:{}", file.path, index + 1);
            for never in [&fixme, &three, &debug] {
                let is_word = line.split(|c: char| !(c.is_alphanumeric() || "!(".contains(c)));
                let is_there = is_word.clone().any(|word| {
                    word == never || (never == &debug && word.starts_with(never.as_str()))
                });
                assert!(
                    !is_there,
                    "{place}: `{never}` does not come in: finish it, or open an issue"
                );
            }
            if file.is("rs") && line.contains(&todo) {
                assert!(
                    line.contains(&format!("{todo}(#")),
                    "{place}: write `{todo}(#12)`, with the issue's number"
                );
            }
        }
    }
}

#[test]
fn nothing_points_at_one_machine() {
    // Put together here, so that this file does not find itself.
    let forbidden = [
        ["/wo", "rk/"],
        ["/ro", "ot/"],
        ["/ho", "me/"],
        ["crates", ".io"],
        ["pypi", ".org"],
        ["npm", "js."],
        ["deb.deb", "ian.org"],
        ["static.", "rust-lang"],
    ]
    .map(|halves| halves.concat());
    for file in source::all() {
        if file.name() == "Cargo.lock" {
            continue;
        }
        for (index, line) in file.text.lines().enumerate() {
            for text in &forbidden {
                assert!(
                    !line.contains(text.as_str()),
                    "{}:{}: `{text}` is somebody's machine or network: write a path from the repository's root, or \
                     leave the host to the tool",
                    file.path,
                    index + 1
                );
            }
        }
    }
}

#[test]
fn no_lint_is_switched_off_in_silence() {
    let allow = ["#[", "allow("].concat();
    let inner = ["#![", "allow("].concat();
    for file in source::rust() {
        let is_silent = file.code().contains(&allow) || file.code().contains(&inner);
        assert!(
            !is_silent,
            "{}: write `#[expect(lint, reason = \"…\")]` instead",
            file.path
        );
    }
}

#[test]
fn tests_run_and_are_sentences() {
    let ignored = ["#[", "ignore"].concat();
    for file in source::rust() {
        assert!(
            !file.text.contains(&ignored),
            "{}: a test that does not run is deleted or repaired",
            file.path
        );
        for name in tests(&file) {
            assert!(
                !name.starts_with("test_"),
                "{}: `{name}`: say in the present tense what holds",
                file.path
            );
        }
    }
}

/// The names of a file's tests.
fn tests(file: &File) -> Vec<String> {
    let mut names = Vec::new();
    let mut is_test = false;
    for line in file.text.lines() {
        let line = line.trim();
        if line == "#[test]" || line == "#[tokio::test]" {
            is_test = true;
        } else if is_test && let Some(rest) = line.split("fn ").nth(1) {
            names.push(rest.split('(').next().unwrap_or_default().to_owned());
            is_test = false;
        }
    }
    names
}
