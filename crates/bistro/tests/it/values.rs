//! Values keep their meaning on the way in, through the database, and out again.

use serde_json::{Value, json};

use crate::fixture::Fixture;
use crate::http::{Request, component};
use crate::server::Server;

/// Writes one column of `kinds`, reads it back as JSON, and as the octets of the answer.
fn round_trip(server: &Server, column: &str, written: &str) -> String {
    let update = Request::new("PATCH", "/kinds/3").json(&format!("{{\"{column}\":{written}}}"));
    let response = server.send(&update);
    assert!(
        response.status < 300,
        "{column} = {written}: {}",
        response.text()
    );
    let read = server.get(&format!("/kinds?id=eq.3&select={column}"));
    let text = read.text();
    text.strip_prefix(&format!("[{{\"{column}\":"))
        .and_then(|rest| rest.strip_suffix("}]"))
        .unwrap_or_else(|| panic!("an unexpected form: {text}"))
        .to_owned()
}

#[test]
fn integers_of_64_bits_are_exact() {
    let server = Server::start();
    for number in [
        "0",
        "-1",
        "9007199254740993",
        "9223372036854775807",
        "-9223372036854775808",
    ] {
        assert_eq!(round_trip(&server, "whole", number), number);
        let found = server.get(&format!("/kinds?select=id&id=eq.3&whole=eq.{number}"));
        assert_eq!(found.text(), "[{\"id\":3}]", "{number} is found again");
    }
}

#[test]
fn an_integer_that_does_not_fit_is_refused() {
    let server = Server::start();
    for number in ["9223372036854775808", "-9223372036854775809", "1e400"] {
        let update = Request::new("PATCH", "/kinds/3").json(&format!("{{\"whole\":{number}}}"));
        let status = server.send(&update).status;
        assert!((400..500).contains(&status), "{number}: {status}");
        assert_eq!(
            server
                .fixture()
                .value("SELECT whole FROM kinds WHERE id = 3"),
            "NULL"
        );
    }
}

#[test]
fn reals_come_back_bit_for_bit() {
    let server = Server::start();
    for number in [
        0.1,
        -0.5,
        1e300,
        -1e-300,
        5e-324,
        f64::MAX,
        1.0 / 3.0,
        123_456_789.125,
    ] {
        let written = serde_json::to_string(&number).expect("finite");
        let read: f64 = round_trip(&server, "fraction", &written)
            .parse()
            .expect("a number");
        assert_eq!(read.to_bits(), number.to_bits(), "{written}");
    }
}

#[test]
fn booleans_are_true_and_false() {
    let server = Server::start();
    for (written, stored) in [("true", "1"), ("false", "0")] {
        assert_eq!(round_trip(&server, "flag", written), written);
        assert_eq!(
            server
                .fixture()
                .value("SELECT flag FROM kinds WHERE id = 3"),
            stored
        );
        let found = server.get(&format!("/kinds?select=id&id=eq.3&flag=is.{written}"));
        assert_eq!(found.text(), "[{\"id\":3}]");
        let found = server.get(&format!("/kinds?select=id&id=eq.3&flag=eq.{written}"));
        assert_eq!(found.text(), "[{\"id\":3}]");
    }
    let wrong = Request::new("PATCH", "/kinds/3").json("{\"flag\":\"perhaps\"}");
    assert_eq!(server.send(&wrong).status, 400);
}

#[test]
fn json_is_json_in_both_directions() {
    let server = Server::start();
    for document in [
        "{\"a\":[1,2,{\"b\":null}],\"ü\":\"한국\"}",
        "[]",
        "\"just text\"",
        "17",
        "false",
        "{\"deep\":{\"er\":{\"est\":[[[]]]}}}",
        "{\"big\":123456789012345678901234567890}",
        "{\"exact\":1.10}",
    ] {
        assert_eq!(
            round_trip(&server, "document", document),
            document,
            "kept as written"
        );
    }
    assert_eq!(round_trip(&server, "document", "null"), "null");
    assert_eq!(
        server
            .fixture()
            .value("SELECT document FROM kinds WHERE id = 3"),
        "NULL"
    );
}

#[test]
fn blobs_are_base64_in_both_directions() {
    let server = Server::start();
    for (written, stored) in [
        ("\"AP8Q\"", "00FF10"),
        ("\"\"", ""),
        ("\"/w==\"", "FF"),
        ("\"+/+/\"", "FBFFBF"),
    ] {
        assert_eq!(round_trip(&server, "octets", written), written);
        assert_eq!(
            server
                .fixture()
                .value("SELECT hex(octets) FROM kinds WHERE id = 3"),
            stored
        );
        assert_eq!(
            server
                .fixture()
                .value("SELECT typeof(octets) FROM kinds WHERE id = 3"),
            "blob"
        );
    }
    let wrong = Request::new("PATCH", "/kinds/3").json("{\"octets\":\"not base64!\"}");
    assert_eq!(server.send(&wrong).status, 400);
    let found = server.get(&format!("/kinds?select=id&octets=eq.{}", component("AP8Q")));
    assert_eq!(found.text(), "[{\"id\":1}]", "a filter takes base64 too");
}

