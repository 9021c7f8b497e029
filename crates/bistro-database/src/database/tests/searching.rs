//! Full-text search on a real index: what is found, how well it fits, and in which order it comes.

use super::harness::{Fixture, get, shown};
use crate::{Database, Error};

const SCHEMA: &str = "
    CREATE VIRTUAL TABLE poems USING fts5 (title, words);
    INSERT INTO poems (rowid, title, words) VALUES
        (1, 'Rain', 'rain, and a long walk home along the river with nobody else around'),
        (2, 'Snow', 'a walk'),
        (3, 'Sun', 'rain rain rain'),
        (4, 'Wind', 'nothing of the kind'),
        (5, 'Fog', 'no weather at all'),
        (6, 'Hail', 'ice'),
        (7, 'Dew', 'drops');
    CREATE VIRTUAL TABLE old USING fts4 (words);
    INSERT INTO old VALUES ('rain');
    CREATE VIRTUAL TABLE area USING rtree (id, x0, x1);
    CREATE TABLE songs (id INTEGER PRIMARY KEY, title TEXT, words TEXT);
    INSERT INTO songs VALUES (1, 'a', 'rain rain'), (2, 'b', 'rain and no rain'), (3, 'c', 'sun'), (4, 'd', 'sea'),
        (5, 'e', 'sky');
    CREATE VIRTUAL TABLE song_words USING fts5 (words, content = 'songs', content_rowid = 'id');
    INSERT INTO song_words (song_words) VALUES ('rebuild');
    CREATE VIRTUAL TABLE own USING fts5 (_rank, words);
    INSERT INTO own VALUES ('first', 'rain');";

async fn rows(database: &Database, url: &str) -> String {
    let rows = get(url).rows(database).await;
    shown(&rows.unwrap_or_else(|error| panic!("{url}: {error}"))).replace('\'', "")
}

#[tokio::test]
async fn what_fits_best_comes_first() {
    let fixture = Fixture::new(SCHEMA);
    let database = fixture.open();
    for (url, expected) in [
        ("/poems?select=title&words=fts.rain&order=_rank", "Sun|Rain"),
        (
            "/poems?select=title&words=fts.rain&order=_rank.desc",
            "Rain|Sun",
        ),
        (
            "/poems?select=title&words=plfts.walk&order=_rank",
            "Snow|Rain",
        ),
        (
            "/poems?select=title&words=plfts.walk&order=_rank.nullsfirst",
            "Snow|Rain",
        ),
        // All of them count.
        (
            "/poems?select=title&words=fts.walk&title=fts.rain&order=_rank",
            "Rain",
        ),
        (
            "/poems?select=title&or=(words.fts.drops,title.fts.hail)&order=title,_rank",
            "Dew|Hail",
        ),
        (
            "/poems?select=title&and=(words.fts.rain,title.neq.Sun)&order=_rank",
            "Rain",
        ),
        (
            "/poems?select=title&words=fts.rain&title=not.fts.sun&order=_rank",
            "Rain",
        ),
        (
            "/poems?select=title&words=fts.rain&or=(title.eq.Sun,title.fts.rain)&order=_rank",
            "Sun|Rain",
        ),
        ("/poems?select=title&words=fts.&order=_rank", ""),
        ("/poems?words=fts.drops&order=_rank", "Dew drops"),
        (
            "/song_words?select=words&words=fts.rain&order=_rank",
            "rain rain|rain and no rain",
        ),
        ("/own?select=_rank&order=_rank", "first"),
    ] {
        assert_eq!(rows(&database, url).await, expected, "{url}");
    }
}

#[tokio::test]
async fn the_rank_is_a_number_and_less_is_better() {
    let fixture = Fixture::new(SCHEMA);
    let database = fixture.open();
    let shown = rows(
        &database,
        "/poems?select=_rank,score:_rank::text&words=fts.rain&order=title.desc",
    )
    .await;
    let ranks: Vec<f64> = shown
        .split('|')
        .map(|row| row.split(' ').next().unwrap().parse().unwrap())
        .collect();
    assert!(ranks[0] < ranks[1] && ranks[1] < 0.0, "{shown}");
    let best = rows(
        &database,
        "/poems?select=_rank.min(),count()&words=fts.rain",
    )
    .await;
    assert_eq!(best, format!("{:?} 2", ranks[0]));
}

#[tokio::test]
async fn pages_by_rank_hold_every_row_once() {
    let values: Vec<String> = (0..100)
        .map(|number| format!("('t{number}', 'rain')"))
        .collect();
    let fixture = Fixture::new(&format!(
        "CREATE VIRTUAL TABLE poems USING fts5 (title, words); INSERT INTO poems VALUES {};",
        values.join(", ")
    ));
    let database = fixture.open();
    for order in ["_rank", "_rank.desc"] {
        let mut found = Vec::new();
        for offset in (0..100).step_by(7) {
            let url =
                format!("/poems?select=title&words=fts.rain&order={order}&limit=7&offset={offset}");
            let page = rows(&database, &url).await;
            // A read has one row more than its limit, to know whether there are more.
            found.extend(page.split('|').take(7).map(str::to_owned));
        }
        assert_eq!(found.len(), 100);
        found.sort();
        found.dedup();
        assert_eq!(found.len(), 100, "{order}");
    }
}

