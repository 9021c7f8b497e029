//! Many at once: nothing lost, nothing mixed, nothing that runs for nobody.

use std::future::poll_fn;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::task::Poll;
use std::time::Duration;

use bistro_http::method::Method;
use bistro_plan::plan::{Plan, Read};
use bistro_plan::value::{Row, Sink};
use tokio::sync::oneshot;

use super::harness::{Ask, Fixture, Rows, change, get, shown};
use crate::{Burden, Database, Error, Prepared, Settings, Snapshot};

const TABLE: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER UNIQUE)";
const ENDLESS: &str = "CREATE VIEW endless AS WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n FROM c WHERE n < 0";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_write_that_was_answered_is_there() {
    let fixture = Fixture::new(TABLE);
    let database = fixture.open();
    let mut tasks = Vec::new();
    for task in 0..32 {
        let database = database.clone();
        tasks.push(tokio::spawn(async move {
            for turn in 0..50 {
                let body = format!("{{\"n\":{}}}", task * 50 + turn);
                let (outcome, _) = change(Method::Post, "/t", &body)
                    .write(&database)
                    .await
                    .unwrap();
                assert_eq!((outcome.affected, outcome.created), (1, 1));
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(fixture.number("SELECT count(DISTINCT n) FROM t"), 1600);
}

/// Keeps the writer busy until the sender is dropped, so that what is sent meanwhile shares the next batch.
pub(super) async fn hold_writer(database: &Database, until: Receiver<()>) {
    let (begun, begin) = oneshot::channel();
    let database = database.clone();
    let version = database.catalog().version;
    tokio::spawn(async move {
        let hold = move |_: &crate::Transaction<'_>| {
            let _told = begun.send(());
            let _dropped = until.recv();
            Ok::<_, ()>(((), true))
        };
        database.write(version, Burden::default(), hold).await
    });
    begin.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_fails_undoes_only_itself() {
    let fixture = Fixture::new(TABLE);
    let database = fixture.open();
    let (release, until) = channel();
    hold_writer(&database, until).await;
    let bodies = [r#"{"n":1}"#, r#"[{"n":2},{"n":1}]"#, r#"{"n":3}"#];
    let mut answers = Vec::new();
    for body in bodies {
        answers.push(Box::pin(change(Method::Post, "/t", body).write(&database)));
        // Queued when polled once.
        poll_fn(|context| {
            Poll::Ready(
                answers
                    .last_mut()
                    .unwrap()
                    .as_mut()
                    .poll(context)
                    .is_ready(),
            )
        })
        .await;
    }
    let version = database.catalog().version;
    let mut dry = Box::pin(database.write(version, Burden::default(), {
        let Plan::Write(write) = change(Method::Delete, "/t", "").plan(&database) else {
            panic!()
        };
        move |transaction| {
            Ok::<_, Error>((
                transaction
                    .write(&Prepared::new(write), &mut Rows::default())?
                    .affected,
                false,
            ))
        }
    }));
    poll_fn(|context| Poll::Ready(dry.as_mut().poll(context).is_ready())).await;
    let mut panicking = Box::pin(database.write(
        version,
        Burden::default(),
        |_| -> Result<((), bool), Error> { panic!("oh no") },
    ));
    poll_fn(|context| Poll::Ready(panicking.as_mut().poll(context).is_ready())).await;
    drop(release);
    let mut results = Vec::new();
    for answer in answers {
        results.push(answer.await.map(|(outcome, _)| outcome.affected));
    }
    let unique = Error::Unique {
        relation: "t".to_owned(),
        columns: vec!["n".to_owned()],
    };
    assert_eq!(results, [Ok(1), Err(unique), Ok(1)]);
    assert_eq!(
        dry.await,
        Ok(Ok(2)),
        "it sees what came before it in the batch, and leaves it alone"
    );
    assert_eq!(
        panicking.await,
        Err(Error::Internal {
            message: "a job panicked: oh no".to_owned()
        })
    );
    assert_eq!(
        shown(&get("/t?select=n&order=n").rows(&database).await.unwrap()),
        "1|3"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_nobody_waits_for_any_more_is_not_begun() {
    let fixture = Fixture::new(TABLE);
    let database = fixture.open();
    let (release, until) = channel();
    hold_writer(&database, until).await;
    let mut dropped = Box::pin(change(Method::Post, "/t", r#"{"n":1}"#).write(&database));
    poll_fn(|context| Poll::Ready(dropped.as_mut().poll(context).is_ready())).await;
    drop(dropped);
    drop(release);
    change(Method::Post, "/t", r#"{"n":2}"#)
        .write(&database)
        .await
        .unwrap();
    assert_eq!(
        shown(&get("/t?select=n").rows(&database).await.unwrap()),
        "2"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_fit_in_the_queue_is_refused() {
    let fixture = Fixture::new(TABLE);
    let settings = Settings {
        queue: 1,
        ..Settings::new(&fixture.path)
    };
    let database = Database::open(settings).unwrap();
    let (release, until) = channel();
    hold_writer(&database, until).await;
    let mut waits = Box::pin(change(Method::Post, "/t", r#"{"n":1}"#).write(&database));
    poll_fn(|context| Poll::Ready(waits.as_mut().poll(context).is_ready())).await;
    let refused = change(Method::Post, "/t", r#"{"n":2}"#)
        .write(&database)
        .await;
    assert_eq!(refused, Err(Error::Overloaded));
    drop(release);
    assert!(waits.await.is_ok());
}

/// Tells when it is dropped, which is when the job that owns it has ended.
struct Ends(#[expect(dead_code, reason = "only its end matters")] Sender<()>);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dropping_a_read_stops_a_query_that_would_never_end() {
    let fixture = Fixture::new(ENDLESS);
    let settings = Settings {
        readers: 1,
        statement_timeout: Duration::MAX,
        ..Settings::new(&fixture.path)
    };
    let database = Database::open(settings).unwrap();
    let read = get("/endless").read(&database);
    let (sender, ended) = channel();
    let (begun, begin) = oneshot::channel();
    let ends = Ends(sender);
    let version = database.catalog().version;
    let job = database.read(version, move |snapshot| {
        let _ends = ends;
        let _told = begun.send(());
        snapshot.read(&read, &mut Rows::default())
    });
    tokio::select! {
        result = job => panic!("it ended: {result:?}"),
        _ = begin => {}
    }
    assert!(ended.recv().is_err(), "the job has ended");
    // The one reader is free again.
    assert_eq!(database.read(version, |_| Ok(1)).await, Ok(1));
}

#[tokio::test]
async fn a_statement_that_gives_no_row_in_time_is_stopped() {
    let fixture = Fixture::new(&format!("{ENDLESS}; {TABLE};
        CREATE TRIGGER slow AFTER INSERT ON t WHEN NEW.n = 7 BEGIN SELECT count(*) FROM endless; END;"));
    let limit = Duration::from_millis(100);
    let settings = Settings {
        statement_timeout: limit,
        ..Settings::new(&fixture.path)
    };
    let database = Database::open(settings).unwrap();
    let timeout = Error::Timeout { limit };
    assert_eq!(get("/endless").rows(&database).await, Err(timeout.clone()));
    let slow = change(Method::Post, "/t", r#"{"n":7}"#)
        .write(&database)
        .await;
    assert_eq!(slow, Err(timeout));
    let quick = change(Method::Post, "/t", r#"{"n":8}"#)
        .write(&database)
        .await;
    assert!(quick.is_ok(), "the writer goes on: {quick:?}");
}

/// Takes one row and then wants no more.
struct First(u64);

impl Sink for First {
    fn row(&mut self, _row: &dyn Row) -> ControlFlow<()> {
        self.0 += 1;
        ControlFlow::Break(())
    }
}

#[tokio::test]
async fn a_sink_that_breaks_ends_the_statement() {
    let fixture = Fixture::new(
        "CREATE VIEW numbers AS WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n FROM c",
    );
    let database = fixture.open();
    let read = get("/numbers").read(&database);
    let taken = database.read(database.catalog().version, move |snapshot| {
        let mut first = First(0);
        snapshot.read(&read, &mut first)?;
        Ok(first.0)
    });
    assert_eq!(taken.await, Ok(1));
}

#[tokio::test]
async fn a_panic_in_a_read_is_an_error_of_that_read() {
    let fixture = Fixture::new(TABLE);
    let settings = Settings {
        readers: 1,
        ..Settings::new(&fixture.path)
    };
    let database = Database::open(settings).unwrap();
    let version = database.catalog().version;
    let panicked = database
        .read(version, |_| -> Result<(), Error> { panic!("oh no") })
        .await;
    assert_eq!(
        panicked,
        Err(Error::Internal {
            message: "a job panicked: oh no".to_owned()
        })
    );
    assert_eq!(database.read(version, |_| Ok(1)).await, Ok(1));
}

#[tokio::test]
async fn a_lock_of_another_process_is_waited_for_and_then_reported() {
    let fixture = Fixture::new(TABLE);
    let settings = Settings {
        busy_timeout: Duration::from_millis(1),
        ..Settings::new(&fixture.path)
    };
    let database = Database::open(settings).unwrap();
    let other = fixture.other();
    other
        .execute_batch("BEGIN IMMEDIATE; INSERT INTO t VALUES (1, 1)")
        .unwrap();
    let write = || change(Method::Post, "/t", r#"{"n":2}"#).write(&database);
    assert_eq!(write().await, Err(Error::Locked));
    assert_eq!(
        shown(&get("/t").rows(&database).await.unwrap()),
        "",
        "readers see what is committed"
    );
    other.execute_batch("COMMIT").unwrap();
    assert!(write().await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_snapshot_stays_as_it_is_while_others_write() {
    let fixture = Fixture::new(&format!("{TABLE}; INSERT INTO t VALUES (1, 1)"));
    let database = fixture.open();
    let read = Arc::new(get("/t?select=n").read(&database));
    let other = fixture.other();
    let counts = database
        .read(database.catalog().version, move |snapshot| {
            let before = snapshot.count(&read)?;
            other.execute_batch("INSERT INTO t VALUES (2, 2)").unwrap();
            Ok((before, snapshot.count(&read)?))
        })
        .await;
    assert_eq!(counts, Ok((1, 1)));
    assert_eq!(
        Ask {
            url: "/t",
            ..Ask::default()
        }
        .rows(&database)
        .await
        .unwrap()
        .len(),
        2
    );
}

#[tokio::test]
async fn a_trigger_that_rolls_back_takes_only_its_own_write_with_it() {
    let fixture = Fixture::new(&format!(
        "{TABLE}; CREATE TRIGGER no BEFORE INSERT ON t WHEN NEW.n = 13 BEGIN SELECT RAISE(ROLLBACK, 'unlucky'); END"
    ));
    let database = fixture.open();
    let insert = |n: i64| {
        let database = database.clone();
        async move {
            change(Method::Post, "/t", &format!("{{\"n\":{n}}}"))
                .write(&database)
                .await
                .map(drop)
        }
    };
    let (before, unlucky, after) = tokio::join!(insert(12), insert(13), insert(14));
    assert_eq!((before, after), (Ok(()), Ok(())));
    assert_eq!(
        unlucky,
        Err(Error::Raised {
            message: "unlucky".to_owned()
        })
    );
    assert_eq!(
        shown(&get("/t?select=n&order=n").rows(&database).await.unwrap()),
        "12|14"
    );
}

#[tokio::test]
async fn a_foreign_key_checked_at_the_end_fails_its_own_write() {
    let fixture = Fixture::new(
        "CREATE TABLE parent (id INTEGER PRIMARY KEY);
         CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id REFERENCES parent DEFERRABLE INITIALLY DEFERRED);
         INSERT INTO parent VALUES (1)",
    );
    let database = fixture.open();
    let insert = |body: &'static str| {
        let database = database.clone();
        async move {
            change(Method::Post, "/child", body)
                .write(&database)
                .await
                .map(drop)
        }
    };
    let (good, bad) = tokio::join!(insert(r#"{"parent_id":1}"#), insert(r#"{"parent_id":2}"#));
    assert_eq!((good, bad), (Ok(()), Err(Error::ForeignKey)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_reads_than_readers_wait_their_turn() {
    let fixture = Fixture::new(&format!("{TABLE}; INSERT INTO t VALUES (1, 1)"));
    let settings = Settings {
        readers: 3,
        ..Settings::new(&fixture.path)
    };
    let database = Database::open(settings).unwrap();
    let tasks: Vec<_> = (0..200)
        .map(|_| {
            let database = database.clone();
            tokio::spawn(async move { get("/t?select=n").rows(&database).await })
        })
        .collect();
    for task in tasks {
        assert_eq!(shown(&task.await.unwrap().unwrap()), "1");
    }
    database.close().await;
}

/// For each row it takes, counts the rows of another read of the same snapshot.
struct Nested<'a, 'b> {
    snapshot: &'a Snapshot<'b>,
    read: &'a Read,
    counts: Vec<u64>,
}

impl Sink for Nested<'_, '_> {
    fn row(&mut self, _row: &dyn Row) -> ControlFlow<()> {
        let mut rows = Rows::default();
        self.snapshot.read(self.read, &mut rows).unwrap();
        self.counts
            .push(rows.0.len() as u64 + self.snapshot.count(self.read).unwrap());
        ControlFlow::Continue(())
    }
}

#[tokio::test]
async fn a_sink_may_read_while_it_takes_a_row() {
    let fixture = Fixture::new(&format!(
        "{TABLE}; INSERT INTO t VALUES (1, 1), (2, 2), (3, 3)"
    ));
    let database = fixture.open();
    let read = get("/t").read(&database);
    let counts = database.read(database.catalog().version, move |snapshot| {
        let mut nested = Nested {
            snapshot,
            read: &read,
            counts: Vec::new(),
        };
        snapshot.read(&read, &mut nested)?;
        Ok(nested.counts)
    });
    assert_eq!(counts.await, Ok(vec![6, 6, 6]));
}
