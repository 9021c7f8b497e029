//! Listening, accepting, and stopping.

use std::convert::Infallible;
use std::io;
use std::net::{SocketAddr, TcpListener as StdListener};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use bistro_database::{Database, Error, Share};
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch};
use tokio::time::{sleep, timeout};

use crate::accounts::keeping::keep;
use crate::answering::Core;
use crate::connection;
use crate::connection::side::{Side, Sides};
use crate::control::Control;
use crate::files;
use crate::log::Event;
use crate::reading::local::Local;
use crate::session::SetupError;
use crate::settings::Settings;
use crate::state::State;

/// Connections the kernel holds until they are accepted.
const BACKLOG: u16 = 4_096;

/// Threads that wait for the disk on behalf of static files, for each thread that serves. They are started when they are needed.
const FILE_READERS: usize = 8;

/// What part of a core's room for answers is for what is read between changes.
const CHANGES_PART: usize = 8;

/// How long to wait when this machine is out of what a connection needs.
const SHORTAGE: Duration = Duration::from_millis(100);

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Development mode, at an address others can reach.
    #[error(
        "{0} can be reached from other machines, and without a configuration every table is open to everyone; \
         listen on 127.0.0.1, or say in a configuration what is open to whom"
    )]
    Exposed(SocketAddr),
    /// Another program listens there.
    #[error(
        "{0} is already in use by another program; choose another address with `--listen`, or port 0 for a free one"
    )]
    AddressInUse(SocketAddr),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {reason}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The system's words.
        reason: io::Error,
    },
    /// What the rules say of rows cannot be held against the tables.
    #[error(transparent)]
    Database(#[from] Error),
    /// Sessions cannot be had as the settings want them.
    #[error(transparent)]
    Sessions(#[from] SetupError),
    /// The system refuses what a server is made of.
    #[error("cannot start: {0}")]
    Start(#[from] io::Error),
}

/// A server that listens, and serves once it runs.
#[derive(Debug)]
pub struct Server {
    listener: StdListener,
    address: SocketAddr,
    state: State,
    control: Control,
}

impl Server {
    /// Listens: from here on clients can connect, and wait until [`Server::run`].
    ///
    /// # Errors
    /// The address is taken, is not this machine's, or is open to others in development mode.
    pub fn bind(settings: Settings, database: Database) -> Result<Self, ServeError> {
        let wanted = settings.listen;
        if settings.is_development && !wanted.ip().is_loopback() {
            return Err(ServeError::Exposed(wanted));
        }
        let listener = listen(wanted).map_err(|reason| match reason.kind() {
            io::ErrorKind::AddrInUse => ServeError::AddressInUse(wanted),
            _ => ServeError::Listen {
                address: wanted,
                reason,
            },
        })?;
        let address = listener.local_addr()?;
        database.hold(&settings.policy)?;
        let state = State::new(settings, database)?;
        state.tell_left_out();
        files::tell_shadowed(state.settings.files.as_deref(), &state.database.catalog());
        Ok(Self {
            listener,
            address,
            control: Control::over(state.clone()),
            state,
        })
    }

    /// What can be told to it while it runs.
    pub fn control(&self) -> Control {
        self.control.clone()
    }

    /// Where it listens, with the port it got.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `shutdown` completes; then accepts no more, finishes the requests under way (for
    /// [`drain_time`](crate::settings::Bounds::drain_time) at most), closes the database, and returns. It blocks the
    /// calling thread, on which `shutdown` runs.
    ///
    /// # Errors
    /// Threads or runtimes cannot be made. Nothing a client does is an error.
    pub fn run(self, shutdown: impl Future<Output = ()>) -> Result<(), ServeError> {
        let Self {
            listener,
            address,
            state,
            control,
        } = self;
        let settings = &state.settings;
        let threads = match settings.threads {
            Some(threads) => threads,
            None => thread::available_parallelism()?,
        };
        let mut cores = Vec::new();
        let room = settings.cache_bytes / threads;
        let room_beside = room / CHANGES_PART;
        for _ in 0..threads.get() {
            let reads = Thread::new(&control, room - room_beside, address)?;
            let changes = Thread::new(&control, room_beside, address)?;
            cores.push((listener.try_clone()?, reads, changes));
        }
        drop(listener);
        let own = Builder::new_current_thread().enable_all().build()?;
        let permits = Arc::new(Semaphore::new(settings.bounds.connections));
        let (stop, stopping) = watch::channel(false);
        thread::scope(|scope| {
            let start = |name: &str, run: Box<dyn FnOnce() + Send>| {
                let builder = thread::Builder::new().name(name.to_owned());
                builder.spawn_scoped(scope, run).map(drop)
            };
            let started = cores
                .into_iter()
                .try_for_each(|(listener, reads, changes)| {
                    let sides = Arc::new(Sides {
                        reads: reads.side(),
                        changes: changes.side(),
                    });
                    // Dropped when the core has ended.
                    let (runs, ended) = oneshot::channel::<Infallible>();
                    start("bistro-changes", Box::new(|| run_changes(changes, ended)))?;
                    let permits = Arc::clone(&permits);
                    let stopping = stopping.clone();
                    start(
                        "bistro-core",
                        Box::new(|| {
                            run_core(reads, listener, sides, permits, stopping);
                            drop(runs);
                        }),
                    )
                });
            if started.is_ok() {
                own.block_on(async {
                    tokio::select! {
                        () = shutdown => {}
                        never = tell_news(&state.database) => match never {},
                        () = state.tell_of_checkpoints() => {}
                        () = keep(|| control.state()) => {}
                    }
                });
            }
            // Without a core there is nobody to stop.
            let _nobody = stop.send(true);
            started
        })?;
        own.block_on(state.database.close());
        Ok(())
    }
}

/// Tells the log what happens to the database file.
async fn tell_news(database: &Database) -> Infallible {
    loop {
        let news = database.news().await;
        Event::File {
            file: database.path(),
            news: &news,
        }
        .write();
    }
}

fn listen(address: SocketAddr) -> io::Result<StdListener> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    // A restarted server takes its port again at once. Not SO_REUSEPORT: with it a second server would share the port
    // unseen, and each would get half of the clients.
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG.into())?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

/// A thread that is to serve connections.
struct Thread {
    runtime: Runtime,
    core: Arc<Core>,
}

impl Thread {
    /// With so much room for answers, in octets.
    fn new(control: &Control, room: usize, listening: SocketAddr) -> Result<Self, ServeError> {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(FILE_READERS)
            .build()?;
        let State {
            database, sessions, ..
        } = control.state();
        let redis = {
            // A connection belongs to the runtime that it was made in.
            let _inside = runtime.enter();
            let connected = sessions.store.connect(sessions.lifetime);
            connected.map_err(SetupError::from)?
        };
        let local = Local::new(&database, room, redis);
        let core = control.enroll(|state| Core::new(state, local, listening));
        Ok(Self { runtime, core })
    }

    fn side(&self) -> Side {
        Side {
            core: Arc::clone(&self.core),
            runtime: self.runtime.handle().clone(),
        }
    }

    /// Looks after what its requests share, until `served` completes.
    fn run(self, served: impl Future<Output = ()>) {
        let Self { runtime, core } = self;
        runtime.block_on(async {
            let tended = Arc::clone(&core);
            tokio::spawn(async move { tended.tend_reads().await });
            let tended = Arc::clone(&core);
            tokio::spawn(async move { tended.tend_changes().await });
            served.await;
        });
        // What is still under way now has had its time.
        runtime.shutdown_background();
    }
}

fn run_core(
    thread: Thread,
    listener: StdListener,
    sides: Arc<Sides>,
    permits: Arc<Semaphore>,
    stopping: watch::Receiver<bool>,
) {
    Share::ShortReads.take();
    thread.run(async {
        match TcpListener::from_std(listener) {
            Ok(listener) => accept(listener, sides, permits, stopping).await,
            Err(reason) => Event::AcceptFailed { reason: &reason }.write(),
        }
    });
}

fn run_changes(thread: Thread, ended: oneshot::Receiver<Infallible>) {
    Share::Changes.take();
    thread.run(async {
        // Nothing is ever sent.
        drop(ended.await);
    });
}

async fn accept(
    listener: TcpListener,
    sides: Arc<Sides>,
    permits: Arc<Semaphore>,
    mut stopping: watch::Receiver<bool>,
) {
    let drain_time = sides.reads.core.drain_time();
    // Closed when the last connection has dropped its end.
    let (under_way, mut drained) = mpsc::channel::<()>(1);
    let serve = |socket, permit, stopping: &watch::Receiver<bool>| {
        let held = (permit, under_way.clone());
        let sides = Arc::clone(&sides);
        tokio::spawn(connection::serve(socket, sides, stopping.clone(), held));
    };
    loop {
        let accepted = tokio::select! {
            biased;
            _ = stopping.wait_for(|&is_stopping| is_stopping) => break,
            accepted = accept_one(&listener, &permits) => accepted,
        };
        match accepted {
            Ok((socket, permit)) => {
                serve(socket, permit, &stopping);
            }
            // The client was gone before it was accepted.
            Err(reason) if is_of_client(&reason) => {}
            Err(reason) => {
                Event::AcceptFailed { reason: &reason }.write();
                sleep(SHORTAGE).await;
            }
        }
    }
    for (socket, permit) in connected(listener, &permits) {
        serve(socket, permit, &stopping);
    }
    drop(under_way);
    if timeout(drain_time, drained.recv()).await.is_err() {
        Event::Abandoned.write();
    }
}

/// Who has connected already and was not accepted yet: to close the listener would reset them, with their requests.
fn connected(
    listener: TcpListener,
    permits: &Arc<Semaphore>,
) -> impl Iterator<Item = (TcpStream, OwnedSemaphorePermit)> {
    let listener = listener.into_std().ok();
    std::iter::from_fn(move || {
        let permit = Arc::clone(permits).try_acquire_owned().ok()?;
        let (socket, _) = listener.as_ref()?.accept().ok()?;
        socket.set_nonblocking(true).ok()?;
        Some((TcpStream::from_std(socket).ok()?, permit))
    })
    .take(BACKLOG.into())
}

async fn accept_one(
    listener: &TcpListener,
    permits: &Arc<Semaphore>,
) -> io::Result<(TcpStream, OwnedSemaphorePermit)> {
    let permit = Arc::clone(permits)
        .acquire_owned()
        .await
        .map_err(io::Error::other)?;
    let (socket, _) = listener.accept().await?;
    Ok((socket, permit))
}

fn is_of_client(reason: &io::Error) -> bool {
    matches!(
        reason.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::Interrupted
    )
}
