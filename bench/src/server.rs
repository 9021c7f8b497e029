//! Servers as children: on their own core from the start, and gone when they are not needed any more.

use std::env;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::clock::now;
use crate::process;

/// How long a server may take to begin.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running server; it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    process: Child,
    pub(crate) address: SocketAddr,
}

/// What `bistro.toml` says.
#[derive(Clone, Debug)]
pub(crate) struct Configuration<'a> {
    /// The file.
    pub(crate) database: &'a Path,
    /// The tables that may be read and written to.
    pub(crate) tables: Vec<String>,
    /// Whether answers may be given from memory.
    pub(crate) has_cache: bool,
    /// The most connections, if it is not what is usual.
    pub(crate) connections: Option<usize>,
}

impl<'a> Configuration<'a> {
    /// One table, answers from memory as usual.
    pub(crate) fn of(database: &'a Path, table: &str) -> Self {
        Self {
            database,
            tables: vec![table.to_owned()],
            has_cache: true,
            connections: None,
        }
    }

    /// The same with no answers from memory.
    pub(crate) fn without_cache(self) -> Self {
        Self {
            has_cache: false,
            ..self
        }
    }

    fn text(&self) -> Result<String> {
        let mut text = format!("[database]\nurl = \"sqlite:{}\"\n", self.database.display());
        text += "[http]\nlisten = \"127.0.0.1:0\"\n";
        if !self.has_cache {
            text += "cache = \"off\"\n";
        }
        if let Some(connections) = self.connections {
            // None may be closed while others are still being opened.
            writeln!(text, "connections = {connections}\nkeep_alive = \"10m\"")?;
        }
        for table in &self.tables {
            writeln!(
                text,
                "[[allow]]\non = \"{table}\"\nto = \"anyone\"\ndo = [\"read\", \"create\"]"
            )?;
        }
        Ok(text)
    }
}

impl Server {
    /// Starts the `bistro` that was built beside this program, in development mode, on the servers' core.
    pub(crate) fn start(database: &Path) -> Result<Self> {
        let mut command = on_its_core(&bistro()?);
        command
            .arg("serve")
            .arg(database)
            .args(["--listen", "127.0.0.1:0"]);
        Self::that_tells(command)
    }

    /// Starts it with a configuration, on the servers' core.
    pub(crate) fn configured(configuration: &Configuration<'_>) -> Result<Self> {
        let file = configuration.database.with_extension("toml");
        fs::write(&file, configuration.text()?)?;
        let mut command = on_its_core(&bistro()?);
        command.arg("serve").arg("--config").arg(&file);
        Self::that_tells(command)
    }

    /// Starts this program with other arguments, on the servers' core.
    pub(crate) fn own(arguments: &[&str], file: &Path) -> Result<Self> {
        let mut command = on_its_core(&env::current_exe()?);
        command.args(arguments).arg(file);
        Self::that_tells(command)
    }

    /// Starts a server whose first line ends with its URL.
    fn that_tells(mut command: Command) -> Result<Self> {
        let mut process = command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("{command:?} does not start; build it first"))?;
        let stdout = process.stdout.take().context("no standard output")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let address = line
            .trim()
            .rsplit("://")
            .next()
            .and_then(|address| address.parse().ok());
        let Some(address) = address else {
            end(&mut process);
            bail!("{command:?} said {line:?} instead of where it listens");
        };
        Ok(Self { process, address })
    }

    /// Starts a server that was told where to listen, and waits until it does. What it says is kept in a file.
    pub(crate) fn told(mut command: Command, address: SocketAddr, log: &Path) -> Result<Self> {
        let log_file = File::create(log)?;
        let mut process = command
            .stdin(Stdio::null())
            .stdout(log_file.try_clone()?)
            .stderr(log_file)
            .spawn()
            .with_context(|| format!("{command:?} does not start"))?;
        let until = now() + PATIENCE;
        while TcpStream::connect(address).is_err() {
            if now() > until || process.try_wait()?.is_some() {
                end(&mut process);
                bail!("{command:?} does not listen: {}", fs::read_to_string(log)?);
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(Self { process, address })
    }

    /// The process, for `/proc`.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        end(&mut self.process);
    }
}

/// The `bistro` that was built beside this program.
pub(crate) fn bistro() -> Result<PathBuf> {
    Ok(env::current_exe()?.with_file_name("bistro"))
}

/// A command that has the servers' core, and no other, from its first moment: servers count the cores that they have.
pub(crate) fn on_its_core(program: &Path) -> Command {
    let mut command = Command::new("taskset");
    command
        .args(["-c", &process::OF_SERVERS.to_string()])
        .arg(program);
    command
}

/// An address of this machine that was free a moment ago.
pub(crate) fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

fn end(process: &mut Child) {
    // It may have ended by itself; either way it is gone afterwards.
    let _killed = process.kill();
    let _waited = process.wait();
}
