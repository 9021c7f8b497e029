//! Users, sessions and tokens, in a file that has none to begin with.

use std::sync::Arc;

use bistro_plan::adoption::{Adoption, Fate, Meeting};
use bistro_plan::sql;

use super::harness::Fixture;
use bistro_session::key::Hash;
use bistro_session::session::{KeyShown, Session};

use crate::accounts::{Deadline, Found, Renewal, Token, User};
use crate::{Burden, Changes, Database, Error};

const SCRIPT: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY)";

const NEVER: Deadline = Deadline {
    seen: 0,
    created: 0,
};

fn hash(octet: u8) -> Hash {
    [octet; 32]
}

fn user(id: &str) -> User {
    User {
        id: id.to_owned(),
        email: format!("{id}@example.org"),
        roles: vec!["editor".to_owned(), "chef".to_owned()],
        generation: 0,
        created: 100,
    }
}

fn session(id: &str, user: Option<&str>, seen: i64) -> Session {
    Session {
        id: id.to_owned(),
        owner: user.unwrap_or("v1").to_owned(),
        user: user.map(str::to_owned),
        generation: 0,
        created: 100,
        keyed: 100,
        seen,
        signed_in: user.map(|_| 100),
        agent: Some("curl".to_owned()),
        address: None,
        data: "{\"a\":1}".to_owned(),
    }
}

/// Makes a change, and says what came of it.
async fn make<T: Send + 'static>(
    database: &Database,
    change: impl FnOnce(Changes<'_>) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let change = database.write(None, Burden::default(), move |transaction| {
        Ok((change(transaction.accounts())?, true))
    });
    change.await?
}

/// The session of a hash as it is now, and its user.
async fn find(database: &Database, hash: Hash) -> Option<Found> {
    let found = database.read(None, move |snapshot| snapshot.register().session(&hash));
    found.await.unwrap()
}

/// The same, if it is a session.
async fn find_session(database: &Database, hash: Hash) -> (Session, Option<User>) {
    match find(database, hash).await {
        Some(Found::Session(session, _, user)) => (*session, user),
        other => panic!("{other:?}"),
    }
}

async fn names_of(database: &Database, user: &'static str, deadline: Deadline) -> Vec<String> {
    let found = database.read(None, move |snapshot| {
        snapshot.register().sessions_of(user, deadline)
    });
    let found = found.await.unwrap().into_iter();
    found.map(|session| session.id).collect()
}

#[tokio::test]
async fn without_tables_nothing_is_known_and_nothing_changes() {
    let fixture = Fixture::new(SCRIPT);
    let database = fixture.open();
    assert_eq!(find(&database, hash(1)).await, None);
    let found = make(&database, |accounts| {
        accounts.touch_sessions(&[hash(1)], 5, 5)?;
        accounts.remove_over(NEVER, 10)?;
        let register = accounts.register();
        Ok((
            accounts.end_session(&hash(1))?,
            accounts.set_password("u1", "p")?,
            register.user_by_email("a@example.org")?,
            register.token(&hash(1))?,
            register.users()?,
        ))
    });
    assert_eq!(found.await.unwrap(), (false, None, None, None, vec![]));
    let tables = "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'bistro%'";
    assert_eq!(fixture.number(tables), 0);
}

#[tokio::test]
async fn what_is_kept_is_found_and_is_no_resource() {
    let fixture = Fixture::new(SCRIPT);
    let database = fixture.open();
    make(&database, |accounts| {
        accounts.add_user(&user("u1"), "phc")?;
        accounts.add_session(&session("s1", Some("u1"), 200), &hash(1))?;
        accounts.add_session(&session("s2", None, 200), &hash(2))
    })
    .await
    .unwrap();
    let found = find_session(&database, hash(1)).await;
    assert_eq!(found, (session("s1", Some("u1"), 200), Some(user("u1"))));
    let found = find_session(&database, hash(2)).await;
    assert_eq!(found, (session("s2", None, 200), None));
    let catalog = database.refresh().await.unwrap();
    let relations: Vec<_> = catalog.relations.keys().collect();
    assert_eq!(relations, ["t"]);
}