#[tokio::test]
async fn a_rank_without_a_search_is_refused() {
    let fixture = Fixture::new(SCHEMA);
    let database = fixture.open();
    for (url, expected) in [
        ("/poems?order=_rank", "`_rank` is not possible on `poems`"),
        ("/poems?select=_rank", "`_rank` is not possible on `poems`"),
        (
            "/poems?select=_rank.max()",
            "`_rank` is not possible on `poems`",
        ),
        (
            "/poems?select=_rank::text&title=eq.a",
            "`_rank` is not possible on `poems`",
        ),
        (
            "/poems?order=_rank&words=not.fts.rain",
            "`_rank` is not possible on `poems`",
        ),
        (
            "/poems?order=_rank&or=(words.fts.a,title.eq.b)",
            "`_rank` is not possible on `poems`",
        ),
        (
            "/poems?words=fts.rain&_rank=lt.0",
            "a filter by `_rank` is not possible on `poems`",
        ),
        (
            "/poems?words=fts.rain&order=_rank->a",
            "no column `_rank` in `poems`",
        ),
        (
            "/poems?words=fts.rain&order=rank",
            "no column `rank` in `poems`",
        ),
        (
            "/poems?select=count()&words=fts.rain&order=_rank",
            "cannot order by `_rank`",
        ),
        ("/songs?order=_rank", "no column `_rank` in `songs`"),
        (
            "/old?words=fts.rain",
            "full-text search needs an FTS5 table",
        ),
        ("/old?order=_rank", "no column `_rank` in `old`"),
        ("/area?id=fts.1", "full-text search needs an FTS5 table"),
        (
            "/poems?words=fts.rain&order=_rank&after=WzFd",
            "rows without a primary key have no order to continue in",
        ),
    ] {
        let refused = get(url).try_plan(&database).unwrap_err();
        assert!(refused.contains(expected), "{url}: {refused}");
    }
}

#[tokio::test]
async fn a_long_search_is_answered_like_a_short_one() {
    let fixture = Fixture::new(SCHEMA);
    let database = fixture.open();
    let words = |between: &str| vec!["rain"; 5_000].join(between);
    let nested = "(rain|(rain%26".repeat(8) + "rain" + &"))".repeat(8);
    let members = vec!["words.fts.rain|walk"; 90].join(",");
    for url in [
        format!(
            "/poems?select=title&words=plfts.{}&order=_rank",
            words("%20")
        ),
        format!("/poems?select=title&words=fts.{}&order=_rank", words("|")),
        format!("/poems?select=title&words=fts.{}&order=_rank", words("%26")),
        format!(
            "/poems?select=title&words=wfts.{}&order=_rank",
            words("%20or%20")
        ),
        format!("/poems?select=title&words=fts.{nested}&order=_rank"),
        format!("/poems?select=title&or=({members})&order=_rank"),
        format!("/poems?select=title&and=({members})&order=_rank"),
    ] {
        let found = rows(&database, &url).await;
        assert!(
            found.contains("Sun") && found.contains("Rain"),
            "{url}: {found}"
        );
    }
}

#[tokio::test]
async fn an_index_ranks_by_itself() {
    let fixture = Fixture::new(SCHEMA);
    let database = fixture.open();
    let read = get("/poems?words=fts.rain&order=_rank").read(&database);
    let text = bistro_plan::sql::read(&read).text;
    let other = fixture.other();
    let mut explain = other
        .prepare(&format!("EXPLAIN QUERY PLAN {text}"))
        .unwrap();
    let details = explain
        .query_map([None::<String>], |row| row.get("detail"))
        .unwrap();
    let details: Vec<String> = details.map(Result::unwrap).collect();
    assert_eq!(details.len(), 1, "{text} {details:?}");
}

#[tokio::test]
async fn an_index_over_columns_that_are_not_there_says_so() {
    let fixture = Fixture::new(
        "CREATE TABLE songs (id INTEGER PRIMARY KEY, title TEXT);
         INSERT INTO songs VALUES (1, 'rain');
         CREATE VIRTUAL TABLE found USING fts5 (title, words, content = 'songs', content_rowid = 'id');
         INSERT INTO found (rowid, title, words) VALUES (1, 'rain', 'and sun');",
    );
    let database = fixture.open();
    for url in ["/found", "/found?title=fts.rain"] {
        assert_eq!(
            get(url).rows(&database).await.unwrap_err(),
            Error::Computation {
                relation: "found".to_owned(),
                message: "no such column: T.words".to_owned(),
            },
            "{url}"
        );
    }
}
