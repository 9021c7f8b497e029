//! The command line of the client; the doc comments here are the help text.

use std::path::PathBuf;
use std::time::Duration;

use bistro_client::colour::Choice;
use bistro_client::connect::Override;
use bistro_client::print::Parts;
use bistro_client::table::Arrangement;
use clap::{ArgAction, Args, Subcommand, ValueEnum};

/// What an item may be, below the help of each method.
pub(crate) const ITEMS: &str = "\
Items:
  name==text          a filter, or any other parameter of the query
  name=text           a member of a JSON object, or a field of a form (--form)
  name:=json          a member that is not text: 3, true, [1, 2]
  Name:text           a field of the head; `Name:` leaves one out, `Name;` sends it empty
  name@file           a file to send (--form)
  @file               the body, as it is in a file
  =@file  :=@file  ==@file  :@file      the same, with the text or the JSON of a file
  a[b][]=text         what is in a member of a member, in its list
  \\ before a separator makes it an ordinary character

URLs:
  /songs              at http://localhost:8080, or wherever BISTRO_URL says
  :3000/songs         at a port of this machine
  example.org/songs   with http:// unless it is written, or --default-scheme says otherwise

Environment:
  BISTRO_URL                                    where `/songs` leads
  http_proxy, https_proxy, all_proxy, no_proxy  which proxy is used
  NO_COLOR, CLICOLOR_FORCE                      whether there are colours
  XDG_STATE_HOME                                where sessions are kept

Exit codes:
  0 there was an answer; 1 there was none, or it could not be shown or saved; 2 the command line makes no sense;
  3, 4, 5 with --check-status: the answer is 3xx, 4xx, 5xx

Examples:
  bistro get /songs_of_the_nineties 'artist==ilike.*nirvana*' order==year --table
  bistro post example.org/songs title='Song 2' year:=1997
  bistro get https://example.org/songs limit==100 --all-pages --csv --output songs.csv";

/// The client's commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Ask for something
    Get(Ask),
    /// Ask for its head
    Head(Ask),
    /// Create something, or have something done
    Post(Ask),
    /// Put something where it belongs
    Put(Ask),
    /// Change something
    Patch(Ask),
    /// Remove something
    Delete(Ask),
    /// Ask what can be done
    Options(Ask),
    /// Have a request sent back as it arrived
    Trace(Ask),
    /// Ask with a query in the body
    Query(Ask),
    /// Open a tunnel through a proxy
    Connect(Connect),
    /// Sign in to a Bistro, and stay signed in
    Login(Login),
    /// Sign out
    Logout(Logout),
    /// See and forget what is remembered of servers
    Jar(Jar),
    /// Print what makes a shell complete commands
    Completions(Completions),
    /// Print the manual
    Man(Man),
}

/// A request.
#[derive(Args, Debug)]
#[command(disable_help_flag = true, args_override_self = true, after_help = ITEMS)]
pub(crate) struct Ask {
    /// Where to
    #[arg(value_name = "URL")]
    pub(crate) url: String,

    /// What to send: `name==text`, `name=text`, `name:=json`, `Name:text`, `@file` …
    #[arg(value_name = "ITEM")]
    pub(crate) items: Vec<String>,

    #[command(flatten)]
    pub(crate) content: Content,

    #[command(flatten)]
    pub(crate) output: Output,

    #[command(flatten)]
    pub(crate) file: Download,

    #[command(flatten)]
    pub(crate) memory: Memory,

    #[command(flatten)]
    pub(crate) way: Way,

    #[command(flatten)]
    pub(crate) network: Network,

    /// Print help
    #[arg(long, action = ArgAction::Help)]
    pub(crate) help: Option<bool>,
}

/// What is sent.
#[derive(Args, Debug)]
#[command(next_help_heading = "Content")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag that somebody types or not"
)]
pub(crate) struct Content {
    /// Ask for JSON, and send JSON; it is what is sent anyway if nothing else is said
    #[arg(long, short, group = "format")]
    pub(crate) json: bool,

    /// Send a form
    #[arg(long, short, group = "format")]
    pub(crate) form: bool,

    /// Send a form in parts, as with files
    #[arg(long, group = "format")]
    pub(crate) multipart: bool,

    /// The body, as it is
    #[arg(long, value_name = "TEXT")]
    pub(crate) raw: Option<String>,

