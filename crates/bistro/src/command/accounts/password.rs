//! A password, as somebody at a terminal types it, or as a program hands it on.

use std::io::{self, IsTerminal as _};

use anyhow::{Context as _, Result, bail};
use bistro_session::email::Email;
use bistro_session::password::{Cost, Password};

use crate::command::prompt;

/// Asks for a password that whoever has this address may choose, and hashes it. At a terminal it is not shown, and asked for twice;
/// otherwise it is the first line of standard input.
///
/// # Errors
/// It is not given, given in two ways, or too easy to guess.
pub(super) fn hash(email: &Email, characters_min: usize) -> Result<String> {
    let text = if io::stdin().is_terminal() {
        prompt::new_password()?
    } else {
        let mut line = String::new();
        io::stdin()
            .read_line(&mut line)
            .context("cannot read the password")?;
        line.trim_end_matches(['\r', '\n']).to_owned()
    };
    if text.is_empty() {
        bail!("no password was given");
    }
    let password = Password::new(&text);
    password.check(email, characters_min)?;
    Ok(Cost::default().hash(&password)?)
}
