//! From the command line to a request.

use std::fs::File;
use std::io::{self, IsTerminal as _, Read};
#[cfg(unix)]
use std::os::fd::AsFd as _;

use anyhow::{Context as _, Result};
use bistro_client::item::{Item, Kind};
use bistro_client::request::{self, Auth, Format, Options, Request};
use bistro_client::retry::{self, IDEMPOTENCY_KEY};
use bistro_client::target::User;
use bistro_session::key::new_id;
use http::header::{ACCEPT, AUTHORIZATION};
use http::{HeaderName, HeaderValue, Method};

use crate::cli::client::{Ask, Content};
use crate::command::client::surroundings::Surroundings;

/// What was typed beside the URL.
pub(super) struct Typed {
    /// The items.
    pub(super) items: Vec<Item>,
    /// Whether it was said who asks.
    pub(super) says_who: bool,
}

impl Typed {
    /// Whether a field was typed, or left out on purpose.
    fn names(&self, name: &HeaderName) -> bool {
        self.items.iter().any(|item| {
            let is_field = matches!(
                item.kind,
                Kind::Field | Kind::FieldFromFile | Kind::EmptyField | Kind::Without
            );
            is_field && item.name.eq_ignore_ascii_case(name.as_str())
        })
    }

    /// Whether the body was typed, or where it comes from.
    fn has_body(&self) -> bool {
        self.items
            .iter()
            .any(|item| item.is_data() || item.is_whole_body())
    }
}

/// The request that was typed.
///
/// # Errors
/// It makes no sense, or a file that it names cannot be read.
pub(super) fn request(
    method: &Method,
    arguments: &Ask,
    surroundings: &Surroundings,
) -> Result<(Request, Typed)> {
    let items: Result<Vec<Item>, request::Error> = arguments
        .items
        .iter()
        .map(|item| Ok(Item::read(item)?))
        .collect();
    let auth = auth(&arguments.content)?;
    let mut typed = Typed {
        items: items?,
        says_who: auth.is_some(),
    };
    let options = Options {
        format: format(&arguments.content),
        raw: arguments.content.raw.clone(),
        stdin: stdin(method, &arguments.content, &typed),
        auth,
        base: surroundings.base(),
        scheme: arguments.network.default_scheme.into(),
        home: surroundings.home(),
        boundary: None,
    };
    let mut request = Request::read(method.clone(), &arguments.url, &arguments.items, options)?;
    typed.says_who |= request.fields.contains_key(AUTHORIZATION);
    if let Some(accept) = accept(arguments).filter(|_| !typed.names(&ACCEPT)) {
        request.fields.insert(ACCEPT, accept);
    }
    let is_to_be_repeatable =
        arguments.way.retry > 0 && !retry::is_idempotent(method) && !typed.names(&IDEMPOTENCY_KEY);
    if is_to_be_repeatable {
        let key = format!("\"{}\"", new_id());
        request
            .fields
            .insert(IDEMPOTENCY_KEY, HeaderValue::try_from(key)?);
    }
    Ok((request, typed))
}

fn format(content: &Content) -> Format {
    if content.json {
        Format::Json
    } else if content.form {
        Format::Form
    } else if content.multipart {
        Format::Multipart
    } else {
        Format::Unsaid
    }
}

/// What is asked for where rows are shown in another form; `None` leaves it as it is.
fn accept(arguments: &Ask) -> Option<HeaderValue> {
    let output = &arguments.output;
    let accepted = if output.table.is_some() || output.csv && arguments.way.all_pages {
        "application/json"
    } else if output.csv {
        // What the server can write itself need not be made here.
        "text/csv, application/json;q=0.9"
    } else if output.ndjson && !arguments.way.all_pages {
        "application/x-ndjson, application/json;q=0.9"
    } else if output.ndjson || arguments.way.all_pages {
        "application/json"
    } else {
        return None;
    };
    Some(HeaderValue::from_static(accepted))
}

fn auth(content: &Content) -> Result<Option<Auth>> {
    if let Some(token) = &content.bearer {
        return Ok(Some(Auth::Bearer(token.clone())));
    }
    let Some(text) = &content.auth else {
        return Ok(None);
    };
    let (name, password) = match text.split_once(':') {
        Some((name, password)) => (name, password.to_owned()),
        None => {
            let words = format!("Password of {text}: ");
            let password =
                rpassword::prompt_password(words).context("cannot ask for the password")?;
            (text.as_str(), password)
        }
    };
    Ok(Some(Auth::Basic(User {
        name: name.to_owned(),
        password,
    })))
}

/// Standard input, if it is the body: something was put there by a pipe or from a file, and nothing else is the body of a method that
/// usually has one.
fn stdin(method: &Method, content: &Content, typed: &Typed) -> Option<Box<dyn Read + Send>> {
    let takes_one = matches!(method.as_str(), "POST" | "PUT" | "PATCH" | "QUERY");
    let has_other = content.raw.is_some() || typed.has_body();
    if !takes_one || has_other || content.ignore_stdin || !is_put_there() {
        return None;
    }
    Some(Box::new(io::stdin()))
}

/// Whether standard input is a pipe, a socket or a file: neither a terminal nor `/dev/null`.
#[cfg(unix)]
fn is_put_there() -> bool {
    use std::os::unix::fs::FileTypeExt as _;

    let stdin = io::stdin();
    let Ok(file) = stdin.as_fd().try_clone_to_owned().map(File::from) else {
        return false;
    };
    let Ok(metadata) = file.metadata() else {
        return false;
    };
    let kind = metadata.file_type();
    !stdin.is_terminal() && (kind.is_fifo() || kind.is_socket() || kind.is_file())
}

#[cfg(not(unix))]
fn is_put_there() -> bool {
    !io::stdin().is_terminal()
}
