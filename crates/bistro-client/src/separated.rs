//! Arrays of objects as other lines of text, element by element: CSV, NDJSON, and one array of several.

use std::collections::HashMap;
use std::io::Write;
use std::mem;

use serde::de::IgnoredAny;

use crate::elements::{Elements, Error, Top};
use crate::record::{Element, Value, compact};

/// From how many rows the columns of CSV are taken: a server that leaves out members that are empty may do so in its first row.
pub const SAMPLE_MAX: usize = 100;
/// How much text those rows may hold before the columns are settled with fewer.
const SAMPLE_OCTETS_MAX: usize = 1024 * 1024;

/// A JSON array of objects, one object, or NDJSON on its way to CSV (RFC 4180), in constant memory.
///
/// The columns are the members of the first [`SAMPLE_MAX`] rows, in the order in which they first appear; a later row with another
/// one is an error, for its column is no longer to be named. NULL and a member that is not there are nothing, an empty text is
/// `""` and the text NULL is quoted, as the server in this house reads and writes them; nested values are JSON. Text that a spreadsheet takes for a formula is not altered. Lines end in LF, as in a terminal.
#[derive(Debug)]
pub struct Csv {
    elements: Elements,
    rows: Rows,
}

#[derive(Debug, Default)]
struct Rows {
    columns: Vec<String>,
    positions: HashMap<String, usize>,
    /// The first rows, until the columns are settled.
    sample: Vec<Vec<Option<Value>>>,
    sample_octets: usize,
    is_settled: bool,
    /// From how many rows the columns were taken.
    settled_with: usize,
}

impl Default for Csv {
    fn default() -> Self {
        Self {
            elements: Elements::new(Top::ArraysAndObjects),
            rows: Rows::default(),
        }
    }
}

impl Csv {
    /// The next piece of the body. After [`Error::NotRows`] nothing was used up but blanks.
    pub fn write(&mut self, chunk: &[u8], out: &mut impl Write) -> Result<(), Error> {
        let mut text = Vec::new();
        let rows = &mut self.rows;
        let result = self.elements.write(chunk, &mut |octets, element| {
            rows.push(octets, element, &mut text)
        });
        write(&text, out)?;
        result
    }

    /// The end: rows that were held are written, and it is an error if the array has not ended.
    pub fn finish(mut self, out: &mut impl Write) -> Result<(), Error> {
        let mut text = Vec::new();
        self.rows.settle(&mut text);
        write(&text, out)?;
        self.elements.finish()
    }
}

impl Rows {
    fn push(&mut self, octets: &[u8], element: u64, text: &mut Vec<u8>) -> Result<(), Error> {
        let Element::Record(record) = Element::read(octets, element)? else {
            return Err(Error::NotObject { element });
        };
        let mut row = vec![None; self.columns.len()];
        for (name, raw) in record.0 {
            let column = match self.positions.get(&name) {
                Some(column) => *column,
                None if self.is_settled => {
                    let rows = self.settled_with;
                    return Err(Error::UnknownColumn {
                        element,
                        name,
                        rows,
                    });
                }
                None => {
                    let column = self.columns.len();
                    self.columns.push(name.clone());
                    self.positions.insert(name, column);
                    row.push(None);
                    column
                }
            };
            if let Some(cell) = row.get_mut(column) {
                *cell = Some(Value::read(raw));
            }
        }
        if self.is_settled {
            line(row, text);
            return Ok(());
        }
        self.sample.push(row);
        self.sample_octets = self.sample_octets.saturating_add(octets.len());
        if self.sample.len() >= SAMPLE_MAX || self.sample_octets >= SAMPLE_OCTETS_MAX {
            self.settle(text);
        }
        Ok(())
    }

    /// Writes the names and the rows that were held.
    fn settle(&mut self, text: &mut Vec<u8>) {
        if mem::replace(&mut self.is_settled, true) || self.columns.is_empty() {
            return;
        }
        line(
            self.columns
                .iter()
                .cloned()
                .map(|name| Some(Value::Text(name))),
            text,
        );
        let sample = mem::take(&mut self.sample);
        self.settled_with = sample.len();
        for mut row in sample {
            row.resize(self.columns.len(), None);
            line(row, text);
        }
    }
}

