//! A file as a body, a piece at a time: the next is read when the client has taken the one before.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use crate::body::{Body, Broken, Pieces};

/// How much is read at once, in octets.
const PIECE_BYTES: u64 = 128 * 1024;

/// The octets of a file from `first` on, so many.
pub(super) fn body(file: File, first: u64, length: u64) -> Body {
    // One waits while one is sent: that is all the room a client takes, however slow it is.
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(send(file, first, length, sender));
    Body::Stream(Pieces::new(receiver, None))
}

async fn send(file: File, first: u64, length: u64, sender: mpsc::Sender<Result<Bytes, Broken>>) {
    let file = Arc::new(file);
    let (mut at, end) = (first, first + length);
    while at < end {
        // Nobody takes any more if the client is gone.
        let Ok(place) = sender.reserve().await else {
            return;
        };
        let octets = (end - at).min(PIECE_BYTES);
        let read = {
            let file = Arc::clone(&file);
            spawn_blocking(move || piece(&file, at, octets)).await
        };
        match read {
            Ok(Ok(piece)) => place.send(Ok(piece)),
            // It was cut short, or cannot be read any more; what was announced cannot be kept.
            Ok(Err(_)) | Err(_) => return place.send(Err(Broken)),
        }
        at += octets;
    }
}

fn piece(file: &File, at: u64, octets: u64) -> io::Result<Bytes> {
    let octets = usize::try_from(octets).map_err(io::Error::other)?;
    let mut piece = vec![0; octets];
    file.read_exact_at(&mut piece, at)?;
    Ok(Bytes::from(piece))
}
