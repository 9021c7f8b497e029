//! Ctrl-C and SIGTERM: the first asks to end, the second ends. SIGHUP asks to read the configuration again. What would end a
//! process without being asked to does not.

use std::future::pending;
use std::io;
use std::thread;

use tokio::runtime::Builder;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{mpsc, oneshot};

/// The exit code of a process that was told twice to end: 128 and SIGINT, as shells report it.
const INTERRUPTED: i32 = 130;

/// What the system sends whoever writes beyond the largest file it may have (`ulimit -f`). By default it ends the process;
/// where it is caught the write fails, which is an error like that of a full disk. POSIX gives it no number, and every
/// system Bistro runs on gives it this one.
const FILE_SIZE_EXCEEDED: i32 = 25;

/// What signals ask for.
pub(super) struct Requests {
    /// Completes with the first that asks to end.
    pub(super) end: oneshot::Receiver<()>,
    /// Has something for each time the configuration is to be read again; for several at once it may be one.
    pub(super) again: mpsc::Receiver<()>,
}

/// The signals a server listens to.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    /// Only where there is a configuration: otherwise a closed terminal ends what it started.
    hangup: Option<Signal>,
}

/// Starts to listen for signals; for SIGHUP only where there is a configuration.
///
/// They are listened for on a thread of their own, so that the second one works however busy the server is with its last
/// requests. They are caught from the moment this returns: whoever sees the line that says the server is ready may stop
/// it at once.
///
/// # Errors
/// The operating system refuses.
pub(super) fn watch(is_configured: bool) -> io::Result<Requests> {
    let runtime = Builder::new_current_thread().enable_io().build()?;
    let mut signals = {
        let _context = runtime.enter();
        // Caught from the first time somebody listens, whether or not anybody still does.
        drop(signal(SignalKind::from_raw(FILE_SIZE_EXCEEDED))?);
        Signals {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: if is_configured {
                Some(signal(SignalKind::hangup())?)
            } else {
                None
            },
        }
    };
    let (first, end) = oneshot::channel();
    let (hung_up, again) = mpsc::channel(1);
    thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            runtime.block_on(signals.next(&hung_up));
            // Nobody waits any more only if the server has ended by itself: then the process is about to.
            let _ = first.send(());
            runtime.block_on(signals.next(&hung_up));
            exit();
        })?;
    Ok(Requests { end, again })
}

impl Signals {
    /// Completes with the next one that asks to end.
    async fn next(&mut self, hung_up: &mpsc::Sender<()>) {
        loop {
            tokio::select! {
                _ = self.interrupt.recv() => return,
                _ = self.terminate.recv() => return,
                () = received(self.hangup.as_mut()) => {
                    // If it is full the configuration is about to be read anyway; if it is closed the server ends.
                    let _ = hung_up.try_send(());
                }
            }
        }
    }
}

/// Completes when the signal comes; never, if it is not listened for.
async fn received(signal: Option<&mut Signal>) {
    match signal {
        Some(signal) => drop(signal.recv().await),
        None => pending().await,
    }
}

#[expect(
    clippy::exit,
    reason = "to end at once is what a second Ctrl-C asks for"
)]
fn exit() {
    std::process::exit(INTERRUPTED);
}
