//! What happens to the database file while it is served, for whoever runs the server.

use tokio::sync::Mutex;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::error::Error;

/// How much is kept until somebody listens; what comes then is lost.
const KEPT_MAX: usize = 64;

/// Something that happened to the file. Each is told once, not with every request that feels it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum News {
    /// It was taken away from its path.
    #[error(
        "it is not there any more; requests are refused until there is a database again, and then it is served without a restart"
    )]
    Gone,
    /// Another file was put in its place.
    #[error(
        "another file stands in its place; the old one is completed and closed, and then the new one is opened"
    )]
    Replaced,
    /// It was cut to nothing.
    #[error(
        "it was emptied while it was served, and what was in it is lost; put a backup in its place by renaming (`mv`), \
         never by copying over it: requests are refused until then"
    )]
    Emptied,
    /// The log beside it, or the log's index, was removed or replaced.
    #[error(
        "`-wal` or `-shm` beside it was taken away while it was served; what the log held is written into the file, and \
         it is opened anew. Leave them alone as long as any program has the database open"
    )]
    LogTaken,
    /// What the log holds cannot be written into the file that was taken away. Until it is, nothing else is opened, for a log
    /// would be taken for that of the next file beside it.
    #[error(
        "its log cannot be written into the file that was taken away ({0}), and would spoil the next one: requests are \
         refused until it can; another program that still has the old file open must close it"
    )]
    LogKept(Error),
    /// What the log holds can never be written into the file that was taken away, and it stands in the way of the next file no
    /// more.
    #[error(
        "its log fits the file no more ({0}) and is put aside as `-wal.left`; it belongs to that file and to no other"
    )]
    LogLeft(Error),
    /// What stands there now cannot be served.
    #[error("what stands there now cannot be served: {0}; requests are refused until it can")]
    Refused(Error),
    /// It is served (again).
    #[error("it is served again")]
    Served,
}

/// Where news are left until they are heard.
#[derive(Debug)]
pub(crate) struct Board {
    sender: Sender<News>,
    receiver: Mutex<Receiver<News>>,
}

impl Board {
    pub(crate) fn new() -> Self {
        let (sender, receiver) = channel(KEPT_MAX);
        Self {
            sender,
            receiver: Mutex::new(receiver),
        }
    }

    pub(crate) fn tell(&self, news: News) {
        // Nobody has listened for a long time, or ever does.
        let _unheard = self.sender.try_send(news);
    }

    /// The next that nobody has heard.
    pub(crate) async fn next(&self) -> News {
        match self.receiver.lock().await.recv().await {
            Some(news) => news,
            // The sender lives as long as the receiver.
            None => std::future::pending().await,
        }
    }
}
