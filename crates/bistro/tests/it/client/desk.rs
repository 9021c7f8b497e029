//! Somebody's desk: an empty home, a clean environment, and what came of a command.

use std::ffi::OsStr;
use std::fs;
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::{self, JoinHandle};

use serde_json::Value;
use tempfile::TempDir;

use crate::server::{Server, until};

/// A home that no other test sees; commands run in it.
#[derive(Debug)]
pub(crate) struct Desk {
    home: TempDir,
    base: String,
}

/// What came of a command.
#[derive(Clone, Debug)]
pub(crate) struct Ran {
    /// Its exit code; -1 if a signal ended it.
    pub(crate) code: i32,
    /// Standard output, octet for octet.
    pub(crate) out: Vec<u8>,
    /// Standard error.
    pub(crate) err: String,
}

/// A command that runs. Killed when dropped.
#[derive(Debug)]
pub(crate) struct Running {
    /// The process.
    pub(crate) child: Child,
}

impl Desk {
    /// A desk whose `/songs` leads nowhere.
    pub(crate) fn new() -> Self {
        Self::with("http://127.0.0.1:1")
    }

    /// A desk whose `/songs` leads to a Bistro.
    pub(crate) fn at(server: &Server) -> Self {
        Self::with(&format!("http://{}", server.address()))
    }

    fn with(base: &str) -> Self {
        Self {
            home: TempDir::new().expect("a temporary directory"),
            base: base.to_owned(),
        }
    }

    /// A path in the home.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Writes a file into the home.
    pub(crate) fn write(&self, name: &str, octets: impl AsRef<[u8]>) {
        fs::write(self.path(name), octets).expect("the home is ours");
    }

    /// The names in the home, but for what is remembered.
    pub(crate) fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.home.path()).expect("the home is ours");
        let names = entries.map(|entry| entry.expect("readable").file_name());
        let mut names: Vec<String> = names
            .map(|name| name.to_string_lossy().into_owned())
            .filter(|name| name != "state")
            .collect();
        names.sort();
        names
    }

    /// Any program, at this desk.
    pub(crate) fn program(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .env("HOME", self.home.path())
            .env("XDG_STATE_HOME", self.path("state"))
            .env("LANG", "C.UTF-8")
            .env("TERM", "xterm-256color")
            .env("BISTRO_URL", &self.base)
            .current_dir(self.home.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// The binary, not started yet.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.program(binary());
        command.args(arguments);
        command
    }

    /// Runs the binary, with nothing on standard input.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        finish(self.command(arguments), None)
    }

    /// Runs the binary with a pipe at standard input that has this in it, and ends.
    pub(crate) fn pipe(&self, arguments: &[&str], input: &[u8]) -> Ran {
        finish(self.command(arguments), Some(input))
    }

    /// Runs a line of a shell in which `bistro` is the binary.
    pub(crate) fn shell(&self, line: &str) -> Ran {
        let mut command = self.program("sh");
        let line = format!("bistro() {{ {} \"$@\"; }}\n{line}", binary().display());
        command.args(["-c", &line]);
        finish(command, None)
    }

    /// Runs the binary in a terminal of that many columns; all that it writes comes back as standard output.
    pub(crate) fn terminal(&self, columns: usize, arguments: &[&str]) -> Ran {
        self.terminal_where(columns, arguments, &[])
    }

    /// The same with variables of the environment.
    pub(crate) fn terminal_where(
        &self,
        columns: usize,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Ran {
        let mut line = format!(
            "stty rows 24 cols {columns} -opost; exec {}",
            binary().display()
        );
        for argument in arguments {
            line += &format!(" '{}'", argument.replace('\'', r"'\''"));
        }
        let mut command = self.program("script");
        command
            .args(["-qec", &line, "/dev/null"])
            .envs(variables.iter().copied());
        finish(command, None)
    }

    /// Starts the binary and does not wait for it.
    pub(crate) fn start(&self, arguments: &[&str]) -> Running {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped());
        Running::of(command)
    }
}

impl Ran {
    /// The same, of a command that has done what it was asked to do.
    #[track_caller]
    pub(crate) fn well(self) -> Self {
        self.ended(0)
    }

    /// The same, of a command that has ended with this code, and did not panic.
    #[track_caller]
    pub(crate) fn ended(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}\n{}", self.err, self.text());
        assert!(!self.err.contains("panicked"), "{}", self.err);
        self
    }

    /// Standard output as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.out).into_owned()
    }

    /// Standard output as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.out)
            .unwrap_or_else(|error| panic!("no JSON ({error}): {}{}", self.text(), self.err))
    }

    /// The same, if all of this stands in what it said on standard error.
    #[track_caller]
    pub(crate) fn says(self, parts: &[&str]) -> Self {
        for part in parts {
            assert!(
                self.err.contains(part),
                "`{part}` is missing in: {}",
                self.err
            );
        }
        self
    }
}

impl Running {
    /// Starts a command.
    pub(crate) fn of(mut command: Command) -> Self {
        let child = command.spawn().expect("the program can be run");
        Self { child }
    }

    /// The most memory it has held so far, in kilobytes.
    pub(crate) fn memory_max(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))
            .expect("the process lives");
        let kilobytes = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = kilobytes.and_then(|rest| rest.trim().strip_suffix(" kB"));
        let kilobytes = kilobytes.and_then(|kilobytes| kilobytes.trim().parse().ok());
        kilobytes.expect("Linux says how much")
    }

    /// Waits for its end; -1 if a signal ended it.
    pub(crate) fn wait(&mut self) -> i32 {
        let mut status = None;
        until("the command has ended", || {
            status = self.child.try_wait().expect("it is our child");
            status.is_some()
        });
        status.and_then(|status| status.code()).unwrap_or(-1)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The binary.
fn binary() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_bistro"))
}

/// Runs a command to its end, a minute at most.
pub(crate) fn finish(mut command: Command, input: Option<&[u8]>) -> Ran {
    if input.is_some() {
        command.stdin(Stdio::piped());
    }
    let mut running = Running::of(command);
    let out = collect(running.child.stdout.take().expect("piped"));
    let err = collect(running.child.stderr.take().expect("piped"));
    if let Some(input) = input {
        let mut stdin = running.child.stdin.take().expect("piped");
        // A command that does not want it closes the pipe.
        let _ = stdin.write_all(input);
    }
    let code = running.wait();
    let err = err.join().expect("it reads");
    Ran {
        code,
        out: out.join().expect("it reads"),
        err: String::from_utf8(err).expect("what is said is UTF-8"),
    }
}

fn collect(mut from: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut octets = Vec::new();
        from.read_to_end(&mut octets).expect("a pipe can be read");
        octets
    })
}
