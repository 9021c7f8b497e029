//! A server of the tests' own: on a free port, over a new database with one table.

use std::net::{SocketAddr, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use bistro_database::{Database, create_from_script};
use bistro_server::settings::Settings;
use bistro_server::{Control, Server};
use tempfile::TempDir;
use tokio::sync::oneshot;

/// A database with an empty table `notes`, and the directory it lives in.
pub(crate) fn database() -> (Database, TempDir) {
    database_of("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)", 32)
}

/// A database made by a script, with so many readers, and the directory it lives in.
pub(crate) fn database_of(script: &str, readers: usize) -> (Database, TempDir) {
    let directory = tempfile::tempdir().expect("there is a place for temporary files");
    let path = directory.path().join("test.db");
    create_from_script(&path, script).expect("the script is right");
    let settings = bistro_database::Settings {
        readers,
        ..bistro_database::Settings::new(&path)
    };
    let database = Database::open(settings).expect("it is a database");
    (database, directory)
}

/// Development mode on a free port, and deadlines that no test reaches unless it means to.
pub(crate) fn settings() -> Settings {
    Settings {
        keep_alive: Some(Duration::from_mins(1)),
        cache_bytes: 0,
        ..Settings::development(SocketAddr::from(([127, 0, 0, 1], 0)))
    }
}

/// A server that runs until it is dropped.
#[derive(Debug)]
pub(crate) struct Running {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// What can be told to it.
    pub(crate) control: Control,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    _directory: TempDir,
}

impl Running {
    /// Starts one with settings changed by `change`.
    pub(crate) fn start(change: impl FnOnce(&mut Settings)) -> Self {
        Self::over(database(), change)
    }

    /// Starts one over a database, with settings changed by `change`.
    pub(crate) fn over(
        (database, directory): (Database, TempDir),
        change: impl FnOnce(&mut Settings),
    ) -> Self {
        let mut settings = settings();
        change(&mut settings);
        let server = Server::bind(settings, database).expect("a free port is free");
        let (address, control) = (server.address(), server.control());
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = thread::spawn(move || {
            let shutdown = async {
                let _stop_or_dropped = stopped.await;
            };
            server.run(shutdown).expect("threads can be made");
        });
        Self {
            address,
            control,
            stop: Some(stop),
            thread: Some(thread),
            _directory: directory,
        }
    }

    /// Stops it, and returns when it has stopped.
    pub(crate) fn stop(mut self) {
        self.end();
    }

    /// Returns when nobody listens at `address` any more.
    pub(crate) fn wait_until_refused(address: SocketAddr) {
        while TcpStream::connect(address).is_ok() {
            thread::yield_now();
        }
    }

    fn end(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the server does not panic");
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}