    /// Do not take standard input for the body of POST, PUT, PATCH and QUERY
    #[arg(long)]
    pub(crate) ignore_stdin: bool,

    /// Who asks: a name and a password, which is asked for if it is missing
    #[arg(long, short, value_name = "USER[:PASSWORD]", group = "who")]
    pub(crate) auth: Option<String>,

    /// Who asks: a token, or `@FILE` that it is in
    #[arg(long, value_name = "TOKEN", group = "who")]
    pub(crate) bearer: Option<String>,
}

/// What is shown, and how.
#[derive(Args, Debug)]
#[command(next_help_heading = "Output")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag that somebody types or not"
)]
pub(crate) struct Output {
    /// Show the request, too, and every redirect on the way
    #[arg(long, short, overrides_with_all = ["head", "body", "print"])]
    pub(crate) verbose: bool,

    /// Show the head of the response alone
    #[arg(long = "headers", short = 'h', overrides_with_all = ["verbose", "body", "print"])]
    pub(crate) head: bool,

    /// Show the body alone
    #[arg(long, short, overrides_with_all = ["verbose", "head", "print"])]
    pub(crate) body: bool,

    /// Show these: H and B for the request's head and body, h and b for the response's, m for how long it took
    #[arg(long, short, value_name = "HBhbm", overrides_with_all = ["verbose", "head", "body"])]
    pub(crate) print: Option<Parts>,

    /// Show responses on the way, too: redirects, and what was tried again
    #[arg(long)]
    pub(crate) all: bool,

    /// Show rows as a table that fits the terminal; `--table=vertical` a line for each value
    #[arg(long, value_name = "FORM", num_args = 0..=1, require_equals = true, default_missing_value = "fitting", group = "rows")]
    pub(crate) table: Option<TableForm>,

    /// Write rows as CSV
    #[arg(long, group = "rows")]
    pub(crate) csv: bool,

    /// Write rows as JSON, each on a line of its own
    #[arg(long, group = "rows")]
    pub(crate) ndjson: bool,

    /// Colours: `auto` where a terminal looks
    #[arg(
        long,
        value_name = "WHEN",
        value_enum,
        default_value_t,
        alias = "color"
    )]
    pub(crate) colour: Colour,

    /// Draw how long each leg of the way took
    #[arg(long)]
    pub(crate) timing: bool,

    /// Send nothing, and print the same request as a command for curl
    #[arg(long)]
    pub(crate) curl: bool,

    /// End with 3, 4 or 5 if the status of the response is 3xx, 4xx or 5xx
    #[arg(long)]
    pub(crate) check_status: bool,
}

impl Output {
    /// Whether rows are wanted in a form of their own.
    pub(crate) fn has_rows(&self) -> bool {
        self.table.is_some() || self.csv || self.ndjson
    }
}

/// A form of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TableForm {
    /// a row for each row, cut to fit
    Fitting,
    /// a line for each value
    Vertical,
}

impl From<TableForm> for Arrangement {
    fn from(form: TableForm) -> Self {
        match form {
            TableForm::Fitting => Self::Fitting,
            TableForm::Vertical => Self::Vertical,
        }
    }
}

/// When there are colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colour {
    /// where a terminal looks
    #[default]
    Auto,
    /// for a pager, too
    Always,
    /// nowhere
    Never,
}

impl From<Colour> for Choice {
    fn from(colour: Colour) -> Self {
        match colour {
            Colour::Auto => Self::Auto,
            Colour::Always => Self::Always,
            Colour::Never => Self::Never,
        }
    }
}

/// Where the body goes if not to standard output.
#[derive(Args, Debug)]
#[command(next_help_heading = "Files")]
pub(crate) struct Download {
    /// Save the body in this file; `-` is standard output
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Save the body in a new file, called what the server calls it
    #[arg(long = "download", short = 'd', conflicts_with = "output")]
    pub(crate) is_named_by_server: bool,

    /// Go on where a download to the same file broke off
    #[arg(long = "continue", short = 'c', requires = "output")]
    pub(crate) resume: bool,
}

/// What is remembered between runs.
#[derive(Args, Debug)]
#[command(next_help_heading = "Memory")]
pub(crate) struct Memory {
    /// Keep cookies and fields under this name, and use those that are kept; with a `/` it is a file
    #[arg(long, value_name = "NAME", group = "session_choice")]
    pub(crate) session: Option<String>,

