//! One connection of the load, with at most one request under way.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Instant;

use anyhow::{Context as _, Result, bail, ensure};
use mio::net::TcpStream;
use socket2::{Domain, Protocol, Socket, Type};

use crate::load::response::{Answer, Parser};

/// A connection.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    parser: Parser,
    /// When the request under way was sent, or should have been.
    pub(crate) since: Option<Instant>,
}

impl Connection {
    /// Opens it, from an address of this machine if one is given.
    pub(crate) fn open(address: SocketAddr, from: Option<Ipv4Addr>) -> Result<Self> {
        let socket = Socket::new(
            Domain::for_address(address),
            Type::STREAM,
            Some(Protocol::TCP),
        )?;
        if let Some(from) = from {
            socket.bind(&SocketAddr::from((from, 0)).into())?;
        }
        socket.connect(&address.into())?;
        socket.set_tcp_nodelay(true)?;
        socket.set_nonblocking(true)?;
        Ok(Self {
            stream: TcpStream::from_std(socket.into()),
            parser: Parser::default(),
            since: None,
        })
    }

    /// What is waited for.
    pub(crate) fn stream(&mut self) -> &mut TcpStream {
        &mut self.stream
    }

    /// Sends a request; `since` is what its latency is counted from.
    pub(crate) fn send(&mut self, request: &[u8], since: Instant) -> Result<()> {
        let sent = self.stream.write(request)?;
        ensure!(
            sent == request.len(),
            "a request does not fit into the socket's buffer"
        );
        self.since = Some(since);
        Ok(())
    }

    /// Takes what has arrived. `room` is where it is received, as much as is there at once.
    pub(crate) fn receive(&mut self, room: &mut [u8]) -> Result<Option<Answer>> {
        loop {
            let read = match self.stream.read(room) {
                // One that nothing was asked on any more may be closed.
                Ok(0) if self.since.is_none() => return Ok(None),
                Ok(0) => bail!("the server has closed a connection"),
                Ok(read) => read,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
                Err(error) => return Err(error.into()),
            };
            let arrived = room.get(..read).unwrap_or_default();
            ensure!(self.since.is_some(), "an answer that nobody asked for");
            let answer = self.parser.take(arrived).with_context(|| {
                let shown = arrived.get(..read.min(300)).unwrap_or_default();
                String::from_utf8_lossy(shown).into_owned()
            })?;
            if answer.is_some() {
                return Ok(answer);
            }
            // With less than there is room for, all has been taken; the next event tells when there is more.
            if read < room.len() {
                return Ok(None);
            }
        }
    }
}
