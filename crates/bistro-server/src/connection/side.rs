//! The two threads of a core that serve connections.
//!
//! To understand and plan a change takes several times as long as to answer a short read, and changes come together: the answers to
//! many leave together, and so the next requests of their clients arrive together. A read that came meanwhile would wait for
//! all of them, for a thread's tasks do not interrupt each other. Threads do. So whoever asks for a change is handed over to a
//! thread beside, and comes back once he has asked for none for a while. The kernel lets the thread of reads, which needs little of
//! the core, go on as soon as one has come.

use std::net::TcpStream as StdStream;
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio::runtime::Handle;

use crate::answering::Core;

/// A thread that serves connections.
#[derive(Clone, Debug)]
pub(crate) struct Side {
    /// What its connections share.
    pub(crate) core: Arc<Core>,
    /// What runs its tasks.
    pub(crate) runtime: Handle,
}

/// Both.
#[derive(Debug)]
pub(crate) struct Sides {
    /// Where each connection begins.
    pub(crate) reads: Side,
    /// Where changes are understood.
    pub(crate) changes: Side,
}

/// Whether what was read begins with a request for a change. It is only about which thread serves it: whatever it is, each could.
pub(crate) fn begins_with_change(octets: &[u8]) -> bool {
    [&b"POST "[..], b"PUT ", b"PATCH ", b"DELETE "]
        .iter()
        .any(|method| octets.starts_with(method))
}

impl Side {
    /// Goes on with a connection in the thread of this side. It is lost where the system does not let it go there, or the thread
    /// has ended: nothing was done of what it asked last.
    pub(crate) fn take<F>(
        &self,
        socket: TcpStream,
        serve: impl FnOnce(TcpStream) -> F + Send + 'static,
    ) where
        F: Future<Output = ()> + Send + 'static,
    {
        let Ok(socket) = socket.into_std() else {
            return;
        };
        drop(self.runtime.spawn(registered(socket, serve)));
    }
}

/// A socket has the events of the runtime in which it was registered.
async fn registered<F: Future<Output = ()>>(socket: StdStream, serve: impl FnOnce(TcpStream) -> F) {
    if let Ok(socket) = TcpStream::from_std(socket) {
        serve(socket).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_told_by_their_first_octets() {
        for change in [
            "POST / HTTP/1.1\r\n",
            "PUT /a",
            "PATCH /a",
            "DELETE /a",
            "POST ",
        ] {
            assert!(begins_with_change(change.as_bytes()), "{change}");
        }
        for other in [
            "",
            "P",
            "POST",
            "GET / HTTP/1.1\r\n",
            "QUERY /a",
            "post /",
            "POSTER /a",
            "PRI * ",
        ] {
            assert!(!begins_with_change(other.as_bytes()), "{other}");
        }
    }
}
