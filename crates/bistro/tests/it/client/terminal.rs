//! What a terminal shows: colours and indentation, and nothing that a hostile server could steer it with.

use crate::client::desk::Desk;
use crate::client::script::{Script, answer};
use crate::server::Server;

/// Sequences that take over a terminal, and what they become.
const HOSTILE: [(&str, &str); 6] = [
    ("\u{1b}]0;title\u{7}", "\\u{1b}]0;title\\u{7}"),
    ("\u{1b}[2J", "\\u{1b}[2J"),
    ("\u{9b}31m", "\\u{9b}31m"),
    ("\u{202e}txt.exe", "\\u{202e}txt.exe"),
    ("before\rafter", "before\\u{d}after"),
    ("a\u{8}b", "a\\u{8}b"),
];

/// Fails if anything could steer a terminal; what Bistro itself colours with is taken out before.
#[track_caller]
fn is_tame(shown: &str) {
    let mut text = String::new();
    let shown = shown.replace("\r\n", "\n");
    let mut parts = shown.split("\u{1b}[");
    text += parts.next().unwrap_or_default();
    for part in parts {
        let end = part.find(|character: char| !character.is_ascii_digit() && character != ';');
        let (_, rest) = part.split_at(end.expect("a sequence ends"));
        let rest = rest.strip_prefix('m');
        text += rest.unwrap_or_else(|| panic!("not a colour: {shown:?}"));
    }
    let bad = text.chars().find(|character| {
        character.is_control() && *character != '\n'
            || "\u{202e}\u{2066}\u{2028}".contains(*character)
    });
    assert_eq!(bad, None, "{shown:?}");
}

#[test]
fn a_terminal_gets_colours_and_indentation_with_the_head() {
    let server = Server::start();
    let desk = Desk::at(&server);
    let arguments = ["get", "/songs", "id==eq.4", "select==id,title,tags"];
    let shown = desk.terminal(80, &arguments).well().text();
    is_tame(&shown);
    assert!(shown.contains("\u{1b}["), "{shown}");
    for part in ["HTTP/1.1", "200 OK", "content-type"] {
        assert!(shown.contains(part), "{shown}");
    }
    let plain = desk
        .terminal_where(80, &arguments, &[("NO_COLOR", "1")])
        .well()
        .text();
    assert!(!plain.contains('\u{1b}'), "{plain}");
    let body = "[\n  {\n    \"id\": 4,\n    \"title\": \"난 알아요\",\n    \"tags\": [\n      \"dance\",\n      \"rap\"\n    ]\n  }\n]\n";
    assert!(plain.ends_with(body), "{plain}");
    for (option, is_coloured) in [("always", true), ("never", false)] {
        let arguments = [&arguments[..], &["--colour", option]].concat();
        let there = desk.terminal(80, &arguments).well().text();
        assert_eq!(there.contains('\u{1b}'), is_coloured, "{option}: {there}");
        let piped = desk.run(&arguments).well().text();
        assert_eq!(piped.contains('\u{1b}'), is_coloured, "{option}: {piped}");
    }
}

#[test]
fn no_text_of_a_hostile_server_steers_the_terminal() {
    for (sent, shown) in HOSTILE {
        for kind in ["text/plain", "text/html", "application/x-unheard-of", ""] {
            let field = format!("Content-Type: {kind}");
            let server = Script::answering(move |_| answer("200 OK", &[&field], sent));
            let desk = Desk::new();
            let text = desk.terminal(80, &["get", &server.url("/")]).well().text();
            is_tame(&text);
            let is_binary = kind.is_empty() || kind.starts_with("application");
            assert!(
                text.contains(shown) || is_binary && text.contains("binary"),
                "{kind}: {text}"
            );
            let piped = desk.run(&["get", &server.url("/")]).well();
            assert_eq!(piped.text(), sent, "a pipe gets it as it is");
        }
    }
}

#[test]
fn no_string_of_json_steers_the_terminal_in_any_form() {
    for (sent, _) in HOSTILE {
        let body = format!("[{{\"k{sent}\":\"v{sent}\"}}, {{\"broken{sent}\n");
        let server = Script::answering(move |_| {
            answer("200 OK", &["Content-Type: application/json"], &body)
        });
        let desk = Desk::new();
        for form in [
            &[][..],
            &["--table"],
            &["--table=vertical"],
            &["--colour=never"],
        ] {
            let url = server.url("/");
            is_tame(&desk.terminal(80, &[&["get", &url], form].concat()).text());
        }
    }
}