    /// Use what is kept under this name, and keep nothing
    #[arg(long, value_name = "NAME", group = "session_choice")]
    pub(crate) session_read_only: Option<String>,

    /// Do not use what `bistro login` has kept
    #[arg(long, group = "session_choice")]
    pub(crate) no_session: bool,
}

/// How far to go for a response.
#[derive(Args, Debug)]
#[command(next_help_heading = "Way")]
pub(crate) struct Way {
    /// Follow redirects
    #[arg(long, short = 'F')]
    pub(crate) follow: bool,

    /// How many redirects are followed
    #[arg(long, value_name = "N", default_value_t = 30)]
    pub(crate) max_redirects: usize,

    /// How long one exchange may take, in seconds
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) timeout: Option<Duration>,

    /// How long it may take until there is a connection, in seconds
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) connect_timeout: Option<Duration>,

    /// Try again so often if there is no answer, or 429, 502, 503 or 504: only what may be done twice. POST and PATCH get an
    /// Idempotency-Key, so that they may
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) retry: u32,

    /// Read all pages, one after the other
    #[arg(long)]
    pub(crate) all_pages: bool,
}

/// How to come there.
#[derive(Args, Debug)]
#[command(next_help_heading = "Network")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag that somebody types or not"
)]
pub(crate) struct Network {
    /// Speak HTTP/1.1
    #[arg(long = "http1.1", group = "version_choice")]
    pub(crate) http1: bool,

    /// Speak HTTP/2, also without TLS
    #[arg(long, group = "version_choice")]
    pub(crate) http2: bool,

    /// What is spoken where no scheme is written
    #[arg(long, value_name = "SCHEME", value_enum, default_value_t)]
    pub(crate) default_scheme: Scheme,

    /// Trust the certificates in this file (PEM), instead of the system's
    #[arg(long, value_name = "FILE")]
    pub(crate) cacert: Option<PathBuf>,

    /// Trust any certificate: whoever is on the way can read and change everything
    #[arg(long, short = 'k')]
    pub(crate) insecure: bool,

    /// Show this certificate to servers that ask for one (PEM)
    #[arg(long, value_name = "FILE")]
    pub(crate) cert: Option<PathBuf>,

    /// The key of the certificate, if it is not in the same file
    #[arg(long, value_name = "FILE", requires = "cert")]
    pub(crate) key: Option<PathBuf>,

    /// Go through this proxy, or through `none`; otherwise `http_proxy`, `https_proxy` and `no_proxy` say
    #[arg(long, value_name = "URL")]
    pub(crate) proxy: Option<String>,

    /// Where a host and a port are, whatever names say
    #[arg(long, value_name = "HOST:PORT:ADDRESS")]
    pub(crate) resolve: Vec<Override>,

    /// The socket of the server
    #[arg(long, value_name = "PATH")]
    pub(crate) unix_socket: Option<PathBuf>,

    /// IPv4 only
    #[arg(long = "ipv4", short = '4', group = "family")]
    pub(crate) v4: bool,

    /// IPv6 only
    #[arg(long = "ipv6", short = '6', group = "family")]
    pub(crate) v6: bool,
}

/// What is spoken where no scheme is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scheme {
    /// without TLS
    #[default]
    Http,
    /// with TLS
    Https,
}

impl From<Scheme> for bistro_client::target::Scheme {
    fn from(scheme: Scheme) -> Self {
        match scheme {
            Scheme::Http => Self::Http,
            Scheme::Https => Self::Https,
        }
    }
}

/// Open a tunnel through a proxy.
///
/// Without `--listen` it is between standard input and standard output, as `ProxyCommand` of ssh wants it.
#[derive(Args, Debug)]
pub(crate) struct Connect {
    /// Where the tunnel leads
    #[arg(value_name = "HOST:PORT")]
    pub(crate) target: String,

    /// The proxy: `http://`, `https://`, `socks5://` or `socks5h://`, with `user:password@` if it wants to know who asks
    #[arg(long, value_name = "URL")]
    pub(crate) via: String,

    /// Listen on a port of this machine, and open a tunnel for each connection to it
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<String>,

    /// Fields for the proxy, `Name:text`
    #[arg(value_name = "ITEM")]
    pub(crate) items: Vec<String>,

