//! An open SQLite file: its catalog, its readers and its writer.

use std::collections::BTreeMap;
use std::fmt::{self, Debug};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};
use std::thread;

use bistro_plan::catalog::{Catalog, Function};
use bistro_plan::predicate::Predicate;
use bistro_plan::rule::{Operation, Subject, called};
use rusqlite::Connection;
use tokio::sync::{oneshot, watch};

use crate::burden::Burden;
use crate::error::Error;
use crate::misfit::Misfit;
use crate::news::News;
use crate::queries::file::Listing;
use crate::settings::Settings;
use crate::sqlite::answer::{Wakes, promise};
use crate::sqlite::caught::caught;
use crate::sqlite::compile::compile;
use crate::sqlite::error;
use crate::sqlite::execute::Session;
use crate::sqlite::introspect::{self, Found, Hazards, introspect};
use crate::sqlite::lane::Lane;
use crate::sqlite::open::{Opened, Purpose};
use crate::sqlite::place::Place;
use crate::sqlite::reader::{self, Readers, in_snapshot, snapshot};
use crate::sqlite::tables;
use crate::sqlite::transaction::{self, Ran, Writer};
use crate::sqlite::understand::{self, About};

/// An open file. Dropping it finishes what is queued, without waiting for that.
pub(crate) struct Store {
    known: RwLock<Known>,
    /// The conditions of rules, which every reading of the catalog looks at.
    predicates: RwLock<Arc<[About]>>,
    readers: Arc<Readers>,
    /// Those that were asked for, to be closed with the rest.
    lanes: Mutex<Vec<Weak<Lane>>>,
    /// `None` if the file is open for reading only.
    writer: Option<Arc<Writer>>,
    /// What in the schema makes writes a danger to each other, for the writer.
    hazards: Arc<transaction::Known>,
    /// Why checkpoints do not work.
    checkpoints: watch::Receiver<Option<Error>>,
    place: Arc<Place>,
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
    /// What makes writes a danger to each other.
    hazards: Hazards,
    /// The conditions of rules that were looked at.
    predicates: Arc<[About]>,
}

impl Known {
    /// Whether nothing else is to be known of this schema and this folder.
    fn is_as_of(&self, version: i64, listing: &Listing, trouble: Option<&Error>) -> bool {
        self.catalog.version == version
            && *self.listing == *listing
            && self.trouble.as_ref() == trouble
    }
}

impl Store {
    /// Opens a file and reads its catalog.
    pub(crate) fn open(settings: Settings) -> Result<Self, Error> {
        let place = Place::open(settings.clone())?;
        let mut opened = None;
        let opened = place.ready(&mut opened, Purpose::Read)?;
        let are_tables_old = tables::are_of_an_earlier_version(&opened.connection);
        if !settings.is_read_only && are_tables_old.is_ok_and(|are_old| are_old) {
            // A connection that may write adds what they lack. In a file that cannot be written now they are as good as none, as in
            // one that is only read.
            let _as_it_is = place.ready(&mut None, Purpose::Write);
        }
        let known = first_look(opened, settings.queries.as_deref())?;
        let hazards = Arc::new(transaction::Known::default());
        hazards.learn(known.hazards);
        let (trouble, checkpoints) = watch::channel(None);
        let writer = (!settings.is_read_only).then(|| {
            Arc::new(Writer::new(
                Arc::clone(&place),
                Arc::clone(&hazards),
                trouble,
            ))
        });
        Ok(Self {
            known: RwLock::new(known),
            predicates: RwLock::new(Arc::default()),
            readers: Arc::new(Readers::new(Arc::clone(&place))),
            lanes: Mutex::default(),
            writer,
            hazards,
            checkpoints,
            place,
            settings,
        })
    }

    pub(crate) fn catalog(&self) -> Arc<Catalog> {
        self.known().catalog
    }

    pub(crate) fn broken(&self) -> Arc<[(String, String)]> {
        self.known().broken
    }

    /// What happened to the file that nobody was told yet.
    pub(crate) async fn news(&self) -> News {
        self.place.board().next().await
    }

