//! Sessions on disk: who sees them, how runs side by side share them, and what is left alone.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Barrier;
use std::thread;

use http::{HeaderMap, HeaderName, HeaderValue};
use tempfile::TempDir;
use url::Url;

use super::error::Error;
use super::{Access, Session, place, remove};
use crate::jar::site::Initiator;
use crate::jar::store::COOKIES_PER_DOMAIN_MAX;

const NOW: u64 = 1_800_000_000;

/// A session in which there is nothing.
const SESSION: &str = r#"{"bistro_session": 1, "fields": [], "cookies": []}"#;

fn home() -> Url {
    Url::parse("https://a.example/").expect("it is one")
}

/// A directory, and the file of a session in it.
fn place() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().expect("there is room");
    let sessions = directory.path().join("state/sessions");
    let file = place::file(&sessions, "me", &home(), None).expect("it is a good name");
    (directory, file)
}

fn open(file: &Path) -> Session {
    Session::open(file.to_owned(), Access::ReadWrite).expect("it can be read")
}

fn receive(session: &mut Session, field: &[u8]) {
    session
        .jar
        .receive(&home(), field, NOW)
        .expect("it is a good cookie");
}

/// What is sent to the host of the session.
fn sent(session: &mut Session) -> Vec<u8> {
    let field = session.jar.cookie_field(&home(), Initiator::SameSite, NOW);
    field
        .map(|field| field.as_bytes().to_vec())
        .unwrap_or_default()
}

fn fields(pairs: &[(&str, &str)]) -> HeaderMap {
    let pairs = pairs.iter().map(|(name, value)| {
        (
            HeaderName::from_bytes(name.as_bytes()).expect("it is a name"),
            HeaderValue::from_str(value).expect("it is a value"),
        )
    });
    let mut fields = HeaderMap::new();
    for (name, value) in pairs {
        fields.append(name, value);
    }
    fields
}

#[test]
fn a_session_is_there_in_the_next_run() {
    let (_directory, file) = place();
    let mut session = open(&file);
    receive(&mut session, b"sid=1; Secure");
    session.commit(NOW).expect("it can be written");
    receive(&mut session, b"later=2");
    session.commit(NOW).expect("it can be written again");
    assert_eq!(sent(&mut open(&file)), b"sid=1; later=2");
}

#[test]
fn a_session_without_a_change_leaves_no_trace() {
    let (directory, file) = place();
    let mut session = open(&file);
    session.commit(NOW).expect("there is nothing to do");
    assert_eq!(
        fs::read_dir(directory.path()).expect("it is there").count(),
        0
    );
    receive(&mut session, b"sid=1");
    session.commit(NOW).expect("it can be written");
    let before = fs::metadata(&file).expect("it is there").modified().ok();
    open(&file).commit(NOW).expect("there is nothing to do");
    let after = fs::metadata(&file).expect("it is there").modified().ok();
    assert_eq!(before, after);
}

#[test]
fn a_session_that_is_only_read_is_not_written() {
    let (_directory, file) = place();
    let mut session = open(&file);
    receive(&mut session, b"sid=1");
    session.commit(NOW).expect("it can be written");
    let mut reader = Session::open(file.clone(), Access::ReadOnly).expect("it can be read");
    receive(&mut reader, b"sid=2");
    reader.remember(&fields(&[("x-a", "1")]), &home(), NOW);
    assert_eq!(sent(&mut reader), b"sid=2");
    reader.commit(NOW).expect("there is nothing to do");
    let mut session = open(&file);
    assert_eq!(sent(&mut session), b"sid=1");
    assert!(session.fields().is_empty());
}

#[cfg(unix)]
#[test]
fn nobody_else_can_look_into_a_session() {
    use std::os::unix::fs::PermissionsExt as _;

    let (directory, file) = place();
    let mut session = open(&file);
    receive(&mut session, b"sid=1");
    session.commit(NOW).expect("it can be written");
    let mode = |path: &Path| {
        let metadata = fs::metadata(path).expect("it is there");
        metadata.permissions().mode() & 0o777
    };
    assert_eq!(mode(&file), 0o600);
    assert_eq!(mode(file.parent().expect("it has one")), 0o700);
    assert_eq!(mode(&directory.path().join("state")), 0o700);
    // One that was open to others is not any more.
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("it is ours");
    receive(&mut session, b"sid=2");
    session.commit(NOW).expect("it can be written");
    assert_eq!(mode(&file), 0o600);
}

