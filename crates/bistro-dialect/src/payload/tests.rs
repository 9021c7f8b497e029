//! Bodies, by example.

use bistro_http::method::Method;

use crate::error::{Place, Problem};
use crate::limits::Limits;
use crate::payload::{Datum, Payload, Rows};

const JSON: &str = "application/json";
const CSV: &str = "text/csv";
const FORM: &str = "application/x-www-form-urlencoded";

fn read(media_type: &str, body: &[u8], columns: Option<&str>) -> Result<Option<Payload>, Problem> {
    let columns: Option<Vec<String>> =
        columns.map(|names| names.split(',').map(ToOwned::to_owned).collect());
    let limits = Limits {
        rows: 4,
        columns: 4,
        list: 2,
        ..Limits::default()
    };
    let content_type = Some(media_type).filter(|media_type| !media_type.is_empty());
    Payload::read(
        Method::Patch,
        content_type,
        body,
        columns.as_deref(),
        &limits,
    )
    .map_err(|error| error.problem)
}

fn show(rows: &Rows) -> String {
    let mut text = rows.columns.join(",");
    for row in &rows.rows {
        let values: Vec<_> = row
            .iter()
            .map(|datum| match datum {
                None => "-".to_owned(),
                Some(Datum::Null) => "null".to_owned(),
                Some(Datum::Json(json)) => json.clone(),
                Some(Datum::Text(text)) => format!("'{text}'"),
            })
            .collect();
        text.push_str(" | ");
        text.push_str(&values.join(","));
    }
    if rows.is_single {
        text.push_str(" (single)");
    }
    text
}

fn check(media_type: &str, columns: Option<&str>, body: &str, expected: &str) {
    match read(media_type, body.as_bytes(), columns) {
        Ok(Some(Payload::Rows(rows) | Payload::MergePatch(rows))) => {
            assert_eq!(show(&rows), expected, "{body}");
        }
        other => panic!("{body}: {other:?}"),
    }
}

fn check_malformed(media_type: &str, body: &[u8], line: usize, column: usize, part: &str) {
    let shown = String::from_utf8_lossy(body);
    let problem = read(media_type, body, None).expect_err(&shown);
    let Problem::Malformed {
        line: found_line,
        column: found_column,
        ..
    } = &problem
    else {
        panic!("{shown}: {problem}");
    };
    assert!(problem.to_string().contains(part), "{shown}: {problem}");
    assert_eq!(
        (*found_line, *found_column),
        (line, column),
        "{shown}: {problem}"
    );
}

#[test]
fn objects_and_arrays_are_rows() {
    check(JSON, None, "{}", " |  (single)");
    check(JSON, None, "{\"a\":1}", "a | 1 (single)");
    check(JSON, None, " [ {\"a\":1} ] ", "a | 1");
    check(JSON, None, "[]", "");
    check(JSON, None, "[{},{}]", " |  | ");
    check(
        JSON,
        None,
        "[{\"a\":1,\"b\":2},{\"b\":3,\"a\":4}]",
        "a,b | 1,2 | 4,3",
    );
    check(JSON, None, "\u{feff}{\"a\":1}", "a | 1 (single)");
    check("", None, "{\"a\":1}", "a | 1 (single)");
}

#[test]
fn values_are_kept_to_the_byte() {
    check(
        JSON,
        None,
        "{\"a\":9007199254740993,\"b\":1.10,\"c\":{\"x\": [1,  2]},\"d\": \"\\u00e9\" }",
        "a,b,c,d | 9007199254740993,1.10,{\"x\": [1,  2]},\"\\u00e9\" (single)",
    );
    check(
        JSON,
        None,
        "{\"a\": null,\"b\":\"null\"}",
        "a,b | null,\"null\" (single)",
    );
    check(JSON, None, "{\"\":1,\"\\u0061\":2}", ",a | 1,2 (single)");
    check(
        JSON,
        None,
        "{\"a\":1e400,\"b\":-0}",
        "a,b | 1e400,-0 (single)",
    );
}

#[test]
fn broken_json_has_a_place() {
    check_malformed(JSON, b"{", 1, 1, "EOF");
    check_malformed(JSON, b"{\n\"a\":}", 2, 5, "expected value");
    check_malformed(JSON, b"{} x", 1, 4, "trailing");
    check_malformed(JSON, b"1", 1, 1, "an object or an array of objects");
    check_malformed(JSON, b"null", 1, 1, "an object or an array of objects");
    check_malformed(JSON, b"}{ x = 2", 1, 1, "expected value");
    check_malformed(JSON, b"1 2", 1, 3, "trailing");
    check_malformed(JSON, b" \n ", 2, 2, "no JSON");
    check_malformed(JSON, b"[1]", 1, 2, "an object");
    check_malformed(JSON, b"[{},[]]", 1, 4, "an object");
    check_malformed(JSON, b"{\"a\":1,\n\"a\":2}", 2, 3, "`a` is given twice");
    check_malformed(JSON, b"{\"a\":01}", 1, 7, "");
    check_malformed(JSON, b"{\"a\":\xff}", 1, 6, "UTF-8");
    check_malformed(JSON, b"{\"\\ud800\":1}", 1, 9, "");
    check_malformed(JSON, b"{\"a\":\"\\ud800\"}", 1, 14, "surrogate");
    check_malformed(JSON, "{\"é\":x}".as_bytes(), 1, 6, "expected value");
}

