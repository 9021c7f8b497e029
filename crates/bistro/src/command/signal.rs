//! Ctrl-C and SIGTERM: the first asks to end, the second ends. What would end a process without being asked to does not.

use std::io;
use std::thread;

use tokio::runtime::Builder;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;

/// The exit code of a process that was told twice to end: 128 and SIGINT, as shells report it.
const INTERRUPTED: i32 = 130;

/// What the system sends whoever writes beyond the largest file it may have (`ulimit -f`). By default it ends the process;
/// where it is caught the write fails, which is an error like that of a full disk. POSIX gives it no number, and every
/// system Bistro runs on gives it this one.
const FILE_SIZE_EXCEEDED: i32 = 25;

/// Both signals that ask a server to end.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

/// Starts to listen for signals. What it returns completes with the first one.
///
/// They are listened for on a thread of their own, so that the second one works however busy the server is with its last
/// requests. They are caught from the moment this returns: whoever sees the line that says the server is ready may stop
/// it at once.
///
/// # Errors
/// The operating system refuses.
pub(super) fn watch() -> io::Result<oneshot::Receiver<()>> {
    let runtime = Builder::new_current_thread().enable_io().build()?;
    let mut signals = {
        let _context = runtime.enter();
        // Caught from the first time somebody listens, whether or not anybody still does.
        drop(signal(SignalKind::from_raw(FILE_SIZE_EXCEEDED))?);
        Signals {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        }
    };
    let (first, seen) = oneshot::channel();
    thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            runtime.block_on(signals.next());
            // Nobody waits any more only if the server has ended by itself: then the process is about to.
            let _ = first.send(());
            runtime.block_on(signals.next());
            end();
        })?;
    Ok(seen)
}

impl Signals {
    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[expect(
    clippy::exit,
    reason = "to end at once is what a second Ctrl-C asks for"
)]
fn end() {
    std::process::exit(INTERRUPTED);
}
