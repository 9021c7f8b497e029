//! `bistro token`

use std::time::Duration;

use anyhow::{Result, bail};
use bistro_database::accounts;
use bistro_plan::catalog::{Catalog, nearest};
use bistro_plan::rule::called;
use bistro_session::key::new_id;
use bistro_session::token::{Token, is_alive, read_scopes};

use crate::cli::accounts::{Place, TokenCommand};
use crate::command::accounts::desk::{Desk, date, now};
use crate::command::house::say;
use crate::command::serve::Purpose;
use crate::command::table::{print, printable, table};

const COMMAND: &str = "token";

/// Does what was asked.
///
/// # Errors
/// Whatever keeps it from being done.
pub(crate) fn run(command: TokenCommand) -> Result<()> {
    match command {
        TokenCommand::Create {
            user,
            scopes,
            expires,
            label,
            place,
        } => create(&user, &scopes, expires, label, &place),
        TokenCommand::List { place } => list(&place),
        TokenCommand::Revoke { id, place } => revoke(id, &place),
    }
}

fn create(
    email: &str,
    scopes: &[String],
    expires: Option<Duration>,
    label: String,
    place: &Place,
) -> Result<()> {
    let scopes = read_scopes(&scopes.join(" "))?;
    let desk = Desk::open(Purpose::Manage(COMMAND), place)?;
    check_resources(&scopes, &desk.catalog())?;
    let user = desk.user(email)?;
    let token = Token::random();
    let hash = token.hash();
    let now = now();
    let expires = expires
        .map(|time| now.saturating_add(i64::try_from(time.as_secs().max(1)).unwrap_or(i64::MAX)));
    let record = accounts::Token {
        id: new_id(),
        user: user.id,
        label,
        scopes,
        created: now,
        expires,
    };
    let id = record.id.clone();
    desk.change(move |changes| changes.add_token(&record, &hash))?;
    let end = match expires {
        Some(end) => format!("until {}", date(end)),
        None => "until it is revoked".to_owned(),
    };
    say(&format!(
        "Made the token {id}, good {end}. Keep what follows: it is never shown again"
    ));
    print(&format!("{}\n", token.print()))
}

/// A scope for what is not there would close more than was meant, in silence.
fn check_resources(scopes: &[String], catalog: &Catalog) -> Result<()> {
    let functions = catalog.functions.keys();
    let functions = functions.map(|name| called(name));
    let relations = catalog.relations.keys().cloned();
    let names: Vec<String> = relations.chain(functions).collect();
    for scope in scopes {
        let Some((_, on)) = scope.split_once(':') else {
            continue;
        };
        if !names.iter().any(|name| name == on) {
            let likely = match nearest(on, names.iter().map(String::as_str)) {
                Some(name) => format!("; did you mean `{name}`?"),
                None => String::new(),
            };
            bail!(
                "`{scope}` is for what is not there: no table, view or stored query is called `{on}`{likely}"
            );
        }
    }
    Ok(())
}

fn list(place: &Place) -> Result<()> {
    let desk = Desk::open(Purpose::Consult(COMMAND), place)?;
    let tokens = desk.tokens()?;
    if tokens.is_empty() {
        say("There are no tokens");
        return Ok(());
    }
    let emails = desk.emails()?;
    let mut rows = vec![["id", "user", "may", "since", "until", "for"].map(str::to_owned)];
    for token in tokens {
        let email = emails.get(&token.user);
        rows.push([
            printable(&token.id),
            printable(email.map_or("nobody", String::as_str)),
            match token.scopes.as_slice() {
                [] => "all that the user may".to_owned(),
                scopes => printable(&scopes.join(", ")),
            },
            date(token.created),
            match token.expires {
                Some(end) if is_alive(now(), token.expires) => date(end),
                Some(_) => "over".to_owned(),
                None => "it is revoked".to_owned(),
            },
            printable(&token.label),
        ]);
    }
    print(&table(&rows))
}

fn revoke(id: String, place: &Place) -> Result<()> {
    let desk = Desk::open(Purpose::Manage(COMMAND), place)?;
    let was_there = desk.change(move |changes| changes.remove_token(&id))?;
    if !was_there {
        bail!("there is no such token; `bistro token list` lists all, by their identifiers");
    }
    say("The token has ended");
    Ok(())
}