    pub(crate) fn path(&self) -> &Path {
        &self.settings.path
    }

    pub(crate) fn readers(&self) -> usize {
        self.settings.readers
    }

    pub(crate) fn lane(&self) -> Arc<Lane> {
        let lane = Arc::new(Lane::new(Arc::clone(&self.place)));
        let holder: Weak<Lane> = Arc::downgrade(&lane);
        self.place.add(holder);
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        lanes.retain(|lane| lane.strong_count() > 0);
        lanes.push(Arc::downgrade(&lane));
        lane
    }

    /// Reads the catalog again if the schema, or the folder of stored queries, has changed.
    pub(crate) async fn refresh(&self) -> Result<Arc<Catalog>, Error> {
        let before = self.known();
        let look = self.look();
        let now = self
            .on_reader(move |opened| in_snapshot(opened, || look.again(opened, &before)))
            .await?;
        if let Some(now) = now {
            self.learn(now);
        }
        Ok(self.catalog())
    }

    /// Has the catalog say which of these conditions it understands, now and whenever it is read again.
    pub(crate) fn hold(&self, predicates: Arc<[About]>) -> Result<Arc<Catalog>, Error> {
        let mut held = self
            .predicates
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *held = predicates;
        drop(held);
        let mut opened = None;
        let opened = self.place.ready(&mut opened, Purpose::Read)?;
        opened.watch.begin(None);
        let look = self.look();
        let before = self.known();
        let now = in_snapshot(opened, || look.again(opened, &before))?;
        if let Some(now) = now {
            self.learn(now);
        }
        Ok(self.catalog())
    }

    /// Goes on with what was found.
    fn learn(&self, now: Known) {
        let predicates = self
            .predicates
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        // Who looked at the same time found the same: to those that compare catalogs that must not be another change.
        let is_known = Arc::ptr_eq(&known.predicates, &now.predicates)
            && known.is_as_of(now.catalog.version, &now.listing, now.trouble.as_ref());
        // Rules that came meanwhile have their own look.
        if !is_known && Arc::ptr_eq(&predicates, &now.predicates) {
            self.hazards.learn(now.hazards);
            *known = now;
        }
    }

    /// Whether the schema understands a condition.
    pub(crate) fn validate(
        &self,
        on: &Subject,
        operations: &[Operation],
        predicate: &Predicate,
    ) -> Result<Result<(), Misfit>, Error> {
        let mut opened = None;
        let opened = self.place.ready(&mut opened, Purpose::Read)?;
        opened.watch.begin(None);
        let catalog = self.catalog();
        let connection = &opened.connection;
        Ok(understand::understand(
            connection, &catalog, on, operations, predicate,
        ))
    }

    fn look(&self) -> Look {
        let predicates = self
            .predicates
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        Look {
            folder: self.settings.queries.clone(),
            predicates: Arc::clone(&predicates),
        }
    }