#[tokio::test]
async fn an_address_is_taken_once() {
    let fixture = Fixture::new(SCRIPT);
    let database = fixture.open();
    let add = |id: &'static str| {
        make(&database, move |accounts| {
            let user = User {
                email: "a@example.org".to_owned(),
                ..user(id)
            };
            accounts.add_user(&user, "phc")
        })
    };
    add("u1").await.unwrap();
    assert!(matches!(add("u2").await, Err(Error::Unique { .. })));
    assert_eq!(fixture.number("SELECT count(*) FROM bistro_users"), 1);
}

#[tokio::test]
async fn a_new_key_kills_the_old_one() {
    let fixture = Fixture::new(SCRIPT);
    let database = fixture.open();
    let rekeyed = make(&database, |accounts| {
        accounts.add_user(&user("u1"), "phc")?;
        accounts.add_session(&session("s1", Some("u1"), 200), &hash(1))?;
        let generation = accounts.set_password("u1", "other")?.unwrap();
        accounts.rekey_session(&hash(1), &hash(9), generation, 300)
    });
    assert!(rekeyed.await.unwrap());
    assert_eq!(find(&database, hash(1)).await, None);
    let (session, user) = find_session(&database, hash(9)).await;
    assert_eq!((session.generation, user.unwrap().generation), (1, 1));
    assert_eq!((session.signed_in, session.seen), (Some(300), 300));
}

/// Which of the keys of `s1` this is the hash of, and when the present one was made.
async fn shown(database: &Database, hash: Hash) -> Option<(KeyShown, i64)> {
    match find(database, hash).await? {
        Found::Session(session, shown, _) => Some((shown, session.keyed)),
        Found::Ended => panic!("it was not ended"),
    }
}

#[tokio::test]
async fn an_old_key_counts_until_the_new_one_is_seen_and_a_little_longer() {
    let fixture = Fixture::new(SCRIPT);
    let database = fixture.open();
    let renew = |from: u8, to: u8, until: i64, lost: i64| {
        make(&database, move |accounts| {
            let renewal = Renewal {
                until,
                lost,
                now: lost + 10,
            };
            accounts.renew_session(&hash(from), &hash(to), renewal)
        })
    };
    make(&database, |accounts| {
        accounts.add_session(&session("s1", None, 100), &hash(1))
    })
    .await
    .unwrap();
    assert!(!renew(1, 2, 99, 290).await.unwrap(), "it is not old");
    assert!(renew(1, 2, 100, 290).await.unwrap());
    let former = KeyShown::Former { until: None };
    assert_eq!(shown(&database, hash(1)).await, Some((former, 300)));
    assert_eq!(
        shown(&database, hash(2)).await,
        Some((KeyShown::Unconfirmed, 300))
    );
    assert!(
        !renew(1, 3, 299, 299).await.unwrap(),
        "it may be on its way"
    );
    assert!(renew(1, 3, 299, 300).await.unwrap());
    assert_eq!(shown(&database, hash(2)).await, None);
    assert_eq!(
        shown(&database, hash(3)).await,
        Some((KeyShown::Unconfirmed, 310))
    );
    let touch = |number: u8, seen: i64| {
        make(&database, move |accounts| {
            accounts.touch_sessions(&[hash(number)], seen, 5)
        })
    };
    touch(1, 311).await.unwrap();
    assert_eq!(shown(&database, hash(1)).await, Some((former, 310)));
    touch(3, 311).await.unwrap();
    touch(3, 312).await.unwrap();
    let ends = KeyShown::Former { until: Some(316) };
    assert_eq!(shown(&database, hash(1)).await, Some((ends, 310)));
    assert_eq!(
        shown(&database, hash(3)).await,
        Some((KeyShown::Present, 310))
    );
    assert!(
        !renew(1, 4, 400, 400).await.unwrap(),
        "the present one is in use"
    );
    let ended = make(&database, |accounts| accounts.end_session(&hash(1)));
    assert!(ended.await.unwrap());
    assert_eq!(shown(&database, hash(3)).await, None);
}

