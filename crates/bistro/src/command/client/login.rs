//! `bistro login` and `bistro logout`: a user of a Bistro, at the terminal.

use std::io::{self, IsTerminal as _};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use bistro_client::escape::{self, Keep};
use bistro_client::exchange::{Client, Response};
use bistro_client::follow::{Rules, Unobserved, Way};
use bistro_client::jar::site::is_trustworthy;
use bistro_client::jar_file::{self, Access};
use bistro_client::request::{Options, Request};
use bistro_client::retry::Policy;
use bistro_client::target::{Scheme, Target};
use http::Method;
use serde_json::{Value, json};
use tokio::runtime::Builder;
use url::Url;

use crate::cli::client::{Login, Logout, Network};
use crate::command::client::clock;
use crate::command::client::memory::{LOGIN, Memory, Server, session};
use crate::command::client::network::{self, explained};
use crate::command::client::surroundings::Surroundings;
use crate::command::house::say;
use crate::command::prompt;

/// How much of an answer is read for what it says.
const ANSWER_OCTETS_MAX: usize = 64 * 1024;

/// Signs in, and keeps the session.
///
/// # Errors
/// The server does not let in who asks, or the session cannot be kept.
pub(in crate::command) fn sign_in(arguments: &Login) -> Result<ExitCode> {
    let email = match &arguments.email {
        Some(email) => email.clone(),
        None => line("Email: ")?,
    };
    let password = match (io::stdin().is_terminal(), arguments.new) {
        (false, _) => line("Password: ")?,
        (true, false) => prompt::password("Password: ")?,
        (true, true) => prompt::new_password()?,
    };
    let mut errand = Errand::new(
        Method::POST,
        &arguments.url,
        if arguments.new {
            "/-/users"
        } else {
            "/-/session"
        },
        Some(json!({"email": email, "password": password}).to_string()),
        arguments.session.as_deref(),
        &arguments.network,
    )?;
    if let Err(reason) = errand.run(&arguments.network)? {
        let what = if arguments.new { "up" } else { "in" };
        bail!("not signed {what}: {reason}");
    }
    if !errand.has_cookie() {
        bail!(
            "the server set no cookie: it is no Bistro with sessions, or gives none over this connection"
        );
    }
    errand.memory.commit()?;
    say(&format!(
        "Signed in to {} as {}; kept in {}",
        errand.host(),
        escape::text(&email, Keep::Nothing),
        errand.file.display()
    ));
    Ok(ExitCode::SUCCESS)
}

/// Signs out, and forgets the session.
///
/// # Errors
/// The server does not answer: the session goes on there.
pub(in crate::command) fn sign_out(arguments: &Logout) -> Result<ExitCode> {
    let mut errand = Errand::new(
        Method::DELETE,
        &arguments.url,
        if arguments.everywhere {
            "/-/sessions"
        } else {
            "/-/session"
        },
        None,
        arguments.session.as_deref(),
        &arguments.network,
    )?;
    if !errand.has_cookie() {
        bail!("nobody is signed in to {} here", errand.host());
    }
    if let Err(reason) = errand.run(&arguments.network)? {
        bail!(
            "not signed out: {reason}\nhint: `bistro jar clear {}` forgets the session here, though it may go on there",
            arguments.url
        );
    }
    errand.memory.commit()?;
    if arguments.session.is_none() {
        jar_file::remove(&errand.file)?;
    }
    say(&format!("Signed out of {}", errand.host()));
    Ok(ExitCode::SUCCESS)
}

/// A request to one of Bistro's own resources, and the session that it is about.
struct Errand {
    request: Request,
    /// The target, as the request has it until it is sent.
    url: Url,
    memory: Memory,
    /// Where the session is kept.
    file: PathBuf,
    surroundings: Surroundings,
}

