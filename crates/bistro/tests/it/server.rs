//! The harness: the real `bistro` on a free port, whose log must stay clean.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::fixture::Fixture;
use crate::http::{Connection, Request, Response};

/// A `bistro` of one test. Killed when dropped.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    address: SocketAddr,
    fixture: Fixture,
    stdout: Output,
    stderr: Output,
    /// Lines of the log that a test has asked for.
    expected: Mutex<Vec<String>>,
}

/// What a process has printed so far.
#[derive(Debug)]
struct Output {
    text: Arc<Mutex<String>>,
    reader: Option<JoinHandle<()>>,
}

impl Server {
    /// `bistro serve` on a fresh copy of `spec/fixture.sql`.
    pub(crate) fn start() -> Self {
        Self::serve(Fixture::copy("fixture.sql"), &[])
    }

    /// `bistro serve` on a database, with more arguments.
    pub(crate) fn serve(fixture: Fixture, arguments: &[&str]) -> Self {
        let mut command = bistro(fixture.directory());
        command.arg("serve").arg(fixture.path());
        if !arguments.contains(&"--listen") {
            command.args(["--listen", "127.0.0.1:0"]);
        }
        command.args(arguments);
        Self::spawn(command, fixture)
    }

    /// `bistro demo` in a directory of its own.
    pub(crate) fn demo() -> Self {
        Self::demo_in(Fixture::empty(), &[])
    }

    /// `bistro demo` in a directory that may have been used before, with more arguments.
    pub(crate) fn demo_in(fixture: Fixture, arguments: &[&str]) -> Self {
        Self::demo_with(fixture, arguments, &[])
    }

    /// The same with variables of the environment.
    pub(crate) fn demo_with(
        fixture: Fixture,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Self {
        let mut command = bistro(fixture.directory());
        command.args(["demo", "--dir"]).arg(fixture.directory());
        if !arguments.contains(&"--listen") {
            command.args(["--listen", "127.0.0.1:0"]);
        }
        command.args(arguments).envs(variables.iter().copied());
        Self::spawn(command, fixture)
    }

    /// The demo's database in development mode: every table is open, and there is no shop.
    pub(crate) fn open_demo() -> Self {
        let (_, _, fixture) = Self::demo().stop();
        for name in ["bistro.toml", "public"] {
            let path = fixture.directory().join(name);
            let moved = fixture.directory().join(format!("no-{name}"));
            fs::rename(path, moved).expect("the demo has written it");
        }
        let mut command = bistro(fixture.directory());
        command.args(["serve", "shop.db", "--listen", "127.0.0.1:0"]);
        Self::spawn(command, fixture)
    }

    /// A command that ends up serving.
    pub(crate) fn spawn(mut command: Command, fixture: Fixture) -> Self {
        let mut child = command.spawn().expect("the binary can be run");
        let stdout = child.stdout.take().expect("piped");
        let stderr = Output::collect(BufReader::new(child.stderr.take().expect("piped")));
        let mut stdout = BufReader::new(stdout);
        let mut printed = String::new();
        let Some(address) = ready(&mut stdout, &mut printed) else {
            let status = child.wait().expect("it has ended or will");
            panic!(
                "{command:?} ended with {status} before it was ready:\n{printed}{}",
                stderr.end()
            );
        };
        Self {
            child,
            address,
            fixture,
            stdout: Output::collect_after(printed, stdout),
            stderr,
            expected: Mutex::default(),
        }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its database.
    pub(crate) fn fixture(&self) -> &Fixture {
        &self.fixture
    }

    /// A new connection to it.
    pub(crate) fn connect(&self) -> Connection {
        Connection::open(self.address)
    }

    /// One exchange on a connection of its own.
    pub(crate) fn send(&self, request: &Request) -> Response {
        self.connect().send(request)
    }

    /// A `GET` on a connection of its own.
    pub(crate) fn get(&self, target: &str) -> Response {
        self.send(&Request::new("GET", target))
    }

    /// Octets as they are, and what comes back until the server closes or `Content-Length` is reached.
    pub(crate) fn raw(&self, octets: &[u8]) -> Response {
        let mut connection = self.connect();
        let sent = connection.write(octets);
        connection.receive("GET").unwrap_or_else(|error| {
            panic!("no answer to {} ({sent:?}): {error}", octets.escape_ascii())
        })
    }

    /// Asks it to stop, as Ctrl-C's sibling does, and waits.
    pub(crate) fn stop(mut self) -> (ExitStatus, String, Fixture) {
        self.signal("TERM");
        let status = self.wait();
        let log = self.stderr.end();
        let fixture = std::mem::replace(&mut self.fixture, Fixture::empty());
        (status, log, fixture)
    }

    /// Ends it as a power cut would.
    pub(crate) fn cut(mut self) -> Fixture {
        self.child.kill().expect("it runs");
        self.wait();
        std::mem::replace(&mut self.fixture, Fixture::empty())
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .args([&format!("-{name}"), &self.child.id().to_string()])
            .status()
            .expect("`kill` is everywhere");
        assert!(status.success(), "the process is gone already");
    }

    /// Waits for its end.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        let mut status = None;
        until("the server has ended", || {
            status = self.child.try_wait().expect("it is our child");
            status.is_some()
        });
        status.expect("just seen")
    }

    /// Everything it has printed.
    pub(crate) fn printed(&self) -> String {
        self.stdout.so_far()
    }

    /// How many lines of its log have these words so far.
    pub(crate) fn said(&self, words: &str) -> usize {
        let log = self.stderr.so_far();
        log.lines().filter(|line| line.contains(words)).count()
    }

    /// Waits for a line in its log, which is then no sign of a log that is not clean; gives all lines that say the same.
    pub(crate) fn logged(&self, words: &str) -> Vec<String> {
        let mut lines = Vec::new();
        until(&format!("the log says `{words}`"), || {
            let log = self.stderr.so_far();
            let found = log.lines().filter(|line| line.contains(words));
            lines = found.map(str::to_owned).collect();
            !lines.is_empty()
        });
        let mut expected = self.expected.lock().expect("nobody panics");
        expected.push(words.to_owned());
        lines
    }

    /// The number of its process.
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// Kilobytes of memory it holds.
    pub(crate) fn memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))
            .expect("the process lives");
        status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .and_then(|rest| rest.trim().strip_suffix(" kB"))
            .and_then(|kilobytes| kilobytes.trim().parse().ok())
            .expect("Linux says how much")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let log = self.stderr.end();
        if thread::panicking() {
            let _ = std::io::Write::write_all(&mut std::io::stderr(), log.as_bytes());
        } else {
            let expected = self.expected.lock().expect("nobody panics");
            let is_unexpected = |line: &&str| !expected.iter().any(|words| line.contains(words));
            let rest: Vec<&str> = log.lines().filter(is_unexpected).collect();
            clean(&rest.join("\n"));
        }
    }
}

