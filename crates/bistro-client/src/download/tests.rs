//! Downloads into real folders.

use std::fs;
use std::path::{Path, PathBuf};

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use indicatif::ProgressStyle;
use tempfile::TempDir;
use url::Url;

use super::resume::ContentRange;
use super::{
    Begun, Download, Error, Head, KNOWN, Place, Resume, UNKNOWN, content_range, validator,
};

fn fields(pairs: &[(&'static str, &str)]) -> HeaderMap {
    pairs
        .iter()
        .map(|(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_str(value).expect("a value"),
            )
        })
        .collect()
}

fn begin(
    place: &Place,
    status: u16,
    pairs: &[(&'static str, &str)],
    resume: Option<&Resume>,
) -> Result<Begun, Error> {
    let url = Url::parse("http://example.org/song.mp3").expect("a URL");
    let head = Head {
        status: StatusCode::from_u16(status).expect("a status"),
        fields: &fields(pairs),
        url: &url,
    };
    Download::begin(place, head, resume, false)
}

fn open(
    place: &Place,
    status: u16,
    pairs: &[(&'static str, &str)],
    resume: Option<&Resume>,
) -> Download {
    match begin(place, status, pairs, resume) {
        Ok(Begun::Open(download)) => download,
        other => panic!("{other:?}"),
    }
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    names
}

fn folder() -> (TempDir, PathBuf) {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("f.bin");
    (folder, file)
}

#[test]
fn a_whole_body_becomes_a_file() {
    let (folder, path) = folder();
    fs::write(&path, "old").expect("a file");
    let mut download = open(
        &Place::File(path.clone()),
        200,
        &[("content-length", "6"), ("etag", "\"a\"")],
        None,
    );
    download.write(b"abc").expect("room");
    assert_eq!(fs::read(&path).expect("the old file"), b"old");
    assert_eq!(
        names(folder.path()),
        ["f.bin", "f.bin.part", "f.bin.part.tag"]
    );
    download.write(b"def").expect("room");
    assert_eq!(
        download.finish().expect("whole"),
        fs::canonicalize(&path).expect("a file")
    );
    assert_eq!(fs::read(&path).expect("the file"), b"abcdef");
    assert_eq!(names(folder.path()), ["f.bin"]);
}

#[test]
fn a_download_never_overwrites() {
    let (folder, _) = folder();
    let place = Place::Folder(folder.path().to_owned());
    let mut download = open(&place, 200, &[], None);
    download.write(b"1").expect("room");
    let mut other = open(&place, 200, &[], None);
    other.write(b"2").expect("room");
    fs::write(folder.path().join("song.mp3"), "somebody else").expect("a file");
    assert_eq!(
        download.finish().expect("whole").file_name(),
        Some("song-1.mp3".as_ref())
    );
    assert_eq!(
        other.finish().expect("whole").file_name(),
        Some("song-1-1.mp3".as_ref())
    );
    let named = open(
        &place,
        200,
        &[(
            "content-disposition",
            "attachment; filename=\"../song.mp3\"",
        )],
        None,
    );
    assert_eq!(
        named.finish().expect("whole").file_name(),
        Some("song-2.mp3".as_ref())
    );
    let read = |name| fs::read_to_string(folder.path().join(name)).expect("a file");
    assert_eq!(
        [read("song.mp3"), read("song-1.mp3"), read("song-1-1.mp3")],
        ["somebody else", "1", "2"]
    );
}

/// Leaves three of six octets, and what can be continued of them.
fn broken(path: &Path, pairs: &[(&'static str, &str)]) -> (String, Option<Resume>) {
    let mut download = open(&Place::File(path.to_owned()), 200, pairs, None);
    download.write(b"abc").expect("room");
    let error = download.finish().expect_err("half").to_string();
    (error, Resume::find(path).expect("a part"))
}

const HALF: [(&str, &str); 2] = [("content-length", "6"), ("etag", "\"a\"")];

#[test]
fn what_broke_off_is_continued() {
    let (folder, path) = folder();
    let (error, resume) = broken(&path, &HALF);
    let expected = format!(
        "only 3 of 6 octets came, which are in {0}.part; get the rest with --continue --output {0}",
        path.display()
    );
    assert_eq!(error, expected);
    let resume = resume.expect("a tag");
    let asked: HeaderMap = resume.fields().into_iter().collect();
    let expected = [
        ("range", "bytes=3-"),
        ("if-range", "\"a\""),
        ("accept-encoding", "identity"),
    ];
    assert_eq!(asked, fields(&expected));
    let place = Place::File(path.clone());
    let mut download = open(
        &place,
        206,
        &[("content-range", "bytes 3-5/6"), ("etag", "\"a\"")],
        Some(&resume),
    );
    download.write(b"def").expect("room");
    download.finish().expect("whole");
    assert_eq!(fs::read(&path).expect("the file"), b"abcdef");
    assert_eq!(names(folder.path()), ["f.bin"]);
}

#[test]
fn what_breaks_off_twice_is_continued_twice() {
    let (_folder, path) = folder();
    let place = Place::File(path.clone());
    let (_, resume) = broken(&path, &HALF);
    let mut download = open(
        &place,
        206,
        &[("content-range", "bytes 3-5/6")],
        resume.as_ref(),
    );
    download.write(b"d").expect("room");
    assert!(matches!(
        download.interrupted(),
        Error::Incomplete {
            octets: 4,
            expected: Some(6),
            is_resumable: true,
            ..
        }
    ));
    let again = Resume::find(&path).expect("a part").expect("a tag");
    assert_eq!(
        (again.octets, again.validator),
        (4, HeaderValue::from_static("\"a\""))
    );
}

#[test]
fn the_rest_of_a_file_goes_only_behind_its_beginning() {
    let (folder, path) = folder();
    let (_, resume) = broken(&path, &HALF);
    let pairs = [("content-range", "bytes 3-5/6")];
    for place in [
        Place::Folder(folder.path().to_owned()),
        Place::File("/dev/null".into()),
    ] {
        let result = begin(&place, 206, &pairs, resume.as_ref());
        assert!(
            matches!(result, Err(Error::OtherPart { octets: 3 })),
            "{place:?}: {result:?}"
        );
    }
}

#[test]
fn the_progress_can_be_drawn() {
    for template in [KNOWN, UNKNOWN] {
        assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
    }
}

#[test]
fn a_new_state_begins_again() {
    let (_folder, path) = folder();
    let (_, resume) = broken(&path, &HALF);
    let mut download = open(
        &Place::File(path.clone()),
        200,
        &[("content-length", "2")],
        resume.as_ref(),
    );
    download.write(b"xy").expect("room");
    download.finish().expect("whole");
    assert_eq!(fs::read(&path).expect("the file"), b"xy");
}

#[test]
fn another_part_than_asked_for_is_refused() {
    let (_folder, path) = folder();
    let (_, resume) = broken(&path, &HALF);
    let place = Place::File(path.clone());
    for pairs in [
        &[("content-range", "bytes 2-5/6")][..],
        &[("content-range", "bytes 3-5/6"), ("etag", "\"b\"")],
        &[
            ("content-range", "bytes 3-5/6"),
            ("content-encoding", "gzip"),
        ],
        &[("content-range", "rows 3-5/6")],
        &[],
    ] {
        let result = begin(&place, 206, pairs, resume.as_ref());
        assert!(
            matches!(result, Err(Error::OtherPart { octets: 3 })),
            "{pairs:?}: {result:?}"
        );
    }
    assert_eq!(
        fs::read(format!("{}.part", path.display())).expect("the part"),
        b"abc"
    );
}

#[test]
fn what_is_complete_needs_only_its_name() {
    let (folder, path) = folder();
    let (_, resume) = broken(&path, &HALF);
    let place = Place::File(path.clone());
    let result = begin(
        &place,
        416,
        &[("content-range", "bytes */2")],
        resume.as_ref(),
    );
    let error = result.expect_err("less than here").to_string();
    assert_eq!(
        error,
        "the server has nothing behind the 3 octets that are here of 2; leave out --continue to begin again"
    );
    let result = begin(
        &place,
        416,
        &[("content-range", "bytes */3")],
        resume.as_ref(),
    );
    assert!(
        matches!(result, Ok(Begun::Complete { octets: 3, .. })),
        "{result:?}"
    );
    assert_eq!(fs::read(&path).expect("the file"), b"abc");
    assert_eq!(names(folder.path()), ["f.bin"]);
}

#[test]
fn without_a_strong_name_for_its_state_nothing_is_continued() {
    let (_folder, path) = folder();
    for pairs in [
        &[("content-length", "6")][..],
        &[("content-length", "6"), ("etag", "W/\"a\"")],
    ] {
        let (error, resume) = broken(&path, pairs);
        assert!(
            error.ends_with("begin again, for the server names no version that could be continued"),
            "{error}"
        );
        assert_eq!(resume, None);
    }
    broken(&path, &HALF);
    fs::write(format!("{}.part.tag", path.display()), "\"a\nRange: x\"").expect("a tag");
    assert_eq!(Resume::find(&path).expect("a part"), None);
}

#[test]
fn a_date_names_a_state_only_once_its_second_is_over() {
    let date = "Sun, 06 Nov 1994 08:49:37 GMT";
    let check = |pairs: &[(&'static str, &str)], expected: Option<&str>| {
        let found = validator(&fields(pairs));
        assert_eq!(
            found,
            expected.map(|text| HeaderValue::from_str(text).expect("a value")),
            "{pairs:?}"
        );
    };
    check(
        &[
            ("last-modified", date),
            ("date", "Sun, 06 Nov 1994 08:49:38 GMT"),
        ],
        Some(date),
    );
    check(&[("last-modified", date), ("date", date)], None);
    check(&[("last-modified", date)], None);
    check(&[("last-modified", "yesterday"), ("date", date)], None);
    check(&[("etag", "\"a\""), ("last-modified", date)], Some("\"a\""));
    check(&[("etag", date)], None);
}

#[test]
fn the_length_of_a_coded_body_says_nothing_of_the_file() {
    let (_folder, path) = folder();
    let mut download = open(
        &Place::File(path),
        200,
        &[("content-length", "3"), ("content-encoding", "gzip")],
        None,
    );
    download.write(b"decoded").expect("room");
    download.finish().expect("whole");
}

#[test]
fn two_downloads_do_not_write_one_file() {
    let (_folder, path) = folder();
    let place = Place::File(path);
    let first = open(&place, 200, &[], None);
    assert!(matches!(
        begin(&place, 200, &[], None),
        Err(Error::Busy { .. })
    ));
    first.finish().expect("whole");
    open(&place, 200, &[], None).finish().expect("whole");
}

#[test]
fn more_than_announced_is_an_error() {
    let (folder, path) = folder();
    let mut download = open(&Place::File(path), 200, &[("content-length", "1")], None);
    download.write(b"ab").expect("room");
    assert!(matches!(
        download.finish(),
        Err(Error::Excess {
            octets: 2,
            expected: 1,
            ..
        })
    ));
    assert_eq!(names(folder.path()), ["f.bin.part"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told() {
    let mut download = open(&Place::File("/dev/full".into()), 200, &[], None);
    let error = download.write(b"x").expect_err("full").to_string();
    assert!(
        error.starts_with(
            "the disk is full: 0 octets are in /dev/full; make room, then begin again"
        ),
        "{error}"
    );
    let mut download = open(&Place::File("/dev/null".into()), 200, &[], None);
    download.write(b"x").expect("room for all");
    assert_eq!(download.finish().expect("whole"), Path::new("/dev/null"));
}

#[cfg(unix)]
#[test]
fn a_link_is_followed_only_where_the_user_put_it() {
    use std::os::unix::fs::symlink;

    let (folder, path) = folder();
    let real = folder.path().join("real");
    fs::write(&real, "old").expect("a file");
    symlink(&real, &path).expect("a link");
    let trap = folder.path().join("trap");
    fs::write(&trap, "untouched").expect("a file");
    symlink(&trap, folder.path().join("real.part")).expect("a link");
    let mut download = open(&Place::File(path.clone()), 200, &[], None);
    download.write(b"new").expect("room");
    download.finish().expect("whole");
    assert!(fs::symlink_metadata(&path).expect("the link").is_symlink());
    assert_eq!(fs::read(&real).expect("a file"), b"new");
    assert_eq!(fs::read(&trap).expect("a file"), b"untouched");
}

#[test]
fn ranges_of_octets_are_read() {
    for (text, expected) in [
        ("bytes 3-5/6", Some((Some((3, 5)), Some(6)))),
        ("Bytes 0-0/*", Some((Some((0, 0)), None))),
        ("bytes */6", Some((None, Some(6)))),
        ("bytes 5-3/6", Some((None, Some(6)))),
        ("bytes +3-5/6", None),
        ("bytes 3-/6", None),
        ("items 3-5/6", None),
        ("bytes 3-5", None),
    ] {
        let expected = expected.map(|(positions, total)| ContentRange { positions, total });
        assert_eq!(content_range(text), expected, "{text}");
    }
}
