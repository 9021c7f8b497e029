//! `bistro get` and its like: one request, or one for each page.

use std::io::{self, Write as _};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use bistro_client::curl;
use bistro_client::exchange::{Client, Response};
use bistro_client::follow::{Memory as _, Rules, Way};
use bistro_client::pages::Pages;
use bistro_client::print;
use bistro_client::request::Request;
use bistro_client::retry::Policy;
use http::header::{CONTENT_TYPE, COOKIE};
use http::{Method, StatusCode};
use tokio::runtime::Builder;

use crate::cli::client::Ask;
use crate::command::client::memory::Memory;
use crate::command::client::network::{self, NO_PROXY, explained};
use crate::command::client::rows::Rows;
use crate::command::client::saving::Saving;
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
    let mut memory = Memory::open(&arguments.memory, &request.url, arguments.output.verbose)?;
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
    settings.is_decoding = saving.is_none();
    if let Some(socket) = request.socket.take() {
        settings.network.unix_socket = Some(socket);
    }
    let run = Run {
        arguments,
        screen: Screen::new(&arguments.output, &surroundings, saving.is_some()),
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
    let status = match asked {
        Err(error) if error.is::<NobodyReads>() => return Ok(ExitCode::SUCCESS),
        asked => asked?,
    };
    committed?;
    Ok(exit_code(arguments, status, is_looked_at))
}

/// All that one run needs.
struct Run<'a> {
    arguments: &'a Ask,
    screen: Screen,
    client: Client,
    rules: Rules,
}

impl Run<'_> {
    /// Goes the way. The status of the last response.
    async fn go(
        mut self,
        mut request: Request,
        memory: &mut Memory,
        saving: Option<Saving>,
    ) -> Result<StatusCode> {
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
            return all(pages, &self.screen, self.arguments).await;
        }
        let mut response = way.follow(&mut request).await.map_err(explained)?;
        // It may take long until all is there, and other runs want to know.
        memory.commit()?;
        self.screen.head(&response)?;
        match saving {
            Some(saving) if saving.takes(&response) => {
                let shows_progress = self.screen.notes().is_terminal;
                saving.save(&mut response, shows_progress).await?;
            }
            saving => {
                if saving.is_some() {
                    say(&format!(
                        "warning: the answer is {}: nothing is saved",
                        response.status
                    ));
                }
                if saving.is_some() || self.screen.shows_body() {
                    let mut rows = self.rows(&response, false);
                    body(&mut response, &self.screen, &mut rows, true).await?;
                    self.screen.write(|out| rows.finish(out))?;
                }
            }
        }
        self.screen.journey(&response)?;
        Ok(response.status)
    }

    fn rows(&self, response: &Response, pages: bool) -> Rows {
        Rows::new(&self.arguments.output, response, pages, self.screen.look)
    }
}

/// Shows all pages as one. The status of the last.
async fn all(mut pages: Pages<'_>, screen: &Screen, arguments: &Ask) -> Result<StatusCode> {
    let mut status = StatusCode::OK;
    let mut rows: Option<Rows> = None;
    let is_shown = screen.shows_body();
    while let Some(mut response) = pages.next().await.map_err(explained)? {
        status = response.status;
        let is_first = rows.is_none();
        if is_first {
            screen.head(&response)?;
        }
        if !status.is_success() && !is_first {
            // What was shown so far is not all, and what came instead is no page of it.
            let what = format!("a page is missing: the server answered {status}");
            let mut instead = Rows::new(&arguments.output, &response, false, screen.look);
            if let Some(rows) = rows.take().filter(|_| is_shown) {
                screen.write(|out| rows.finish(out))?;
                screen.write(|out| Ok(out.write_all(b"\n")?))?;
            }
            body(&mut response, screen, &mut instead, true).await?;
            screen.write(|out| instead.finish(out))?;
            bail!(what);
        }
        let page =
            rows.get_or_insert_with(|| Rows::new(&arguments.output, &response, true, screen.look));
        body(&mut response, screen, page, is_shown).await?;
        if !page.end_page()? {
            pages.finish();
        }
        screen.journey(&response)?;
    }
    if let Some(rows) = rows.filter(|_| is_shown) {
        screen.write(|out| rows.finish(out))?;
    }
    Ok(status)
}

/// Shows a body as it comes. One that is not shown is read all the same: how many rows it has says whether there is another page.
async fn body(
    response: &mut Response,
    screen: &Screen,
    rows: &mut Rows,
    is_shown: bool,
) -> Result<()> {
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if is_shown => screen.write(|out| rows.write(&chunk, out))?,
            Ok(Some(chunk)) => rows.write(&chunk, &mut io::sink())?,
            Ok(None) => return Ok(()),
            Err(error) => return Err(explained(error)),
        }
        if rows.is_settled() {
            return Ok(());
        }
    }
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
        is_compressed: true,
    };
    table::print(&format!("{}\n", curl::command(&request, &options)?))?;
    Ok(ExitCode::SUCCESS)
}

/// What the dice of pauses begins with.
fn seed() -> Result<u64> {
    getrandom::u64().context("the system gives no random numbers")
}

fn exit_code(arguments: &Ask, status: StatusCode, is_looked_at: bool) -> ExitCode {
    if !arguments.output.check_status {
        return ExitCode::SUCCESS;
    }
    let code = print::exit_code(status);
    if code != 0 && !is_looked_at {
        say(&format!("warning: the answer is {status}"));
    }
    ExitCode::from(code)
}
