//! Public clients of PostgREST, as their authors publish them, against the binary: the scripts lie in `tests/clients`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::fixture::root;
use crate::server::{Server, run};
use crate::spec::serve;

/// Where a script and what it asks for lie.
const SCRIPTS: &str = "crates/bistro/tests/clients";

/// What says which JavaScript clients are to be installed.
pub(crate) fn node() -> [&'static str; 2] {
    ["package.json", "package-lock.json"]
}

/// The folder of the scripts.
pub(crate) fn scripts() -> PathBuf {
    root().join(SCRIPTS)
}

/// Runs a script of the JavaScript client.
fn javascript(script: &str, server: &Server) {
    let installed = installed("node", &node());
    let mut command = Command::new("node");
    command
        .args(["--test", script])
        .env("NODE_PATH", installed.join("node_modules"));
    check(command, server);
}

/// Runs a script of the Python client.
fn python(script: &str, server: &Server) {
    let installed = installed("python", &["requirements.txt", "constraints.txt"]);
    let mut command = Command::new(installed.join("bin/python"));
    command
        .args(["-m", "pytest", "-q", "-p", "no:cacheprovider", script])
        .env("PYTHONDONTWRITEBYTECODE", "1");
    check(command, server);
}

/// Where `scripts/clients` has put the clients, if they are those that the files ask for.
pub(crate) fn installed(kind: &str, asked: &[&str]) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("..");
    let directory = target.join("clients").join(kind);
    let wanted: String = asked
        .iter()
        .map(|name| fs::read_to_string(scripts().join(name)).expect("it lies here"))
        .collect();
    let found = fs::read_to_string(directory.join("installed")).unwrap_or_default();
    assert!(
        found == wanted,
        "{}: not what tests/clients asks for; run scripts/test once: it installs what this test needs",
        directory.display()
    );
    directory
}

/// Runs a command that asks this server, and shows all that it has said if it fails.
fn check(mut command: Command, server: &Server) {
    command
        .current_dir(scripts())
        .env("BISTRO_URL", format!("http://{}", server.address()))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let (code, stdout, stderr) = run(&mut command);
    assert!(
        code == 0,
        "{command:?} ended with {code}:\n{stdout}{stderr}"
    );
}

#[test]
fn the_javascript_client_reads() {
    javascript("reading.test.mjs", &Server::start());
}

#[test]
fn the_javascript_client_filters() {
    javascript("filtering.test.mjs", &Server::start());
}

#[test]
fn the_javascript_client_embeds() {
    javascript("embedding.test.mjs", &Server::start());
}

#[test]
fn the_javascript_client_writes() {
    javascript("writing.test.mjs", &Server::start());
}

#[test]
fn the_javascript_client_calls_stored_queries() {
    javascript("calling.test.mjs", &serve("fixture.sql"));
}

#[test]
fn supabase_js_finds_bistro_where_it_looks() {
    javascript("supabase.test.mjs", &Server::start());
}

#[test]
fn the_python_client_reads() {
    python("test_reading.py", &Server::start());
}

#[test]
fn the_python_client_filters() {
    python("test_filtering.py", &Server::start());
}

#[test]
fn the_python_client_embeds() {
    python("test_embedding.py", &Server::start());
}

#[test]
fn the_python_client_writes() {
    python("test_writing.py", &Server::start());
}

#[test]
fn the_python_client_calls_stored_queries() {
    python("test_calling.py", &serve("fixture.sql"));
}
