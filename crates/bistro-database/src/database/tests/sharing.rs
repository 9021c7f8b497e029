//! Writes that share a transaction, and those that must not keep others waiting.

use std::fs;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::task::Poll;
use std::time::Duration;

use bistro_http::method::Method;
use bistro_plan::plan::Plan;
use bistro_plan::value::Value;
use tokio::time::timeout;

use super::concurrency::hold_writer;
use super::harness::{Ask, Fixture, Rows, change, get, shown};
use crate::{Burden, Database, Error, Prepared, Settings, Transaction};

const TABLE: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER UNIQUE)";

const SMALL: Burden = Burden {
    octets: 10,
    undoes_itself: false,
};

const LARGE: Burden = Burden {
    octets: 1 << 20,
    undoes_itself: false,
};

const UNDOES_ITSELF: Burden = Burden {
    octets: 10,
    undoes_itself: true,
};

type Answer<'a> = Pin<Box<dyn Future<Output = Result<Result<(), Error>, Error>> + 'a>>;

/// Queues a job; it waits when this returns.
async fn queue<'a, F>(database: &'a Database, burden: Burden, job: F) -> Answer<'a>
where
    F: FnOnce(&Transaction<'_>) -> Result<(), Error> + Send + 'static,
{
    let version = database.catalog().version;
    let job = move |transaction: &Transaction<'_>| job(transaction).map(|()| ((), true));
    let mut answer: Answer<'a> = Box::pin(database.write(version, burden, job));
    let is_ready = poll_fn(|context| Poll::Ready(answer.as_mut().poll(context).is_ready())).await;
    assert!(!is_ready, "the writer is held");
    answer
}

/// Whether an answer comes although something else is still to be done.
async fn comes(answer: Answer<'_>) -> Result<(), Error> {
    let answer = timeout(Duration::from_secs(30), answer).await;
    answer.expect("it does not wait for what comes later")?
}

/// A job that ends when it is let.
fn held() -> (
    Sender<()>,
    impl FnOnce(&Transaction<'_>) -> Result<(), Error> + Send + 'static,
) {
    let (release, until): (Sender<()>, Receiver<()>) = channel();
    let job = move |_: &Transaction<'_>| {
        let _dropped = until.recv();
        Ok(())
    };
    (release, job)
}

fn insert(
    database: &Database,
    n: i64,
) -> impl FnOnce(&Transaction<'_>) -> Result<(), Error> + Send + use<> {
    let body = format!(r#"{{"n":{n}}}"#);
    let ask = Ask {
        method: Method::Post,
        url: "/t",
        body: &body,
        ..Ask::default()
    };
    let Plan::Write(write) = ask.plan(database) else {
        panic!("it is a write")
    };
    move |transaction| {
        let prepared = Prepared::new(write);
        assert!(prepared.is_one_statement());
        transaction.write(&prepared, &mut Rows::default()).map(drop)
    }
}

async fn numbers(database: &Database) -> String {
    shown(&get("/t?select=n&order=n").rows(database).await.unwrap())
}

#[tokio::test]
async fn small_writes_do_not_wait_for_large_ones() {
    let fixture = Fixture::new(TABLE);
    let database = fixture.open();
    let (release, until) = channel();
    hold_writer(&database, until).await;
    let before = queue(&database, SMALL, insert(&database, 1)).await;
    let (end_first, first) = held();
    let first = queue(&database, LARGE, first).await;
    let (end_second, second) = held();
    let second = queue(&database, LARGE, second).await;
    let after = queue(&database, SMALL, insert(&database, 2)).await;
    drop(release);
    assert_eq!(comes(before).await, Ok(()));
    drop(end_first);
    assert_eq!(comes(first).await, Ok(()));
    assert_eq!(comes(after).await, Ok(()));
    drop(end_second);
    assert_eq!(comes(second).await, Ok(()));
}

#[tokio::test]
async fn answers_do_not_wait_until_everything_has_run() {
    let fixture = Fixture::new(TABLE);
    let database = fixture.open();
    let (release, until) = channel();
    hold_writer(&database, until).await;
    let (_never, patience) = channel::<()>();
    let slow = queue(&database, SMALL, move |_| {
        let _late = patience.recv_timeout(Duration::from_millis(20));
        Ok(())
    })
    .await;
    let (end, next) = held();
    let next = queue(&database, SMALL, next).await;
    drop(release);
    assert_eq!(comes(slow).await, Ok(()));
    drop(end);
    assert_eq!(comes(next).await, Ok(()));
}

#[tokio::test]
async fn what_waits_is_bounded_in_octets() {
    let fixture = Fixture::new(TABLE);
    let settings = Settings {
        queue_octets: 100,
        ..Settings::new(&fixture.path)
    };
    let database = Database::open(settings).unwrap();
    let (release, until) = channel();
    hold_writer(&database, until).await;
    let burden = |octets| Burden { octets, ..SMALL };
    let waits = queue(&database, burden(60), insert(&database, 1)).await;
    let version = database.catalog().version;
    let refused = database.write(version, burden(41), |_| Ok::<_, ()>(((), true)));
    assert_eq!(refused.await, Err(Error::Overloaded));
    drop(release);
    assert_eq!(comes(waits).await, Ok(()));
    let alone = database.write(version, burden(1_000), |_| Ok::<_, ()>(((), true)));
    assert_eq!(alone.await, Ok(Ok(())));
}

#[tokio::test]
async fn a_single_statement_that_fails_undoes_itself() {
    let fixture = Fixture::new(TABLE);
    let database = fixture.open();
    let (release, until) = channel();
    hold_writer(&database, until).await;
    let mut answers = Vec::new();
    for n in [1, 1, 2] {
        answers.push(queue(&database, UNDOES_ITSELF, insert(&database, n)).await);
    }
    drop(release);
    let mut results = Vec::new();
    for answer in answers {
        results.push(comes(answer).await);
    }
    let unique = Error::Unique {
        relation: "t".to_owned(),
        columns: vec!["n".to_owned()],
    };
    assert_eq!(results, [Ok(()), Err(unique), Ok(())]);
    assert_eq!(numbers(&database).await, "1|2");
}

#[tokio::test]
async fn one_that_does_not_undo_itself_although_it_said_so_takes_others_with_it() {
    let fixture = Fixture::new(TABLE);
    let database = fixture.open();
    let (release, until) = channel();
    hold_writer(&database, until).await;
    let before = queue(&database, UNDOES_ITSELF, insert(&database, 1)).await;
    let own = insert(&database, 2);
    let liar = queue(&database, UNDOES_ITSELF, |transaction| {
        own(transaction)?;
        Err(Error::ReadOnly)
    })
    .await;
    let after = queue(&database, UNDOES_ITSELF, insert(&database, 3)).await;
    drop(release);
    assert_eq!(comes(before).await, Err(Error::Undone));
    assert_eq!(comes(liar).await, Err(Error::ReadOnly));
    assert_eq!(comes(after).await, Ok(()));
    assert_eq!(numbers(&database).await, "3");
}

#[tokio::test]
async fn what_was_seen_of_changes_that_come_to_nothing_is_no_answer() {
    let fixture = Fixture::new(TABLE);
    let database = fixture.open();
    let (release, until) = channel();
    hold_writer(&database, until).await;
    let change = queue(&database, SMALL, insert(&database, 1)).await;
    let version = database.catalog().version;
    let (path, away) = (fixture.path.clone(), fixture.path.with_extension("away"));
    // As who repeats a request is given the answer that was kept for it.
    let repeat = database.write(version, SMALL, move |_| {
        fs::rename(path, away).unwrap();
        Ok::<_, Error>(("done", false))
    });
    let mut repeat = Box::pin(repeat);
    let is_ready = poll_fn(|context| Poll::Ready(repeat.as_mut().poll(context).is_ready())).await;
    assert!(!is_ready, "the writer is held");
    drop(release);
    assert_eq!(comes(change).await, Err(Error::Replaced));
    assert_eq!(repeat.await, Err(Error::Replaced));
}

#[tokio::test]
async fn a_statement_that_fails_half_way_is_undone_whatever_was_said() {
    let fixture = Fixture::new(&format!(
        "{TABLE}; CREATE TABLE seen (n);
         CREATE TRIGGER half BEFORE INSERT ON t WHEN NEW.n = 13
         BEGIN INSERT INTO seen VALUES (NEW.n); SELECT RAISE(FAIL, 'unlucky'); END"
    ));
    let database = fixture.open();
    let (release, until) = channel();
    hold_writer(&database, until).await;
    let before = queue(&database, UNDOES_ITSELF, insert(&database, 12)).await;
    let unlucky = queue(&database, UNDOES_ITSELF, insert(&database, 13)).await;
    drop(release);
    assert_eq!(comes(before).await, Ok(()));
    let raised = Error::Raised {
        message: "unlucky".to_owned(),
    };
    assert_eq!(comes(unlucky).await, Err(raised));
    assert_eq!(numbers(&database).await, "12");
    assert_eq!(fixture.number("SELECT count(*) FROM seen"), 0);
}

#[tokio::test]
async fn a_write_that_is_more_than_one_statement_says_so() {
    let fixture = Fixture::new(TABLE);
    let database = fixture.open();
    let is_one = |ask: Ask<'_>| match ask.plan(&database) {
        Plan::Write(write) => Prepared::new(write).is_one_statement(),
        Plan::Read(_) | Plan::Call(_) => panic!("it is a write"),
    };
    let one = Ask {
        method: Method::Post,
        url: "/t",
        body: r#"{"n":1}"#,
        ..Ask::default()
    };
    assert!(is_one(one));
    let several = Ask {
        body: r#"[{"n":1},{"n":2}]"#,
        ..one
    };
    assert!(!is_one(several));
    assert!(!is_one(change(Method::Post, "/t", r#"{"n":1}"#)));
    assert!(!is_one(change(Method::Delete, "/t?n=eq.1", "")));
}

#[tokio::test]
async fn the_key_of_a_new_row_is_told_although_its_statement_returns_nothing() {
    let fixture = Fixture::new(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, n); CREATE TABLE log (id INTEGER PRIMARY KEY, n);
         CREATE TABLE d (id INTEGER PRIMARY KEY DESC, n);
         CREATE TRIGGER after_t AFTER INSERT ON t BEGIN INSERT INTO log VALUES (1000 + NEW.n, 1); END;
         CREATE TRIGGER before_t BEFORE INSERT ON t WHEN NEW.n = 13 BEGIN SELECT RAISE(IGNORE); END;",
    );
    let database = fixture.open();
    let table = [
        ("/t", r#"{"n":5}"#, Some(1)),
        ("/t", r#"{"id":40,"n":6}"#, Some(40)),
        ("/t", r#"{"n":13}"#, None),
        ("/t", r#"[{"n":7},{"n":8}]"#, Some(41)),
        // Its key is no rowid.
        ("/d", r#"{"id":7,"n":1}"#, Some(7)),
    ];
    for (url, body, expected) in table {
        let ask = Ask {
            method: Method::Post,
            url,
            body,
            ..Ask::default()
        };
        let (outcome, _) = ask.write(&database).await.unwrap();
        let expected = expected.map(|key| vec![Value::Integer(key)]);
        assert_eq!(outcome.key, expected, "{url} {body}");
    }
}
