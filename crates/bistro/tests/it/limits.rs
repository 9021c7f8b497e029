//! The widest limits a configuration can set: no request within them is too much for the server or for SQLite.

use std::fs;

use crate::fixture::Fixture;
use crate::http::{Request, Response};
use crate::server::Server;

const WIDEST: &str = "[limits]\nquery_max = \"8MiB\"\ndepth = 32\nterms = 4096\nlist = 32000\nrows = 1000000\ncolumns = 2000\n";

/// A server with these limits, and names as long as SQL allows itself to get.
fn server(limits: &str) -> Server {
    let (songs, artists) = (long("s"), long("a"));
    let fixture = Fixture::of(&format!(
        "CREATE TABLE {artists} (id INTEGER PRIMARY KEY, {data} JSON);
         CREATE TABLE {songs} (id INTEGER PRIMARY KEY, {title} TEXT, {data} JSON, {by} INTEGER REFERENCES {artists} (id));
         CREATE INDEX by_artist ON {songs} ({by});
         INSERT INTO {artists} VALUES (1, '{{\"a\":1}}');
         INSERT INTO {songs} VALUES (1, 'one', '[1]', 1);",
        title = long("t"),
        data = long("d"),
        by = long("b"),
    ));
    let path = fixture.directory().join("bistro.toml");
    let open = [songs, artists].map(|name| {
        format!("[[allow]]\non = \"{name}\"\nto = \"anyone\"\ndo = [\"read\", \"create\"]\n")
    });
    let config = format!(
        "[http]\nbody_max = \"64MiB\"\n\n{limits}\n{}",
        open.concat()
    );
    fs::write(&path, config).expect("the directory is ours");
    Server::serve(fixture, &["--config", path.to_str().expect("plain")])
}

fn long(letter: &str) -> String {
    letter.repeat(120)
}

fn query(server: &Server, relation: &str, body: &str) -> Response {
    let request = Request::new("QUERY", &format!("/{}", long(relation)))
        .field("Content-Type", "application/x-www-form-urlencoded")
        .body(body);
    server.send(&request)
}

/// The names of relations from songs on, so many embeds deep.
fn way(depth: usize) -> Vec<String> {
    (0..depth)
        .map(|level| long(if level % 2 == 0 { "a" } else { "s" }))
        .collect()
}

/// `select` of embeds inside embeds, each with these items beside the next.
fn nested(way: &[String], items: &str) -> String {
    way.iter().rev().fold(items.to_owned(), |inner, name| {
        format!("{items},{name}({inner})")
    })
}

/// Groups inside groups, each with so many leaves beside the next.
fn groups(depth: usize, leaf: &str, leaves: usize) -> String {
    let row = vec![leaf; leaves].join(",");
    (1..depth).fold(row.clone(), |inner, level| {
        let connective = ["not.and", "not.or"][level % 2];
        format!("{connective}({inner}),{row}")
    })
}

/// As many items, each made from its number.
fn listed(count: usize, item: impl Fn(usize) -> String) -> String {
    (0..count).map(item).collect::<Vec<_>>().join(",")
}

/// A group said of each relation on the way: `or=(…)`, `artists.or=(…)`, `artists.songs.or=(…)`.
fn said(way: &[String], group: impl Fn(&str) -> String) -> String {
    let mut text = String::new();
    let mut prefix = String::new();
    for name in way {
        text.push_str(&format!("&{prefix}or=({})", group(name)));
        prefix.push_str(&format!("{name}."));
    }
    text
}

/// Each request is answered with this status, and what is refused is refused in these words.
fn check(table: &[(&str, u16, &str)]) {
    let server = server(WIDEST);
    for (body, status, words) in table {
        let response = query(&server, "s", body);
        let body: String = body.chars().take(200).collect();
        let told: String = response.text().chars().take(300).collect();
        assert_eq!(response.status, *status, "{body}: {told}");
        assert!(told.contains(words), "{body}: {told}");
    }
    assert_eq!(query(&server, "s", "select=id").text(), "[{\"id\":1}]");
}

#[test]
fn the_deepest_embeds_are_answered_or_refused_in_words() {
    let path = format!("{}->a->>b", long("d"));
    let way = way(32);
    let select = |depth: usize, items: &str| format!("select={}", nested(&way[..depth], items));
    let filters =
        |leaf: &str, depth: usize, leaves: usize| said(&way, |_| groups(depth, leaf, leaves));
    let absent = |depth: usize| {
        said(&way[..depth], |name| {
            groups(8, &format!("{name}.is.null"), 1)
        })
    };
    let too_many = "values in one request, at most 32750 allowed";
    check(&[
        (&select(32, "id"), 200, ""),
        (&select(32, &path), 200, ""),
        (
            &format!("{}{}", select(32, "id"), filters("id.gt.0", 32, 2)),
            200,
            "",
        ),
        (
            &format!(
                "{}{}",
                select(32, "id"),
                filters(&format!("{path}.gt.0"), 20, 1)
            ),
            200,
            "",
        ),
        // Each is asked for twice by each above it.
        (&select(8, "id").replace('(', "!inner("), 200, ""),
        (&select(32, "id").replace('(', "!inner("), 400, too_many),
        (&format!("{}{}", select(3, "id"), absent(3)), 200, ""),
        (
            &format!("{}{}", select(16, "id"), absent(16)),
            400,
            too_many,
        ),
        (
            &format!(
                "select={}({})",
                long("a"),
                listed(2_000, |at| format!("n{at}:id"))
            ),
            400,
            "2000 values in one row that is embedded, at most 999 allowed",
        ),
        (
            &format!(
                "select={}({})",
                long("a"),
                listed(999, |at| format!("n{at}:id"))
            ),
            200,
            "",
        ),
    ]);
}

