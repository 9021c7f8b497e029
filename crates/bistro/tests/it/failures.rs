//! What goes wrong around a server: somebody else's lock, a full disk, a file that may not be written, a damaged page. Each has
//! a status and a line in the log, and is over when its cause is gone.

use std::fs::{self, OpenOptions, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{FileExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use serde_json::json;

use crate::fixture::Fixture;
use crate::http::{Request, Response};
use crate::server::{Server, bistro, until};

/// Two tables.
pub(crate) const TABLES: &str = "PRAGMA journal_mode = wal;
    CREATE TABLE a (id INTEGER PRIMARY KEY, t TEXT);
    CREATE TABLE b (id INTEGER PRIMARY KEY, t TEXT);
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
    INSERT INTO a SELECT i, hex(zeroblob(200)) FROM n;
    INSERT INTO b VALUES (1, 'one');";

/// Locks are not waited for longer than a test likes.
const IMPATIENT: &str = "[database]\nbusy_timeout = \"200ms\"\n\n\
    [[allow]]\non = \"a\"\nto = \"anyone\"\ndo = [\"read\", \"create\"]\n\n\
    [[allow]]\non = \"b\"\nto = \"anyone\"\ndo = [\"read\", \"create\"]\n";

/// A database whose locks are not waited for long.
pub(crate) fn impatient(sql: &str) -> Fixture {
    let fixture = Fixture::of(sql);
    fs::write(fixture.directory().join("bistro.toml"), IMPATIENT).expect("the directory is ours");
    fixture
}

/// Creates a row of one of its tables.
pub(crate) fn create(table: &str, text: &str) -> Request {
    Request::new("POST", &format!("/{table}")).json(&json!({"t": text}).to_string())
}

/// The status, and the code if there is one.
pub(crate) fn told(response: &Response) -> (u16, String) {
    let body: serde_json::Value = serde_json::from_slice(&response.body).unwrap_or_default();
    let code = body.get("code").and_then(serde_json::Value::as_str);
    (response.status, code.unwrap_or_default().to_owned())
}

fn seconds(response: &Response) -> Option<u32> {
    response.field("Retry-After")?.parse().ok()
}

/// Whether a command works here; if it does not, what needs it is left out, and that is said.
fn works(what: &str, command: &mut Command) -> bool {
    let status = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let works = status.is_ok_and(|status| status.success());
    if !works {
        // Not `eprintln!`, which is kept from who runs the tests.
        let _ = writeln!(
            std::io::stderr(),
            "LEFT OUT: {what}: {command:?} fails here"
        );
    }
    works
}

#[test]
fn a_lock_that_another_process_keeps_is_waited_for_then_503_and_the_log_says_how_to_find_it() {
    let server = Server::serve(impatient(TABLES), &[]);
    assert_eq!(server.send(&create("b", "before")).status, 201);
    let other = server.fixture().open();
    other
        .execute_batch("BEGIN IMMEDIATE; INSERT INTO b (t) VALUES ('theirs')")
        .expect("free");
    assert_eq!(server.get("/b/1").status, 200, "readers do not wait");
    let refused = server.send(&create("b", "refused"));
    assert_eq!(told(&refused), (503, "55P03".to_owned()));
    assert!(seconds(&refused).is_some_and(|seconds| seconds > 0));
    let lines = server.logged("is locked by another process");
    assert!(
        lines[0].contains("it.db") && lines[0].contains("fuser"),
        "{lines:?}"
    );
    other.execute_batch("COMMIT").expect("ours");
    assert_eq!(server.send(&create("b", "after")).status, 201);
    let texts = server.fixture().value("SELECT group_concat(t, ' ') FROM b");
    assert_eq!(texts, "one before theirs after");
}

#[test]
fn without_a_log_an_exclusive_lock_keeps_reads_out_too_until_it_is_gone() {
    let fixture = impatient(&TABLES.replace("wal", "delete"));
    // Who reads while Bistro starts keeps it from changing the journal mode.
    let other = fixture.open();
    let reads = "BEGIN; SELECT count(*) FROM a";
    other.execute_batch(reads).expect("free");
    let server = Server::serve(fixture, &[]);
    assert_eq!(server.get("/b/1").status, 200);
    assert_eq!(
        told(&server.send(&create("b", "refused"))),
        (503, "55P03".to_owned())
    );
    other
        .execute_batch("COMMIT; BEGIN EXCLUSIVE")
        .expect("nobody writes");
    let refused = server.get("/b/1");
    assert_eq!(told(&refused), (503, "55P03".to_owned()));
    assert!(seconds(&refused).is_some());
    server.logged("is locked by another process");
    other.execute_batch("COMMIT").expect("ours");
    assert_eq!(server.get("/b/1").status, 200);
    assert_eq!(server.send(&create("b", "after")).status, 201);
    let mode: String = other
        .query_row("PRAGMA journal_mode", [], |row| row.get(0))
        .expect("an answer");
    assert_eq!(mode, "delete", "nothing was tested otherwise");
}

#[test]
fn a_full_disk_refuses_changes_says_so_once_and_takes_them_again_when_there_is_room() {
    let fixture = Fixture::of(&format!("{TABLES} PRAGMA wal_checkpoint(TRUNCATE);"));
    let small = fixture.directory().join("small");
    fs::create_dir(&small).expect("the directory is ours");
    let mut mount = Command::new("unshare");
    mount
        .args(["-rm", "mount", "-t", "tmpfs", "none"])
        .arg(&small);
    if !works("a full disk", &mut mount) {
        return;
    }
    let script = "mount -t tmpfs -o size=640k none small && cp it.db small && exec \"$0\" serve small/it.db --listen 127.0.0.1:0";
    let mut command = bistro(fixture.directory());
    let program = command.get_program().to_owned();
    command = wrapped(&command, "unshare", &["-rm", "sh", "-c", script]);
    command.arg(program);
    let server = Server::spawn(command, fixture);
    // The file system is seen by the server alone, and through its process.
    let inside = PathBuf::from(format!(
        "/proc/{}/root{}",
        server.process(),
        small.display()
    ));
    assert_eq!(server.send(&create("b", "before")).status, 201);
    let filler = inside.join("filler");
    fill(&filler);
    let large = "x".repeat(20_000);
    for _ in 0..5 {
        let refused = server.send(&create("b", &large));
        assert_eq!(
            told(&refused),
            (507, "53100".to_owned()),
            "{}",
            refused.text()
        );
        assert_eq!(server.get("/b/1").status, 200, "reads go on");
    }
    assert_eq!(server.logged("the disk is full").len(), 1, "told once");
    assert!(server.logged("the disk is full")[0].contains("small/it.db"));
    fs::remove_file(filler).expect("it is ours");
    assert_eq!(server.send(&create("b", &large)).status, 201);
    let rows = server.get("/b?select=id,t&order=id");
    let texts = [("one", 1), ("before", 2), (large.as_str(), 3)];
    let expected: Vec<_> = texts.map(|(t, id)| json!({"id": id, "t": t})).into();
    assert_eq!(
        rows.json(),
        json!(expected),
        "nothing is lost, and nothing is there that was refused"
    );
}

fn fill(path: &Path) {
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .expect("a new file");
    while file.write_all(&[0; 1024]).is_ok() {}
}

/// The same command, started by another one.
fn wrapped(command: &Command, by: &str, arguments: &[&str]) -> Command {
    let mut wrapper = Command::new(by);
    wrapper.args(arguments);
    if let Some(directory) = command.get_current_dir() {
        wrapper.current_dir(directory);
    }
    wrapper
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    wrapper
}

#[test]
fn a_limit_on_the_size_of_files_is_no_end_of_the_server() {
    let server = Server::serve(Fixture::of(TABLES), &[]);
    assert_eq!(server.send(&create("b", "before")).status, 201);
    let limit = |soft: &str| {
        let mut command = Command::new("prlimit");
        command.args([
            "--pid",
            &server.process().to_string(),
            &format!("--fsize={soft}:"),
        ]);
        command
    };
    if !works("a limit on the size of files", &mut limit("100000")) {
        return;
    }
    let large = "x".repeat(200_000);
    for _ in 0..3 {
        let refused = server.send(&create("b", &large));
        assert_eq!(
            told(&refused),
            (503, "58030".to_owned()),
            "{}",
            refused.text()
        );
        assert!(seconds(&refused).is_some());
        assert_eq!(server.get("/b/1").status, 200, "reads go on");
    }
    let lines = server.logged("a limit on the size of files");
    assert!(
        lines.len() == 1 && lines[0].contains("writing"),
        "{lines:?}"
    );
    assert!(works("the end of a limit", &mut limit("unlimited")));
    assert_eq!(server.send(&create("b", &large)).status, 201);
    let lengths = server
        .fixture()
        .value("SELECT group_concat(length(t)) FROM b");
    assert_eq!(lengths, "3,6,200000");
}

#[test]
fn a_file_that_may_not_be_written_any_more_is_503_and_the_log_says_what_to_make_writable() {
    let fixture = Fixture::of(TABLES);
    let path = fixture.path();
    let command = {
        let mut command = bistro(fixture.directory());
        command
            .arg("serve")
            .arg(&path)
            .args(["--listen", "127.0.0.1:0"]);
        if fs::metadata(&path).expect("it is there").uid() != 0 {
            command
        } else if works(
            "a file without the permission to write it, for root",
            Command::new("unshare").args(["-U", "true"]),
        ) {
            // In a namespace where it is nobody, permissions hold for root as well.
            let program = command.get_program().to_owned();
            let mut bound = wrapped(&command, "unshare", &["-U"]);
            bound.arg(program).args(command.get_args());
            bound
        } else {
            return;
        }
    };
    let server = Server::spawn(command, fixture);
    assert_eq!(server.get("/b/1").status, 200);
    let permit = |mode| {
        fs::set_permissions(&path, Permissions::from_mode(mode)).expect("it is ours");
    };
    permit(0o444);
    for _ in 0..2 {
        let refused = server.send(&create("b", "refused"));
        assert_eq!(
            told(&refused),
            (503, "58030".to_owned()),
            "{}",
            refused.text()
        );
        assert!(seconds(&refused).is_some());
        assert_eq!(server.get("/b/1").status, 200, "reads go on");
    }
    let lines = server.logged("cannot be written any more");
    assert!(lines.len() == 1 && lines[0].contains("it.db"), "{lines:?}");
    permit(0o644);
    // A connection to read that was opened meanwhile may have given the log the permissions of the file.
    until("it is writable", || {
        server.send(&create("b", "after")).status == 201
    });
    assert_eq!(
        server.fixture().value("SELECT group_concat(t, ' ') FROM b"),
        "one after"
    );
}

#[test]
fn a_log_that_cannot_be_written_is_503_and_then_over() {
    let server = Server::serve(Fixture::of(TABLES), &[]);
    assert_eq!(server.send(&create("b", "before")).status, 201);
    let log = format!("{}-wal", server.fixture().path().display());
    if !works(
        "a file that even root cannot write",
        Command::new("chattr").args(["+i", &log]),
    ) {
        return;
    }
    let refused = server.send(&create("b", "refused"));
    let read = server.get("/b/1");
    assert!(works("its end", Command::new("chattr").args(["-i", &log])));
    assert_eq!(
        told(&refused),
        (503, "58030".to_owned()),
        "{}",
        refused.text()
    );
    assert_eq!(read.status, 200, "reads go on");
    server.logged("whether its file system has become read-only");
    assert_eq!(server.send(&create("b", "after")).status, 201);
    assert_eq!(
        server.fixture().value("SELECT group_concat(t, ' ') FROM b"),
        "one before after"
    );
}

#[test]
fn a_damaged_page_fails_what_needs_it_and_nothing_else() {
    let fixture = Fixture::of(&format!("{TABLES} PRAGMA wal_checkpoint(TRUNCATE);"));
    damage(&fixture, "a");
    let server = Server::serve(fixture, &[]);
    assert_eq!(told(&server.get("/a")), (500, "XX001".to_owned()));
    let lines = server.logged("is damaged");
    assert!(
        lines.len() == 1 && lines[0].contains("it.db") && lines[0].contains("integrity_check"),
        "{lines:?}"
    );
    assert_eq!(server.get("/b/1").status, 200);

    // Changes that come at once share transactions, and SQLite commits none in which it found damage.
    let at_once = |first: usize| {
        thread::scope(|scope| {
            let requests = (first..first + 32).map(|number| {
                let table = if number % 4 == 1 { "a" } else { "b" };
                let server = &server;
                scope.spawn(move || {
                    let response = server.send(&create(table, &number.to_string()));
                    (table, number, told(&response))
                })
            });
            let requests: Vec<_> = requests.collect();
            let answers = requests
                .into_iter()
                .map(|request| request.join().expect("no panic"));
            answers.collect::<Vec<_>>()
        })
    };
    let rows = |number: usize| {
        let sql = format!("SELECT count(*) FROM b WHERE t = '{number}'");
        server.fixture().value(&sql)
    };
    for (table, number, (status, code)) in at_once(0) {
        match (table, status) {
            ("a", 500) => {}
            ("b", 201) => assert_eq!(rows(number), "1", "what was acknowledged is there"),
            ("b", 503) => assert_eq!((code.as_str(), rows(number).as_str()), ("40001", "0")),
            other => panic!("{other:?} {code}"),
        }
    }
    for (table, number, (status, _)) in at_once(100) {
        assert_eq!(
            status,
            if table == "a" { 500 } else { 201 },
            "known to be damaged by now"
        );
        assert_eq!(rows(number), if table == "a" { "0" } else { "1" });
    }
    let count = server.fixture().value("SELECT count(*) FROM b");
    let batch = json!([
        {"method": "POST", "path": "/b", "body": {"t": "undone"}},
        {"method": "POST", "path": "/a", "body": {"t": "refused"}},
    ]);
    let refused = server.send(&Request::new("POST", "/-/batch").json(&batch.to_string()));
    assert_eq!(refused.status, 500, "{}", refused.text());
    assert_eq!(server.fixture().value("SELECT count(*) FROM b"), count);
}

/// Overwrites the root page of a table.
pub(crate) fn damage(fixture: &Fixture, table: &str) {
    let page: u64 = fixture
        .value(&format!(
            "SELECT rootpage FROM sqlite_schema WHERE name = '{table}'"
        ))
        .parse()
        .expect("a number");
    let file = OpenOptions::new()
        .write(true)
        .open(fixture.path())
        .expect("it is ours");
    file.write_all_at(&[0xAB; 4096], (page - 1) * 4096)
        .expect("it is ours");
}
