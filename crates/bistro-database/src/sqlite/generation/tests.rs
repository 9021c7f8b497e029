use rusqlite::Connection;
use tempfile::TempDir;

use super::Header;

fn database(mode: &str) -> (TempDir, Connection) {
    let directory = TempDir::new().unwrap();
    let connection = Connection::open(directory.path().join("a.db")).unwrap();
    connection
        .execute_batch(&format!(
            "PRAGMA journal_mode = {mode}; CREATE TABLE numbers (number INTEGER); INSERT INTO numbers VALUES (1)"
        ))
        .unwrap();
    (directory, connection)
}

fn reader(directory: &TempDir) -> Connection {
    let connection = Connection::open(directory.path().join("a.db")).unwrap();
    connection
        .query_row("SELECT count(*) FROM numbers", [], |_| Ok(()))
        .unwrap();
    connection
}

#[test]
fn every_commit_by_anybody_is_a_new_generation_and_nothing_else_is() {
    let (directory, writer) = database("wal");
    let reader = reader(&directory);
    let header = Header::of(&reader).unwrap();
    let mut seen = vec![header.read()];
    for number in 0..500 {
        writer
            .execute("INSERT INTO numbers VALUES (?1)", [number])
            .unwrap();
        let now = header.read();
        assert!(!seen.contains(&now), "after insert {number}");
        reader
            .query_row("SELECT count(*) FROM numbers", [], |_| Ok(()))
            .unwrap();
        assert_eq!(header.read(), now, "reading changes nothing");
        seen.push(now);
        if number % 50 == 7 {
            // Starts the log again from its beginning.
            writer
                .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
                .unwrap();
        }
    }
    writer
        .execute_batch("BEGIN; INSERT INTO numbers VALUES (0)")
        .unwrap();
    assert_eq!(header.read(), *seen.last().unwrap(), "before the commit");
    writer.execute_batch("ROLLBACK").unwrap();
    assert_eq!(
        header.read(),
        *seen.last().unwrap(),
        "nothing was committed"
    );
    for change in ["VACUUM", "CREATE TABLE others (id)", "DROP TABLE others"] {
        writer.execute_batch(change).unwrap();
        assert!(!seen.contains(&header.read()), "{change}");
        seen.push(header.read());
    }
}

#[test]
fn connections_tell_the_same_generation() {
    let (directory, writer) = database("wal");
    let readers = [reader(&directory), reader(&directory)];
    let headers = readers.each_ref().map(|reader| Header::of(reader).unwrap());
    for number in 0..10 {
        writer
            .execute("INSERT INTO numbers VALUES (?1)", [number])
            .unwrap();
        let [one, other] = headers.each_ref().map(Header::read);
        assert_eq!(one, other);
    }
}

#[test]
fn without_a_log_there_is_none() {
    for mode in ["delete", "truncate", "persist", "memory"] {
        let (directory, _writer) = database(mode);
        assert!(Header::of(&reader(&directory)).is_none(), "{mode}");
        assert!(!directory.path().join("a.db-shm").exists(), "{mode}");
    }
}
