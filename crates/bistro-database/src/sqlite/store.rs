//! An open SQLite file: its catalog, its readers and its writer.

use std::collections::BTreeMap;
use std::fmt::{self, Debug};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};
use std::thread;

use bistro_plan::catalog::{Catalog, Function};
use rusqlite::wal::CheckpointMode;
use tokio::sync::oneshot;

use crate::error::Error;
use crate::queries::file::Listing;
use crate::settings::Settings;
use crate::sqlite::caught::caught;
use crate::sqlite::compile::compile;
use crate::sqlite::error;
use crate::sqlite::execute::Session;
use crate::sqlite::introspect::{Found, introspect, schema_version};
use crate::sqlite::lane::Lane;
use crate::sqlite::open::{Location, Opened, Purpose, examine, open};
use crate::sqlite::reader::{self, Readers, in_snapshot, snapshot};
use crate::sqlite::transaction::{self, Ran, Writer};

/// An open file. Dropping it finishes what is queued, without waiting for that.
pub(crate) struct Store {
    known: RwLock<Known>,
    readers: Arc<Readers>,
    /// Those that were asked for, to be closed with the rest.
    lanes: Mutex<Vec<Weak<Lane>>>,
    /// `None` if the file is open for reading only.
    writer: Option<Arc<Writer>>,
    /// Whether one write could undo others of its batch.
    is_alone: Arc<AtomicBool>,
    location: Location,
    settings: Settings,
}

/// What is known of the schema, and of the stored queries over it.
#[derive(Clone)]
struct Known {
    catalog: Arc<Catalog>,
    broken: Arc<[(String, String)]>,
    /// The folder of queries as it was then.
    listing: Arc<Listing>,
    /// Why the folder cannot be looked at any more.
    trouble: Option<Error>,
    /// Whether one write could undo others of its batch.
    needs_own_transaction: bool,
}

impl Store {
    /// Opens a file and reads its catalog.
    pub(crate) fn open(settings: Settings) -> Result<Self, Error> {
        let location = examine(&settings)?;
        let opened = open(&location, &settings, Purpose::Read)?;
        let known = first_look(&opened, settings.queries.as_deref())?;
        let is_alone = Arc::new(AtomicBool::new(known.needs_own_transaction));
        let writer = (!settings.is_read_only).then(|| {
            Arc::new(Writer::new(
                location.clone(),
                settings.clone(),
                Arc::clone(&is_alone),
            ))
        });
        Ok(Self {
            known: RwLock::new(known),
            readers: Arc::new(Readers::new(location.clone(), settings.clone())),
            lanes: Mutex::default(),
            writer,
            is_alone,
            location,
            settings,
        })
    }

    pub(crate) fn catalog(&self) -> Arc<Catalog> {
        self.known().catalog
    }

    pub(crate) fn broken(&self) -> Arc<[(String, String)]> {
        self.known().broken
    }

    pub(crate) fn readers(&self) -> usize {
        self.settings.readers
    }

    pub(crate) fn lane(&self) -> Arc<Lane> {
        let lane = Arc::new(Lane::new(self.location.clone(), self.settings.clone()));
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        lanes.retain(|lane| lane.strong_count() > 0);
        lanes.push(Arc::downgrade(&lane));
        lane
    }

    /// Reads the catalog again if the schema, or the folder of stored queries, has changed.
    pub(crate) async fn refresh(&self) -> Result<Arc<Catalog>, Error> {
        let before = self.known();
        let folder = self.settings.queries.clone();
        let now = self
            .on_reader(move |opened| {
                in_snapshot(opened, || look_again(opened, folder.as_deref(), &before))
            })
            .await?;
        if let Some(now) = now {
            self.is_alone
                .store(now.needs_own_transaction, Ordering::Relaxed);
            *self.known.write().unwrap_or_else(PoisonError::into_inner) = now;
        }
        Ok(self.catalog())
    }