#[cfg(unix)]
#[test]
fn what_a_link_leads_to_is_not_written_to() {
    use std::os::unix::fs::symlink;

    let (directory, file) = place();
    let victim = directory.path().join("victim");
    fs::write(&victim, SESSION).expect("there is room");
    fs::create_dir_all(file.parent().expect("it has one")).expect("there is room");
    symlink(&victim, &file).expect("there is room");
    // One who guesses the name of the new file gains as little.
    symlink(&victim, super::beside(&file, "new")).expect("there is room");
    let mut session = open(&file);
    receive(&mut session, b"sid=1");
    session.commit(NOW).expect("it can be written");
    let text = fs::read_to_string(&victim).expect("it is there");
    assert_eq!(text, SESSION);
    assert_eq!(sent(&mut open(&file)), b"sid=1");
}

#[test]
fn runs_side_by_side_lose_no_cookie() {
    const RUNS: usize = 8;
    let (_directory, file) = place();
    let barrier = Barrier::new(RUNS);
    thread::scope(|scope| {
        for run in 0..RUNS {
            let (file, barrier) = (&file, &barrier);
            scope.spawn(move || {
                let mut session = open(file);
                receive(&mut session, format!("c{run}=1").as_bytes());
                session.remember(&fields(&[(&format!("x-{run}"), "1")]), &home(), NOW);
                barrier.wait();
                session.commit(NOW).expect("it can be written");
            });
        }
    });
    let session = open(&file);
    assert_eq!(session.jar.cookies().count(), RUNS);
    assert_eq!(session.fields().len(), RUNS);
}

#[test]
fn what_one_run_takes_back_another_does_not_bring_back() {
    let (_directory, file) = place();
    let mut session = open(&file);
    receive(&mut session, b"sid=1");
    receive(&mut session, b"other=1");
    session.remember(&fields(&[("x-a", "1")]), &home(), NOW);
    session.commit(NOW).expect("it can be written");
    let (mut leaving, mut staying) = (open(&file), open(&file));
    receive(&mut leaving, b"sid=; Max-Age=0");
    assert!(leaving.forget(&HeaderName::from_static("x-a")));
    leaving.commit(NOW).expect("it can be written");
    receive(&mut staying, b"new=1");
    staying.commit(NOW).expect("it can be written");
    let mut session = open(&file);
    assert_eq!(sent(&mut session), b"other=1; new=1");
    assert!(session.fields().is_empty());
    assert_eq!(sent(&mut staying), b"other=1; new=1");
}

#[test]
fn a_session_keeps_the_fields_that_do_not_belong_to_one_request() {
    let (_directory, file) = place();
    let mut session = open(&file);
    let typed = fields(&[
        ("authorization", "Bearer x"),
        ("x-a", "1"),
        ("x-a", "2"),
        ("user-agent", "me"),
        ("content-type", "text/csv"),
        ("if-none-match", "*"),
        ("host", "b.example"),
        ("idempotency-key", "1"),
        ("cookie", "a=1; b=2"),
        ("cookie", "c"),
    ]);
    assert_eq!(session.remember(&typed, &home(), NOW), []);
    session.commit(NOW).expect("it can be written");
    let mut session = open(&file);
    let expected = fields(&[
        ("authorization", "Bearer x"),
        ("x-a", "1"),
        ("x-a", "2"),
        ("user-agent", "me"),
    ]);
    assert_eq!(session.fields(), &expected);
    assert_eq!(sent(&mut session), b"a=1; b=2; c");

    session.remember(&fields(&[("x-a", "3")]), &home(), NOW);
    session.commit(NOW).expect("it can be written");
    let values: Vec<_> = open(&file)
        .fields()
        .get_all("x-a")
        .iter()
        .cloned()
        .collect();
    assert_eq!(values, ["3"]);
}

#[test]
fn a_change_is_written_once() {
    let (_directory, file) = place();
    let mut first = open(&file);
    first.remember(&fields(&[("x-a", "1")]), &home(), NOW);
    first.commit(NOW).expect("it can be written");
    let mut second = open(&file);
    second.remember(&fields(&[("x-a", "2")]), &home(), NOW);
    second.commit(NOW).expect("it can be written");
    receive(&mut first, b"sid=1");
    first.commit(NOW).expect("it can be written");
    assert_eq!(first.fields(), &fields(&[("x-a", "2")]));
    assert_eq!(open(&file).fields(), &fields(&[("x-a", "2")]));
}

