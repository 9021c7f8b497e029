//! One connection that is kept, and one question after the other on it.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use anyhow::{Context as _, Result, ensure};

/// A connection.
#[derive(Debug)]
pub(crate) struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Client {
    /// Opens it.
    pub(crate) fn connect(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: Vec::new(),
        })
    }

    /// The content of a response that has a length.
    pub(crate) fn get(&mut self, target: &str) -> Result<&[u8]> {
        let request = format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        self.stream.write_all(request.as_bytes())?;
        self.buffer.clear();
        let head = loop {
            self.receive()?;
            let end = self
                .buffer
                .windows(4)
                .position(|window| window == b"\r\n\r\n");
            if let Some(end) = end {
                break end + 4;
            }
        };
        let fields = String::from_utf8_lossy(&self.buffer[..head]).to_ascii_lowercase();
        ensure!(fields.starts_with("http/1.1 200"), "{fields}");
        let length: usize = fields
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .context("no length")?
            .parse()?;
        while self.buffer.len() < head + length {
            self.receive()?;
        }
        Ok(&self.buffer[head..head + length])
    }

    fn receive(&mut self) -> Result<()> {
        let start = self.buffer.len();
        self.buffer.resize(start + 256 * 1024, 0);
        let read = self.stream.read(&mut self.buffer[start..])?;
        self.buffer.truncate(start + read);
        ensure!(read > 0, "the server has closed");
        Ok(())
    }
}
