//! Bodies that become files.

use std::fs;
use std::io::Write as _;
use std::thread;
use std::time::Duration;

use crate::client::desk::Desk;
use crate::client::script::{Script, answer, head};
use crate::server::{Server, until};

#[test]
fn a_download_is_called_what_the_server_says_and_stays_in_its_folder() {
    let cases = [
        ("attachment; filename=\"song.txt\"", "/x", "song.txt"),
        ("attachment; filename*=UTF-8''%EB%82%9C.txt", "/x", "난.txt"),
        ("attachment; filename=\"../../etc/passwd\"", "/x", "passwd"),
        ("attachment; filename=\"/etc/passwd\"", "/x", "passwd"),
        ("inline", "/songs/list.csv?a=b", "list.csv"),
        ("inline", "/songs/..%2F..%2Fevil.txt", "evil.txt"),
    ];
    for (disposition, path, name) in cases {
        let field = format!("Content-Disposition: {disposition}");
        let server = Script::answering(move |_| {
            answer("200 OK", &[&field, "Content-Type: text/plain"], "body")
        });
        let desk = Desk::new();
        let ran = desk.run(&["get", &server.url(path), "--download"]).well();
        assert_eq!(ran.text(), "");
        assert_eq!(desk.files(), [name], "{disposition} {path}");
        assert_eq!(fs::read(desk.path(name)).expect("there"), b"body");
        ran.says(&["Saved 4 bytes", name]);
    }
}

#[test]
fn a_hostile_name_is_no_hidden_file_and_no_folder() {
    for name in [
        ".bashrc",
        "..",
        ".",
        "",
        "a\\..\\b.exe",
        "CON",
        "x/",
        "~",
        "-rf",
        "a\u{202e}b",
    ] {
        let field = format!("Content-Disposition: attachment; filename=\"{name}\"");
        let server = Script::answering(move |_| answer("200 OK", &[&field], "body"));
        let desk = Desk::new();
        desk.run(&["get", &server.url("/dir/"), "--download"])
            .well();
        let files = desk.files();
        let [file] = &files[..] else {
            panic!("`{name}` becomes {files:?}")
        };
        assert!(
            !file.starts_with(['.', '~', '-']),
            "`{name}` becomes `{file}`"
        );
        assert!(
            !file.contains(['\\', '/', '\u{202e}']),
            "`{name}` becomes `{file}`"
        );
        assert!(desk.path(file).is_file());
    }
}

#[test]
fn a_download_never_takes_the_place_of_a_file() {
    let server = Script::answering(|_| answer("200 OK", &[], "new"));
    let desk = Desk::new();
    desk.write("song.txt", "old");
    let url = server.url("/song.txt");
    desk.run(&["get", &url, "--download"]).well();
    desk.run(&["get", &url, "--download"]).well();
    assert_eq!(fs::read(desk.path("song.txt")).expect("there"), b"old");
    assert_eq!(desk.files().len(), 3, "{:?}", desk.files());
    // Where the file was named by the user, he means it.
    desk.run(&["get", &url, "--output", "song.txt"]).well();
    assert_eq!(fs::read(desk.path("song.txt")).expect("there"), b"new");
}

#[test]
fn an_answer_that_is_an_error_is_not_saved() {
    let server = Script::answering(|_| answer("404 Not Found", &[], "no such song"));
    let desk = Desk::new();
    let url = server.url("/song.txt");
    for option in [&["--download"][..], &["-d"], &["--output", "song.txt"]] {
        let arguments = [&["get", &url], option, &["--check-status"]].concat();
        let ran = desk.run(&arguments).ended(4);
        assert_eq!(ran.text(), "no such song");
        ran.says(&["404", "nothing is saved"]);
        assert_eq!(desk.files(), [] as [&str; 0]);
    }
    desk.write("song.txt", "old");
    desk.run(&["get", &url, "--output", "song.txt"]);
    assert_eq!(fs::read(desk.path("song.txt")).expect("there"), b"old");
}

/// Octets that are nowhere the same.
fn long() -> Vec<u8> {
    (0..300_000_u32).flat_map(u32::to_le_bytes).collect()
}

