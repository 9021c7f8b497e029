//! One connection that is kept, and one question after the other on it.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use anyhow::{Context as _, Result, ensure};

/// Octets read at once, at least.
const READ_MIN: usize = 64 * 1024;

/// A connection.
#[derive(Debug)]
pub(crate) struct Client {
    stream: TcpStream,
    /// Room for a response, kept: to make and clear it anew would be measured, too.
    buffer: Vec<u8>,
    /// How much of it has been received.
    received: usize,
}

impl Client {
    /// Opens it.
    pub(crate) fn connect(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: vec![0; READ_MIN],
            received: 0,
        })
    }

    /// The content of a response that has a length.
    pub(crate) fn get(&mut self, target: &str) -> Result<&[u8]> {
        let request = format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        self.stream.write_all(request.as_bytes())?;
        self.received = 0;
        let head = loop {
            self.receive()?;
            let end = self.buffer[..self.received]
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
        while self.received < head + length {
            self.receive()?;
        }
        Ok(&self.buffer[head..head + length])
    }

    fn receive(&mut self) -> Result<()> {
        if self.buffer.len() < self.received + READ_MIN {
            self.buffer.resize(2 * self.buffer.len() + READ_MIN, 0);
        }
        let read = self.stream.read(&mut self.buffer[self.received..])?;
        self.received += read;
        ensure!(read > 0, "the server has closed");
        Ok(())
    }
}
