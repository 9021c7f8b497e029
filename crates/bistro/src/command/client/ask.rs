//! `bistro get` and its like: one request, or one for each page.

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use bistro_client::colour::Look;
use bistro_client::curl;
use bistro_client::download::Download;
use bistro_client::exchange::{Client, Response};
use bistro_client::follow::{Memory as _, Rules, Way};
use bistro_client::pages::Pages;
use bistro_client::print;
use bistro_client::request::Request;
use bistro_client::retry::Policy;
use http::header::{CONTENT_TYPE, COOKIE};
use http::{Method, StatusCode};
use tokio::runtime::Builder;

use crate::cli::client::{Ask, Output};
use crate::command::client::memory::{Memory, Server};
use crate::command::client::network::{self, NO_PROXY, explained};
use crate::command::client::rows::Rows;
use crate::command::client::saving::{self, Saving};
use crate::command::client::screen::{NobodyReads, Screen};
use crate::command::client::surroundings::Surroundings;
use crate::command::client::{clock, wanted};
use crate::command::house::say;
use crate::command::table;

/// Sends what was typed, and shows what comes back.
///
/// # Errors
/// The request makes no sense, there is no response, or what came cannot be shown or saved.
pub(in crate::command) fn run(method: &Method, arguments: &Ask) -> Result<ExitCode> {
    let surroundings = Surroundings::look();
    let (mut request, typed) = wanted::request(method, arguments, &surroundings)?;
    let server = Server {
        url: &request.url,
        socket: request
            .socket
            .as_deref()
            .or(arguments.network.unix_socket.as_deref()),
    };
    let mut memory = Memory::open(&arguments.memory, server, arguments.output.verbose)?;
    let private = memory.dress(&mut request, &typed);
    if arguments.output.curl {
        return as_curl(arguments, request, memory);
    }
    let saving = Saving::new(&arguments.file, &mut request)?;
    let mut settings = network::settings(
        &arguments.network,
        arguments.way.connect_timeout,
        &surroundings,
    )?;
    settings.timeout = arguments.way.timeout;
    settings.is_decoding =
        saving.is_none() || arguments.output.has_rows() || arguments.way.all_pages;
    if let Some(socket) = request.socket.take() {
        settings.network.unix_socket = Some(socket);
    }
    let run = Run {
        arguments,
        screen: Screen::new(
            &arguments.output,
            &surroundings,
            saving.is_some(),
            *method == Method::HEAD,
        ),
        client: Client::new(settings),
        rules: Rules {
            redirects_max: arguments.way.follow.then_some(arguments.way.max_redirects),
            private,
            retry: Policy {
                retries_max: arguments.way.retry,
                seed: seed()?,
                ..Policy::default()
            },
            now: clock::time,
        },
    };
    let is_looked_at = run.screen.look.is_terminal;
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start")?;
    let asked = runtime.block_on(run.go(request, &mut memory, saving));
    // A terminal that somebody reads from is not waited for.
    runtime.shutdown_background();
    // What came of cookies is kept whatever came of the rest.
    let committed = memory.commit();
    let end = match asked {
        Err(error) if error.is::<NobodyReads>() => return Ok(ExitCode::SUCCESS),
        asked => asked?,
    };
    committed?;
    Ok(exit_code(arguments, &end, is_looked_at))
}

/// All that one run needs.
struct Run<'a> {
    arguments: &'a Ask,
    screen: Screen,
    client: Client,
    rules: Rules,
}

/// How a run ends.
struct End {
    /// The status of the last response.
    status: StatusCode,
    /// Whether a file was wanted and is not there.
    lacks_file: bool,
}

/// Where bodies go.
enum Destination<'a> {
    Screen(&'a Screen),
    /// They are read all the same: how many rows one has says whether there is another page.
    Nowhere,
    File(Box<Download>),
}

impl Destination<'_> {
    fn write(&mut self, shape: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<()> {
        match self {
            Self::Screen(screen) => screen.write(|out| shape(out)),
            Self::Nowhere => shape(&mut io::sink()),
            Self::File(download) => {
                let mut shaped = Vec::new();
                shape(&mut shaped)?;
                Ok(download.write(&shaped)?)
            }
        }
    }
}

