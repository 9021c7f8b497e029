//! A Redis of a test's own: on a free port, in a folder that goes with it.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

/// A running `redis-server`, which ends when it is dropped.
#[derive(Debug)]
pub(crate) struct RedisServer {
    port: u16,
    arguments: Vec<String>,
    folder: TempDir,
    process: Child,
}

impl RedisServer {
    /// Starts one that keeps nothing on disk.
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    /// Starts one with further arguments.
    pub(crate) fn start_with(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let arguments: Vec<String> = arguments.iter().map(|&text| text.to_owned()).collect();
        // Another may take the port between its being free and its being used.
        for _ in 0..20 {
            let port = free_port();
            let mut process = spawn(port, &folder, &arguments);
            if is_listening(port, &mut process) {
                return Self {
                    port,
                    arguments,
                    folder,
                    process,
                };
            }
        }
        panic!("redis-server does not start");
    }

    /// Its address, with something before the host and the port.
    pub(crate) fn url(&self, user: &str) -> String {
        format!("redis://{user}127.0.0.1:{}", self.port)
    }

    /// Its Unix socket.
    pub(crate) fn socket(&self) -> PathBuf {
        self.folder.path().join("redis.sock")
    }

    /// Kills it.
    pub(crate) fn stop(&mut self) {
        self.process.kill().expect("it is ours");
        self.process.wait().expect("it ends");
    }

    /// Starts it again where it was, with nothing in it.
    pub(crate) fn start_again(&mut self) {
        self.process = spawn(self.port, &self.folder, &self.arguments);
        assert!(
            is_listening(self.port, &mut self.process),
            "it starts again"
        );
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        // It may have been stopped already.
        let _stopped = self.process.kill();
        let _ended = self.process.wait();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
    listener.local_addr().expect("it has an address").port()
}

fn spawn(port: u16, folder: &TempDir, arguments: &[String]) -> Child {
    Command::new("redis-server")
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
        .args(["--save", "", "--appendonly", "no", "--unixsocket", "redis.sock"])
        .arg("--dir")
        .arg(folder.path())
        .args(arguments)
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .spawn()
        .expect("`redis-server` is needed: install Debian's package `redis-server`, or run scripts/test")
}

/// Whether it accepts connections within ten seconds, and has not ended by then.
fn is_listening(port: u16, process: &mut Child) -> bool {
    for _ in 0..2_000 {
        if process.try_wait().expect("it is ours").is_some() {
            return false;
        }
        if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return true;
        }
        thread::sleep(Duration::from_millis(5));
    }
    false
}