/// A line of CSV. The `csv` crate writes nothing and an empty text alike; the server in this house does not.
fn line(cells: impl IntoIterator<Item = Option<Value>>, line: &mut Vec<u8>) {
    for (index, cell) in cells.into_iter().enumerate() {
        if index > 0 {
            line.push(b',');
        }
        match cell {
            None | Some(Value::Null) => {}
            Some(Value::Text(text)) if text.is_empty() => line.extend_from_slice(b"\"\""),
            Some(
                Value::Text(text) | Value::Nested(text) | Value::Number(text) | Value::Word(text),
            ) => {
                if text == "NULL" || text.trim() != text || text.contains([',', '"', '\r', '\n']) {
                    line.push(b'"');
                    line.extend_from_slice(text.replace('"', "\"\"").as_bytes());
                    line.push(b'"');
                } else {
                    line.extend_from_slice(text.as_bytes());
                }
            }
        }
    }
    line.push(b'\n');
}

/// A JSON array, or NDJSON already, on its way to NDJSON: an element a line, without the blanks between tokens.
#[derive(Debug)]
pub struct Ndjson {
    elements: Elements,
}

impl Default for Ndjson {
    fn default() -> Self {
        Self {
            elements: Elements::new(Top::ArraysAndObjects),
        }
    }
}

impl Ndjson {
    /// The next piece of the body. After [`Error::NotRows`] nothing was used up but blanks.
    pub fn write(&mut self, chunk: &[u8], out: &mut impl Write) -> Result<(), Error> {
        let mut text = Vec::new();
        let result = self.elements.write(chunk, &mut |octets, element| {
            text.extend_from_slice(compact(checked(octets, element)?).as_bytes());
            text.push(b'\n');
            Ok(())
        });
        write(&text, out)?;
        result
    }

    /// The end; it is an error if the array has not ended.
    pub fn finish(mut self) -> Result<(), Error> {
        self.elements.finish()
    }
}

/// Several JSON arrays, one after the other, on their way to one: the pages of a collection. Elements stay as they were sent.
#[derive(Debug)]
pub struct Joiner {
    elements: Elements,
    has_begun: bool,
}

impl Default for Joiner {
    fn default() -> Self {
        Self {
            elements: Elements::new(Top::Arrays),
            has_begun: false,
        }
    }
}

impl Joiner {
    /// The next piece of a page. [`Error::NotRows`] is a first page that is no array: nothing was written.
    pub fn write(&mut self, chunk: &[u8], out: &mut impl Write) -> Result<(), Error> {
        let mut text = Vec::new();
        let has_begun = &mut self.has_begun;
        let result = self.elements.write(chunk, &mut |octets, element| {
            let json = checked(octets, element)?;
            text.extend_from_slice(if mem::replace(has_begun, true) {
                b",\n"
            } else {
                b"["
            });
            text.extend_from_slice(json.as_bytes());
            Ok(())
        });
        write(&text, out)?;
        result
    }

    /// The end of a page; it is an error if its array has not ended.
    pub fn end_page(&mut self) -> Result<(), Error> {
        self.elements.finish()
    }

    /// How many elements there were up to here.
    pub fn count(&self) -> u64 {
        self.elements.count()
    }

    /// The end of the last page, and of the array.
    pub fn finish(mut self, out: &mut impl Write) -> Result<(), Error> {
        self.end_page()?;
        write(if self.has_begun { b"]\n" } else { b"[]\n" }, out)
    }
}

/// An element that is JSON.
fn checked(octets: &[u8], element: u64) -> Result<&str, Error> {
    let broken = |source| Error::Broken { element, source };
    let _: IgnoredAny = serde_json::from_slice(octets).map_err(broken)?;
    // Names and texts are checked only where they are kept, so this is asked for apart.
    str::from_utf8(octets).map_err(|error| broken(serde::de::Error::custom(error)))
}