#[tokio::test]
async fn other_roles_end_the_sessions_of_the_user_and_of_nobody_else() {
    let fixture = Fixture::new(SCRIPT);
    let database = fixture.open();
    make(&database, |accounts| {
        for (number, id) in [(1, "u1"), (2, "u2")] {
            accounts.add_user(&user(id), "phc")?;
            accounts.add_session(&session(id, Some(id), 200), &hash(number))?;
        }
        accounts.set_roles("u1", &["chef".to_owned()])
    })
    .await
    .unwrap();
    assert_eq!(find(&database, hash(1)).await, None);
    assert!(find(&database, hash(2)).await.is_some());
    let roles = database.read(None, |snapshot| snapshot.register().user("u1"));
    let user = roles.await.unwrap().unwrap();
    assert_eq!((user.roles, user.generation), (vec!["chef".to_owned()], 1));
}

#[tokio::test]
async fn a_list_has_what_is_alive_the_newest_first() {
    let fixture = Fixture::new(SCRIPT);
    let database = fixture.open();
    make(&database, |accounts| {
        accounts.add_user(&user("u1"), "phc")?;
        for (number, seen) in [(1, 150), (2, 300), (3, 200)] {
            let session = session(&format!("s{number}"), Some("u1"), seen);
            accounts.add_session(&session, &hash(number))?;
        }
        accounts.touch_sessions(&[hash(1), hash(3)], 250, 5)
    })
    .await
    .unwrap();
    let deadline = |seen| Deadline { seen, created: 0 };
    assert_eq!(
        names_of(&database, "u1", deadline(0)).await,
        ["s2", "s1", "s3"]
    );
    assert_eq!(names_of(&database, "u1", deadline(250)).await, ["s2"]);
    make(&database, |accounts| accounts.end_surplus("u1", 2))
        .await
        .unwrap();
    assert_eq!(names_of(&database, "u1", deadline(0)).await, ["s2", "s1"]);
    let others = make(&database, |accounts| {
        accounts.end_sessions("u1", Some("s2"))
    });
    assert_eq!(others.await.unwrap(), 1);
}

#[tokio::test]
async fn what_was_ended_stays_so() {
    let fixture = Fixture::new(SCRIPT);
    let database = fixture.open();
    let end = || {
        make(&database, |accounts| {
            accounts.add_end(&session("s1", None, 200), &hash(1), 300)
        })
    };
    assert!(end().await.unwrap());
    assert!(!end().await.unwrap());
    assert_eq!(find(&database, hash(1)).await, Some(Found::Ended));
}

#[tokio::test]
async fn what_is_over_goes_in_bounded_numbers() {
    let fixture = Fixture::new(SCRIPT);
    let database = fixture.open();
    make(&database, |accounts| {
        for number in 0..100 {
            let session = session(&format!("s{number}"), None, i64::from(number));
            accounts.add_session(&session, &hash(number))?;
        }
        Ok(())
    })
    .await
    .unwrap();
    let deadline = Deadline {
        seen: 49,
        created: 0,
    };
    for (expected, left) in [(30, 70), (20, 50), (0, 50)] {
        let removed = make(&database, move |accounts| {
            accounts.remove_over(deadline, 30)
        });
        assert_eq!(removed.await.unwrap(), expected);
        assert_eq!(fixture.number("SELECT count(*) FROM bistro_sessions"), left);
    }
}

#[tokio::test]
async fn a_token_is_found_by_its_hash_until_it_or_its_user_is_removed() {
    let fixture = Fixture::new(SCRIPT);
    let database = fixture.open();
    let token = |id: &str| Token {
        id: id.to_owned(),
        user: "u1".to_owned(),
        label: "the nightly report".to_owned(),
        scopes: vec!["read:t".to_owned()],
        created: 100,
        expires: Some(200),
    };
    let (first, second) = (token("t1"), token("t2"));
    let kept = first.clone();
    make(&database, move |accounts| {
        accounts.add_user(&user("u1"), "phc")?;
        accounts.add_token(&first, &hash(1))?;
        accounts.add_token(&second, &hash(2))
    })
    .await
    .unwrap();
    let find = |number| {
        database.read(None, move |snapshot| {
            snapshot.register().token(&hash(number))
        })
    };
    assert_eq!(find(1).await.unwrap(), Some((kept, user("u1"))));
    assert!(
        make(&database, |accounts| accounts.remove_token("t1"))
            .await
            .unwrap()
    );
    assert_eq!(find(1).await.unwrap(), None);
    assert!(
        make(&database, |accounts| accounts.remove_user("u1"))
            .await
            .unwrap()
    );
    assert_eq!(find(2).await.unwrap(), None);
    assert_eq!(fixture.number("SELECT count(*) FROM bistro_tokens"), 0);
}

