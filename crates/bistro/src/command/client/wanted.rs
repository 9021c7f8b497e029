//! From the command line to a request.

use std::fs::{self, File};
use std::io::{self, IsTerminal as _, Read};
#[cfg(unix)]
use std::os::fd::AsFd as _;

use anyhow::{Context as _, Result};
use bistro_client::escape::{self, Keep};
use bistro_client::item::{Item, Kind};
use bistro_client::request::{self, Auth, Format, Options, Request};
use bistro_client::retry::{self, IDEMPOTENCY_KEY};
use bistro_client::target::User;
use bistro_session::key::new_id;
use http::header::{ACCEPT, AUTHORIZATION};
use http::{HeaderName, HeaderValue, Method};
use serde::de::IgnoredAny;

use crate::cli::client::{Ask, Content};
use crate::cli::usage;
use crate::command::client::surroundings::Surroundings;
use crate::command::house::say;
use crate::command::prompt;

/// What is called a file and is standard input.
const STDIN: &str = "-";

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
    let mut texts = Vec::new();
    let mut items = Vec::new();
    let mut names_stdin = false;
    for text in &arguments.items {
        let item = read_item(method, text)?;
        if item.is_whole_body() && item.value == STDIN {
            names_stdin = true;
        } else {
            items.push(item);
            texts.push(text.clone());
        }
    }
    let auth = auth(&arguments.content)?;
    let mut typed = Typed {
        items,
        says_who: auth.is_some(),
    };
    tell_of_likely_slip(method, arguments, &typed);
    let options = Options {
        format: format(method, &arguments.content, &typed),
        raw: arguments.content.raw.clone(),
        stdin: if names_stdin {
            Some(Box::new(io::stdin()))
        } else {
            stdin(method, &arguments.content, &typed)
        },
        auth,
        base: surroundings.base(),
        scheme: arguments.network.default_scheme.into(),
        home: surroundings.home(),
        boundary: None,
    };
    let mut request = Request::read(method.clone(), &arguments.url, &texts, options)?;
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

/// Reads an item. JSON as a whole is none, though others take it there.
fn read_item(method: &Method, text: &str) -> Result<Item> {
    let is_json = text.starts_with(['{', '[']) && serde_json::from_str::<IgnoredAny>(text).is_ok();
    if is_json && Item::read(text).is_err() {
        let message = "JSON as a whole is sent with `--raw`, and members one by one: `name=text`, `name:=json`";
        return Err(usage(&method.as_str().to_lowercase(), message).into());
    }
    let item: Result<Item, request::Error> = Item::read(text).map_err(request::Error::from);
    Ok(item?)
}

/// Says so if what looks like a filter goes into the body of a request that reads.
fn tell_of_likely_slip(method: &Method, arguments: &Ask, typed: &Typed) {
    let Content {
        json,
        form,
        multipart,
        ..
    } = arguments.content;
    if !matches!(method.as_str(), "GET" | "HEAD" | "DELETE" | "OPTIONS")
        || json
        || form
        || multipart
    {
        return;
    }
    let data = typed.items.iter().find(|item| item.kind == Kind::Text);
    if let Some(Item { name, value, .. }) = data {
        let [name, value] = [name, value].map(|text| escape::text(text, Keep::Nothing));
        say(&format!(
            "warning: `{name}={value}` goes into the body; a parameter of the query is `{name}=={value}`"
        ));
    }
}

fn format(method: &Method, content: &Content, typed: &Typed) -> Format {
    let has_data = typed.items.iter().any(Item::is_data);
    if content.json {
        Format::Json
    } else if content.form {
        Format::Form
    } else if content.multipart {
        Format::Multipart
    } else if method.as_str() == "QUERY" && has_data {
        // A query is what a URL would have had (RFC 10008).
        Format::Form
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
        // What is typed, anybody on this machine can see.
        let token = match token.strip_prefix('@') {
            Some(file) => fs::read_to_string(file)
                .with_context(|| format!("cannot read the token in {file}"))?
                .trim()
                .to_owned(),
            None => token.clone(),
        };
        return Ok(Some(Auth::Bearer(token)));
    }
    let Some(text) = &content.auth else {
        return Ok(None);
    };
    let (name, password) = match text.split_once(':') {
        Some((name, password)) => (name, password.to_owned()),
        None => {
            let password = prompt::password(&format!("Password of {text}: "))?;
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