impl Errand {
    /// Makes one. A password goes over TLS, or to this machine, unless `http://` was typed.
    fn new(
        method: Method,
        typed: &str,
        path: &str,
        body: Option<String>,
        session_name: Option<&str>,
        network: &Network,
    ) -> Result<Self> {
        let surroundings = Surroundings::look();
        let typed = format!("{}{path}", typed.trim_end_matches('/'));
        let mut scheme = network.default_scheme.into();
        let target = Target::read(&typed, &surroundings.base(), scheme)?;
        if !is_trustworthy(&target.url) && !typed.starts_with("http://") {
            if typed.starts_with('/') {
                bail!(
                    "BISTRO_URL leads over `http` to another machine, where anybody on the way could read the password: type the URL"
                );
            }
            scheme = Scheme::Https;
        }
        let mut items = vec!["Accept:application/json".to_owned()];
        items.extend(
            body.is_some()
                .then(|| "Content-Type:application/json".to_owned()),
        );
        let options = Options {
            raw: body,
            base: surroundings.base(),
            scheme,
            ..Options::default()
        };
        let request = Request::read(method, &typed, &items, options)?;
        let url = request.url.clone();
        let server = Server {
            url: &url,
            socket: request.socket.as_deref().or(network.unix_socket.as_deref()),
        };
        let kept = session(session_name.unwrap_or(LOGIN), server, Access::ReadWrite)?;
        Ok(Self {
            file: kept.file().to_owned(),
            memory: Memory::of_session(kept),
            request,
            url,
            surroundings,
        })
    }

    /// Whose server it is.
    fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// Whether the session has something to show there.
    fn has_cookie(&mut self) -> bool {
        self.memory.has_cookie_for(&self.url)
    }

    /// Sends the request. What the server says against it is the inner error.
    fn run(&mut self, network: &Network) -> Result<Result<(), String>> {
        let mut settings = network::settings(network, None, &self.surroundings)?;
        if let Some(socket) = self.request.socket.take() {
            settings.network.unix_socket = Some(socket);
        }
        let mut client = Client::new(settings);
        // A password is not sent on to wherever a redirect leads.
        let rules = Rules {
            redirects_max: None,
            private: Vec::new(),
            retry: Policy::default(),
            now: clock::time,
        };
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .context("cannot start")?;
        runtime.block_on(async {
            let mut way = Way {
                client: &mut client,
                rules: &rules,
                memory: &mut self.memory,
                observer: &mut Unobserved,
            };
            let mut response = way.follow(&mut self.request).await.map_err(explained)?;
            if response.status.is_success() {
                return Ok(Ok(()));
            }
            Ok(Err(reason(&mut response).await))
        })
    }
}

/// What an answer says against a request.
async fn reason(response: &mut Response) -> String {
    let mut octets = Vec::new();
    // What was there until it broke off may say enough.
    while let Ok(Some(chunk)) = response.chunk().await {
        octets.extend_from_slice(&chunk);
        if octets.len() > ANSWER_OCTETS_MAX {
            break;
        }
    }
    let answer: Option<Value> = serde_json::from_slice(&octets).ok();
    let message = answer
        .as_ref()
        .and_then(|answer| answer.get("message")?.as_str());
    match message {
        Some(message) => escape::text(message, Keep::Nothing).into_owned(),
        None => format!("the server answered {}", response.status),
    }
}

/// A line of standard input. Somebody at a terminal is asked for it.
fn line(words: &str) -> Result<String> {
    let stdin = io::stdin();
    if stdin.is_terminal() {
        let mut out = io::stderr();
        // Who cannot read the question can answer it all the same.
        let _ = io::Write::write_all(&mut out, words.as_bytes());
    }
    let mut line = String::new();
    stdin
        .read_line(&mut line)
        .context("cannot read standard input")?;
    let line = line.trim_end_matches(['\r', '\n']);
    if line.is_empty() {
        bail!(
            "nothing was given for {}",
            words.trim_end_matches(": ").to_lowercase()
        );
    }
    Ok(line.to_owned())
}
