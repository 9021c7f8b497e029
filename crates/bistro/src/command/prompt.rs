//! Asking for a password at a terminal, which does not show it.

use std::io::{self, ErrorKind};
use std::process;
use std::sync::OnceLock;
use std::thread;

use anyhow::{Context as _, Result, bail};
use rustix::termios::{self, OptionalActions, Termios};
use tokio::runtime::Builder;
use tokio::signal;

/// What a program ends with that Ctrl-C has ended (128 and the number of SIGINT).
const INTERRUPTED: i32 = 130;

/// How the terminal was before the first question.
static BEFORE: OnceLock<Option<Termios>> = OnceLock::new();

/// Asks for a password.
///
/// # Errors
/// There is no terminal.
pub(super) fn password(words: &str) -> Result<String> {
    mend_when_interrupted();
    match rpassword::prompt_password(words) {
        // Ctrl-C may be noticed here first.
        Err(error) if error.kind() == ErrorKind::Interrupted => end(),
        asked => asked.context("cannot ask for the password: there is no terminal"),
    }
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
    BEFORE.get_or_init(|| {
        let before = termios::tcgetattr(io::stdin()).ok()?;
        // Without a thread Ctrl-C ends the program as ever.
        let _watching = thread::Builder::new().spawn(watch);
        Some(before)
    });
}

fn watch() {
    let Ok(runtime) = Builder::new_current_thread().enable_all().build() else {
        return;
    };
    if runtime.block_on(signal::ctrl_c()).is_ok() {
        end();
    }
}

/// Ends the program, as Ctrl-C wants it.
#[expect(
    clippy::exit,
    reason = "whoever waits for an answer cannot be woken otherwise"
)]
fn end() -> ! {
    if let Some(Some(before)) = BEFORE.get() {
        // A terminal that has gone needs no mending.
        let _ = termios::tcsetattr(io::stdin(), OptionalActions::Now, before);
    }
    process::exit(INTERRUPTED);
}