impl Output {
    fn collect(reader: impl std::io::BufRead + Send + 'static) -> Self {
        Self::collect_after(String::new(), reader)
    }

    fn collect_after(already: String, mut reader: impl std::io::BufRead + Send + 'static) -> Self {
        let text = Arc::new(Mutex::new(already));
        let shared = Arc::clone(&text);
        let reader = thread::spawn(move || {
            let mut line = String::new();
            while reader.read_line(&mut line).is_ok_and(|read| read > 0) {
                shared.lock().expect("nobody panics").push_str(&line);
                line.clear();
            }
        });
        Self {
            text,
            reader: Some(reader),
        }
    }

    fn so_far(&self) -> String {
        self.text.lock().expect("nobody panics").clone()
    }

    /// All of it, once the process has ended.
    fn end(&self) -> String {
        let reader = self.reader.as_ref();
        until("the output has ended", || {
            reader.is_none_or(JoinHandle::is_finished)
        });
        self.so_far()
    }
}

/// The binary, in a directory without a configuration.
pub(crate) fn bistro(directory: &Path) -> Command {
    stripped(env!("CARGO_BIN_EXE_bistro"), directory)
}

/// A program that is run as the binary is: there, with its output kept, and without settings from the environment.
pub(crate) fn stripped(program: &str, directory: &Path) -> Command {
    let mut command = Command::new(program);
    // How long the suite runs is said in variables that would be taken for settings.
    for (name, _) in std::env::vars_os() {
        if name.as_encoded_bytes().starts_with(b"BISTRO_") {
            command.env_remove(name);
        }
    }
    command
        .current_dir(directory)
        .env_remove("RUST_LOG")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Runs the binary to its end, for starts that fail.
pub(crate) fn run(command: &mut Command) -> (i32, String, String) {
    let mut child = command.spawn().expect("the binary can be run");
    let stdout = Output::collect(BufReader::new(child.stdout.take().expect("piped")));
    let stderr = Output::collect(BufReader::new(child.stderr.take().expect("piped")));
    let mut status = None;
    until("the command has ended", || {
        status = child.try_wait().expect("it is our child");
        status.is_some()
    });
    let code = status.and_then(|status| status.code()).unwrap_or(-1);
    (code, stdout.end(), stderr.end())
}

/// Waits for a condition, a minute at most.
#[expect(clippy::disallowed_methods, reason = "a test that hangs must end")]
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(
            start.elapsed() < Duration::from_mins(1),
            "waited in vain until {what}"
        );
        thread::park_timeout(Duration::from_millis(2));
    }
}

/// A log that nobody needs to read: no panic, no error.
fn clean(log: &str) {
    for line in log.lines() {
        let line = line.to_ascii_lowercase();
        let is_bad = ["panicked", "error", "overflow", "backtrace"]
            .iter()
            .any(|word| line.contains(word));
        assert!(!is_bad, "the log is not clean:\n{log}");
    }
}

/// Reads up to the line that says where it listens.
fn ready(stdout: &mut BufReader<ChildStdout>, printed: &mut String) -> Option<SocketAddr> {
    loop {
        let mut line = String::new();
        if stdout.read_line(&mut line).ok()? == 0 {
            return None;
        }
        printed.push_str(&line);
        let address = line
            .trim_end()
            .rsplit_once("http://")
            .and_then(|(_, address)| address.trim_end_matches('/').parse().ok());
        if address.is_some() {
            return address;
        }
    }
}

/// Whether anything accepts connections there.
pub(crate) fn is_listening(address: SocketAddr) -> bool {
    TcpStream::connect(address).is_ok()
}