    /// How long it may take until the tunnel is open, in seconds
    #[arg(long = "connect-timeout", value_name = "SECONDS", value_parser = seconds)]
    pub(crate) patience: Option<Duration>,

    #[command(flatten)]
    pub(crate) network: Network,
}

/// See and forget what is remembered of servers.
#[derive(Args, Debug)]
pub(crate) struct Jar {
    /// What to do
    #[command(subcommand)]
    pub(crate) command: JarCommand,
}

/// What is done with what is remembered.
#[derive(Debug, Subcommand)]
pub(crate) enum JarCommand {
    /// List the sessions that are kept, of all hosts
    List,
    /// Show the cookies and fields of a session
    Show(Kept),
    /// Forget a session, or some of its cookies
    Clear(Clear),
}

/// A session that is kept.
#[derive(Args, Debug)]
pub(crate) struct Kept {
    /// The server it is for
    #[arg(value_name = "URL")]
    pub(crate) url: String,

    /// Its name [default: what `bistro login` keeps]
    #[arg(long, value_name = "NAME")]
    pub(crate) session: Option<String>,
}

/// What is forgotten.
#[derive(Args, Debug)]
pub(crate) struct Clear {
    /// The server it is for
    #[arg(value_name = "URL", required_unless_present = "all")]
    pub(crate) url: Option<String>,

    /// Its name [default: what `bistro login` keeps]
    #[arg(long, value_name = "NAME")]
    pub(crate) session: Option<String>,

    /// All that is kept, of all servers
    #[arg(long, conflicts_with_all = ["url", "session", "domain", "cookie"])]
    pub(crate) all: bool,

    /// Only the cookies of this domain
    #[arg(long, value_name = "DOMAIN")]
    pub(crate) domain: Option<String>,

    /// Only the cookies of this name
    #[arg(long, value_name = "NAME")]
    pub(crate) cookie: Option<String>,
}

/// Sign in to a Bistro, and stay signed in.
///
/// The password is read from the terminal without being shown, or from standard input. From then on requests to this server
/// are the user's, until `bistro logout`; with `--session NAME` only those with the same name are.
#[derive(Args, Debug)]
pub(crate) struct Login {
    /// The server
    #[arg(value_name = "URL", default_value = "/")]
    pub(crate) url: String,

    /// The address to sign in with; it is asked for if it is missing
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) email: Option<String>,

    /// Sign up instead
    #[arg(long)]
    pub(crate) new: bool,

    /// The name under which it is remembered
    #[arg(long, value_name = "NAME")]
    pub(crate) session: Option<String>,

    #[command(flatten)]
    pub(crate) network: Network,
}

/// Sign out of a Bistro.
#[derive(Args, Debug)]
pub(crate) struct Logout {
    /// The server
    #[arg(value_name = "URL", default_value = "/")]
    pub(crate) url: String,

    /// Sign out everywhere: all sessions of the user end
    #[arg(long)]
    pub(crate) everywhere: bool,

    /// The name under which it is remembered
    #[arg(long, value_name = "NAME")]
    pub(crate) session: Option<String>,

    #[command(flatten)]
    pub(crate) network: Network,
}

/// Print what makes a shell complete the commands and options of Bistro.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  bistro completions bash > ~/.local/share/bash-completion/completions/bistro
  bistro completions zsh > \"${fpath[1]}/_bistro\"
  bistro completions fish > ~/.config/fish/completions/bistro.fish")]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_name = "SHELL", value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

/// Print the manual, for `man`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  bistro man | man -l -
  bistro man get | man -l -
  bistro man --dir ~/.local/share/man/man1")]
pub(crate) struct Man {
    /// The command it is about; without one, the program
    #[arg(value_name = "COMMAND")]
    pub(crate) command: Vec<String>,

    /// Write all pages into this directory
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    pub(crate) dir: Option<PathBuf>,
}

/// Reads a time in seconds: `2`, `0.5`.
fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text
        .parse::<f64>()
        .map_err(|_unhelpful| "not a number of seconds, such as 2 or 0.5".to_owned())?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(Duration::ZERO) | Err(_) => {
            Err("it is more than 0 seconds, such as 2 or 0.5".to_owned())
        }
        Ok(time) => Ok(time),
    }
}
