//! Items as `multipart/form-data` (RFC 7578). Files are named here, and read as they are sent.

use std::fmt::Write as _;
use std::mem;

use super::datum::{Datum, Upload, Value};
use super::{Error, Piece, file, form};

/// A boundary that no content has in it, but for a chance of one in 2¹²⁸.
pub(crate) fn boundary() -> Result<String, Error> {
    let mut octets = [0; 16];
    getrandom::fill(&mut octets).map_err(|cause| Error::Random { cause })?;
    Ok(format!("bistro-{:032x}", u128::from_be_bytes(octets)))
}

/// The body: a part for each datum, in the order in which they were typed.
pub(crate) fn encode(data: &[Datum], boundary: &str) -> Result<Vec<Piece>, Error> {
    let mut pieces = Vec::new();
    // What stands between two files.
    let mut text = String::new();
    for datum in data {
        begin(&mut text, boundary, &datum.name);
        match &datum.value {
            Value::Text(value) => text.extend(["\r\n\r\n", value]),
            Value::Json(json) => {
                text.extend(["\r\n\r\n", &*form::plain(&datum.name, json)?]);
            }
            Value::File(upload) => {
                name_file(&mut text, upload);
                pieces.push(Piece::Bytes(mem::take(&mut text).into()));
                pieces.push(file::piece(&upload.path)?);
            }
        }
        text.push_str("\r\n");
    }
    text.extend(["--", boundary, "--\r\n"]);
    pieces.push(Piece::Bytes(text.into()));
    Ok(pieces)
}

/// The head of a part, but for its end.
fn begin(text: &mut String, boundary: &str, name: &str) {
    let name = quote(name);
    write!(
        text,
        "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\""
    )
    .expect("a string takes everything");
}

/// The rest of the head of a part that is a file.
fn name_file(text: &mut String, upload: &Upload) {
    let name = upload.path.file_name().unwrap_or_default();
    let name = quote(&name.to_string_lossy());
    let media_type = &upload.media_type;
    write!(
        text,
        "; filename=\"{name}\"\r\nContent-Type: {media_type}\r\n\r\n"
    )
    .expect("a string takes everything");
}

/// A name as it stands between quotes: as browsers write it, and servers therefore read it (HTML Standard §4.10.21.8).
fn quote(name: &str) -> String {
    name.replace('"', "%22")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use expect_test::expect;

    use super::super::datum::{Datum, Upload, Value};
    use super::super::{Body, Piece};
    use super::{boundary, encode};

    fn datum(name: &str, value: Value) -> Datum {
        Datum {
            name: name.to_owned(),
            value,
        }
    }

    #[test]
    fn parts_stand_in_their_order_and_files_are_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a\"b.txt");
        fs::write(&path, "12345").expect("a file");
        let upload = Upload {
            path: path.clone(),
            media_type: "text/plain".to_owned(),
        };
        let data = [
            datum("a\"\r\n", Value::Text("é\r\n".to_owned())),
            datum("f", Value::File(upload)),
            datum("n", Value::Json("\"x\"".to_owned())),
        ];
        let pieces = encode(&data, "XX").expect("a body");
        let shown: String = pieces
            .iter()
            .map(|piece| match piece {
                Piece::Bytes(octets) => String::from_utf8_lossy(octets).replace('\r', "␍"),
                Piece::File {
                    path: named,
                    octets,
                } => {
                    assert_eq!(named, &path);
                    format!("[{octets} octets]")
                }
            })
            .collect();
        expect![[r#"
            --XX␍
            Content-Disposition: form-data; name="a%22%0D%0A"␍
            ␍
            é␍
            ␍
            --XX␍
            Content-Disposition: form-data; name="f"; filename="a%22b.txt"␍
            Content-Type: text/plain␍
            ␍
            [5 octets]␍
            --XX␍
            Content-Disposition: form-data; name="n"␍
            ␍
            x␍
            --XX--␍
        "#]]
        .assert_eq(&shown);
        let octets = Body::Pieces(pieces).octets();
        let written = shown.replace('␍', "\r").replace("[5 octets]", "12345");
        assert_eq!(octets, Some(written.len() as u64));
    }

    #[test]
    fn a_boundary_is_new_each_time_and_needs_no_quotes() {
        let (one, other) = (boundary().expect("one"), boundary().expect("another"));
        assert_ne!(one, other);
        assert!(
            one.len() == 39
                && one
                    .bytes()
                    .all(|octet| octet.is_ascii_alphanumeric() || octet == b'-')
        );
    }

    #[test]
    fn a_file_that_is_not_there_is_told() {
        let upload = Upload {
            path: "no/such/file".into(),
            media_type: String::new(),
        };
        let error = encode(&[datum("f", Value::File(upload))], "XX").expect_err("no file");
        assert!(
            error
                .to_string()
                .starts_with("`no/such/file` cannot be read: "),
            "{error}"
        );
    }
}