/// A server that sends half of a file and waits, until it is asked for the rest.
fn halting(tag: fn(usize) -> &'static str) -> Script {
    Script::conversing(move |seen, stream| {
        let whole = long();
        let tag = format!("ETag: {}", tag(seen.number));
        let asked = seen.field("Range").and_then(|range| {
            range
                .strip_prefix("bytes=")?
                .strip_suffix('-')?
                .parse::<usize>()
                .ok()
        });
        let is_same = seen.field("If-Range").is_some_and(|own| tag.ends_with(own));
        match asked.filter(|_| is_same) {
            Some(from) => {
                let total = whole.len();
                let range = format!("Content-Range: bytes {from}-{}/{total}", total - 1);
                let rest = whole.get(from..).expect("in range");
                stream.write_all(&answer("206 Partial Content", &[&tag, &range], rest))
            }
            None if seen.number == 0 => {
                let length = format!("Content-Length: {}", whole.len());
                stream.write_all(&head("200 OK", &[&tag, &length]))?;
                stream.write_all(whole.get(..whole.len() / 2).expect("half"))?;
                thread::park();
                Ok(())
            }
            None => stream.write_all(&answer("200 OK", &[&tag], &whole)),
        }
    })
}

/// A desk where the download of a file was killed in the middle.
fn killed(server: &Script) -> Desk {
    let desk = Desk::new();
    let mut running = desk.start(&["get", &server.url("/"), "--output", "file"]);
    let part = desk.path("file.part");
    let half = u64::try_from(long().len() / 2).expect("small");
    until("half of it is there", || {
        fs::metadata(&part).is_ok_and(|part| part.len() >= half)
    });
    running.child.kill().expect("it runs");
    running.wait();
    assert!(
        !desk.path("file").exists(),
        "what is called `file` is whole"
    );
    desk
}

#[test]
fn a_download_that_was_killed_goes_on_where_it_was() {
    let server = halting(|_| "\"one\"");
    let desk = killed(&server);
    desk.run(&["get", &server.url("/"), "--output", "file", "--continue"])
        .well();
    assert!(
        fs::read(desk.path("file")).expect("there") == long(),
        "octet for octet"
    );
    let seen = server.seen();
    let half = format!("bytes={}-", long().len() / 2);
    assert_eq!(
        seen.last().and_then(|seen| seen.field("Range")),
        Some(half.as_str())
    );
    assert_eq!(desk.files(), ["file"], "nothing is left beside it");
}

#[test]
fn a_file_that_has_changed_in_the_meantime_is_loaded_anew() {
    let server = halting(|number| if number == 0 { "\"one\"" } else { "\"two\"" });
    let desk = killed(&server);
    desk.run(&["get", &server.url("/"), "--output", "file", "--continue"])
        .well();
    assert!(
        fs::read(desk.path("file")).expect("there") == long(),
        "octet for octet"
    );
}

#[test]
fn a_body_that_breaks_off_says_how_to_go_on() {
    let server = Script::conversing(|_, stream| {
        stream.write_all(&head("200 OK", &["ETag: \"a\"", "Content-Length: 100"]))?;
        stream.write_all(b"only this")
    });
    let desk = Desk::new();
    let ran = desk
        .run(&["get", &server.url("/"), "--output", "file"])
        .ended(1);
    ran.says(&["9 of 100", "--continue"]);
    assert!(!desk.path("file").exists());
}

#[test]
fn a_file_that_cannot_be_written_is_named() {
    let server = Script::answering(|_| answer("200 OK", &[], "body"));
    let desk = Desk::new();
    let ran = desk
        .run(&["get", &server.url("/"), "--output", "nowhere/file"])
        .ended(1);
    ran.says(&["nowhere"]);
}

#[test]
fn progress_is_drawn_where_a_terminal_looks() {
    let server = Script::conversing(|_, stream| {
        stream.write_all(&head("200 OK", &["Content-Length: 2000"]))?;
        for _ in 0..20 {
            stream.write_all(&[b'x'; 100])?;
            thread::park_timeout(Duration::from_millis(20));
        }
        Ok(())
    });
    let desk = Desk::new();
    let arguments = ["get", &server.url("/file.txt"), "--download"];
    let shown = desk.terminal(80, &arguments).well().text();
    assert!(
        shown.contains("file.txt ") && shown.contains("B/s"),
        "{shown:?}"
    );
    assert!(shown.contains("Saved 2000 bytes"), "{shown:?}");
    let ran = desk.run(&arguments).well();
    assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
}