#[test]
fn no_escaped_string_of_json_steers_the_terminal_when_it_is_a_cell() {
    let body = r#"[{"a":"\u001b]0;title\u0007","b\u001b[2J":"\u009b31m","c":"x\r\ny\u202e"}]"#;
    let server =
        Script::answering(move |_| answer("200 OK", &["Content-Type: application/json"], body));
    let desk = Desk::new();
    for form in ["--table", "--table=vertical", "--csv"] {
        let shown = desk
            .terminal(80, &["get", &server.url("/"), form])
            .well()
            .text();
        is_tame(&shown);
        assert!(shown.contains("title"), "{shown}");
    }
}

#[test]
fn no_head_of_a_hostile_server_steers_the_terminal() {
    let server = Script::answering(|_| {
        let mut octets = b"HTTP/1.1 200 O\xc2\x9b31mK\x9b2J\r\n".to_vec();
        octets.extend(b"X-Evil: \xc2\x9b31m \xe2\x80\xae reversed \x9b2J\r\n");
        octets.extend(b"Server-Timing: db;dur=1;desc=\"\xc2\x9b31m\"\r\n");
        octets.extend(b"Set-Cookie: a=\xc2\x9b31m; Domain=com\r\n");
        octets.extend(b"Content-Length: 0\r\n\r\n");
        octets
    });
    let desk = Desk::new();
    let arguments = [
        "get",
        &server.url("/"),
        "-v",
        "--timing",
        "--print",
        "HhBbm",
    ];
    let arguments = [&arguments[..3], &arguments[3..4]].concat();
    let shown = desk.terminal(80, &arguments).well().text();
    is_tame(&shown);
    assert!(shown.contains("\\u{9b}31m"), "{shown}");
    assert!(
        shown.contains("\\u{202e}") || shown.contains("\\xe2"),
        "{shown}"
    );
}

#[test]
fn octets_that_no_field_may_have_are_refused_with_a_message() {
    for line in ["X-Evil: \u{1b}[2J", "X-Evil: a\rb", "X-E\u{7}vil: a"] {
        let server = Script::answering(move |_| answer("200 OK", &[line], ""));
        let desk = Desk::new();
        let ran = desk.terminal(80, &["get", &server.url("/")]).ended(1);
        is_tame(&ran.text());
        assert!(ran.text().contains("error: "), "{}", ran.text());
    }
}

#[test]
fn a_redirect_or_a_name_of_a_file_does_not_steer_the_terminal() {
    let server = Script::answering(|seen| match seen.target() {
        "/file" => {
            let name =
                "Content-Disposition: attachment; filename*=UTF-8''a%1B%5D0%3Bt%07%E2%80%AEb.txt";
            answer("200 OK", &[name], "body")
        }
        _ => answer("302 Found", &["Location: evil\u{9b}31m://x\u{202e}/"], ""),
    });
    let desk = Desk::new();
    let arguments = ["get", &server.url("/"), "--follow", "-v"];
    is_tame(&desk.terminal(80, &arguments).ended(1).text());
    let arguments = ["get", &server.url("/file"), "--download"];
    let shown = desk.terminal(80, &arguments).well().text();
    // The progress bar moves the cursor itself.
    assert!(
        !shown.contains("\u{1b}]") && !shown.contains('\u{7}'),
        "{shown:?}"
    );
    let files = desk.files();
    let [file] = &files[..] else {
        panic!("one file is saved: {files:?}")
    };
    assert!(!file.chars().any(char::is_control), "{file:?}");
}

#[test]
fn binary_octets_are_not_shown_to_a_terminal() {
    let server = Script::answering(|seen| {
        let kind = seen.target().trim_start_matches('/');
        answer(
            "200 OK",
            &[&format!("Content-Type: {kind}")],
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        )
    });
    let desk = Desk::new();
    for kind in ["image/png", "application/octet-stream", "text/plain"] {
        let url = server.url(&format!("/{kind}"));
        let shown = desk.terminal(80, &["get", &url]).well().text();
        is_tame(&shown);
        if kind != "text/plain" {
            assert!(shown.contains("--output"), "{kind}: {shown}");
        }
    }
}

#[test]
fn a_body_that_is_not_utf8_is_shown_with_its_octets() {
    let server = Script::answering(|_| {
        answer(
            "200 OK",
            &["Content-Type: text/plain; charset=utf-8"],
            b"caf\xe9 \xff!",
        )
    });
    let desk = Desk::new();
    let shown = desk
        .terminal(80, &["get", &server.url("/"), "-b"])
        .well()
        .text();
    assert_eq!(shown, "caf\\xe9 \\xff!\n");
}

#[test]
fn what_was_typed_steers_no_terminal_when_an_error_repeats_it() {
    let desk = Desk::new();
    let ran = desk.run(&["get", "/x", "\u{1b}]0;title\u{7}"]).ended(2);
    is_tame(&ran.err);
    ran.says(&["\\u{1b}]0;title"]);
}