#[test]
fn rows_must_name_the_same_columns() {
    for body in [
        "[{\"a\":1},{\"b\":1}]",
        "[{\"a\":1},{}]",
        "[{\"a\":1},{\"a\":1,\"b\":1}]",
        "[{},{\"a\":1}]",
    ] {
        let problem = read(JSON, body.as_bytes(), None).expect_err(body);
        assert_eq!(problem, Problem::UnequalKeys { row: 2 }, "{body}");
    }
}

#[test]
fn chosen_columns_are_taken_and_others_are_not() {
    let body = "[{\"a\":1,\"b\":2},{\"c\":3},{}]";
    check(JSON, Some("b,a"), body, "b,a | 2,1 | -,- | -,-");
    check(JSON, Some("a,a"), "{\"a\":1}", "a | 1 (single)");
    check(JSON, Some("x"), "[]", "x");
    check(CSV, Some("b,d"), "a,b\n1,2\n3,4\n", "b,d | '2',- | '4',-");
    check(FORM, Some("b"), "a=1&b=2", "b | '2' (single)");
    let problem = read(JSON, b"{\"x\":1,\"x\":2}", Some("a")).expect_err("twice");
    assert!(problem.to_string().contains("`x` is given twice"));
}

#[test]
fn csv_is_rows_of_text() {
    check(CSV, None, "a,b\n1,2\n3,4", "a,b | '1','2' | '3','4'");
    check(CSV, None, "a,b\r\n1,2\r\n", "a,b | '1','2'");
    check(
        CSV,
        None,
        "a\nNULL\n\"NULL\"\nnull",
        "a | null | 'NULL' | 'null'",
    );
    check(
        CSV,
        None,
        "\"a,b\"\n\"x \"\"y\"\"\nz\"",
        "a,b | 'x \"y\"\nz'",
    );
    check(CSV, None, "a,b\n,\n", "a,b | '',''");
    check(CSV, None, "a\n\n\"\"\n\n", "a | ''");
    check(CSV, None, "a,b", "a,b");
    check(CSV, None, "\u{feff}a\n 한 ", "a | ' 한 '");
    check(
        "text/csv; charset=utf-8; header=present",
        None,
        "a\n1",
        "a | '1'",
    );
}

#[test]
fn broken_csv_has_a_place() {
    check_malformed(CSV, b"\n", 2, 1, "header");
    check_malformed(
        CSV,
        b"a,b\n1,2\n3\n",
        3,
        1,
        "a row of 1, but the header has 2",
    );
    check_malformed(
        CSV,
        b"a\n1,2\n",
        2,
        1,
        "a row of more, but the header has 1",
    );
    check_malformed(CSV, b"a\n\"x\ny", 2, 1, "never closed");
    check_malformed(CSV, b"a\nx\"y\"", 2, 2, "quote inside");
    check_malformed(CSV, b"a\n\"x\"y", 2, 4, "after the closing quote");
    check_malformed(CSV, b"a,a\n1,2", 1, 1, "`a` is given twice");
    check_malformed(CSV, b"a,\n1,2", 1, 3, "without a name");
    check_malformed(CSV, b"a\n\xff", 2, 1, "UTF-8");
}

#[test]
fn forms_are_one_row_of_text() {
    check(
        FORM,
        None,
        "a=1&b=x+y%26&c",
        "a,b,c | '1','x y&','' (single)",
    );
    check(FORM, None, "a=NULL", "a | 'NULL' (single)");
    check_malformed(FORM, b"a=1&b=%", 1, 7, "hexadecimal");
    check_malformed(FORM, b"a=1&a=2", 1, 5, "`a` is given twice");
}

#[test]
fn there_is_a_limit_on_rows_and_columns() {
    let check = |media_type, body: &str, fits: &str| {
        let problem = read(media_type, body.as_bytes(), None).expect_err(body);
        assert!(
            matches!(problem, Problem::TooMuch { limit: 4, .. }),
            "{body}: {problem}"
        );
        read(media_type, fits.as_bytes(), None).expect(fits);
    };
    check(JSON, "[{},{},{},{},{}]", "[{},{},{},{}]");
    check(
        JSON,
        "{\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1}",
        "{\"a\":1,\"b\":1,\"c\":1,\"d\":1}",
    );
    check(CSV, "a\n1\n2\n3\n4\n5", "a\n1\n2\n3\n4");
    check(CSV, "a,b,c,d,e\n1,2,3,4,5", "a,b,c,d\n1,2,3,4");
    check(FORM, "a=&b=&c=&d=&e=", "a=&b=&c=&d=");
}