#[test]
fn null_and_nothing_said_are_two_things() {
    let server = Server::start();
    let null = Request::new("POST", "/notes")
        .field("Prefer", "return=representation")
        .json("{\"body\":\"x\",\"author\":null,\"stars\":null}");
    let row = server.send(&null).json();
    assert_eq!(row.pointer("/0/author"), Some(&Value::Null));
    assert_eq!(row.pointer("/0/stars"), Some(&Value::Null));
    let missing = Request::new("POST", "/notes")
        .field("Prefer", "return=representation")
        .json("{\"body\":\"x\"}");
    let row = server.send(&missing).json();
    assert_eq!(row.pointer("/0/author"), Some(&json!("anonymous")));
    assert_eq!(row.pointer("/0/stars"), Some(&json!(3)));
    let update = Request::new("PATCH", "/notes/1").json("{\"author\":null}");
    assert!(server.send(&update).status < 300);
    assert_eq!(
        server
            .fixture()
            .value("SELECT author FROM notes WHERE id = 1"),
        "NULL"
    );
    assert_eq!(
        server
            .fixture()
            .value("SELECT stars FROM notes WHERE id = 1"),
        "5"
    );
}

#[test]
fn text_of_every_script_comes_back() {
    let server = Server::start();
    for text in [
        "한국어",
        "日本語 🎸",
        "ﷺ",
        "e\u{301}",
        "\u{1F469}\u{200D}\u{1F680}",
        "tab\tnew\nline",
        "\"\\/",
        "\u{7f}\u{80}",
    ] {
        let written = serde_json::to_string(text).expect("text");
        let read = round_trip(&server, "words", &written);
        assert_eq!(serde_json::from_str::<String>(&read).expect("text"), text);
        let found = server.get(&format!(
            "/kinds?select=id&id=eq.3&words=eq.{}",
            component(text)
        ));
        assert_eq!(found.text(), "[{\"id\":3}]", "{text}");
    }
}

#[test]
fn csv_keeps_every_value() {
    let server = Server::start();
    let words = "a,\"b\"\nc 한국";
    let update = Request::new("PATCH", "/kinds/1").json(&json!({"words": words}).to_string());
    assert!(server.send(&update).status < 300);
    let read = server.send(
        &Request::new("GET", "/kinds?select=id,whole,flag,octets,words&id=eq.1")
            .field("Accept", "text/csv"),
    );
    let text = read.text().replace("\r\n", "\n");
    assert_eq!(
        text.trim_end(),
        "id,whole,flag,octets,words\n1,9223372036854775807,true,AP8Q,\"a,\"\"b\"\"\nc 한국\""
    );
    let renamed = text.replacen("\n1,", "\n50,", 1);
    let create = Request::new("POST", "/kinds")
        .field("Content-Type", "text/csv")
        .body(renamed);
    assert_eq!(server.send(&create).status, 201);
    let same = "SELECT count(*) FROM kinds a JOIN kinds b ON a.id = 1 AND b.id = 50 AND a.whole = b.whole \
        AND a.flag = b.flag AND a.octets = b.octets AND a.words = b.words";
    assert_eq!(server.fixture().value(same), "1");
}

#[test]
fn odd_names_are_names_like_others() {
    let server = Server::start();
    let rows = server.get("/odd%20name?select=\"dot.ted\",\"com,ma\",한국&\"the key\"=eq.2");
    assert_eq!(
        rows.json(),
        json!([{"dot.ted": "a.b", "com,ma": "x,y", "한국": "부산"}])
    );
    let item = server.get("/odd%20name/2").json();
    assert_eq!(item.get("quo\"ted"), Some(&json!("say \"hi\"")));
    assert_eq!(item.get("paren(s)"), Some(&json!("(z)")));
    let update = Request::new("PATCH", "/odd%20name/1")
        .json("{\"select\":\"from\",\"quo\\\"ted\":\"it's\"}");
    assert!(server.send(&update).status < 300);
    let stored = "SELECT \"select\" || \"quo\"\"ted\" FROM \"odd name\" WHERE \"the key\" = 1";
    assert_eq!(server.fixture().value(stored), "fromit's");
    let ordered = server.get("/odd%20name?select=\"the key\"&order=\"dot.ted\".desc");
    assert_eq!(ordered.json(), json!([{"the key": 1}, {"the key": 2}]));
}

#[test]
fn text_that_is_not_utf_8_does_not_break_an_answer() {
    let fixture = Fixture::of(
        "CREATE TABLE letters (id INTEGER PRIMARY KEY, body TEXT);
         INSERT INTO letters VALUES (1, CAST(x'61ff62' AS TEXT)), (2, 'fine');",
    );
    let server = Server::serve(fixture, &[]);
    let rows = server.get("/letters?order=id");
    assert_eq!(rows.status, 200);
    assert_eq!(rows.json().pointer("/1/body"), Some(&json!("fine")));
}

#[test]
fn infinities_do_not_break_an_answer() {
    let fixture = Fixture::of(
        "CREATE TABLE limits (id INTEGER PRIMARY KEY, x REAL);
         INSERT INTO limits VALUES (1, 9e999), (2, -9e999), (3, 1.5);",
    );
    let server = Server::serve(fixture, &[]);
    let rows = server.get("/limits?order=id");
    assert_eq!(
        (rows.status, rows.json().pointer("/2/x").cloned()),
        (200, Some(json!(1.5)))
    );
}