#[test]
fn a_file_that_a_hostile_server_has_filled_is_read_again() {
    let (_directory, file) = place();
    let mut session = open(&file);
    for number in 0..2 * COOKIES_PER_DOMAIN_MAX {
        let mut field = format!("c{number}=").into_bytes();
        let octet = [b'"', b'\\', b'\t', 0xff, 0x80, 0xc2, 0x9b][number % 7];
        field.push(b'x');
        field.resize(4095, octet);
        field.push(b'x');
        field.extend_from_slice(b"; Path=/");
        // Quotation marks are the longest to write.
        field.resize(field.len() + 900, b'"');
        receive(&mut session, &field);
    }
    session.commit(NOW).expect("it can be written");
    let again = open(&file);
    let before: Vec<_> = session.jar.cookies().collect();
    assert_eq!(before.len(), COOKIES_PER_DOMAIN_MAX);
    assert_eq!(again.jar.cookies().collect::<Vec<_>>(), before);
}

#[test]
fn a_file_that_cannot_be_read_is_left_as_it_is() {
    let (_directory, file) = place();
    fs::create_dir_all(file.parent().expect("it has one")).expect("there is room");
    let mut session = open(&file);
    receive(&mut session, b"sid=1");
    fs::write(&file, "{\"bistro_session\": 1, ").expect("there is room");
    let error = session.commit(NOW).expect_err("it is broken");
    assert!(
        matches!(&error, Error::Broken { path, .. } if *path == file),
        "{error}"
    );
    let text = fs::read_to_string(&file).expect("it is there");
    assert_eq!(text, "{\"bistro_session\": 1, ");
    assert!(Session::open(file.clone(), Access::ReadOnly).is_err());
    assert_eq!(
        error.to_string(),
        format!(
            "`{}` is no session that could be read: repair it or move it away to begin a new one, it was left as it is",
            file.display()
        )
    );
}

#[test]
fn a_file_that_is_too_long_or_none_at_all_is_told() {
    let (directory, file) = place();
    fs::create_dir_all(file.parent().expect("it has one")).expect("there is room");
    let long = fs::File::create(&file).expect("there is room");
    long.set_len(super::OCTETS_MAX + 1)
        .expect("it takes no room");
    let error = Session::open(file, Access::ReadWrite).expect_err("it is too long");
    assert!(matches!(error, Error::TooLong { .. }), "{error}");
    let none = directory.path().to_owned();
    let error = Session::open(none, Access::ReadWrite).expect_err("it is a directory");
    assert!(matches!(error, Error::NotAFile { .. }), "{error}");
}

#[test]
fn the_sessions_that_are_there_are_listed() {
    let directory = tempfile::tempdir().expect("there is room");
    let list = || {
        let stored = place::list(directory.path()).expect("it can be read");
        let stored = stored.into_iter();
        stored
            .map(|stored| (stored.host, stored.name))
            .collect::<Vec<_>>()
    };
    assert_eq!(list(), []);
    let mut expected = Vec::new();
    for (target, host) in [
        ("http://[::1]:8080", "[::1]:8080"),
        ("https://a.example", "a.example"),
        ("https://b.example:8443", "b.example:8443"),
    ] {
        for name in ["me", "you"] {
            let url = Url::parse(target).expect("it is one");
            let file = place::file(directory.path(), name, &url, None).expect("it is a good name");
            let mut session = open(&file);
            session
                .jar
                .receive(&url, b"a=1", NOW)
                .expect("it is a good cookie");
            session.commit(NOW).expect("it can be written");
            expected.push((host.to_owned(), name.to_owned()));
        }
    }
    assert_eq!(list(), expected);
    let nowhere = directory.path().join("nowhere");
    assert_eq!(place::list(&nowhere).expect("it is empty"), []);
}

#[test]
fn a_session_is_taken_away_as_a_whole() {
    let (directory, file) = place();
    assert_eq!(remove(&file).ok(), Some(false));
    assert_eq!(
        fs::read_dir(directory.path()).expect("it is there").count(),
        0
    );
    let mut session = open(&file);
    receive(&mut session, b"sid=1");
    session.commit(NOW).expect("it can be written");
    assert_eq!(remove(&file).ok(), Some(true));
    assert_eq!(remove(&file).ok(), Some(false));
    assert_eq!(open(&file).jar.cookies().count(), 0);
    let sessions = place::list(&directory.path().join("state/sessions"));
    assert_eq!(sessions.expect("it can be read"), []);
}

#[test]
fn fields_are_not_shown_by_accident() {
    let (_directory, file) = place();
    let mut session = open(&file);
    session.remember(&fields(&[("authorization", "secret")]), &home(), NOW);
    assert!(!format!("{session:?}").contains("secret"));
}