#[test]
fn deep_json_does_not_exhaust_the_stack() {
    for opening in ["[", "{\"a\":"] {
        let body = format!("{{\"a\":{}", opening.repeat(500_000));
        assert!(read(JSON, body.as_bytes(), None).is_err());
        assert!(read(JSON, opening.repeat(500_000).as_bytes(), None).is_err());
    }
    let (open, close) = ("[".repeat(100_000), "]".repeat(100_000));
    let body = format!("{{\"a\":{open}{close}}}");
    assert!(read(JSON, body.as_bytes(), None).is_ok());
}

#[test]
fn patches_are_for_patch() {
    check(
        "application/merge-patch+json",
        None,
        "{\"a\":{\"b\":null}}",
        "a | {\"b\":null} (single)",
    );
    check_malformed("application/merge-patch+json", b"[]", 1, 1, "an object");
    let patch = "[{\"op\":\"add\",\"path\":\"/a\",\"value\":null},{\"op\":\"move\",\"path\":\"\",\"from\":\"/~0~1\"}]";
    assert_eq!(
        read("application/json-patch+json", patch.as_bytes(), None),
        Ok(Some(Payload::JsonPatch(patch.to_owned())))
    );
    for media_type in [
        "application/merge-patch+json",
        "application/json-patch+json",
    ] {
        let read = Payload::read(
            Method::Post,
            Some(media_type),
            b"[]",
            None,
            &Limits::default(),
        );
        let error = read.expect_err(media_type);
        assert!(matches!(error.problem, Problem::MediaType { .. }));
    }
}

#[test]
fn json_patches_are_checked() {
    let check = |body: &str, part: &str| {
        let problem = read("application/json-patch+json", body.as_bytes(), None).expect_err(body);
        assert!(problem.to_string().contains(part), "{body}: {problem}");
    };
    check("{}", "expected a sequence");
    check("[1]", "struct");
    check("[{\"op\":\"put\",\"path\":\"/a\"}]", "no operation `put`");
    check(
        "[{\"op\":\"add\",\"path\":\"/a\"}]",
        "operation `add` needs `value`",
    );
    check(
        "[{\"op\":\"copy\",\"path\":\"/a\"}]",
        "operation `copy` needs `from`",
    );
    check("[{\"op\":\"remove\"}]", "missing field `path`");
    check(
        "[{\"op\":\"remove\",\"path\":\"a\"}]",
        "`a` is no JSON pointer",
    );
    check("[{\"op\":\"remove\",\"path\":\"/~2\"}]", "no JSON pointer");
    check("[{\"op\":\"remove\",\"path\":\"/~\"}]", "no JSON pointer");
    let one = "{\"op\":\"remove\",\"path\":\"/a\"}";
    check(&format!("[{one},{one},{one}]"), "at most 2 allowed");
}

#[test]
fn media_types_decide() {
    for media_type in [
        "application/json; charset=utf-8",
        "APPLICATION/JSON",
        "application/vnd.pgrst.object+json",
        "application/vnd.pgrst.object+json;nulls=stripped",
        "application/vnd.pgrst.array+json",
    ] {
        assert!(read(media_type, b"{}", None).is_ok(), "{media_type}");
    }
    for media_type in [
        "text/plain",
        "text/json",
        "multipart/form-data",
        "application/octet-stream",
        "application/jsonx",
        "application/json; charset=iso-8859-1",
        " ; ",
    ] {
        let error = Payload::read(
            Method::Post,
            Some(media_type),
            b"{}",
            None,
            &Limits::default(),
        )
        .expect_err(media_type);
        assert_eq!(error.place, Place::Field("Content-Type"));
        assert!(
            matches!(error.problem, Problem::MediaType { .. }),
            "{media_type}"
        );
    }
    assert_eq!(read("text/plain", b"", None), Ok(None));
}

#[test]
fn rows_of_no_letters_have_values_all_the_same() {
    let columns: Vec<String> = (0..2_000).map(|number| format!("c{number}")).collect();
    let with = |rows: usize, media_type: &str, body: String| {
        Payload::read(
            Method::Post,
            Some(media_type),
            body.as_bytes(),
            Some(&columns),
            &Limits::default(),
        )
        .map(|payload| match payload {
            Some(Payload::Rows(found)) => assert_eq!(found.rows.len(), rows),
            other => panic!("{other:?}"),
        })
        .map_err(|error| error.problem)
    };
    let json = |rows| with(rows, JSON, format!("[{}]", vec!["{}"; rows].join(",")));
    let csv = |rows| with(rows, CSV, format!("c1\n{}", "1\n".repeat(rows)));
    assert_eq!(json(1_000), Ok(()));
    for refused in [json(1_001), csv(1_001)] {
        let what = "values in one body, rows times columns";
        assert!(
            matches!(&refused, Err(Problem::TooMuch { what: found, .. }) if *found == what),
            "{refused:?}"
        );
    }
}