    /// Runs `job` in a snapshot on a reading thread.
    pub(crate) async fn read<T, F>(&self, version: i64, job: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Session<'_>) -> Result<T, Error> + Send + 'static,
    {
        self.on_reader(move |opened| snapshot(opened, version, job))
            .await
    }

    /// Runs `job` in the writing transaction.
    pub(crate) async fn write<T, E, F>(&self, version: i64, job: F) -> Result<Result<T, E>, Error>
    where
        T: Send + 'static,
        E: Send + 'static,
        F: FnOnce(&Session<'_>) -> Result<(T, bool), E> + Send + 'static,
    {
        let Some(writer) = &self.writer else {
            return Err(Error::ReadOnly);
        };
        let (sender, receiver) = oneshot::channel();
        let abandoned = Abandoned::new();
        writer.submit(transaction::Job {
            abandoned: abandoned.flag(),
            version,
            run: Box::new(move |session| {
                let result = session.and_then(|session| caught(|| Ok(job(session))));
                let keeps = matches!(&result, Ok(Ok((_, true))));
                let answer = move |end: Result<(), Error>| {
                    let answer = match (result, end) {
                        (Ok(Ok((_, true))), Err(error)) | (Err(error), _) => Err(error),
                        (Ok(Ok((value, _))), _) => Ok(Ok(value)),
                        (Ok(Err(refused)), _) => Ok(Err(refused)),
                    };
                    // Nobody waits any more: the change stays all the same.
                    let _unheard = sender.send(answer);
                };
                Ran {
                    keeps,
                    answer: Box::new(answer),
                }
            }),
        })?;
        receiver.await.unwrap_or(Err(Error::Closed))
    }

    /// Finishes what is queued, checkpoints, and closes every connection.
    pub(crate) async fn close(&self) {
        self.stop();
        let (readers, writer) = (Arc::clone(&self.readers), self.writer.clone());
        let (location, settings) = (self.location.clone(), self.settings.clone());
        let (sender, receiver) = oneshot::channel();
        let finish = move || {
            readers.join();
            if let Some(writer) = writer {
                writer.join();
                checkpoint(&location, &settings);
            }
            let _unheard = sender.send(());
        };
        let closing = thread::Builder::new()
            .name("bistro-closer".to_owned())
            .spawn(finish);
        if closing.is_ok() {
            // It fails only if the thread panicked, and then there is nothing left to wait for.
            let _closed = receiver.await;
        }
    }

    fn stop(&self) {
        let lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        for lane in lanes.iter().filter_map(Weak::upgrade) {
            lane.close();
        }
        self.readers.close();
        if let Some(writer) = &self.writer {
            writer.close();
        }
    }

    fn known(&self) -> Known {
        self.known
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    async fn on_reader<T, F>(&self, job: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Opened) -> Result<T, Error> + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        let abandoned = Abandoned::new();
        self.readers.submit(reader::Job {
            abandoned: abandoned.flag(),
            run: Box::new(move |opened| {
                let answer = opened.and_then(|opened| caught(|| job(opened)));
                let _unheard = sender.send(answer);
            }),
        })?;
        receiver.await.unwrap_or(Err(Error::Closed))
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

/// Turns a flag on when it is dropped: with the future that waits for an answer.
struct Abandoned(Arc<AtomicBool>);

impl Abandoned {
    fn new() -> Self {
        Self(Arc::new(AtomicBool::new(false)))
    }

    fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.0)
    }
}

impl Drop for Abandoned {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Reads everything. A stored query that does not compile is an error: nothing is served yet, so nobody misses it.
fn first_look(opened: &Opened, folder: Option<&Path>) -> Result<Known, Error> {
    opened.watch.begin(None);
    in_snapshot(opened, || {
        let found = introspect(&opened.connection).map_err(plain)?;
        let listing = listing(folder)?;
        let (functions, errors) = compile(&opened.connection, &found.catalog, &listing.read());
        match errors.into_iter().next() {
            Some(error) => Err(error),
            None => Ok(known(found, functions, &[], Arc::new(listing), None)),
        }
    })
}

/// Reads what has changed; `None` if nothing has. A stored query that does not compile any more stays as it was, as long as
/// the schema is the one it was compiled for; and so do all if their folder cannot be looked at.
fn look_again(
    opened: &Opened,
    folder: Option<&Path>,
    before: &Known,
) -> Result<Option<Known>, Error> {
    let (listing, trouble) = match listing(folder) {
        Ok(listing) => (Arc::new(listing), None),
        Err(trouble) => (Arc::clone(&before.listing), Some(trouble)),
    };
    let version = schema_version(&opened.connection).map_err(plain)?;
    let is_same_schema = version == before.catalog.version;
    if is_same_schema && listing == before.listing && trouble == before.trouble {
        return Ok(None);
    }
    let found = introspect(&opened.connection).map_err(plain)?;
    let (functions, errors) = if is_same_schema && trouble.is_some() {
        (before.catalog.functions.clone(), Vec::new())
    } else {
        let files = listing.read();
        let (mut functions, errors) = compile(&opened.connection, &found.catalog, &files);
        for error in &errors {
            if let Error::Query { name, .. } = error
                && let Some(function) = before.catalog.functions.get(name)
                && is_same_schema
            {
                functions.insert(name.clone(), Arc::clone(function));
            }
        }
        (functions, errors)
    };
    Ok(Some(known(found, functions, &errors, listing, trouble)))
}

fn listing(folder: Option<&Path>) -> Result<Listing, Error> {
    let Some(folder) = folder else {
        return Ok(Listing::default());
    };
    Listing::of(folder).map_err(|reason| Error::Queries {
        path: folder.to_owned(),
        reason: reason.to_string(),
    })
}

fn known(
    found: Found,
    functions: BTreeMap<String, Arc<Function>>,
    errors: &[Error],
    listing: Arc<Listing>,
    trouble: Option<Error>,
) -> Known {
    let mut broken = found.broken;
    broken.extend(errors.iter().chain(&trouble).map(|error| match error {
        Error::Query { name, .. } => (format!("rpc/{name}"), error.to_string()),
        other => ("rpc".to_owned(), other.to_string()),
    }));
    let rolls_back = |function: &Arc<Function>| {
        let text = function.text.to_ascii_lowercase();
        !function.is_read_only && text.contains("rollback")
    };
    Known {
        needs_own_transaction: found.needs_own_transaction || functions.values().any(rolls_back),
        catalog: Arc::new(Catalog {
            functions,
            ..found.catalog
        }),
        broken: broken.into(),
        listing,
        trouble,
    }
}

fn plain(failure: rusqlite::Error) -> Error {
    error::meaning(failure, None)
}

/// Empties the log into the file, as far as other processes let us.
fn checkpoint(location: &Location, settings: &Settings) {
    if let Ok(opened) = open(location, settings, Purpose::Write) {
        let _best_effort = opened
            .connection
            .wal_checkpoint_v2(Some("main"), CheckpointMode::TRUNCATE);
    }
}
