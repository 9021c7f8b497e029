//! `bistro user`

use anyhow::{Result, bail};
use bistro_database::accounts::User;
use bistro_session::email::Email;
use bistro_session::key::new_id;

use crate::cli::accounts::{Place, UserCommand};
use crate::command::accounts::desk::{Desk, date, now};
use crate::command::accounts::password;
use crate::command::house::say;
use crate::command::serve::Purpose;
use crate::command::table::{print, printable, table};

const COMMAND: &str = "user";

/// Does what was asked.
///
/// # Errors
/// Whatever keeps it from being done.
pub(crate) fn run(command: UserCommand) -> Result<()> {
    match command {
        UserCommand::Add {
            email,
            roles,
            place,
        } => add(&email, roles, &place),
        UserCommand::List { place } => list(&place),
        UserCommand::Password { email, place } => set_password(&email, &place),
        UserCommand::Role {
            email,
            roles,
            place,
        } => set_roles(&email, roles, &place),
        UserCommand::Remove { email, place } => remove(&email, &place),
    }
}

fn add(email: &str, mut roles: Vec<String>, place: &Place) -> Result<()> {
    let email = Email::read(email)?;
    let desk = Desk::open(Purpose::Manage(COMMAND), place)?;
    roles.sort();
    roles.dedup();
    desk.check_roles(&roles)?;
    let known = email.clone();
    let known = desk.read(move |register| register.user_by_email(known.as_str()))?;
    if known.is_some() {
        bail!("there is a user `{email}` already");
    }
    let password = password::hash(&email, desk.settings.users.password_min)?;
    let user = User {
        id: new_id(),
        email: email.to_string(),
        roles,
        generation: 0,
        created: now(),
    };
    let id = user.id.clone();
    desk.change(move |changes| changes.add_user(&user, &password))?;
    say(&format!("Added {email}, {id}"));
    Ok(())
}

fn list(place: &Place) -> Result<()> {
    let desk = Desk::open(Purpose::Consult(COMMAND), place)?;
    let users = desk.users()?;
    let mut rows = vec![["email", "roles", "since", "id"].map(str::to_owned)];
    for user in users {
        rows.push([
            printable(&user.email),
            printable(&user.roles.join(", ")),
            date(user.created),
            printable(&user.id),
        ]);
    }
    if rows.len() == 1 {
        say("There are no users");
        return Ok(());
    }
    print(&table(&rows))
}

fn set_password(email: &str, place: &Place) -> Result<()> {
    let desk = Desk::open(Purpose::Manage(COMMAND), place)?;
    let user = desk.user(email)?;
    let password = password::hash(&Email::read(email)?, desk.settings.users.password_min)?;
    desk.change(move |changes| {
        changes.set_password(&user.id, &password)?;
        changes.end_sessions(&user.id, None)
    })?;
    say("The password is another, and all sessions have ended");
    Ok(())
}

fn set_roles(email: &str, mut roles: Vec<String>, place: &Place) -> Result<()> {
    let desk = Desk::open(Purpose::Manage(COMMAND), place)?;
    roles.sort();
    roles.dedup();
    desk.check_roles(&roles)?;
    let user = desk.user(email)?;
    let now = match roles.as_slice() {
        [] => "no role".to_owned(),
        roles => roles.join(", "),
    };
    desk.change(move |changes| changes.set_roles(&user.id, &roles))?;
    say(&format!(
        "The user has {now} now, and all sessions have ended"
    ));
    Ok(())
}

fn remove(email: &str, place: &Place) -> Result<()> {
    let desk = Desk::open(Purpose::Manage(COMMAND), place)?;
    let user = desk.user(email)?;
    desk.change(move |changes| changes.remove_user(&user.id))?;
    say("The user is removed, with all sessions and tokens");
    Ok(())
}
