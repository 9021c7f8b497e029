//! `bistro jar`: what is remembered of servers.

use std::process::ExitCode;
use std::time::{Duration, UNIX_EPOCH};

use anyhow::{Result, bail};
use bistro_client::escape::{self, Keep};
use bistro_client::jar::cookie::Cookie;
use bistro_client::jar_file::{self, Access, Session, place};
use bistro_client::target::{Scheme, Target};

use crate::cli::client::{Clear, Jar, JarCommand, Kept};
use crate::command::client::clock;
use crate::command::client::memory::{LOGIN, Server, session};
use crate::command::client::surroundings::Surroundings;
use crate::command::house::say;
use crate::command::table::{print, table};

/// Lists, shows or forgets.
///
/// # Errors
/// There is no such session, or what is kept cannot be read or written.
pub(in crate::command) fn run(arguments: &Jar) -> Result<ExitCode> {
    match &arguments.command {
        JarCommand::List => list()?,
        JarCommand::Show(kept) => show(kept)?,
        JarCommand::Clear(arguments) => clear(arguments)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn list() -> Result<()> {
    let directory = place::directory()?;
    let mut rows = vec![["host", "session", "cookies", "fields"].map(str::to_owned)];
    for stored in place::list(&directory)? {
        let (cookies, fields) = match Session::open(stored.file, Access::ReadOnly) {
            Ok(session) => (
                alive(&session).len().to_string(),
                session.fields().keys_len().to_string(),
            ),
            // `show` says why.
            Err(_) => ("unreadable".to_owned(), String::new()),
        };
        rows.push([safe(&stored.host), safe(&stored.name), cookies, fields]);
    }
    if rows.len() == 1 {
        say(&format!("Nothing is kept in {}", directory.display()));
        return Ok(());
    }
    print(&table(&rows))
}

fn show(kept: &Kept) -> Result<()> {
    let session = existing(&kept.url, kept.session.as_deref())?;
    let mut rows = vec![["cookie", "value", "domain", "path", "until", "only"].map(str::to_owned)];
    for cookie in alive(&session) {
        rows.push(row(cookie));
    }
    if rows.len() > 1 {
        print(&table(&rows))?;
    }
    let fields: Vec<String> = session
        .fields()
        .iter()
        .map(|(name, value)| {
            let value = escape::octets(value.as_bytes(), Keep::Nothing);
            format!("{name}: {value}\n")
        })
        .collect();
    let fields = fields.concat();
    if rows.len() > 1 && !fields.is_empty() {
        print("\n")?;
    }
    if rows.len() == 1 && fields.is_empty() {
        say("There is nothing in it");
    }
    print(&fields)
}

fn clear(arguments: &Clear) -> Result<()> {
    let Some(url) = &arguments.url else {
        let stored = place::list(&place::directory()?)?;
        for one in &stored {
            jar_file::remove(&one.file)?;
        }
        say(&format!(
            "Forgotten here: {}; whoever signed in may still be signed in there",
            stored.len()
        ));
        return Ok(());
    };
    let mut session = existing(url, arguments.session.as_deref())?;
    if arguments.domain.is_none() && arguments.cookie.is_none() {
        jar_file::remove(session.file())?;
        say("The session is forgotten here; whoever signed in to it may still be signed in there");
        return Ok(());
    }
    let name = arguments.cookie.as_ref().map(String::as_bytes);
    let removed = session.jar.clear(arguments.domain.as_deref(), name);
    session.commit(clock::now())?;
    say(&format!(
        "{removed} {} forgotten",
        if removed == 1 {
            "cookie is"
        } else {
            "cookies are"
        }
    ));
    Ok(())
}

/// A session that is there.
fn existing(url: &str, name: Option<&str>) -> Result<Session> {
    let base = Surroundings::look().base();
    let target = Target::read(url, &base, Scheme::default())?;
    let server = Server {
        url: &target.url,
        socket: target.socket.as_deref(),
    };
    let name = name.unwrap_or(LOGIN);
    let session = session(name, server, Access::ReadWrite)?;
    if !session.file().exists() {
        bail!(
            "no session `{name}` of {} is kept; `bistro jar list` shows which are",
            target.url.authority()
        );
    }
    Ok(session)
}

fn alive(session: &Session) -> Vec<&Cookie> {
    let now = clock::now();
    let cookies = session.jar.cookies();
    cookies.filter(|cookie| !cookie.is_over(now)).collect()
}

fn row(cookie: &Cookie) -> [String; 6] {
    let octets = |octets: &[u8]| escape::octets(octets, Keep::Nothing);
    let until = cookie.expires.and_then(|until| {
        UNIX_EPOCH
            .checked_add(Duration::from_secs(until))
            .map(httpdate::fmt_http_date)
    });
    let mut only = Vec::new();
    if cookie.is_host_only {
        only.push("this host");
    }
    if cookie.is_secure {
        only.push("https");
    }
    [
        octets(&cookie.name),
        octets(&cookie.value),
        safe(&cookie.domain),
        octets(&cookie.path),
        until.unwrap_or_else(|| "it is cleared".to_owned()),
        only.join(", "),
    ]
}

fn safe(text: &str) -> String {
    escape::text(text, Keep::Nothing).into_owned()
}