impl Run<'_> {
    /// Goes the way.
    async fn go(
        mut self,
        mut request: Request,
        memory: &mut Memory,
        saving: Option<Saving>,
    ) -> Result<End> {
        let content_type = request.fields.get(CONTENT_TYPE);
        let content_type = content_type.and_then(|value| value.to_str().ok());
        self.screen.prepare(request.body.as_ref(), content_type)?;
        let mut observer = self.screen.clone();
        let mut way = Way {
            client: &mut self.client,
            rules: &self.rules,
            memory,
            observer: &mut observer,
        };
        if self.arguments.way.all_pages {
            let pages = Pages::new(way, request);
            return all(pages, &self.screen, self.arguments, saving).await;
        }
        let mut response = way.follow(&mut request).await.map_err(explained)?;
        // It may take long until all is there, and other runs want to know.
        memory.commit()?;
        self.screen.head(&response)?;
        let output = &self.arguments.output;
        let lacks_file = saving
            .as_ref()
            .is_some_and(|saving| !saving.takes(&response));
        match saving.filter(|_| !lacks_file) {
            Some(saving) if !output.has_rows() => {
                let shows_progress = self.screen.notes().is_terminal;
                saving.save(&mut response, shows_progress).await?;
            }
            saving => {
                let destination = destination(saving, &response, &self.screen, output, lacks_file)?;
                let look = destination.look(&self.screen);
                let mut showing = Showing {
                    rows: Rows::new(output, &response, false, look),
                    destination,
                };
                if lacks_file || !matches!(showing.destination, Destination::Nowhere) {
                    showing.take(&mut response).await?;
                }
                showing.finish()?;
            }
        }
        if lacks_file {
            tell_of_lack(response.status);
        }
        self.screen.journey(&response)?;
        Ok(End {
            status: response.status,
            lacks_file,
        })
    }
}

impl Destination<'_> {
    /// How what is written there has to look.
    fn look(&self, screen: &Screen) -> Look {
        match self {
            Self::Screen(_) | Self::Nowhere => screen.look,
            Self::File(_) => Look::PIPE,
        }
    }
}

/// Where the body of this response goes.
fn destination<'a>(
    saving: Option<Saving>,
    response: &Response,
    screen: &'a Screen,
    output: &Output,
    lacks_file: bool,
) -> Result<Destination<'a>> {
    Ok(match saving {
        Some(saving) => Destination::File(Box::new(saving.open(response, output)?)),
        // What came instead of a file is worth a look.
        None if screen.shows_body() || lacks_file => Destination::Screen(screen),
        None => Destination::Nowhere,
    })
}

/// A body, or those of all pages, on their way.
struct Showing<'a> {
    rows: Rows,
    destination: Destination<'a>,
}

impl Showing<'_> {
    /// Passes on a body as it comes.
    async fn take(&mut self, response: &mut Response) -> Result<()> {
        let Self { rows, destination } = self;
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) => destination.write(|out| rows.write(&chunk, out))?,
                Ok(None) => return Ok(()),
                Err(error) => return Err(explained(error)),
            }
            if rows.is_settled() {
                return Ok(());
            }
        }
    }

    /// All is there.
    fn finish(self) -> Result<()> {
        let Self {
            rows,
            mut destination,
        } = self;
        destination.write(|out| rows.finish(out))?;
        match destination {
            Destination::File(download) => saving::finish(*download),
            Destination::Screen(_) | Destination::Nowhere => Ok(()),
        }
    }
}

