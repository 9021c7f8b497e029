//! Rows as tables, as CSV and as lines; and all pages as one.

use serde_json::Value;
use unicode_width::UnicodeWidthStr;

use crate::client::desk::{Desk, finish};
use crate::client::script::{Script, answer};
use crate::fixture::Fixture;
use crate::server::Server;

/// The columns at which a line has its borders, by how wide the characters before them are.
fn borders(line: &str) -> Vec<usize> {
    line.char_indices()
        .filter(|(_, character)| "│┬┼┴├┤┌┐└┘".contains(*character))
        .map(|(at, _)| line.get(..at).expect("a boundary").width())
        .collect()
}

/// Fails unless each line has its borders where the first has them.
#[track_caller]
fn is_aligned(table: &str, lines_min: usize) {
    let lines: Vec<&str> = table.lines().collect();
    let first = borders(lines.first().expect("a table"));
    assert!(first.len() > 1 && lines.len() >= lines_min, "{table}");
    for line in lines {
        assert_eq!(borders(line), first, "{line}\nin\n{table}");
    }
}

const WIDE: &str = r#"[{"name":"서태지와 아이들","n":1},{"name":"漢字かな","n":22},{"name":"🎸 ok","n":null},
    {"name":"Björk","n":4},{"name":"ｆｕｌｌ","n":5},{"name":"e\u0301","n":6}]"#;

#[test]
fn a_table_is_aligned_whatever_its_characters_are_as_wide_as() {
    let server = Script::answering(|_| answer("200 OK", &["Content-Type: application/json"], WIDE));
    let desk = Desk::new();
    let table = desk
        .run(&["get", &server.url("/"), "--table"])
        .well()
        .text();
    is_aligned(&table, 9);
    for name in ["서태지와 아이들", "漢字かな", "🎸 ok", "Björk", "ｆｕｌｌ"] {
        assert!(table.contains(name), "{table}");
    }
}

#[test]
fn a_table_fits_the_terminal() {
    let server = Server::start();
    let desk = Desk::at(&server);
    for columns in [60, 80, 130] {
        let arguments = ["get", "/songs", "--table", "--colour", "never"];
        let table = desk.terminal(columns, &arguments).well().text();
        let widest = table.lines().map(UnicodeWidthStr::width).max();
        assert!(
            widest.is_some_and(|widest| widest <= columns),
            "{columns}:\n{table}"
        );
        assert!(table.contains("난 알아요"), "{table}");
    }
    let narrow = ["get", "/artists", "--table", "--colour", "never"];
    let table = desk.terminal(44, &narrow).well().text();
    is_aligned(&table, 8);
    assert!(table.lines().all(|line| line.width() <= 44), "{table}");
    assert!(table.contains('…'), "what was cut is marked: {table}");
}

#[test]
fn a_terminal_that_does_not_say_how_wide_it_is_has_80_columns() {
    let server = Server::start();
    let desk = Desk::at(&server);
    let mut command = desk.program("script");
    let line = format!(
        "stty rows 0 cols 0 -opost; {} get /songs --table --colour never",
        env!("CARGO_BIN_EXE_bistro")
    );
    command.args(["-qec", &line, "/dev/null"]);
    let table = finish(command, None).well().text();
    assert!(table.lines().all(|line| line.width() <= 80), "{table}");
}

#[test]
fn a_vertical_table_has_a_line_for_each_value() {
    let server = Server::start();
    let desk = Desk::at(&server);
    let arguments = ["get", "/songs", "id==eq.4", "--table=vertical"];
    let table = desk.run(&arguments).well().text();
    for part in [
        "title      난 알아요\n",
        "year       1992\n",
        "details    ∅\n",
    ] {
        assert!(table.contains(part), "`{part}` is missing in\n{table}");
    }
}

#[test]
fn csv_and_lines_have_every_row() {
    let server = Server::start();
    let desk = Desk::at(&server);
    let csv = desk.run(&["get", "/artists", "--csv"]).well().text();
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines.len(), 6, "{csv}");
    assert_eq!(lines.first(), Some(&"id,name,country,formed"));
    assert_eq!(lines.get(3), Some(&"3,서태지와 아이들,South Korea,1992"));
    let all = desk.run(&["get", "/artists"]).well().json();
    let ndjson = desk.run(&["get", "/artists", "--ndjson"]).well().text();
    let rows: Vec<Value> = ndjson
        .lines()
        .map(|line| serde_json::from_str(line).expect("a row"))
        .collect();
    assert_eq!(Value::Array(rows), all);
}