#[test]
fn standard_output_keeps_what_stands_in_it() {
    let server = Script::answering(|_| answer("200 OK", &[], "body\n"));
    let desk = Desk::new();
    let url = server.url("/");
    for output in ["-", "/dev/stdout"] {
        let line = format!("(echo before; bistro get {url} -o {output}; echo after) > log");
        desk.shell(&line).well();
        let log = fs::read_to_string(desk.path("log")).expect("there");
        assert_eq!(log, "before\nbody\nafter\n", "{output}");
        let piped = desk.run(&["get", &url, "-o", output]).well();
        assert_eq!(piped.text(), "body\n", "{output}");
        assert_eq!(desk.files(), ["log"], "{output}");
    }
}

#[test]
fn a_full_disk_is_told() {
    let server = Script::answering(|_| answer("200 OK", &[], vec![b'x'; 100_000]));
    let desk = Desk::new();
    let ran = desk
        .run(&["get", &server.url("/"), "--output", "/dev/full"])
        .ended(1);
    ran.says(&["/dev/full"]);
    let line = format!("bistro get {} > /dev/full", server.url("/"));
    desk.shell(&line).ended(1).says(&["error: "]);
}

#[test]
fn rows_are_saved_in_the_form_that_is_wanted() {
    let rows = r#"[{"a":"=1","b":null},{"a":"x, y","b":2}]"#;
    let server = Script::answering(move |_| {
        answer(
            "200 OK",
            &["Content-Type: application/json", "ETag: \"a\""],
            rows,
        )
    });
    let desk = Desk::new();
    let url = server.url("/rows");
    for (form, name, expected) in [
        ("--csv", "rows.csv", "a,b\n=1,\n\"x, y\",2\n"),
        (
            "--ndjson",
            "rows.ndjson",
            "{\"a\":\"=1\",\"b\":null}\n{\"a\":\"x, y\",\"b\":2}\n",
        ),
    ] {
        let ran = desk.run(&["get", &url, form, "--output", name]).well();
        assert_eq!(ran.text(), "");
        let saved = fs::read_to_string(desk.path(name)).expect("there");
        assert_eq!(saved, expected);
    }
    desk.run(&["get", &url, "--table", "--output", "rows.txt"])
        .well();
    let table = fs::read_to_string(desk.path("rows.txt")).expect("there");
    assert!(table.contains("│ x, y"), "{table}");
    desk.run(&["get", &url, "--csv", "--download"]).well();
    assert_eq!(desk.files().len(), 4, "{:?}", desk.files());
    assert!(
        desk.files().iter().all(|name| !name.contains(".part")),
        "{:?}",
        desk.files()
    );
}

#[test]
fn all_pages_are_saved_in_one_file() {
    let server = Server::start();
    let desk = Desk::at(&server);
    for form in [&[][..], &["--csv"], &["--ndjson"]] {
        let asked = [
            &["get", "/songs", "limit==2", "select==id", "--all-pages"],
            form,
        ]
        .concat();
        let shown = desk.run(&asked).well().text();
        let saving = [&asked[..], &["--output", "all"]].concat();
        assert_eq!(desk.run(&saving).well().text(), "");
        let saved = fs::read_to_string(desk.path("all")).expect("there");
        assert_eq!(saved, shown, "{form:?}");
        assert!(saved.matches(char::is_numeric).count() > 4, "{saved}");
    }
}

#[test]
fn a_page_that_is_missing_leaves_no_file_that_seems_whole() {
    let server = Script::answering(|seen| {
        let kind = "Content-Type: application/json";
        match seen.target() {
            "/1" => answer("200 OK", &[kind, "Link: </2>; rel=\"next\""], "[{\"a\":1}]"),
            _ => answer("500 Internal Server Error", &[kind], "{\"error\":\"boom\"}"),
        }
    });
    let desk = Desk::new();
    let asked = ["get", &server.url("/1"), "--all-pages", "--csv"];
    let ran = desk.run(&asked).ended(1);
    assert_eq!(ran.text(), "a\n1\n", "what came instead is no row");
    ran.says(&["a page is missing", "500"]);
    let saving = [&asked[..], &["--output", "all.csv"]].concat();
    desk.run(&saving).ended(1).says(&["a page is missing"]);
    assert!(!desk.path("all.csv").exists());
}

#[test]
fn a_file_that_was_wanted_and_is_not_there_is_a_failure() {
    let server = Script::answering(|_| answer("302 Found", &["Location: /y"], ""));
    let desk = Desk::new();
    desk.run(&["get", &server.url("/x"), "--output", "x"])
        .ended(1)
        .says(&["nothing is saved", "--follow"]);
    assert_eq!(desk.files(), [""; 0]);
}