fn write(text: &[u8], out: &mut impl Write) -> Result<(), Error> {
    out.write_all(text)
        .map_err(|source| Error::Write { source })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use proptest::prelude::*;

    use super::{Csv, Joiner, Ndjson, SAMPLE_MAX};

    fn csv(body: &str, size: usize) -> (String, Result<(), String>) {
        let mut csv = Csv::default();
        let mut out = Vec::new();
        let mut result = Ok(());
        for chunk in body.as_bytes().chunks(size) {
            result = result.and_then(|()| csv.write(chunk, &mut out));
        }
        let result = result
            .and(csv.finish(&mut out))
            .map_err(|error| error.to_string());
        (String::from_utf8(out).expect("UTF-8"), result)
    }

    #[test]
    fn objects_become_csv() {
        let body = r#"[{"id":1.50,"note":null,"a,b":"x \"y\"\nz"}, {"id":2,"note":"","more":[1, {"a":2}]},
            {"id":true,"note":" x","a,b":"=1+1"},{"note":"NULL"}]"#;
        let (found, result) = csv(body, 4);
        assert_eq!(result, Ok(()));
        expect![[r#"
            id,note,"a,b",more
            1.50,,"x ""y""
            z",
            2,"",,"[1,{""a"":2}]"
            true," x",=1+1,
            ,"NULL",,
        "#]]
        .assert_eq(&found);
        assert_eq!(csv("[]", 1), (String::new(), Ok(())));
        assert_eq!(
            csv("{\"a\":1}\n{\"a\":2}", 5),
            ("a\n1\n2\n".to_owned(), Ok(()))
        );
    }

    #[test]
    fn what_has_no_column_is_an_error() {
        let (found, result) = csv("[1]", 9);
        assert_eq!(found, "");
        assert_eq!(
            result,
            Err("element 1 is no object and has no columns: use --ndjson".to_owned())
        );
        let body = format!("[{},{{\"b\":2}}]", vec!["{\"a\":1}"; SAMPLE_MAX].join(","));
        let (found, result) = csv(&body, 64);
        assert_eq!(found.lines().count(), SAMPLE_MAX + 1);
        let expected = "element 101 has a column `b` that the first 100 have not: use --ndjson";
        assert_eq!(result, Err(expected.to_owned()));
    }

    #[test]
    fn an_array_becomes_lines() {
        let mut out = Vec::new();
        let mut ndjson = Ndjson::default();
        let body = "[{\"b\": 1.0, \"a\" : \"x y\\n\"},\n 2, null]";
        for chunk in body.as_bytes().chunks(3) {
            ndjson.write(chunk, &mut out).expect("JSON");
        }
        ndjson.finish().expect("whole");
        assert_eq!(
            String::from_utf8_lossy(&out),
            "{\"b\":1.0,\"a\":\"x y\\n\"}\n2\nnull\n"
        );
        let mut ndjson = Ndjson::default();
        let error = ndjson
            .write(b"[1, nope]", &mut out)
            .expect_err("no JSON")
            .to_string();
        assert!(error.starts_with("element 2 is no JSON"), "{error}");
        assert!(Ndjson::default().write(b"[\"\xff\"]", &mut out).is_err());
    }

    #[test]
    fn pages_become_one_array() {
        let joined = |pages: &[&str]| {
            let mut out = Vec::new();
            let mut joiner = Joiner::default();
            for page in pages {
                joiner
                    .write(page.as_bytes(), &mut out)
                    .map_err(|error| error.to_string())?;
                joiner.end_page().map_err(|error| error.to_string())?;
            }
            joiner.finish(&mut out).map_err(|error| error.to_string())?;
            Ok(String::from_utf8(out).expect("UTF-8"))
        };
        let check = |pages: &[&str], expected: Result<&str, &str>| {
            assert_eq!(
                joined(pages),
                expected.map(str::to_owned).map_err(str::to_owned),
                "{pages:?}"
            );
        };
        check(
            &["[{\"a\": 1}, 2]", "[]", " [3]\n"],
            Ok("[{\"a\": 1},\n2,\n3]\n"),
        );
        check(&["[]", "[]"], Ok("[]\n"));
        check(&[], Ok("[]\n"));
        check(
            &["[1]", "{}"],
            Err("the array goes on with `{`, which is no JSON (elements before it: 1)"),
        );
        check(
            &["[1", "[2]"],
            Err("the body ends within the array and did not come whole (elements before: 0)"),
        );
    }

    proptest! {
        #[test]
        fn csv_is_read_back_as_it_was(
            rows in prop::collection::vec(prop::array::uniform3(".{0,6}|[,\"\r\n ]{0,4}"), 1..5),
            size in 1_usize..20,
        ) {
            let objects: Vec<serde_json::Value> = rows
                .iter()
                .map(|[a, b, c]| serde_json::json!({"a": a, "b": b, "c": c}))
                .collect();
            let (found, result) = csv(&serde_json::to_string(&objects).expect("JSON"), size);
            prop_assert_eq!(result, Ok(()));
            let mut reader = csv::Reader::from_reader(found.as_bytes());
            let read: Vec<Vec<String>> = reader
                .records()
                .map(|record| record.expect("CSV").iter().map(str::to_owned).collect())
                .collect();
            prop_assert_eq!(read, rows.iter().map(|row| row.to_vec()).collect::<Vec<_>>());
        }
    }
}