const CART: &str = "\
CREATE TABLE cart_items (owner_id TEXT NOT NULL, song_id INTEGER NOT NULL, quantity INTEGER NOT NULL CHECK (quantity < 100), \
  UNIQUE (owner_id, song_id));
INSERT INTO cart_items VALUES ('v', 1, 2), ('v', 2, 1), ('u', 2, 5), ('u', 3, 1), ('other', 1, 9), ('other', 2, 9);";

/// Has user `u` adopt the rows of visitor `v`; the rows afterwards.
async fn adopted(script: &str, fate: Fate) -> (String, Vec<Error>) {
    let fixture = Fixture::new(script);
    let database = fixture.open();
    let catalog = database.catalog();
    let relation = Arc::clone(&catalog.relations["cart_items"]);
    let adoption = Adoption {
        owner: relation.position("owner_id").unwrap(),
        relation,
        fate,
    };
    let statements = sql::adopt(&adoption, "v", "u");
    let left_out = make(&database, move |accounts| accounts.adopt(&statements));
    let left_out = left_out.await.unwrap();
    let text = "SELECT group_concat(owner_id || song_id || 'x' || quantity, ' ') FROM \
                (SELECT * FROM cart_items ORDER BY owner_id, song_id)";
    let rows = fixture.other().query_row(text, [], |row| row.get(0));
    (rows.unwrap(), left_out)
}

#[tokio::test]
async fn a_visitors_rows_become_the_users_as_the_operator_wants() {
    let sum = || Meeting::Sum(vec![2]);
    for (fate, expected) in [
        (
            Fate::Moved(Meeting::Keep),
            "other1x9 other2x9 u1x2 u2x5 u3x1",
        ),
        (
            Fate::Moved(Meeting::Replace),
            "other1x9 other2x9 u1x2 u2x1 u3x1",
        ),
        (Fate::Moved(sum()), "other1x9 other2x9 u1x2 u2x6 u3x1"),
        (Fate::Dropped, "other1x9 other2x9 u2x5 u3x1"),
    ] {
        let (rows, left_out) = adopted(CART, fate.clone()).await;
        assert_eq!(
            (rows.as_str(), left_out.as_slice()),
            (expected, &[][..]),
            "{fate:?}"
        );
    }
    // Twice is once: nothing is the visitor's any more.
    let twice = format!("{CART} UPDATE cart_items SET owner_id = 'w' WHERE owner_id = 'v'");
    let (rows, _) = adopted(&twice, Fate::Moved(sum())).await;
    assert_eq!(rows, "other1x9 other2x9 u2x5 u3x1 w1x2 w2x1");
}

#[tokio::test]
async fn rows_that_cannot_follow_stay_and_the_others_follow() {
    let refusing = format!(
        "{CART} CREATE TRIGGER refuse BEFORE DELETE ON cart_items BEGIN SELECT RAISE(ABORT, 'never'); END"
    );
    let (rows, left_out) = adopted(&refusing, Fate::Moved(Meeting::Keep)).await;
    assert_eq!(rows, "other1x9 other2x9 u1x2 u2x5 u3x1 v2x1");
    assert_eq!(left_out.len(), 1);
    // What would be too much is not added.
    let full = format!("{CART} UPDATE cart_items SET quantity = 99 WHERE owner_id = 'u'");
    let (rows, _) = adopted(&full, Fate::Moved(Meeting::Sum(vec![2]))).await;
    assert_eq!(rows, "other1x9 other2x9 u1x2 u2x99 u3x99");
}
