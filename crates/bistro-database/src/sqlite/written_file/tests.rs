//! A connection writes as before, whatever is gathered.

use std::fs;
use std::path::Path;

use super::*;

/// A connection whose files are taken over.
struct Opened {
    connection: Connection,
    /// Dropped after it.
    files: Vec<Arc<WrittenFile>>,
}

fn opened(path: &Path, is_synchronised: bool) -> Opened {
    let connection = Connection::open(path).unwrap();
    connection
        .execute_batch(
            "PRAGMA journal_mode = wal; PRAGMA synchronous = full; PRAGMA wal_autocheckpoint = 0;
             CREATE TABLE IF NOT EXISTS t (a)",
        )
        .unwrap();
    let files = take_over(&connection, is_synchronised);
    Opened { connection, files }
}

/// As the system refuses to write when a disk is full.
unsafe extern "C" fn refuse(
    _: *mut ffi::sqlite3_file,
    _: *const c_void,
    _: c_int,
    _: ffi::sqlite3_int64,
) -> c_int {
    ffi::SQLITE_FULL
}

fn log_octets(path: &Path) -> u64 {
    fs::metadata(path.with_extension("db-wal")).unwrap().len()
}

fn lengths(connection: &Connection) -> Vec<i64> {
    let mut statement = connection.prepare("SELECT length(a) FROM t").unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

#[test]
fn what_is_committed_is_in_the_log_and_others_read_it() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.db");
    let Opened { connection, files } = &opened(&path, true);
    assert_eq!(files.len(), 2);
    let reader = Connection::open(&path).unwrap();
    let mut expected = Vec::new();
    // Pieces of every kind: less than one, exactly as much as fits, many.
    for octets in [1_i64, 4_000, 57_000, 61_000, 100_000, 1_000_000] {
        let before = log_octets(&path);
        connection
            .execute("INSERT INTO t VALUES (zeroblob(?1))", [octets])
            .unwrap();
        expected.push(octets);
        assert!(
            files.iter().all(|file| file.gathered().octets.is_empty()),
            "nothing is left behind"
        );
        assert!(log_octets(&path) >= before + octets.unsigned_abs());
        assert_eq!(lengths(&reader), expected);
    }
    connection
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .unwrap();
    assert_eq!(log_octets(&path), 0);
    connection
        .execute_batch("INSERT INTO t VALUES ('after')")
        .unwrap();
    expected.push(5);
    assert_eq!(lengths(&reader), expected);
}

#[test]
fn a_transaction_reads_what_it_has_written_itself() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.db");
    let Opened { connection, .. } = &opened(&path, true);
    // With hardly any cache pages go to the log, and come back, in the middle of the transaction.
    connection
        .execute_batch("PRAGMA cache_size = 10; CREATE INDEX i ON t (a); BEGIN")
        .unwrap();
    for number in 0..2_000_i64 {
        connection
            .execute(
                "INSERT INTO t VALUES (printf('%08d', ?1 * 7919 % 2000) || hex(zeroblob(100)))",
                [number],
            )
            .unwrap();
        if number % 300 == 299 {
            connection
                .execute_batch(
                    "SAVEPOINT s; DELETE FROM t WHERE rowid % 2; ROLLBACK TO s; RELEASE s",
                )
                .unwrap();
        }
    }
    connection.execute_batch("COMMIT").unwrap();
    let other = Connection::open(&path).unwrap();
    for connection in [connection, &other] {
        let sound: String = connection
            .query_row("PRAGMA integrity_check", [], |row| row.get(0))
            .unwrap();
        assert_eq!(sound, "ok");
        assert_eq!(lengths(connection), vec![208; 2_000]);
    }
}

#[test]
fn what_is_rolled_back_leaves_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.db");
    let Opened { connection, .. } = &opened(&path, true);
    connection
        .execute_batch(
            "PRAGMA cache_size = 10; INSERT INTO t VALUES ('kept');
             BEGIN; INSERT INTO t VALUES (zeroblob(500000)); ROLLBACK;
             BEGIN; INSERT INTO t VALUES (zeroblob(200000)); DELETE FROM t WHERE length(a) > 4; COMMIT",
        )
        .unwrap();
    assert_eq!(lengths(&Connection::open(&path).unwrap()), [4]);
}

#[test]
fn a_log_that_commits_do_not_synchronise_is_written_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.db");
    let Opened { connection, files } = &opened(&path, false);
    assert_eq!(files.len(), 1);
    connection
        .execute_batch("PRAGMA synchronous = normal")
        .unwrap();
    connection
        .execute_batch("INSERT INTO t VALUES (zeroblob(100000))")
        .unwrap();
    assert_eq!(lengths(&Connection::open(&path).unwrap()), [100_000]);
    // Its pages are counted when a checkpoint writes them.
    assert_eq!(files[0].pages.load(Ordering::Relaxed), 0);
    connection
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .unwrap();
    assert!(files[0].pages.load(Ordering::Relaxed) > 25);
}

#[test]
fn a_full_disk_is_found_and_nothing_is_lost() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.db");
    let Opened { connection, files } = &opened(&path, true);
    connection
        .execute_batch("INSERT INTO t VALUES ('kept')")
        .unwrap();
    let log = Arc::clone(&files[1]);
    let refusing = Arc::new(WrittenFile {
        methods: log.methods,
        own: ffi::sqlite3_io_methods {
            xWrite: Some(refuse),
            ..log.own
        },
        pages: AtomicU32::new(0),
        #[cfg(target_os = "linux")]
        write_back: OnceLock::new(),
        gathered: Mutex::default(),
    });
    let mut file = file_control::journal(connection).unwrap();
    // SAFETY: the file is open, belongs to this thread, and both outlive it.
    unsafe { file.as_mut().pMethods = Arc::as_ptr(&refusing).cast() };
    for octets in [10, 1_000_000] {
        let failure = connection
            .execute("INSERT INTO t VALUES (zeroblob(?1))", [octets])
            .unwrap_err();
        assert_eq!(
            failure.sqlite_error_code(),
            Some(rusqlite::ErrorCode::DiskFull)
        );
        assert!(connection.is_autocommit());
    }
    // SAFETY: as above.
    unsafe { file.as_mut().pMethods = Arc::as_ptr(&log).cast() };
    connection
        .execute_batch("INSERT INTO t VALUES ('after')")
        .unwrap();
    assert_eq!(lengths(connection), [4, 5]);
    assert_eq!(lengths(&Connection::open(&path).unwrap()), [4, 5]);
}
