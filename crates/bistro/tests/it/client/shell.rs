//! What shells and readers of manuals get.

use std::fs;

use crate::client::desk::{Desk, finish};

const COMMANDS: [&str; 15] = [
    "get",
    "head",
    "post",
    "put",
    "patch",
    "delete",
    "options",
    "trace",
    "query",
    "connect",
    "login",
    "logout",
    "jar",
    "completions",
    "man",
];

#[test]
fn completions_know_every_command_and_option() {
    let desk = Desk::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = desk.run(&["completions", shell]).well().text();
        for word in COMMANDS
            .iter()
            .chain(&["all-pages", "session-read-only", "check-status"])
        {
            assert!(script.contains(word), "{shell} has no `{word}`");
        }
        desk.write(shell, script);
    }
    let mut bash = desk.program("bash");
    bash.args(["-n", "bash"]);
    finish(bash, None).well();
    // It completes, too.
    let mut bash = desk.program("bash");
    bash.args([
        "-c",
        "source ./bash; COMP_WORDS=(bistro get --all-p); COMP_CWORD=2; \
         _bistro bistro --all-p get; echo \"${COMPREPLY[@]}\"",
    ]);
    let completed = finish(bash, None).well().text();
    assert_eq!(completed.trim(), "--all-pages");
    desk.run(&["completions", "nonsense"])
        .ended(2)
        .says(&["bash", "zsh", "fish"]);
}

#[test]
fn every_command_has_a_page_of_the_manual() {
    let desk = Desk::new();
    desk.run(&["man", "--dir", "man1"]).well();
    let page = |name: &str| fs::read_to_string(desk.path("man1").join(name));
    for command in COMMANDS {
        let text = page(&format!("bistro-{command}.1")).expect(command);
        assert!(text.contains(".SH SYNOPSIS"), "{command}");
        let printed = desk.run(&["man", command]).well().text();
        assert_eq!(printed, text, "{command}");
    }
    for name in ["bistro.1", "bistro-serve.1", "bistro-jar-show.1"] {
        assert!(page(name).is_ok_and(|text| text.contains(".SH")), "{name}");
    }
    let get = page("bistro-get.1").expect("just read").replace("\\-", "-");
    for words in ["--all-pages", "--session-read-only", "name==text"] {
        assert!(get.contains(words), "{words}");
    }
    desk.run(&["man", "nonsense"])
        .ended(2)
        .says(&["no command `nonsense`", "Usage: bistro man"]);
}

#[test]
fn who_is_used_to_curl_is_told_what_does_the_same() {
    let desk = Desk::new();
    desk.run(&["get", "-L", "http://localhost/"])
        .ended(2)
        .says(&["unexpected argument '-L'", "`--follow` follows redirects"]);
    // What has no such thing is answered as usual.
    desk.run(&["serve", "-L"])
        .ended(2)
        .says(&["Usage: bistro serve"]);
}

#[test]
fn help_is_an_answer_and_minus_h_is_the_head() {
    let desk = Desk::new();
    for command in COMMANDS {
        let ran = desk.run(&[command, "--help"]).well();
        assert!(ran.text().contains("Usage: bistro"), "{command}");
        assert_eq!(ran.err, "", "{command}");
    }
    let help = desk.run(&["get", "--help"]).well().text();
    for words in ["name==text", "--table", "Items:", "URLs:"] {
        assert!(help.contains(words), "{words}");
    }
    desk.run(&["get", "-h"]).ended(2);
}
