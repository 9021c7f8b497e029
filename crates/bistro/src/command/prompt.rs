//! Asking for a password at a terminal, which does not show it.

use std::io;
use std::process;
use std::sync::Once;
use std::thread;

use anyhow::{Context as _, Result, bail};
use rustix::termios::{self, OptionalActions, Termios};
use tokio::runtime::Builder;
use tokio::signal;

/// What a program ends with that Ctrl-C has ended (128 and the number of SIGINT).
const INTERRUPTED: i32 = 130;

/// Asks for a password.
///
/// # Errors
/// There is no terminal.
pub(super) fn password(words: &str) -> Result<String> {
    mend_when_interrupted();
    rpassword::prompt_password(words).context("cannot ask for the password: there is no terminal")
}

/// Asks for a password that is to be chosen, twice, since nobody sees it.
///
/// # Errors
/// There is no terminal, or it was not the same.
pub(super) fn new_password() -> Result<String> {
    let first = password("Password: ")?;
    if password("The same again: ")? != first {
        bail!("these are two passwords");
    }
    Ok(first)
}

/// Has Ctrl-C leave the terminal as it is now: what is typed after a question that was broken off would not be shown otherwise.
fn mend_when_interrupted() {
    static WATCHED: Once = Once::new();
    WATCHED.call_once(|| {
        let Ok(before) = termios::tcgetattr(io::stdin()) else {
            return;
        };
        // Without a thread Ctrl-C ends the program as ever.
        let _watching = thread::Builder::new().spawn(move || watch(&before));
    });
}

#[expect(
    clippy::exit,
    reason = "the thread that waits for an answer cannot be woken"
)]
fn watch(before: &Termios) {
    let Ok(runtime) = Builder::new_current_thread().enable_all().build() else {
        return;
    };
    if runtime.block_on(signal::ctrl_c()).is_ok() {
        // A terminal that has gone needs no mending.
        let _ = termios::tcsetattr(io::stdin(), OptionalActions::Now, before);
        process::exit(INTERRUPTED);
    }
}
