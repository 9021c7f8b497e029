//! axum and rusqlite, as one would write it by hand today: a pool, prepared statements that are kept, WAL, `NORMAL`.

use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use axum::extract::{Path as Key, Query, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio::task::spawn_blocking;

use crate::peer::Peer;
use crate::server::Server;
use crate::songs;

pub(super) const PEER: Peer = Peer {
    name: "axum + rusqlite",
    serve,
    point: "/songs/<1..100000>",
    list: "/songs?year=<1950..2009>&limit=50",
    post: Some(("/songs", 201)),
};

/// Connections that read.
const READERS: usize = 4;

const COLUMNS: &str = "id, title, artist, album, genre, year, seconds, rating";

fn serve(folder: &Path) -> Result<Server> {
    let database = folder.join("songs.db");
    songs::fill(&database, songs::ROWS)?;
    Server::own(&["peer-axum"], &database)
}

/// A row.
#[derive(Debug, Serialize, Deserialize)]
struct Song {
    #[serde(default)]
    id: i64,
    title: String,
    artist: String,
    album: String,
    genre: String,
    year: i64,
    seconds: i64,
    rating: f64,
}

/// What a page is asked with.
#[derive(Debug, Deserialize)]
struct Page {
    year: i64,
    limit: i64,
}

/// Connections, shared by all requests.
#[derive(Debug)]
struct Pool {
    readers: Mutex<Vec<Connection>>,
    writer: Mutex<Connection>,
    path: std::path::PathBuf,
}

type Failure = (StatusCode, String);

/// Serves a file, until it is killed.
pub(crate) fn run(database: &Path) -> Result<()> {
    let readers: Result<Vec<Connection>> = (0..READERS).map(|_| open(database)).collect();
    let pool = Arc::new(Pool {
        readers: Mutex::new(readers?),
        writer: Mutex::new(open(database)?),
        path: database.to_owned(),
    });
    let router = Router::new()
        .route("/songs", get(list).post(create))
        .route("/songs/{id}", get(one))
        .with_state(pool);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        writeln!(io::stdout(), "http://{}", listener.local_addr()?)?;
        axum::serve(listener, router).await?;
        Ok(())
    })
}

fn open(database: &Path) -> Result<Connection> {
    let connection = Connection::open(database)?;
    connection.execute_batch(
        "PRAGMA journal_mode = wal; PRAGMA synchronous = normal; PRAGMA busy_timeout = 5000;
         PRAGMA mmap_size = 268435456;",
    )?;
    Ok(connection)
}

impl Pool {
    /// Runs `job` with a connection that nobody else has, on a thread that may wait.
    async fn read<T: Send + 'static>(
        self: Arc<Self>,
        job: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Failure> {
        let work = spawn_blocking(move || {
            let kept = lock(&self.readers).pop();
            let connection = match kept {
                Some(connection) => connection,
                None => open(&self.path).map_err(failed)?,
            };
            let done = job(&connection).map_err(failed);
            lock(&self.readers).push(connection);
            done
        });
        work.await.map_err(failed)?
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "`map_err` hands over what it has"
)]
fn failed(error: impl ToString) -> Failure {
    (StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
}

fn song(row: &Row<'_>) -> rusqlite::Result<Song> {
    Ok(Song {
        id: row.get(0)?,
        title: row.get(1)?,
        artist: row.get(2)?,
        album: row.get(3)?,
        genre: row.get(4)?,
        year: row.get(5)?,
        seconds: row.get(6)?,
        rating: row.get(7)?,
    })
}

async fn one(State(pool): State<Arc<Pool>>, Key(id): Key<i64>) -> Result<Json<Song>, Failure> {
    let found = pool.read(move |connection| {
        let sql = format!("SELECT {COLUMNS} FROM songs WHERE id = ?1");
        let mut statement = connection.prepare_cached(&sql)?;
        statement.query_row([id], song).optional()
    });
    match found.await? {
        Some(song) => Ok(Json(song)),
        None => Err((StatusCode::NOT_FOUND, "no such song".to_owned())),
    }
}

async fn list(
    State(pool): State<Arc<Pool>>,
    Query(page): Query<Page>,
) -> Result<Json<Vec<Song>>, Failure> {
    let songs = pool.read(move |connection| {
        let sql = format!("SELECT {COLUMNS} FROM songs WHERE year = ?1 ORDER BY id LIMIT ?2");
        let mut statement = connection.prepare_cached(&sql)?;
        let rows = statement.query_map([page.year, page.limit], song)?;
        rows.collect()
    });
    Ok(Json(songs.await?))
}

async fn create(
    State(pool): State<Arc<Pool>>,
    Json(song): Json<Song>,
) -> Result<(StatusCode, Json<i64>), Failure> {
    let work = spawn_blocking(move || {
        let connection = lock(&pool.writer);
        let mut statement = connection.prepare_cached(
            "INSERT INTO songs (title, artist, album, genre, year, seconds, rating) VALUES (?, ?, ?, ?, ?, ?, ?)",
        )?;
        statement.insert(params![
            song.title,
            song.artist,
            song.album,
            song.genre,
            song.year,
            song.seconds,
            song.rating
        ])
    });
    let id = work.await.map_err(failed)?.map_err(failed)?;
    Ok((StatusCode::CREATED, Json(id)))
}