    /// Runs `job` in a snapshot on a reading thread.
    pub(crate) async fn read<T, F>(&self, version: Option<i64>, job: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Session<'_>) -> Result<T, Error> + Send + 'static,
    {
        self.on_reader(move |opened| snapshot(opened, version, job))
            .await
    }

    /// Why checkpoints do not work; `None` while they do.
    pub(crate) fn checkpoints(&self) -> watch::Receiver<Option<Error>> {
        self.checkpoints.clone()
    }

    /// Runs `job` in the writing transaction.
    pub(crate) async fn write<T, E, F>(
        &self,
        version: Option<i64>,
        burden: Burden,
        job: F,
    ) -> Result<Result<T, E>, Error>
    where
        T: Send + 'static,
        E: Send + 'static,
        F: FnOnce(&Session<'_>) -> Result<(T, bool), E> + Send + 'static,
    {
        let Some(writer) = &self.writer else {
            return Err(Error::ReadOnly);
        };
        let (promise, answer) = promise();
        let abandoned = Abandoned::new();
        writer.submit(transaction::Job {
            abandoned: abandoned.flag(),
            version,
            burden,
            run: Box::new(move |session| {
                let result = session.and_then(|session| caught(|| Ok(job(session))));
                let keeps = matches!(&result, Ok(Ok((_, true))));
                let answer = move |end: Result<(), Error>, wakes: &mut Wakes| {
                    let answer = match (result, end) {
                        (Err(error), _) | (Ok(_), Err(error)) => Err(error),
                        (Ok(Ok((value, _))), Ok(())) => Ok(Ok(value)),
                        (Ok(Err(refused)), Ok(())) => Ok(Err(refused)),
                    };
                    promise.keep(answer, wakes);
                };
                Ran {
                    keeps,
                    answer: Box::new(answer),
                }
            }),
        })?;
        answer.await
    }

    /// Finishes what is queued, checkpoints, and closes every connection.
    pub(crate) async fn close(&self) {
        self.stop();
        let (readers, writer) = (Arc::clone(&self.readers), self.writer.clone());
        let place = Arc::clone(&self.place);
        let (sender, receiver) = oneshot::channel();
        let finish = move || {
            readers.join();
            if let Some(writer) = writer {
                writer.join();
            }
            place.close();
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
            None => {
                let version = introspect::version(opened).map_err(plain)?;
                let rules = Rules {
                    connection: &opened.connection,
                    predicates: &Arc::default(),
                };
                Ok(rules.known(version, found, functions, &[], Arc::new(listing), None))
            }
        }
    })
}

/// Another look at what is known.
struct Look {
    folder: Option<PathBuf>,
    predicates: Arc<[About]>,
}

impl Look {
    /// Reads what has changed; `None` if nothing has. A stored query that does not compile any more stays as it was, as long as
    /// the schema is the one it was compiled for; and so do all if their folder cannot be looked at.
    fn again(&self, opened: &Opened, before: &Known) -> Result<Option<Known>, Error> {
        let (listing, trouble) = match listing(self.folder.as_deref()) {
            Ok(listing) => (Arc::new(listing), None),
            Err(trouble) => (Arc::clone(&before.listing), Some(trouble)),
        };
        let version = introspect::version(opened).map_err(plain)?;
        let is_same_schema = version == before.catalog.version;
        if before.is_as_of(version, &listing, trouble.as_ref())
            && Arc::ptr_eq(&before.predicates, &self.predicates)
        {
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
        let rules = Rules {
            connection: &opened.connection,
            predicates: &self.predicates,
        };
        Ok(Some(rules.known(
            version, found, functions, &errors, listing, trouble,
        )))
    }
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

/// Conditions of rules, and who can say whether they are understood.
struct Rules<'a> {
    connection: &'a Connection,
    predicates: &'a Arc<[About]>,
}

impl Rules<'_> {
    fn known(
        &self,
        version: i64,
        found: Found,
        functions: BTreeMap<String, Arc<Function>>,
        errors: &[Error],
        listing: Arc<Listing>,
        trouble: Option<Error>,
    ) -> Known {
        let mut broken = found.broken;
        broken.extend(errors.iter().chain(&trouble).map(|error| match error {
            Error::Query { name, .. } => (called(name), error.to_string()),
            other => ("rpc".to_owned(), other.to_string()),
        }));
        let rolls_back = |function: &Arc<Function>| {
            let text = function.text.to_ascii_lowercase();
            !function.is_read_only && text.contains("rollback")
        };
        let hazards = Hazards {
            needs_own_transaction: found.hazards.needs_own_transaction
                || functions.values().any(rolls_back),
            ..found.hazards
        };
        let mut catalog = Catalog {
            version,
            functions,
            ..found.catalog
        };
        let (understood, misfits) =
            understand::understood(self.connection, &catalog, self.predicates);
        catalog.predicates = understood;
        broken.extend(misfits);
        Known {
            hazards,
            catalog: Arc::new(catalog),
            broken: broken.into(),
            listing,
            trouble,
            predicates: Arc::clone(self.predicates),
        }
    }
}

fn plain(failure: rusqlite::Error) -> Error {
    error::meaning(failure, None)
}