/// Shows or saves all pages as one.
async fn all(
    mut pages: Pages<'_>,
    screen: &Screen,
    arguments: &Ask,
    saving: Option<Saving>,
) -> Result<End> {
    let mut saving = saving;
    let mut shown: Option<Showing<'_>> = None;
    let mut end = End {
        status: StatusCode::OK,
        lacks_file: false,
    };
    while let Some(mut response) = pages.next().await.map_err(explained)? {
        end.status = response.status;
        if let Some(showing) = &mut shown {
            if !end.status.is_success() {
                // What is in a file is not all, and does not get its name.
                if let Some(Showing {
                    rows,
                    destination: mut destination @ Destination::Screen(_),
                }) = shown.take()
                {
                    destination.write(|out| rows.finish(out))?;
                }
                bail!("a page is missing: the server answered {}", end.status);
            }
            showing.take(&mut response).await?;
        } else {
            screen.head(&response)?;
            end.lacks_file = saving
                .as_ref()
                .is_some_and(|saving| !saving.takes(&response));
            let saving = saving.take().filter(|_| !end.lacks_file);
            let output = &arguments.output;
            let destination = destination(saving, &response, screen, output, end.lacks_file)?;
            let rows = Rows::new(output, &response, true, destination.look(screen));
            let showing = shown.insert(Showing { rows, destination });
            showing.take(&mut response).await?;
        }
        if let Some(showing) = &mut shown
            && !showing.rows.end_page()?
        {
            pages.finish();
        }
        screen.journey(&response)?;
    }
    if let Some(showing) = shown {
        showing.finish()?;
    }
    if end.lacks_file {
        tell_of_lack(end.status);
    }
    Ok(end)
}

/// Says that a file that was wanted is not there.
fn tell_of_lack(status: StatusCode) {
    let hint = if status.is_redirection() {
        "; `--follow` goes where it leads"
    } else {
        ""
    };
    say(&format!(
        "warning: nothing is saved: the answer is {status}{hint}"
    ));
}

/// Prints the request as a command for curl, with the cookies that it would have.
fn as_curl(arguments: &Ask, mut request: Request, mut memory: Memory) -> Result<ExitCode> {
    if let Some(cookies) = memory.cookies(&request.method, &request.url) {
        request.fields.append(COOKIE, cookies);
    }
    if let Some(socket) = &arguments.network.unix_socket {
        request.socket.get_or_insert_with(|| socket.clone());
    }
    let network = &arguments.network;
    let options = curl::Options {
        is_insecure: network.insecure,
        cacert: network.cacert.clone(),
        cert: network.cert.clone(),
        key: network.key.clone(),
        proxy: network.proxy.as_deref().map(|proxy| match proxy {
            NO_PROXY | "" => curl::Proxy::Never,
            url => curl::Proxy::At(url.to_owned()),
        }),
        resolve: network.resolve.iter().map(ToString::to_string).collect(),
        version: match (network.http1, network.http2) {
            (true, _) => Some(curl::Version::Http1),
            (_, true) if request.url.scheme() == "http" => Some(curl::Version::Http2Prior),
            (_, true) => Some(curl::Version::Http2),
            (false, false) => None,
        },
        is_following: arguments.way.follow,
        redirects_max: u32::try_from(arguments.way.max_redirects)
            .ok()
            .filter(|_| arguments.way.follow),
        timeout: arguments.way.timeout,
        connect_timeout: arguments.way.connect_timeout,
        retries: arguments.way.retry,
        saved: saved(arguments),
        is_compressed: true,
    };
    if arguments.way.all_pages {
        say("note: curl asks for the first page alone");
    }
    table::print(&format!("{}\n", curl::command(&request, &options)?))?;
    Ok(ExitCode::SUCCESS)
}

/// Where curl would save the body.
fn saved(arguments: &Ask) -> Option<curl::Saved> {
    match &arguments.file.output {
        // Standard output.
        Some(path) if path.as_os_str() == "-" => None,
        Some(path) if arguments.file.resume => Some(curl::Saved::Behind(path.clone())),
        Some(path) => Some(curl::Saved::In(path.clone())),
        None => {
            let is_named = arguments.file.is_named_by_server;
            is_named.then_some(curl::Saved::AsNamed)
        }
    }
}

/// What the dice of pauses begins with.
fn seed() -> Result<u64> {
    getrandom::u64().context("the system gives no random numbers")
}

fn exit_code(arguments: &Ask, end: &End, is_looked_at: bool) -> ExitCode {
    let code = print::exit_code(end.status);
    if arguments.output.check_status && code != 0 {
        if !is_looked_at && !end.lacks_file {
            say(&format!("warning: the answer is {}", end.status));
        }
        return ExitCode::from(code);
    }
    if end.lacks_file {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
