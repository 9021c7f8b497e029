//! The shop of the demo in a browser, with each store of sessions, and killed in the middle.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::clients::{installed, node};
use crate::fixture::Fixture;
use crate::server::{Server, is_listening, until};

/// A key that seals cookies.
const KEY: &str = "kVQ1sWqg7m0T3n5Zb2uYx8RjLhC4oPdE6fGtAaIiNnM";

/// A `redis-server` on a free port, which ends when it is dropped.
struct Redis {
    process: Child,
    port: u16,
    _folder: TempDir,
}

impl Redis {
    fn start() -> Self {
        let folder = TempDir::new().expect("a temporary directory");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
        let port = listener.local_addr().expect("it has an address").port();
        drop(listener);
        let process = Command::new("redis-server")
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
            .args(["--save", "", "--appendonly", "no", "--dir"])
            .arg(folder.path())
            .stdout(Stdio::null())
            .spawn()
            .expect("`redis-server` is missing: scripts/test installs it");
        until("redis listens", || {
            is_listening((Ipv4Addr::LOCALHOST, port).into())
        });
        Self {
            process,
            port,
            _folder: folder,
        }
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.process.kill().expect("it is our child");
        self.process.wait().expect("it ends");
    }
}

/// Tells the story of `shop.mjs`, and kills the server when it asks for that.
fn tell(variables: &[(&str, &str)]) {
    let node_modules = installed("node", &node()).join("node_modules");
    let mut server = Server::demo_with(Fixture::empty(), &[], variables);
    let address = server.address().to_string();
    let mut story = Command::new("node")
        .arg("shop.mjs")
        .current_dir(crate::clients::scripts())
        .env("NODE_PATH", node_modules)
        .env("BISTRO_URL", format!("http://{address}"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("Node.js is missing: scripts/test installs it");
    let mut go_on = story.stdin.take().expect("piped");
    let asked = BufReader::new(story.stdout.take().expect("piped"));
    let mut restarts = 0;
    for line in asked.lines() {
        assert_eq!(line.expect("UTF-8"), "restart");
        let fixture = server.cut();
        server = Server::demo_with(fixture, &["--listen", &address], variables);
        restarts += 1;
        writeln!(go_on, "go on").expect("it waits for that");
    }
    let mut wrong = String::new();
    let mut errors = story.stderr.take().expect("piped");
    errors.read_to_string(&mut wrong).expect("UTF-8");
    let status = story.wait().expect("it ends");
    assert!(status.success(), "{wrong}");
    assert_eq!(restarts, 1);
}

#[test]
fn a_customer_comes_back_with_sessions_in_the_database() {
    tell(&[]);
}

#[test]
fn a_customer_comes_back_with_sessions_in_cookies() {
    tell(&[
        ("BISTRO_SESSION_STORE", "cookie"),
        ("BISTRO_SESSION_KEYS", KEY),
    ]);
}

#[test]
fn a_customer_comes_back_with_sessions_in_redis() {
    let redis = Redis::start();
    let url = format!("redis://127.0.0.1:{}", redis.port);
    tell(&[("BISTRO_SESSION_STORE", &url)]);
}