#[test]
fn the_longest_filters_are_answered_or_refused_in_words() {
    let path = format!("{}->a->>b", long("d"));
    let title = long("t");
    let list = |count| vec!["1"; count].join(",");
    let too_large = "the pattern is too large";
    check(&[
        (&format!("or=({})", groups(32, "id.gt.0", 60)), 200, ""),
        (
            &format!("or=({})", groups(32, &format!("{path}.gt.0"), 30)),
            200,
            "",
        ),
        (&vec!["id=gt.0"; 4_096].join("&"), 200, ""),
        (
            &format!("or=({})", listed(4_096, |at| format!("id.eq.{at}"))),
            200,
            "",
        ),
        (
            &format!("or=({})", listed(4_097, |at| format!("id.eq.{at}"))),
            414,
            "at most 4096 allowed (`[limits] terms`)",
        ),
        (
            &format!("or=({})", groups(33, "id.gt.0", 1)),
            414,
            "at most 32 allowed (`[limits] depth`)",
        ),
        (&format!("id=in.({})", list(32_000)), 200, ""),
        (
            &format!("id=in.({})", list(32_001)),
            414,
            "at most 32000 allowed (`[limits] list`)",
        ),
        (
            &format!("id=in.({0})&id=not.in.({0})", list(20_000)),
            400,
            "40000 values in one request, at most 32750 allowed",
        ),
        (&format!("{title}=eq.{}", "x".repeat(4 << 20)), 200, ""),
        (
            &format!("{title}=eq.{}", "x".repeat(8 << 20)),
            413,
            "at most 8388608 allowed (`[limits] query_max`)",
        ),
        (
            &format!("{title}=match.{}", "(x|y)".repeat(100_000)),
            400,
            too_large,
        ),
        (
            &format!("{title}=like.{}", "*x_".repeat(100_000)),
            400,
            too_large,
        ),
    ]);
}

#[test]
fn the_widest_rows_are_answered_or_refused_in_words() {
    let data = long("d");
    let path = format!("{data}->a->>b");
    check(&[
        (
            &format!(
                "select={}",
                listed(1_300, |at| format!("n{at}:{data}->k{at}->>x::numeric"))
            ),
            200,
            "",
        ),
        (
            &format!("select={}", listed(2_000, |at| format!("n{at}:id"))),
            200,
            "",
        ),
        (
            &format!("select={}", listed(2_001, |at| format!("n{at}:id"))),
            400,
            "2001 values in one row, at most 2000 allowed",
        ),
        (
            &format!("select={}&limit=1", listed(2_000, |at| format!("n{at}:id"))),
            400,
            "2001 values in one row, at most 2000 allowed",
        ),
        (
            &format!("order={}", listed(1_300, |_| format!("{path}.desc"))),
            200,
            "",
        ),
        (
            &format!("order={}", listed(4_096, |_| "id".to_owned())),
            400,
            "too many terms in ORDER BY clause",
        ),
        (
            &format!("select={},count()", listed(1_900, |at| format!("n{at}:id"))),
            200,
            "",
        ),
        (&format!("select={data}{}", "->a".repeat(4_000)), 200, ""),
        (
            &format!("columns={}", listed(2_001, |at| format!("n{at}"))),
            414,
            "at most 2000 allowed (`[limits] columns`)",
        ),
    ]);
}

#[test]
fn a_body_is_refused_with_the_setting_that_is_in_the_way() {
    let server = server("[limits]\nrows = 2\ncolumns = 1\nquery_max = \"10B\"");
    let target = format!("/{}", long("s"));
    for (request, status, words) in [
        (
            Request::new("POST", &target).json(r#"[{"id":2},{"id":3},{"id":4}]"#),
            413,
            "the body: rows in one body: at most 2 allowed (`[limits] rows`)",
        ),
        (
            Request::new("POST", &target).json(&format!(r#"{{"id":2,"{}":"x"}}"#, long("t"))),
            413,
            "the body: columns in one body: at most 1 allowed (`[limits] columns`)",
        ),
        (
            Request::new("GET", &format!("{target}?select=id,id")),
            414,
            "the query string: bytes of a query: at most 10 allowed (`[limits] query_max`)",
        ),
    ] {
        let response = server.send(&request);
        assert_eq!(response.status, status, "{}", response.text());
        assert_eq!(response.json()["message"], words);
    }
}