#[test]
fn rows_of_a_server_that_knows_only_json_become_csv_and_lines_too() {
    let body = r#"[{"a":"x,y","b":{"c":[1.0]}},{"b":null,"a":"\"q\"\n"}]"#;
    let server =
        Script::answering(move |_| answer("200 OK", &["Content-Type: application/json"], body));
    let desk = Desk::new();
    let csv = desk.run(&["get", &server.url("/"), "--csv"]).well().text();
    let csv = csv.replace("\r\n", "\n");
    assert_eq!(
        csv,
        "a,b\n\"x,y\",\"{\"\"c\"\":[1.0]}\"\n\"\"\"q\"\"\n\",\n"
    );
    let ndjson = desk
        .run(&["get", &server.url("/"), "--ndjson"])
        .well()
        .text();
    assert_eq!(
        ndjson,
        "{\"a\":\"x,y\",\"b\":{\"c\":[1.0]}}\n{\"b\":null,\"a\":\"\\\"q\\\"\\n\"}\n"
    );
}

#[test]
fn what_is_no_table_is_shown_as_it_is() {
    let server =
        Script::answering(|_| answer("200 OK", &["Content-Type: application/json"], "no rows"));
    let desk = Desk::new();
    for form in ["--table", "--csv", "--ndjson"] {
        let ran = desk.run(&["get", &server.url("/"), form]).well();
        assert_eq!(ran.text(), "no rows", "{form}");
        ran.says(&["warning: "]);
    }
}

/// More rows than a page has.
fn many() -> Server {
    let sql = "CREATE TABLE numbers (id INTEGER PRIMARY KEY, word TEXT);
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2503)
        INSERT INTO numbers SELECT i, 'word ' || i || CASE i % 3 WHEN 0 THEN ', 한국' ELSE '' END FROM n;";
    Server::serve(Fixture::of(sql), &[])
}

#[test]
fn all_pages_are_the_whole_set_in_every_form() {
    let server = many();
    let desk = Desk::at(&server);
    let expected: Vec<i64> = (1..=2503).collect();
    let ids =
        |rows: &[Value]| -> Vec<i64> { rows.iter().filter_map(|row| row["id"].as_i64()).collect() };
    for limit in ["limit==400", "limit==2503"] {
        let pages = ["get", "/numbers", limit, "--all-pages"];
        let json = desk.run(&pages).well().json();
        assert_eq!(ids(json.as_array().expect("an array")), expected, "{limit}");
        let ndjson = desk
            .run(&[&pages[..], &["--ndjson"]].concat())
            .well()
            .text();
        let rows: Vec<Value> = ndjson
            .lines()
            .map(|line| serde_json::from_str(line).expect("a row"))
            .collect();
        assert_eq!(ids(&rows), expected, "{limit}");
        let csv = desk.run(&[&pages[..], &["--csv"]].concat()).well().text();
        let numbers = csv.lines().skip(1).map(|line| {
            let id = line.split(',').next().unwrap_or_default();
            id.parse().expect("a number")
        });
        assert_eq!(numbers.collect::<Vec<i64>>(), expected, "{limit}");
        let table = desk.run(&[&pages[..], &["--table"]].concat()).well().text();
        is_aligned(&table, 2503 + 4);
        let heads = desk.run(&[&pages[..], &["-h"]].concat()).well().text();
        assert_eq!(heads.matches("HTTP/1.1 200").count(), 1, "{heads}");
        assert!(!heads.contains("word"), "{heads}");
    }
}

#[test]
fn a_page_that_is_missing_is_an_error() {
    let server = Script::answering(|seen| match seen.number {
        0 => answer(
            "200 OK",
            &["Content-Type: application/json", "Link: </2>; rel=\"next\""],
            "[{\"a\":1}]",
        ),
        _ => answer("500 Internal Server Error", &[], "broken"),
    });
    let desk = Desk::new();
    let ran = desk.run(&["get", &server.url("/"), "--all-pages"]).ended(1);
    ran.says(&["a page is missing", "500"]);
}

#[test]
fn pages_in_circles_end() {
    let server = Script::answering(|seen| {
        let next = if seen.target() == "/a" { "/b" } else { "/a" };
        let link = format!("Link: <{next}>; rel=\"next\"");
        answer(
            "200 OK",
            &["Content-Type: application/json", &link],
            "[{\"a\":1}]",
        )
    });
    let desk = Desk::new();
    desk.run(&["get", &server.url("/a"), "--all-pages"]);
    assert!(server.seen().len() <= 4, "{:?}", server.seen());
}
